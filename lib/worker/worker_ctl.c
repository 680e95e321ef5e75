/* SPDX-License-Identifier: BSD-3-Clause */
#include "worker_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include "hugepages.h"
#include "idle.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "nodes.h"
#include "port_bond.h"
#include "rcu.h"
#include "route_ctl.h"
#include "span.h"
#include "storm.h"
#include "wait.h"
#include "worker_ports.h"

static size_t stats_size(unsigned n_ifaces)
{
	return RTE_ALIGN(sizeof(struct worker_stats) + n_ifaces * sizeof(struct iface_stats),
			 RTE_CACHE_LINE_SIZE);
}

static struct worker_stats *stats_new(unsigned n_ifaces)
{
	struct worker_stats *s = aligned_alloc(RTE_CACHE_LINE_SIZE, stats_size(n_ifaces));

	if (s)
		memset(s, 0, stats_size(n_ifaces));
	return s;
}

struct worker_stats *worker_stats_new(const struct worker_set *set)
{
	return stats_new(set->n_ifaces);
}

static void free_ring(struct rte_ring *ring)
{
	struct rte_mbuf *pkt;

	while (ring && !rte_ring_dequeue(ring, (void **)&pkt))
		rte_pktmbuf_free(pkt);
	rte_ring_free(ring);
}

static void worker_destroy(struct worker *w)
{
	if (!w)
		return;
	wait_fini(w);
	free_ring(w->punt_ring);
	free_ring(w->inject_ring);
	rte_free(w->tx);
	rte_free(w->tx_dirty);
	rte_free(w->span);
	rte_free(w->stats);
	rte_free(w->idle);
	rte_free((void *)(uintptr_t)w->rxqs);
	rte_free(w);
}

/* What a worker takes of DPDK's memory, about. */
#define WORKER_BYTES                                                                    \
	(sizeof(struct worker) + (PUNT_RING_SIZE + INJECT_RING_SIZE) * sizeof(void *) + \
	 RTE_MAX_ETHPORTS * sizeof(struct tx_vector) + sizeof(struct span_worker))

static struct rte_ring *make_ring(const char *what, const struct worker *w, unsigned size)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s%u", what, w->id);
	return rte_ring_create(name, size, w->numa_node, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

/* A vector for each port, and for none; what is mirrored. */
static int make_tx(struct worker *w)
{
	const unsigned n = IFACE_PORTS;

	w->tx = rte_zmalloc_socket("tx", n * sizeof(*w->tx), 64, w->numa_node);
	w->tx_dirty = rte_zmalloc_socket("tx_dirty", n * sizeof(*w->tx_dirty), 64, w->numa_node);
	w->span = rte_zmalloc_socket("span", sizeof(*w->span), 64, w->numa_node);
	return w->tx && w->tx_dirty && w->span ? 0 : -ENOMEM;
}

static struct worker *worker_create(const struct router *r, unsigned lcore, unsigned id,
				    enum simd simd)
{
	int node = (int)rte_lcore_to_socket_id(lcore);
	struct worker *w = rte_zmalloc_socket("worker", sizeof(*w), RTE_CACHE_LINE_SIZE, node);
	int ret;

	if (!w)
		return NULL;
	ret = wait_init(w);
	nodes_choose(w->nodes, simd);
	w->lcore = lcore;
	w->id = id;
	w->numa_node = node;
	w->rcu = r->rcu;
	w->upkeep_every = rte_get_tsc_hz() / 1000 * PORT_BOND_UPKEEP_MS;
	w->ifaces = r->ifaces->fwd;
	w->small = port_pool_small(r->ports, node);
	w->fib4 = route_fib4(r->routes);
	w->fib6 = route_fib6(r->routes);
	w->own4 = route_own4(r->routes);
	w->storms = r->storms ? r->storms->limits : NULL;
	w->groups = nexthop_groups(r->nexthops);
	w->adjs = nexthop_adjs(r->nexthops);
	for (int i = 0; i < NODE_MAX; i++)
		w->in[i] = &w->bursts[i];
	w->stats = rte_zmalloc_socket("stats", stats_size(r->ifaces->max), 64, node);
	w->idle = rte_zmalloc_socket("idle", sizeof(*w->idle), 64, node);
	w->rxqs = worker_rxqs_none(w);
	w->punt_ring = make_ring("punt", w, PUNT_RING_SIZE);
	w->inject_ring = make_ring("inject", w, INJECT_RING_SIZE);
	if (ret || !w->stats || !w->idle || !w->rxqs || !w->punt_ring || !w->inject_ring ||
	    make_tx(w)) {
		worker_destroy(w);
		return NULL;
	}
	idle_init(w->idle, IDLE_MODE_POLL, rte_get_tsc_hz());
	w->tx[IFACE_PORT_NONE].gone = w->tx[IFACE_PORT_BRIDGE].gone = true;
	for (const struct iface *iface = NULL; (iface = iface_next(r->ifaces, iface));)
		if (iface->kind == IFACE_PORT)
			worker_set_tx(w, port_by_id(r->ports, iface->port), iface->id);
	if (r->span)
		span_attach(r->span, w);
	return w;
}

struct worker_set *worker_set_create(const struct router *r, const unsigned *lcores, unsigned n,
				     const struct policer *policers, struct error *err)
{
	struct worker_set *set = calloc(1, sizeof(*set));
	size_t policers_size = PUNT_CLASS_MAX * sizeof(*policers);
	enum simd simd;
	char what[32];

	if (simd_choose(&simd, err)) {
		free(set);
		return NULL;
	}
	if (!set)
		goto fail;
	set->n_ifaces = r->ifaces->max;
	set->rcu = r->rcu;
	set->workers = calloc(n, sizeof(*set->workers));
	set->policers = rte_zmalloc("policers", policers_size, RTE_CACHE_LINE_SIZE);
	set->own = stats_new(set->n_ifaces);
	set->mirror = stats_new(set->n_ifaces);
	set->cleared = stats_new(set->n_ifaces);
	set->cleared_load = calloc(n, sizeof(*set->cleared_load));
	if (!set->workers || !set->policers || !set->own || !set->mirror || !set->cleared ||
	    !set->cleared_load)
		goto fail;
	memcpy(set->policers, policers, policers_size);
	for (; set->n < n; set->n++) {
		struct worker *w = worker_create(r, lcores[set->n], set->n, simd);

		if (!w)
			goto fail;
		w->policers = set->policers;
		set->workers[set->n] = w;
	}
	return set;
fail:
	worker_set_destroy(set);
	snprintf(what, sizeof(what), "%u workers", n);
	hugepages_refuse_for(what, n * WORKER_BYTES, err);
	return NULL;
}

void worker_set_destroy(struct worker_set *set)
{
	if (!set)
		return;
	for (unsigned i = 0; i < set->n; i++)
		worker_destroy(set->workers[i]);
	rte_free(set->policers);
	free(set->own);
	free(set->mirror);
	free(set->cleared);
	free(set->cleared_load);
	free(set->workers);
	free(set);
}

void worker_set_idle(struct worker_set *set, unsigned i, enum idle_mode mode)
{
	idle_init(set->workers[i]->idle, mode, rte_get_tsc_hz());
}

void worker_set_punt_bell(struct worker_set *set, struct doorbell *bell)
{
	for (unsigned i = 0; i < set->n; i++)
		set->workers[i]->punt_bell = bell;
}

int worker_set_start(struct worker_set *set, struct error *err)
{
	for (unsigned i = 0; i < set->n; i++) {
		int ret =
			rte_eal_remote_launch(worker_main, set->workers[i], set->workers[i]->lcore);

		if (ret)
			return error_set(err, ret, "lcore %u does not start: %s",
					 set->workers[i]->lcore, strerror(-ret));
		set->running = true;
	}
	return 0;
}

void worker_set_stop(struct worker_set *set)
{
	if (!set || !set->running)
		return;
	for (unsigned i = 0; i < set->n; i++) {
		__atomic_store_n(&set->workers[i]->stop, true, __ATOMIC_RELAXED);
		doorbell_ring(&set->workers[i]->bell);
	}
	for (unsigned i = 0; i < set->n; i++)
		rte_eal_wait_lcore(set->workers[i]->lcore);
	set->running = false;
}

/* Every member is a uint64_t: so the sum is one over words. */
static void stats_add(struct worker_stats *to, const struct worker_stats *from, size_t size,
		      bool subtract)
{
	uint64_t *t = (uint64_t *)to;
	const uint64_t *f = (const uint64_t *)from;

	for (size_t i = 0; i < size / sizeof(*t); i++)
		t[i] += subtract ? -f[i] : stat_read(&f[i]);
}

static void sum_all(const struct worker_set *set, struct worker_stats *out)
{
	size_t size = stats_size(set->n_ifaces);

	memset(out, 0, size);
	for (unsigned i = 0; i < set->n; i++)
		stats_add(out, set->workers[i]->stats, size, false);
	stats_add(out, set->own, size, false);
	stats_add(out, set->mirror, size, false);
}

void worker_set_sum(const struct worker_set *set, struct worker_stats *out)
{
	sum_all(set, out);
	stats_add(out, set->cleared, stats_size(set->n_ifaces), true);
}

struct worker_stats *worker_set_sums(const struct worker_set *set, struct error *err)
{
	struct worker_stats *s = worker_stats_new(set);

	if (s)
		worker_set_sum(set, s);
	else
		error_set(err, -ENOMEM, "out of memory");
	return s;
}

static struct worker_load load_of(const struct worker *w)
{
	uint64_t now = rte_rdtsc();

	return (struct worker_load){
		.tsc_cycles = now - stat_read(&w->stats->start_tsc),
		.busy_cycles = stat_read(&w->stats->busy_cycles),
		.loops = stat_read(&w->stats->loops),
		.packets = stat_read(&w->stats->node[NODE_port_rx].packets),
		.sleeps = stat_read(&w->stats->sleeps),
		.asleep_cycles = stat_asleep(w->stats, now),
	};
}

struct worker_load worker_set_load(const struct worker_set *set, unsigned i)
{
	struct worker_load now = load_of(set->workers[i]), *then = &set->cleared_load[i];

	return (struct worker_load){
		.tsc_cycles = now.tsc_cycles - then->tsc_cycles,
		.busy_cycles = now.busy_cycles - then->busy_cycles,
		.loops = now.loops - then->loops,
		.packets = now.packets - then->packets,
		.sleeps = now.sleeps - then->sleeps,
		.asleep_cycles = now.asleep_cycles - then->asleep_cycles,
	};
}

/* Begin again at zero with the counters of `size` bytes at `offset`. */
static void clear_some(struct worker_set *set, size_t offset, size_t size)
{
	for (size_t at = offset; at < offset + size; at += sizeof(uint64_t)) {
		uint64_t sum = *(uint64_t *)((char *)set->own + at);

		for (unsigned i = 0; i < set->n; i++)
			sum += stat_read((uint64_t *)((char *)set->workers[i]->stats + at));
		sum += stat_read((uint64_t *)((char *)set->mirror + at));
		*(uint64_t *)((char *)set->cleared + at) = sum;
	}
}

void worker_set_clear_iface(struct worker_set *set, uint16_t iface)
{
	clear_some(set, offsetof(struct worker_stats, iface) + iface * sizeof(struct iface_stats),
		   sizeof(struct iface_stats));
}

void worker_set_clear_storm(struct worker_set *set, uint16_t port)
{
	clear_some(set, offsetof(struct worker_stats, storm) + port * sizeof(struct storm_stats),
		   sizeof(struct storm_stats));
}

void worker_set_clear(struct worker_set *set)
{
	sum_all(set, set->cleared);
	for (unsigned i = 0; i < set->n; i++)
		set->cleared_load[i] = load_of(set->workers[i]);
	if (set->on_clear)
		set->on_clear(set->on_clear_ctx);
	set->clears++;
}
