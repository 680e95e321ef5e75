/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the tests that both families pass alike reach a table: written once against these functions,
 * with addresses as the oracle has them (an IPv4 address in the upper 32 bits).
 */
#ifndef SLUICE_FIB_SUITE_H
#define SLUICE_FIB_SUITE_H

#include "fib.h"
#include "fib_oracle.h"
#include "simd.h"

struct rcu;

struct fib_ops {
	const char *name;
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

	/* n addresses in the form that the table's own bulk lookup takes, to look up n of them from
	 * `first` on at full speed. free() them. */
	void *(*pack)(const oracle_addr *addr, unsigned n);
	void (*bulk_packed)(const void *fib, const void *packed, unsigned first, uint32_t *nh,
			    unsigned n);

	/* One slice of housekeeping: is there more? */
	bool (*maintain)(void *fib, unsigned budget);
	int (*set_simd)(const void *fib, enum simd simd); /* 0 or -ENOTSUP */
};

extern const struct fib_ops fib4_ops, fib6_ops;

/* The family that a test program's only argument names: "4" or "6". */
const struct fib_ops *fib_suite_family(int argc, char *const *argv);

#endif
