/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Groups: the level between routes and adjacencies.
 *
 *     FIB value = group index -> word -> adjacency                      (one path)
 *                                word -> bucket[flow hash] -> adjacency (several)
 *
 * A route holds a group index. When a next hop changes, the word (or the buckets) of each group
 * that it is in changes, and every prefix behind it has moved, however many there are.
 *
 * A word is one aligned 64-bit value, stored at once: the low half is the adjacency index, or for
 * several paths the position of the first bucket; the high half is the number of buckets less one
 * (a power of two less one), 0 for one path. The buckets of a group are as many for each path as
 * its weight asks for; a group over other paths gets a new run of buckets, published by its word.
 *
 * The buckets of a path that is dead are lent to the others, by their weights. Which bucket goes to
 * whom follows from the paths alone, not from what was before: so only flows on the dead path move,
 * and all of them return when it lives again.
 *
 * The first indices stand for the fixed adjacencies of the same index (adj.h): group 0 is what a
 * lookup that found nothing leads to.
 *
 * Owner: the control thread creates and writes; workers read.
 */
#ifndef SLUICE_GROUP_H
#define SLUICE_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "region.h"
#include "usage.h"

struct rcu;

#define GROUP_PATHS_MAX   256
#define GROUP_BUCKETS_MIN 64 /* of a group of several paths */
#define GROUP_BUCKETS_MAX 4096

struct group_table {
	uint64_t *words;   /* by group index */
	uint32_t *buckets; /* adjacency indices */
	uint32_t seed; /* of the flow hash that chooses buckets; set once, before workers start */
	uint32_t max;
	uint32_t *free; /* stack of free group indices */
	uint32_t n_free;
	bool *unit_used; /* of each GROUP_BUCKETS_MIN buckets, whether they are part of a run */
	uint32_t n_units;
	uint32_t units_free;
	uint32_t first_free;               /* all units before it are used */
	uint32_t leaving, units_leaving;   /* freed, and their readers have not passed */
	uint64_t refused, refused_buckets; /* requests for which there was no room */
	struct rcu *rcu;
	struct region words_mem, buckets_mem;
};

/* The adjacency of a flow. Context: worker. The acquire pairs with the store that published the
 * word: whoever sees a word sees the buckets and the adjacency behind it. */
static inline uint64_t group_word(const struct group_table *t, uint32_t group)
{
	return __atomic_load_n(&t->words[group], __ATOMIC_ACQUIRE);
}

static inline bool group_word_is_multipath(uint64_t word)
{
	return word >> 32;
}

static inline uint32_t group_bucket(const struct group_table *t, uint64_t word, uint32_t hash)
{
	return __atomic_load_n(&t->buckets[(uint32_t)word + (hash & (uint32_t)(word >> 32))],
			       __ATOMIC_ACQUIRE);
}

/* max groups beside the fixed ones, sharing max_buckets buckets (rounded down to whole units of
 * GROUP_BUCKETS_MIN). NULL and errno.
 * Context of all that follows: control thread. */
struct group_table *group_table_create(uint32_t max, uint32_t max_buckets, int numa_node,
				       struct rcu *rcu);
void group_table_destroy(struct group_table *t);

/* What a group leads to. */
struct group_path {
	uint32_t adj;    /* adjacency index */
	uint32_t weight; /* 1 to 65536 */
	bool dead;       /* others are to take its packets; if all are dead, none is */
};

/* A new group over n paths (1 to GROUP_PATHS_MAX). Its index, or 0 when there is no room. */
uint32_t group_add(struct group_table *t, const struct group_path *paths, unsigned n);

/* The paths, of the same weights as before, lead to other adjacencies, have died or live again.
 * Never fails, allocates nothing; only flows on paths that have changed move. */
void group_update(struct group_table *t, uint32_t group, const struct group_path *paths,
		  unsigned n);

/* The group (not a fixed one) leads over other paths from now on: a reader meets the old ones or
 * the new ones. 0, or -ENOSPC: nothing has changed; n of 1 never fails. */
int group_replace(struct group_table *t, uint32_t group, const struct group_path *paths,
		  unsigned n);

/* How many more groups, and units of buckets, are free when the readers have passed. */
uint32_t group_room(const struct group_table *t);
uint32_t group_units_room(const struct group_table *t);

/* Groups, the fixed ones not counted; and buckets. */
void group_usage(const struct group_table *t, struct usage *groups, struct usage *buckets);

/* Free it once no reader can hold it. Fixed groups are left alone. */
void group_free(struct group_table *t, uint32_t group);

#endif
