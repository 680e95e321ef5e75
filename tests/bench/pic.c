/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prefix-independent convergence: the time from the moment at which the control thread begins to
 * take a dead path out of a group to the last packet that a worker sends by it, or to the end of
 * its own work when that comes later.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_hash_crc.h>
#include <rte_pause.h>

#include "addr.h"
#include "adj.h"
#include "bench.h"
#include "change.h"
#include "group.h"
#include "iface.h"
#include "trace.h"

#define BURST        32
#define TRACE        65536
#define GROUPS       8
#define ADJS         8
#define PATHS        2
#define WATCH_US     200 /* how long the reader is watched after each repair */
#define RECOVERED_US 50

struct world {
	struct own_table table;
	struct iface_table *ifaces;
	struct adj_table *adjs;
	struct group_table *groups;
	struct group_path path[PATHS];
	uint32_t group;
	uint8_t (*dst)[16];
	uint64_t dead_seen; /* atomic: TSC after the last burst in which path 0 was taken */
	uint64_t bursts;    /* atomic: done by the reader */
	bool stop;          /* atomic */
};

/* What the router does with a destination, up to the adjacency: true: one of the burst goes by
 * path 0. */
static bool forward_burst(const struct world *w, uint8_t (*dst)[16], uint32_t *ports)
{
	uint32_t group[BURST];
	bool by_dead = false;

	own_lookup(&w->table, dst, group, BURST);
	for (unsigned i = 0; i < BURST; i++) {
		uint64_t word = group_word(w->groups, group[i]), half;
		uint32_t adj = (uint32_t)word;

		memcpy(&half, dst[i], sizeof(half));
		if (group_word_is_multipath(word))
			adj = group_bucket(w->groups, word, rte_hash_crc_8byte(half, 0));
		*ports += w->adjs->adjs[adj].port;
		by_dead |= adj == w->path[0].adj;
	}
	return by_dead;
}

static void *forward_on(void *arg)
{
	struct world *w = arg;
	uint32_t ports = 0;

	bench_pin_second();
	rcu_reader_online(w->table.rcu, 0);
	for (size_t at = 0; !__atomic_load_n(&w->stop, __ATOMIC_RELAXED);
	     at = (at + BURST) % TRACE) {
		if (forward_burst(w, w->dst + at, &ports))
			__atomic_store_n(&w->dead_seen, rte_rdtsc_precise(), __ATOMIC_RELEASE);
		rcu_reader_quiescent(w->table.rcu, 0);
		__atomic_store_n(&w->bursts, w->bursts + 1, __ATOMIC_RELEASE);
	}
	__asm__ volatile("" : : "r"(ports));
	rcu_reader_offline(w->table.rcu, 0);
	return NULL;
}

static void world_create(struct world *w, const struct routes *routes)
{
	struct mac_addr own = {{2, 0, 0, 0, 0, 1}}, peer = {{2, 0, 0, 0, 0, 2}};
	struct iface *iface = NULL;
	struct trace trace;
	size_t size = routes->family == IP4 ? 4 : 16;

	own_create(&w->table, routes->family, (uint32_t)routes->n);
	w->ifaces = iface_table_create(4, -1);
	w->adjs = adj_table_create(ADJS, -1, w->table.rcu);
	w->groups = group_table_create(GROUPS, 4096, -1, w->table.rcu);
	if (w->ifaces)
		iface = iface_add(w->ifaces, "p0", 0, &own, 1500, NULL);
	if (!w->adjs || !w->groups || !iface)
		bench_die("no next hops: %s", strerror(errno));
	for (unsigned i = 0; i < PATHS; i++)
		w->path[i] = (struct group_path){
			.adj = adj_rewrite(w->adjs, iface, &peer, RTE_ETHER_TYPE_IPV4),
			.weight = 1};
	w->group = group_add(w->groups, w->path, PATHS);
	own_load(&w->table, routes, w->group);
	trace_make(&trace, TRACE_ROUTED, routes, TRACE);
	w->dst = bench_alloc(TRACE * sizeof(*w->dst));
	for (size_t i = 0; i < TRACE; i++)
		memcpy(w->dst[i], trace.net + i * size, size);
}

static void world_destroy(struct world *w)
{
	group_table_destroy(w->groups);
	adj_table_destroy(w->adjs);
	iface_table_destroy(w->ifaces);
	own_destroy(&w->table);
}

/* Until the reader has worked for that long and has done two bursts from the beginning on. */
static void let_it_work(const struct world *w, uint64_t us)
{
	uint64_t end = rte_rdtsc() + us * rte_get_tsc_hz() / 1000000;
	uint64_t bursts = __atomic_load_n(&w->bursts, __ATOMIC_ACQUIRE) + 2;

	while (rte_rdtsc() < end || __atomic_load_n(&w->bursts, __ATOMIC_ACQUIRE) < bursts)
		rte_pause();
}

/* Path 0 dies and comes back. Microseconds until nobody took it any more. */
static double die_once(struct world *w)
{
	uint64_t begin, end, last;

	let_it_work(w, RECOVERED_US);
	w->path[0].dead = true;
	begin = rte_rdtsc_precise();
	group_update(w->groups, w->group, w->path, PATHS);
	end = rte_rdtsc_precise();
	let_it_work(w, WATCH_US);
	last = __atomic_load_n(&w->dead_seen, __ATOMIC_ACQUIRE);
	w->path[0].dead = false;
	group_update(w->groups, w->group, w->path, PATHS);
	return (double)(RTE_MAX(last, end) - begin) * 1e6 / (double)rte_get_tsc_hz();
}

void pic_measure(struct change_result *result, const struct routes *routes, unsigned repeats)
{
	struct world w = {0};
	double *us = calloc(repeats, sizeof(*us));
	pthread_t thread;
	int err;

	if (!us)
		bench_die("no memory for %u repeats", repeats);
	world_create(&w, routes);
	err = pthread_create(&thread, NULL, forward_on, &w);
	if (err)
		bench_die("no thread: %s", strerror(err));
	for (unsigned i = 0; i < repeats; i++)
		us[i] = die_once(&w);
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	if (!w.dead_seen)
		bench_die("no packet has ever taken the path that dies");
	result->pic_us = bench_median(us, repeats);
	result->pic_max_us = us[repeats - 1];
	world_destroy(&w);
	free(us);
}
