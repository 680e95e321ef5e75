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
	t->max_buckets = max_buckets;
	t->rcu = rcu;
	t->words = region_create(&t->words_mem, t->max * sizeof(*t->words), numa_node);
	t->buckets = region_create(&t->buckets_mem, max_buckets * sizeof(*t->buckets), numa_node);
	t->free = calloc(t->max, sizeof(*t->free));
	if (!t->words || !t->buckets || !t->free)
		goto fail;
	for (unsigned i = 0; i < GROUP_CLASSES; i++) {
		t->free_runs[i] = calloc(max_buckets / (GROUP_BUCKETS_MIN << i) + 1,
					 sizeof(*t->free_runs[i]));
		if (!t->free_runs[i])
			goto fail;
	}
	for (uint32_t i = 0; i < ADJ_INDEX_FIXED; i++)
		t->words[i] = i;
	for (uint32_t i = t->max; i-- > ADJ_INDEX_FIXED;)
		t->free[t->n_free++] = i;
	return t;
fail:
	group_table_destroy(t);
	errno = ENOMEM;
	return NULL;
}

void group_table_destroy(struct group_table *t)
{
	if (!t)
		return;
	region_fini(&t->words_mem);
	region_fini(&t->buckets_mem);
	for (unsigned i = 0; i < GROUP_CLASSES; i++)
		free(t->free_runs[i]);
	free(t->free);
	free(t);
}

/* Size class of a run: 0 for GROUP_BUCKETS_MIN. */
static unsigned run_class(uint32_t size)
{
	return rte_log2_u32(size / GROUP_BUCKETS_MIN);
}

static int run_alloc(struct group_table *t, uint32_t size, uint32_t *first)
{
	unsigned cls = run_class(size);

	if (t->n_free_runs[cls]) {
		*first = t->free_runs[cls][--t->n_free_runs[cls]];
		return 0;
	}
	if (t->max_buckets - t->used_buckets < size)
		return -ENOSPC;
	*first = t->used_buckets;
	t->used_buckets += size;
	return 0;
}

/* Sixteen buckets for a path on average, so that weights come out within a few percent. */
static uint32_t run_size(unsigned n_paths, uint32_t weights)
{
	uint32_t size = rte_align32pow2(RTE_MAX(n_paths * 16, weights));

	return RTE_MIN(RTE_MAX(size, (uint32_t)GROUP_BUCKETS_MIN), (uint32_t)GROUP_BUCKETS_MAX);
}

/* The buckets of path i: from first to before end. It ends where the sum of the weights so far
 * ends, so no bucket is lost to rounding. */
static void path_range(const uint32_t *weights, unsigned n, unsigned i, uint32_t size,
		       uint32_t *first, uint32_t *end)
{
	uint64_t before = 0, all = 0;

	for (unsigned j = 0; j < n; j++) {
		if (j < i)
			before += weights[j];
		all += weights[j];
	}
	*first = (uint32_t)(before * size / all);
	*end = (uint32_t)((before + weights[i]) * size / all);
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

	if (group_word_is_multipath(word)) {
		unsigned cls = run_class((uint32_t)(word >> 32) + 1);

		t->free_runs[cls][t->n_free_runs[cls]++] = (uint32_t)word;
	}
	t->free[t->n_free++] = (uint32_t)group;
}

void group_free(struct group_table *t, uint32_t group)
{
	if (group >= ADJ_INDEX_FIXED)
		rcu_defer(t->rcu, put_back, t, group);
}
