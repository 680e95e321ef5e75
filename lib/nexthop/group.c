/* SPDX-License-Identifier: BSD-3-Clause */
#include "group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "adj.h"
#include "rcu.h"

struct group_table *group_table_create(uint32_t max, uint32_t max_buckets, int numa_node,
				       struct rcu *rcu)
{
	struct group_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->max = max + ADJ_INDEX_FIXED;
	t->n_units = max_buckets / GROUP_BUCKETS_MIN;
	t->rcu = rcu;
	t->words = region_create(&t->words_mem, t->max * sizeof(*t->words), numa_node);
	t->buckets = region_create(&t->buckets_mem, max_buckets * sizeof(*t->buckets), numa_node);
	t->free = calloc(t->max, sizeof(*t->free));
	t->unit_used = calloc(t->n_units, sizeof(*t->unit_used));
	if (!t->words || !t->buckets || !t->free || !t->unit_used) {
		group_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	for (uint32_t i = 0; i < ADJ_INDEX_FIXED; i++)
		t->words[i] = i;
	for (uint32_t i = t->max; i-- > ADJ_INDEX_FIXED;)
		t->free[t->n_free++] = i;
	return t;
}

void group_table_destroy(struct group_table *t)
{
	if (!t)
		return;
	region_fini(&t->words_mem);
	region_fini(&t->buckets_mem);
	free(t->unit_used);
	free(t->free);
	free(t);
}

static bool units_are_free(const struct group_table *t, uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (t->unit_used[first + i])
			return false;
	return true;
}

/* First fit, aligned to its size: so what was freed in small runs serves for large ones again. */
static int run_alloc(struct group_table *t, uint32_t size, uint32_t *first)
{
	uint32_t n = size / GROUP_BUCKETS_MIN, at = RTE_ALIGN_CEIL(t->first_free, n);

	while (at + n <= t->n_units && !units_are_free(t, at, n))
		at += n;
	if (at + n > t->n_units)
		return -ENOSPC;
	memset(t->unit_used + at, true, n);
	if (at == t->first_free)
		t->first_free += n;
	*first = at * GROUP_BUCKETS_MIN;
	return 0;
}

static void run_free(struct group_table *t, uint32_t first, uint32_t size)
{
	uint32_t at = first / GROUP_BUCKETS_MIN;

	memset(t->unit_used + at, false, size / GROUP_BUCKETS_MIN);
	t->first_free = RTE_MIN(t->first_free, at);
}

/* Sixteen buckets for a path on average, so that weights come out within a few percent. */
static uint32_t run_size(unsigned n_paths, uint32_t weights)
{
	uint32_t size = rte_align32pow2(RTE_MAX(n_paths * 16, weights));

	return RTE_MIN(RTE_MAX(size, (uint32_t)GROUP_BUCKETS_MIN), (uint32_t)GROUP_BUCKETS_MAX);
}

/* The buckets of path i: from first to before end. It ends where the sum of the weights so far
 * ends, so no bucket is lost to rounding. When the weights add up to more than there are buckets,
 * each path has one beforehand, so that none goes without. */
static void path_range(const uint32_t *weights, unsigned n, unsigned i, uint32_t size,
		       uint32_t *first, uint32_t *end)
{
	uint64_t before = 0, all = 0;
	uint32_t each;

	for (unsigned j = 0; j < n; j++) {
		if (j < i)
			before += weights[j];
		all += weights[j];
	}
	each = all > size;
	size -= n * each;
	*first = i * each + (uint32_t)(before * size / all);
	*end = (i + 1) * each + (uint32_t)((before + weights[i]) * size / all);
}

static void path_fill(uint32_t *buckets, uint32_t size, const uint32_t *weights, unsigned n,
		      unsigned i, uint32_t adj)
{
	uint32_t first, end;

	path_range(weights, n, i, size, &first, &end);
	for (uint32_t at = first; at < end; at++)
		__atomic_store_n(&buckets[at], adj, __ATOMIC_RELEASE);
}

static uint32_t group_publish(struct group_table *t, uint64_t word)
{
	uint32_t group = t->free[--t->n_free];

	__atomic_store_n(&t->words[group], word, __ATOMIC_RELEASE);
	return group;
}

uint32_t group_add(struct group_table *t, const uint32_t *adjs, const uint32_t *weights, unsigned n)
{
	uint32_t sum = 0, size, first;

	if (!t->n_free)
		rcu_synchronize(t->rcu);
	if (!t->n_free)
		return 0;
	if (n == 1)
		return group_publish(t, adjs[0]);
	for (unsigned i = 0; i < n; i++)
		sum += weights[i];
	size = run_size(n, sum);
	if (run_alloc(t, size, &first)) {
		rcu_synchronize(t->rcu);
		if (run_alloc(t, size, &first))
			return 0;
	}
	for (unsigned i = 0; i < n; i++)
		path_fill(&t->buckets[first], size, weights, n, i, adjs[i]);
	return group_publish(t, (uint64_t)(size - 1) << 32 | first);
}

void group_set_path(struct group_table *t, uint32_t group, const uint32_t *weights, unsigned n,
		    unsigned i, uint32_t adj)
{
	uint64_t word = t->words[group];

	if (group_word_is_multipath(word))
		path_fill(&t->buckets[(uint32_t)word], (uint32_t)(word >> 32) + 1, weights, n, i,
			  adj);
	else
		__atomic_store_n(&t->words[group], adj, __ATOMIC_RELEASE);
}

static void put_back(void *ctx, uint64_t group)
{
	struct group_table *t = ctx;
	uint64_t word = t->words[group];

	if (group_word_is_multipath(word))
		run_free(t, (uint32_t)word, (uint32_t)(word >> 32) + 1);
	t->free[t->n_free++] = (uint32_t)group;
}

void group_free(struct group_table *t, uint32_t group)
{
	if (group >= ADJ_INDEX_FIXED)
		rcu_defer(t->rcu, put_back, t, group);
}
