/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the MAC table share, and its tests. Context: control. */
#ifndef SLUICE_FDB_OWN_H
#define SLUICE_FDB_OWN_H

#include "fdb.h"
#include "fdb_lookup.h"
#include "fdb_table.h"

#define FDB_FIDS 65536

struct fdb {
	/* All that workers read. */
	struct fdb_table *table; /* atomic */
	fdb_lookup_fn *lookup;
	fdb_seen_fn *seen;
	uint8_t now; /* atomic; stamp of the present tick: the lower bits of `tick` */

	/* The writer's: on other cache lines, as every change writes here. */
	struct rcu *rcu __rte_cache_aligned;
	int numa_node;
	bool same_seed;     /* a test's: for ever the one it was created with */
	uint32_t max_lines; /* of the table for max_entries */
	uint32_t n_old;     /* tables that wait for their readers: at most one */
	uint64_t old_bytes; /* its memory */
	uint32_t grow_wait; /* there was no memory to grow: additions until the next try */
	struct fdb_stats stats;

	/* Aging: see fdb_age.c. */
	uint32_t tick;
	uint32_t *max_age; /* by FID; ticks, 0: they do not age */
	uint32_t min_age;  /* the smallest of them that is not 0; or 0 */
	bool min_stale;    /* it has to be found anew */
	uint32_t sweep;    /* the tick at which the last look at all places began */
	uint32_t age_line; /* the next line to look at */
	uint32_t age_left; /* lines to look at until all were */
	struct fdb_watch watch;
};

/* As fdb_create(), for tests: all tables have this seed. 0: all keys collide. */
struct fdb *fdb_create_seeded(struct rcu *rcu, uint32_t max_entries, int numa_node, uint64_t seed);

/* Take out an entry that was found. */
void fdb_remove(struct fdb *fdb, const struct fdb_place *place);

/* A table of other lines has taken the place of the old one. */
void fdb_age_moved(struct fdb *fdb);

/* Bring over the stamps that workers wrote into a replaced table after it was copied. No worker
 * sees it any more. */
void fdb_age_merge(struct fdb *fdb, const struct fdb_table *old);

static inline uint8_t fdb_age_of(const struct fdb *fdb, uint8_t stamp)
{
	return (uint8_t)(fdb->now - stamp);
}

/* An entry as others see it. */
struct fdb_entry fdb_entry_at(const struct fdb *fdb, uint32_t line, unsigned slot);

#endif
