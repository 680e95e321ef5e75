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
	t->n_units = t->units_free = max_buckets / GROUP_BUCKETS_MIN;
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
	t->units_free -= n;
	if (at == t->first_free)
		t->first_free += n;
	*first = at * GROUP_BUCKETS_MIN;
	return 0;
}

static void run_free(struct group_table *t, uint32_t first, uint32_t size)
{
	uint32_t at = first / GROUP_BUCKETS_MIN, n = size / GROUP_BUCKETS_MIN;

	memset(t->unit_used + at, false, n);
	t->units_free += n;
	t->first_free = RTE_MIN(t->first_free, at);
}

/* Sixteen buckets for a path on average, so that weights come out within a few percent. */
static uint32_t run_size(const struct group_path *paths, unsigned n)
{
	uint32_t weights = 0, size;

	for (unsigned i = 0; i < n; i++)
		weights += paths[i].weight;
	size = rte_align32pow2(RTE_MAX(n * 16, weights));
	return RTE_MIN(RTE_MAX(size, (uint32_t)GROUP_BUCKETS_MIN), (uint32_t)GROUP_BUCKETS_MAX);
}

/* The buckets of path i: from first to before end. It ends where the sum of the weights so far
 * ends, so no bucket is lost to rounding. When the weights add up to more than there are buckets,
 * each path has one beforehand, so that none goes without. */
static void path_range(const struct group_path *paths, unsigned n, unsigned i, uint32_t size,
		       uint32_t *first, uint32_t *end)
{
	uint64_t before = 0, all = 0;
	uint32_t each;

	for (unsigned j = 0; j < n; j++) {
		if (j < i)
			before += paths[j].weight;
		all += paths[j].weight;
	}
	each = all > size;
	size -= n * each;
	*first = i * each + (uint32_t)(before * size / all);
	*end = (i + 1) * each + (uint32_t)((before + paths[i].weight) * size / all);
}

/* A run that is being filled. */
struct filling {
	uint32_t *buckets;
	const struct group_path *paths;
	unsigned n;
	bool out[GROUP_PATHS_MAX]; /* paths that were asked already, and are dead */
};

/* Times that a dead path's buckets may meet another dead one before only living ones are asked: so
 * that the work has a bound. Beyond it flows may move that need not. */
#define LEND_DEPTH_MAX 4

static void fill_range(struct filling *f, uint32_t first, uint32_t end, unsigned owner,
		       unsigned depth);

/* Share the buckets of a dead path among those that may be asked, by weight. Where the sharing
 * begins depends on the place, so that many small shares do not all go to the same path. */
static void lend_range(struct filling *f, uint32_t first, uint32_t end, unsigned depth)
{
	uint32_t random = first * 2654435769u; /* as good as: Fibonacci hashing */
	unsigned start = (unsigned)((uint64_t)random * f->n >> 32);
	uint64_t all = 0, sum = 0, len = end - first;
	uint32_t at = first;
	bool asked[GROUP_PATHS_MAX];

	for (unsigned i = 0; i < f->n; i++) {
		asked[i] = !f->out[i] && !(depth >= LEND_DEPTH_MAX && f->paths[i].dead);
		all += asked[i] ? f->paths[i].weight : 0;
	}
	for (unsigned i = 0; i < f->n; i++) {
		unsigned to = (start + i) % f->n;
		uint32_t next;

		if (!asked[to])
			continue;
		sum += f->paths[to].weight;
		next = first + (uint32_t)((2 * sum * len + all) / (2 * all));
		if (next > at)
			fill_range(f, at, next, to, depth + 1);
		at = next;
	}
}

static void fill_range(struct filling *f, uint32_t first, uint32_t end, unsigned owner,
		       unsigned depth)
{
	uint32_t adj = f->paths[owner].adj;

	if (f->paths[owner].dead) {
		f->out[owner] = true;
		lend_range(f, first, end, depth);
		f->out[owner] = false;
		return;
	}
	for (uint32_t at = first; at < end; at++)
		if (f->buckets[at] != adj) /* readers keep the line */
			__atomic_store_n(&f->buckets[at], adj, __ATOMIC_RELEASE);
}

static void fill(uint32_t *buckets, uint32_t size, const struct group_path *paths, unsigned n)
{
	struct group_path as_living[GROUP_PATHS_MAX];
	struct filling f = {.buckets = buckets, .paths = paths, .n = n};
	bool all_dead = true;

	for (unsigned i = 0; i < n; i++) {
		as_living[i] = (struct group_path){.adj = paths[i].adj, .weight = paths[i].weight};
		all_dead &= paths[i].dead;
	}
	if (all_dead)
		f.paths = as_living;
	for (unsigned i = 0; i < n; i++) {
		uint32_t first, end;

		path_range(paths, n, i, size, &first, &end);
		fill_range(&f, first, end, i, 0);
	}
}

/* The word of a group over these paths, with a run of buckets if it needs one. 0 or -ENOSPC. */
static int make_word(struct group_table *t, const struct group_path *paths, unsigned n,
		     uint64_t *word)
{
	uint32_t size = run_size(paths, n), first;

	if (n == 1) {
		*word = paths[0].adj;
		return 0;
	}
	if (run_alloc(t, size, &first)) {
		if (t->units_leaving)
			rcu_synchronize(t->rcu);
		if (run_alloc(t, size, &first)) {
			t->refused_buckets++;
			return -ENOSPC;
		}
	}
	fill(&t->buckets[first], size, paths, n);
	*word = (uint64_t)(size - 1) << 32 | first;
	return 0;
}

uint32_t group_add(struct group_table *t, const struct group_path *paths, unsigned n)
{
	uint64_t word;
	uint32_t group;

	if (!t->n_free && t->leaving)
		rcu_synchronize(t->rcu);
	if (!t->n_free) {
		t->refused++;
		return 0;
	}
	if (make_word(t, paths, n, &word))
		return 0;
	group = t->free[--t->n_free];
	__atomic_store_n(&t->words[group], word, __ATOMIC_RELEASE);
	return group;
}

void group_update(struct group_table *t, uint32_t group, const struct group_path *paths, unsigned n)
{
	uint64_t word = t->words[group];

	if (group_word_is_multipath(word))
		fill(&t->buckets[(uint32_t)word], (uint32_t)(word >> 32) + 1, paths, n);
	else
		__atomic_store_n(&t->words[group], paths[0].adj, __ATOMIC_RELEASE);
}

/* Of its run of buckets. */
static uint32_t units_of(uint64_t word)
{
	return group_word_is_multipath(word) ? ((uint32_t)(word >> 32) + 1) / GROUP_BUCKETS_MIN : 0;
}

static void word_free(struct group_table *t, uint64_t word)
{
	t->units_leaving -= units_of(word);
	if (group_word_is_multipath(word))
		run_free(t, (uint32_t)word, (uint32_t)(word >> 32) + 1);
}

static void put_back_run(void *ctx, uint64_t word)
{
	word_free(ctx, word);
}

int group_replace(struct group_table *t, uint32_t group, const struct group_path *paths, unsigned n)
{
	uint64_t old = t->words[group], word;
	int ret = make_word(t, paths, n, &word);

	if (ret)
		return ret;
	__atomic_store_n(&t->words[group], word, __ATOMIC_RELEASE);
	t->units_leaving += units_of(old);
	if (group_word_is_multipath(old))
		rcu_defer(t->rcu, put_back_run, t, old);
	return 0;
}

static void put_back(void *ctx, uint64_t group)
{
	struct group_table *t = ctx;

	word_free(t, t->words[group]);
	t->free[t->n_free++] = (uint32_t)group;
	t->leaving--;
}

void group_free(struct group_table *t, uint32_t group)
{
	if (group < ADJ_INDEX_FIXED)
		return;
	t->leaving++;
	t->units_leaving += units_of(t->words[group]);
	rcu_defer(t->rcu, put_back, t, group);
}

uint32_t group_room(const struct group_table *t)
{
	return t->n_free + t->leaving;
}

uint32_t group_units_room(const struct group_table *t)
{
	return t->units_free + t->units_leaving;
}

void group_usage(const struct group_table *t, struct usage *groups, struct usage *buckets)
{
	*groups = (struct usage){.used = t->max - ADJ_INDEX_FIXED - t->n_free,
				 .max = t->max - ADJ_INDEX_FIXED,
				 .refused = t->refused};
	*buckets = (struct usage){.used = (t->n_units - t->units_free) * GROUP_BUCKETS_MIN,
				  .max = t->n_units * GROUP_BUCKETS_MIN,
				  .refused = t->refused_buckets};
}
