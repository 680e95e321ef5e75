/* SPDX-License-Identifier: BSD-3-Clause */
#include "pipeline_router.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_string_fns.h>
#include <sanitizer/lsan_interface.h>

#include "apply.h"
#include "apply_l2.h"
#include "bridge_ctl.h"
#include "guard.h"
#include "neigh_ctl.h"
#include "punt.h"
#include "rcu.h"
#include "slowpath_ctl.h"
#include "span_ctl.h"
#include "vlan_ctl.h"

#define RCU_QUEUE_SIZE 1024

static void start_eal(void)
{
	static char args[] = "fuzz_pipeline --no-huge --no-shconf -m 64 --no-pci --no-telemetry "
			     "--lcores=0 --log-level=lib.eal:error "
			     "--mbuf-pool-ops-name=" GUARD_OPS;
	char *argv[16];
	int argc = rte_strsplit(args, sizeof(args), argv, RTE_DIM(argv), ' ');
	cpu_set_t cpus;

	/* EAL pins the main lcore; fuzzers that run side by side must not share one CPU. */
	if (sched_getaffinity(0, sizeof(cpus), &cpus) || rte_eal_init(argc, argv) < 0 ||
	    sched_setaffinity(0, sizeof(cpus), &cpus)) {
		fprintf(stderr, "fuzz_pipeline: DPDK does not start\n");
		exit(1);
	}
}

static int start_tables(struct router *r, const struct config *cfg)
{
	r->rcu = rcu_create(1, RCU_QUEUE_SIZE);
	r->ports = port_table_create();
	r->ifaces = iface_table_create(IFACE_MAX - 1, 0);
	if (r->rcu && r->ifaces)
		r->span = span_create(r->ifaces, r->rcu, 1);
	if (r->rcu)
		r->nexthops = nexthop_table_create(cfg->limits.neighbours, 0, r->rcu);
	if (r->nexthops)
		r->bridges = bridge_table_create(r, cfg->limits.fdb, 0);
	if (r->bridges)
		bridge_set_follow(r->bridges, vlan_follow);
	if (r->nexthops)
		r->routes = route_table_create(cfg->limits.routes4, cfg->limits.routes6, 0,
					       r->nexthops, r->rcu);
	if (r->routes)
		r->neighs = neigh_table_create(r->routes, cfg->limits.neighbours);
	return r->ports && r->span && r->bridges && r->neighs ? punt_init() : -ENOMEM;
}

static int start_ports(struct router *r, const struct config *cfg, struct error *err)
{
	int ret = apply_ports(cfg, r, 1, err);

	/* One PMD that cannot send chains, one that cannot send what is shared. */
	if (!ret) {
		struct port *port = port_by_name(r->ports, "unchained");

		port->no_segments = true;
		port->tx_check = TX_CHECK_ALL;
		port = port_by_name(r->ports, "b1");
		port->no_sharing = true;
		port->tx_check = TX_CHECK_REPLICAS;
	}
	return ret;
}

/* As `ip link set t1 mtu 1300` does: less than its bridge has. */
static void narrow_member(const struct router *r)
{
	struct iface *t1 = iface_by_name(r->ifaces, "t1");

	iface_set_mtu(t1, 1300);
	bridge_iface_changed(r->bridges, t1);
}

static int start_worker(struct pipeline *p, const struct config *cfg, struct error *err)
{
	struct policer policers[PUNT_CLASS_MAX];
	struct event_base *base = event_base_new(); /* never dispatched */
	int ret = apply_punts(cfg, FUZZ_CONFIG, policers, rte_get_tsc_hz(), err);

	if (ret)
		return ret;
	p->r.workers = worker_set_create(&p->r, &cfg->workers->lcore, 1, policers, err);
	p->r.slowpath = p->r.workers && base ? slowpath_create(base, &p->r, err) : NULL;
	p->base = event_base_new();
	if (!p->r.slowpath || !p->base)
		return -ENOMEM;
	ret = bridge_table_start(p->r.bridges, p->base, p->r.workers->workers, 1, err);
	if (!ret)
		ret = apply_queues(cfg, &p->r, err);
	return ret ? ret : apply_mirrors(cfg, FUZZ_CONFIG, &p->r, err);
}

static int start(struct pipeline *p, struct error *err)
{
	struct config cfg;
	int ret = config_load(FUZZ_CONFIG, &cfg, err);

	if (!ret)
		ret = start_tables(&p->r, &cfg);
	if (!ret)
		ret = start_ports(&p->r, &cfg, err);
	if (!ret)
		ret = apply_l2(&cfg, FUZZ_CONFIG, &p->r, err);
	if (!ret) {
		narrow_member(&p->r);
		ret = apply_routes(&cfg, FUZZ_CONFIG, &p->r, err);
	}
	if (!ret)
		ret = start_worker(p, &cfg, err);
	config_free(&cfg);
	return ret;
}

void pipeline_start(struct pipeline *p)
{
	struct error err = {.msg = "the router does not start"};

	start_eal();
	if (start(p, &err)) {
		fprintf(stderr, "fuzz_pipeline: %s\n", err.msg);
		exit(1);
	}
	p->w = p->r.workers->workers[0];
	p->pool = p->r.ports->ports[0]->pool;
	/* Not of the heap, but what it leads to is. */
	__lsan_register_root_region(p->r.ifaces->fwd, IFACE_MAX * sizeof(*p->r.ifaces->fwd));
	guard_pool(p->pool);
	guard_pool(p->w->small);
	p->mbufs = rte_mempool_avail_count(p->pool);
	p->small = rte_mempool_avail_count(p->w->small);
}

void pipeline_learn(const struct pipeline *p)
{
	struct bridge *b = NULL;

	event_base_loop(p->base, EVLOOP_NONBLOCK);
	while ((b = bridge_next(p->r.bridges, b)))
		bridge_fdb_flush(p->r.bridges, b, NULL, 0, false);
}

uint16_t pipeline_iface(const struct pipeline *p, uint16_t port)
{
	const struct iface *iface = NULL;

	while ((iface = iface_next(p->r.ifaces, iface)))
		if (iface->kind == IFACE_PORT && iface->port == port)
			return iface->id;
	return IFACE_NONE;
}

unsigned pipeline_mirrors(const struct pipeline *p, uint16_t port, int direction)
{
	struct span_counters counters;
	struct span_conf conf;
	unsigned n = 0;

	for (int i = -1; (i = span_next(p->r.span, i, &conf, &counters)) >= 0;)
		n += conf.from->port == port && conf.direction & direction;
	return n;
}

uint64_t pipeline_dropped(const struct pipeline *p)
{
	uint64_t sum = 0;

	for (int i = 0; i < DROP_MAX; i++)
		sum += p->w->stats->drop[i];
	return sum;
}

uint64_t pipeline_punted(const struct pipeline *p)
{
	uint64_t sum = 0;

	for (int i = 0; i < PUNT_CLASS_MAX; i++)
		sum += p->w->stats->punted[i];
	return sum;
}

uint64_t pipeline_sent(const struct pipeline *p, unsigned iface)
{
	const struct iface_stats *s = &p->w->stats->iface[iface];

	return s->tx_packets;
}

uint64_t pipeline_unanswered(const struct pipeline *p)
{
	const uint64_t *drop = p->r.workers->own->drop;

	return drop[DROP_no_control] + drop[DROP_inject_full];
}

uint64_t pipeline_injected(const struct pipeline *p, bool bridged)
{
	const struct iface *iface = NULL;
	uint64_t sum = 0;

	while ((iface = iface_next(p->r.ifaces, iface)))
		if ((iface->port == IFACE_PORT_BRIDGE) == bridged)
			sum += p->w->stats->iface[iface->id].injected;
	return sum;
}

uint64_t pipeline_missed(const struct pipeline *p)
{
	const uint64_t *drop = p->w->stats->drop;

	return drop[DROP_replicate_mbufs] + drop[DROP_tx_segments];
}
