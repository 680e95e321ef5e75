/* SPDX-License-Identifier: BSD-3-Clause */
#include "storm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "rcu.h"

#define FULL_BYTES 1518 /* the longest frame of an MTU of 1500, with one tag */

const char *const storm_kind_words[STORM_KINDS + 1] = {
	[STORM_BROADCAST] = "broadcast",
	[STORM_UNKNOWN_UNICAST] = "unknown_unicast",
	[STORM_MULTICAST] = "multicast",
};

struct storm_table *storm_table_create(struct rcu *rcu)
{
	struct storm_table *t = calloc(1, sizeof(*t));

	if (t)
		t->rcu = rcu;
	return t;
}

void storm_table_destroy(struct storm_table *t)
{
	for (unsigned i = 0; t && i < RTE_DIM(t->limits); i++)
		free(t->limits[i]);
	free(t);
}

static uint32_t clamp(uint64_t value, uint32_t min)
{
	return (uint32_t)RTE_MIN(RTE_MAX(value, (uint64_t)min), (uint64_t)UINT32_MAX);
}

static void fill(struct storm_limits *limits, enum storm_kind kind, const struct rate *rate)
{
	struct policer *bucket = &limits->buckets[kind];
	uint64_t hz = rte_get_tsc_hz();

	limits->rates[kind] = rate ? *rate : (struct rate){0};
	if (!rate)
		return;
	if (rate->bits)
		policer_init_bits(bucket, rate->per_s,
				  clamp(rate->per_s / 80, STORM_BURST_MIN * FULL_BYTES), hz);
	else
		policer_init(bucket, clamp(rate->per_s, 1),
			     clamp(rate->per_s / 10, STORM_BURST_MIN), hz);
}

static void free_old(void *ctx, uint64_t arg)
{
	free(ctx);
}

static void publish(struct storm_table *t, uint16_t port, struct storm_limits *limits)
{
	struct storm_limits *old = t->limits[port];

	__atomic_store_n(&t->limits[port], limits, __ATOMIC_RELEASE);
	if (old)
		rcu_defer(t->rcu, free_old, old, 0);
}

int storm_set(struct storm_table *t, uint16_t port, enum storm_kind kind, const struct rate *rate)
{
	struct storm_limits *limits;
	bool any = false;

	if (!rate && !storm_rate(t, port, kind))
		return -ENOENT;
	limits = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*limits));
	if (!limits)
		return -ENOMEM;
	memset(limits, 0, sizeof(*limits));
	/* The other buckets are not filled up by the way. */
	for (int i = 0; t->limits[port] && i < STORM_KINDS; i++) {
		limits->rates[i] = t->limits[port]->rates[i];
		limits->buckets[i] = t->limits[port]->buckets[i];
		limits->buckets[i].full_at =
			__atomic_load_n(&t->limits[port]->buckets[i].full_at, __ATOMIC_RELAXED);
	}
	fill(limits, kind, rate);
	for (int i = 0; i < STORM_KINDS; i++)
		any |= limits->rates[i].per_s;
	if (!any) {
		free(limits);
		limits = NULL;
	}
	publish(t, port, limits);
	return 0;
}

void storm_forget(struct storm_table *t, uint16_t port)
{
	if (t)
		publish(t, port, NULL);
}

const struct rate *storm_rate(const struct storm_table *t, uint16_t port, enum storm_kind kind)
{
	const struct storm_limits *limits = t->limits[port];

	return limits && limits->rates[kind].per_s ? &limits->rates[kind] : NULL;
}

uint32_t storm_burst(const struct storm_table *t, uint16_t port, enum storm_kind kind)
{
	return storm_rate(t, port, kind) ? t->limits[port]->buckets[kind].burst : 0;
}

bool storm_police(struct worker *w, struct storm_limits *limits, uint16_t port,
		  enum storm_kind kind, uint32_t len_bytes)
{
	struct policer *bucket = &limits->buckets[kind];
	struct storm_stats *stats = &w->stats->storm[port];
	bool pass;

	if (!limits->rates[kind].per_s)
		return true;
	if (limits->rates[kind].bits)
		pass = policer_pass_bits(bucket, len_bytes, rte_rdtsc());
	else
		pass = policer_pass(bucket, rte_rdtsc());
	stats->passed[kind] += pass;
	stats->dropped[kind] += !pass;
	return pass;
}
