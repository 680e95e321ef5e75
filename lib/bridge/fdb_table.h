/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory of a MAC table: what the workers read, and what the control thread keeps beside it.
 * The design stands in fdb.c.
 *
 * A line is one cache line of eight words: six keys, then the six interfaces that belong to them
 * and the number of the next line of the chain, 0 at the end (line 0 is nobody's next):
 *
 *      word   0     1     2     3     4     5     6                    7
 *           | key | key | key | key | key | key | if0 if1 if2 if3 | if4 if5 next |
 *
 * The first n_lines lines are those that keys hash to, the others the overflow lines of the chains.
 * What is known of a line's places and seldom written stands apart, in its side, eight to a cache
 * line.
 *
 * Context: control, except where it says worker.
 */
#ifndef SLUICE_FDB_TABLE_H
#define SLUICE_FDB_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "region.h"

#define FDB_LINE_KEYS  6
#define FDB_LINE_FULL  ((1u << FDB_LINE_KEYS) - 1)
#define FDB_PLACE_BITS 3 /* a place is line << FDB_PLACE_BITS | slot */

struct fdb;

struct fdb_line {
	uint64_t key[FDB_LINE_KEYS]; /* atomic; 0: free, or retired and not yet free */
	union {
		uint16_t iface[8]; /* atomic; the last two are `next`: 0 where there is none */
		struct {
			uint16_t ifaces[FDB_LINE_KEYS];
			uint32_t next; /* atomic */
		};
	};
} __rte_cache_aligned;

struct fdb_side {
	uint8_t stamp[FDB_LINE_KEYS]; /* atomic; workers write them too */
	uint8_t fixed;                /* atomic; bit per slot: FDB_STATIC */
	uint8_t sticky;               /* atomic; bit per slot: FDB_STICKY */
};

/* enum fdb_flags */
static inline uint8_t fdb_side_flags(const struct fdb_side *side, unsigned slot)
{
	return (uint8_t)((side->fixed >> slot & 1) | (side->sticky >> slot & 1) << 1);
}

/* The writer's of a line. */
struct fdb_mind {
	uint32_t seen[FDB_LINE_KEYS]; /* tick, as of the last look at the stamp */
	uint8_t used;                 /* bit per slot: not free, maybe retired */
};

struct fdb_table {
	/* All that workers read of it; it does not change. */
	struct fdb_line *lines;
	struct fdb_side *sides;
	uint64_t seed; /* odd, or as the test that gave it wants it */
	uint32_t n_lines;

	/* The writer's. */
	uint32_t n_all __rte_cache_aligned; /* with the overflow lines */
	struct fdb_mind *minds;
	uint32_t free; /* overflow lines without use, linked by next; 0: none */
	uint32_t n_free;
	uint32_t overflow; /* entries in overflow lines */
	struct region region;
	struct fdb *fdb;

	/* Of a table that has been replaced: its sides as they were copied, and when. */
	struct fdb_side *copied;
	uint32_t copied_tick;
};

struct fdb_place {
	uint32_t line;
	uint32_t prev; /* the line before it in the chain, if it is an overflow line */
	unsigned slot;
};

/* The line that a key hashes to. Keys of one vendor lie close together in steps of a power of two;
 * the first step spreads them over both halves, the multiplication by a random odd number makes it
 * hard to choose keys that meet, and the last steps bring all bits into the upper ones. (That
 * multiplication alone, the classical universal hash, leaves rows of equal steps in heaps for one
 * seed in ten: up to 70% of them outside their lines, where chance would have 2%.) The upper bits
 * times n_lines, not the rest of a division: the same order of lines in a table twice as large.
 * Context: any. */
static inline uint32_t fdb_line_of(uint64_t key, uint64_t seed, uint32_t n_lines)
{
	key ^= key >> 32;
	key *= seed;
	key ^= key >> 29;
	key *= UINT64_C(0xBF58476D1CE4E5B9);
	return (uint32_t)((key >> 32) * n_lines >> 32);
}

/* NULL and errno: ENOMEM, EINVAL (no such node). */
struct fdb_table *fdb_table_create(struct fdb *fdb, uint32_t n_lines, uint32_t n_overflow,
				   uint64_t seed, int numa_node);

/* At once. NULL is allowed. */
void fdb_table_destroy(struct fdb_table *t);

/* False: the key is not there. */
bool fdb_table_find(const struct fdb_table *t, uint64_t key, struct fdb_place *place);

/* Take a free place for a key that is not there; fdb_table_set() shall follow. False: there is
 * none, and no overflow line. */
bool fdb_table_take(struct fdb_table *t, uint64_t key, struct fdb_place *place);

/* What an entry is, beside its place and key. */
struct fdb_value {
	uint16_t iface;
	uint8_t flags; /* enum fdb_flags */
	uint8_t stamp;
	uint32_t seen;
};

/* Fill a place that was taken: from here on workers find it. */
void fdb_table_set(struct fdb_table *t, const struct fdb_place *place, uint64_t key,
		   const struct fdb_value *value);

/* Replace what an entry is, but for its interface, which is one store of the caller. */
void fdb_table_mark(struct fdb_table *t, const struct fdb_place *place,
		    const struct fdb_value *value);

/* Take an entry out of the workers' sight. Its place is for another one only when no worker can
 * hold it any more: then call fdb_table_free() with what this returns. */
uint64_t fdb_table_clear(struct fdb_table *t, const struct fdb_place *place);

/* arg: what fdb_table_clear() returned. */
void fdb_table_free(struct fdb_table *t, uint64_t arg);

/* Fill an empty table with the entries of another, whose sides were `sides` when the copy began.
 * False: it has too few overflow lines, or so few that it would soon be here again. */
bool fdb_table_copy(struct fdb_table *t, const struct fdb_table *from,
		    const struct fdb_side *sides);

/* The sides of a table as they are now, workers writing stamps meanwhile; n_all of them, for
 * free(). NULL: no memory. */
struct fdb_side *fdb_table_sides(const struct fdb_table *t);

#endif
