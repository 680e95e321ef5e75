/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One writer changes a table as fast as it can while readers look up, a burst at a time: is any
 * answer ever wrong? fib_race_set.h says what is allowed.
 *
 * The writer adds, replaces and deletes routes, toggles the default route, fills the table and
 * empties it again, and lets it do its housekeeping, so that it is compacted under the readers; all
 * at random and without a pause. It is the thread that calls.
 *
 * Readers take turns as workers do: a burst, then a quiescent state. The second one can be made to
 * nap: a signal stops it wherever it is, mostly in the middle of a burst, with what it has loaded
 * of the table in its registers, and it sleeps for a millisecond, as a thread that the scheduler
 * has taken off its core. Readers can also come and go.
 */
#ifndef SLUICE_FIB_RACE_H
#define SLUICE_FIB_RACE_H

#include "fib_suite.h"

#define FIB_RACE_TURNS 64
#define FIB_RACE_PHASE 4096 /* changes: filling the table, then emptying it */

struct fib_race_plan {
	uint64_t lookups;  /* at least, of all readers together */
	uint64_t changes;  /* at least */
	uint64_t fillings; /* times the table is filled and emptied, at least; 0: never */
	double seconds;    /* at least */
	unsigned readers;  /* 1 or 2 */
	unsigned turn;     /* bursts between two quiescent states; divides FIB_RACE_TURNS */
	unsigned queue;    /* deferred frees that the writer has room for */
	uint64_t naps;     /* at least, of the second reader; 0: it has none */
	bool comes_and_goes;
	enum simd simd;
};

struct fib_race_result {
	uint64_t lookups;
	uint64_t wrong;       /* answers that were not allowed, while the table changed */
	uint64_t wrong_after; /* answers that were not exact, after the last change */
	uint64_t changes;
	uint64_t defaults; /* times the default route came or went */
	uint64_t fillings;
	uint64_t slices;     /* of housekeeping */
	uint64_t rebuilds;   /* as the table counts them */
	uint64_t trie_bytes; /* likewise, in the end */
	uint64_t waits;      /* of the writer for room in the queue */
	uint64_t naps;
	uint64_t naps_in_burst; /* of these: in the middle of a bulk lookup */
	uint64_t visits;        /* times that a reader came */
	double seconds;
};

struct fib_race_result fib_race(const struct fib_ops *ops, const struct fib_race_plan *plan);

#endif
