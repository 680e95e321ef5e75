/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Comparing a table with the oracle of fib_oracle.h; and the random tables of fib_random.c, all of
 * which are compared so. Each check is a cmocka assertion.
 */
#ifndef SLUICE_FIB_CHECK_H
#define SLUICE_FIB_CHECK_H

#include "fib_suite.h"

extern const struct fib_ops *fib_check_ops; /* the family that is tested */
extern uint64_t fib_check_lookups;          /* addresses compared so far */

/* The addresses around both ends of a prefix: by every way to look up. */
void fib_check_route(void *fib, const struct oracle *o, const struct oracle_route *route);

/* Every route, in the order of a paged walk, and a full burst. */
void fib_check_all(void *fib, const struct oracle *o);

/* The words of a table depend on its routes, not on its history: one made afresh has as many. */
void fib_check_canonical(struct rcu *rcu, void *fib, const struct oracle *o);

/* Delete all routes: in the end nothing is left, not even in the arena. */
void fib_check_empties(struct rcu *rcu, void *fib, struct oracle *o);

/* Tests: tables that hover around 8, 24, 200 and 3000 routes; all of them together are enough. */
void fib_random_few(void **state);
void fib_random_small(void **state);
void fib_random_medium(void **state);
void fib_random_large(void **state);
void fib_random_was_enough(void **state);

#endif
