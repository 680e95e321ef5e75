/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One writer flips routes as fast as it can while one reader looks up: is any answer ever wrong?
 *
 * Each next hop names the route that it was given to, so an answer is right when that route covers
 * the address and is no shorter than the longest of those that always stand (and are only
 * replaced): a hole, a neighbour's answer, and a word of a run that was freed too early all show.
 */
#ifndef SLUICE_FIB_SUITE_RACE_H
#define SLUICE_FIB_SUITE_RACE_H

#include "fib_suite.h"

/* It goes on until both are reached. */
#define FIB_RACE_LOOKUPS 8000000
#define FIB_RACE_FLIPS   100000

struct fib_race_result {
	uint64_t lookups;
	uint64_t wrong;
	uint64_t flips;
};

struct fib_race_result fib_race(const struct fib_ops *ops);

#endif
