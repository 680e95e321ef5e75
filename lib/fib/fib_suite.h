/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tests that both families pass alike, written once: fib4_test.c and fib6_test.c say how to
 * reach their table, with addresses as the oracle has them (an IPv4 address in the upper 32 bits).
 */
#ifndef SLUICE_FIB_SUITE_H
#define SLUICE_FIB_SUITE_H

#include "fib.h"
#include "fib_oracle.h"
#include "simd.h"

struct rcu;

struct fib_ops {
	unsigned bits; /* of an address */
	void *(*create)(struct rcu *rcu, uint32_t max_routes);
	void (*destroy)(void *fib);
	int (*add)(void *fib, oracle_addr addr, unsigned len, uint32_t nh, uint64_t user);
	int (*del)(void *fib, oracle_addr addr, unsigned len);
	uint64_t (*get)(const void *fib, oracle_addr addr, unsigned len);
	uint64_t (*match)(const void *fib, oracle_addr addr);
	bool (*next)(const void *fib, const struct oracle_route *range,
		     const struct oracle_route *after, struct oracle_route *next);
	void (*stats)(const void *fib, struct fib_stats *stats);
	uint32_t (*lookup)(const void *fib, oracle_addr addr);
	void (*bulk)(const void *fib, const oracle_addr *addr, uint32_t *nh, unsigned n);
	int (*set_simd)(const void *fib, enum simd simd);
};

/* Run all of them as one cmocka group. */
int fib_suite_run(const struct fib_ops *ops);

#endif
