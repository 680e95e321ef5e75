/* SPDX-License-Identifier: BSD-3-Clause */
#include "change.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_common.h>
#include <rte_pause.h>

#include "bench.h"
#include "rng.h"
#include "trace.h"

#define BURST         32
#define READER_TRACE  65536
#define WITHDRAWN_MAX 1024
#define SEED_UPDATES  4

/* The daemon's housekeeping, every 20 ms or so and sooner when there is more to do, is part of what
 * is measured. */
#define UPKEEP_UPDATES 10000
#define UPKEEP_SOON    1000
#define UPKEEP_WORDS   10000

/* The reader beside the writer, on another CPU: bursts of routed destinations all the time. */
struct reader {
	const struct own_table *table;
	uint8_t (*dst)[16];
	pthread_t thread;
	uint64_t lookups;
	bool started, stop; /* atomic */
};

static void *read_on(void *arg)
{
	struct reader *r = arg;
	uint32_t nh[BURST];

	bench_pin_second();
	rcu_reader_online(r->table->rcu, 0);
	__atomic_store_n(&r->started, true, __ATOMIC_RELEASE);
	for (size_t at = 0; !__atomic_load_n(&r->stop, __ATOMIC_RELAXED);
	     at = (at + BURST) % READER_TRACE) {
		own_lookup(r->table, r->dst + at, nh, BURST);
		__asm__ volatile("" : : "r"(nh) : "memory");
		rcu_reader_quiescent(r->table->rcu, 0);
		r->lookups += BURST;
	}
	rcu_reader_offline(r->table->rcu, 0);
	return NULL;
}

static void reader_start(struct reader *r)
{
	int err = pthread_create(&r->thread, NULL, read_on, r);

	if (err)
		bench_die("no thread: %s", strerror(err));
	while (!__atomic_load_n(&r->started, __ATOMIC_ACQUIRE))
		rte_pause();
}

static void reader_stop(struct reader *r)
{
	__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
	pthread_join(r->thread, NULL);
}

/* Routes are withdrawn, wait among the withdrawn, and come back in the same order. */
struct churn {
	struct own_table *table;
	const struct routes *routes;
	bool *is_out;
	uint32_t out[WITHDRAWN_MAX]; /* ring */
	unsigned first_out, n_out, max_out;
	struct rng rng;
};

static uint32_t standing(struct churn *c)
{
	uint32_t i = rng_below(&c->rng, (uint32_t)c->routes->n);

	while (c->is_out[i])
		i = rng_below(&c->rng, (uint32_t)c->routes->n);
	return i;
}

static uint32_t random_nh(struct churn *c)
{
	return 1 + rng_below(&c->rng, ROUTES_NEXT_HOPS);
}

static int withdraw(struct churn *c)
{
	uint32_t i = standing(c);

	c->out[(c->first_out + c->n_out++) % WITHDRAWN_MAX] = i;
	c->is_out[i] = true;
	return own_del(c->table, &c->routes->route[i]);
}

static int announce(struct churn *c)
{
	uint32_t i = c->out[c->first_out];

	c->first_out = (c->first_out + 1) % WITHDRAWN_MAX;
	c->n_out--;
	c->is_out[i] = false;
	return own_add(c->table, &c->routes->route[i], random_nh(c));
}

static int update(struct churn *c)
{
	uint32_t dice = rng_below(&c->rng, 3);

	if (dice == 0 && c->n_out < c->max_out)
		return withdraw(c);
	if (dice <= 1 && c->n_out)
		return announce(c);
	return own_add(c->table, &c->routes->route[standing(c)], random_nh(c));
}

/* Seconds of CPU for that many updates. */
static double updates_run(struct churn *c, unsigned updates)
{
	struct bench_clock begin = bench_begin();
	unsigned upkeep = UPKEEP_SOON;

	for (unsigned i = 0; i < updates; i++) {
		int ret = update(c);

		if (ret)
			bench_die("update %u is refused: %s", i, strerror(-ret));
		if (i == upkeep)
			upkeep += own_upkeep(c->table, UPKEEP_WORDS) ? UPKEEP_SOON : UPKEEP_UPDATES;
	}
	return bench_end(&begin);
}

/* One table from its load to its end. */
static void change_round(const struct routes *routes, uint8_t (*dst)[16], unsigned updates,
			 double *load_s, double *rate, struct change_result *result)
{
	struct own_table table;
	struct churn churn = {.table = &table, .routes = routes, .rng = {SEED_UPDATES}};
	struct reader reader = {.table = &table, .dst = dst};
	struct fib_stats stats;
	struct bench_clock begin;

	churn.is_out = calloc(routes->n, sizeof(*churn.is_out));
	churn.max_out = (unsigned)RTE_MIN(routes->n / 2, (size_t)WITHDRAWN_MAX);
	if (!churn.is_out)
		bench_die("no memory for %zu routes", routes->n);
	own_create(&table, routes->family, (uint32_t)routes->n);
	begin = bench_begin();
	own_load(&table, routes, 0);
	*load_s = bench_end(&begin);
	own_stats(&table, &stats);
	result->bytes = stats.trie_bytes;
	if (result->has_reader)
		reader_start(&reader);
	begin = bench_begin();
	*rate = updates / updates_run(&churn, updates);
	if (result->has_reader)
		reader_stop(&reader);
	result->reader_mlps = (double)reader.lookups / bench_wall(&begin) / 1e6;
	own_stats(&table, &stats);
	result->bytes_churned = stats.trie_bytes;
	own_destroy(&table);
	free(churn.is_out);
}

void change_measure(struct change_result *result, const struct routes *routes, unsigned rounds,
		    unsigned updates)
{
	double load_s[BENCH_ROUNDS_MAX], rate[BENCH_ROUNDS_MAX];
	uint8_t(*dst)[16] = bench_alloc(READER_TRACE * sizeof(*dst));
	struct trace trace;

	result->has_reader = bench_has_second();
	trace_make(&trace, TRACE_ROUTED, routes, READER_TRACE);
	for (size_t i = 0; i < READER_TRACE; i++)
		memcpy(dst[i], trace.net + i * (routes->family == IP4 ? 4 : 16),
		       routes->family == IP4 ? 4 : 16);
	for (unsigned i = 0; i < rounds; i++)
		change_round(routes, dst, updates, &load_s[i], &rate[i], result);
	result->load_s = bench_median(load_s, rounds);
	result->updates_per_s = bench_median(rate, rounds);
}
