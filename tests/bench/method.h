/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ways to look a burst of addresses up: our tables in every SIMD version, and DPDK's.
 */
#ifndef SLUICE_BENCH_METHOD_H
#define SLUICE_BENCH_METHOD_H

#include <stddef.h>
#include <stdint.h>

#include "fib4.h"
#include "fib6.h"
#include "routes.h"

#define METHODS_MAX 16

/* In which form a lookup takes the addresses. */
enum form {
	FORM_NET4,      /* uint32_t in network order */
	FORM_HOST4,     /* uint32_t in host order */
	FORM_ARRAY6,    /* 16 bytes each, side by side */
	FORM_POINTERS6, /* a pointer to each */
	FORM_KEY,       /* uint64_t of fdb_key() */
};

struct method {
	char name[32];
	enum form form;
	void *table;
	int variant;       /* of the lookups of a table: enum simd, or rte_fib*'s lookup type */
	uint64_t bytes;    /* that readers may touch */
	char missing[128]; /* why it is not measured; "": it is */
	/* Make the table use the variant; NULL: nothing to do. 0, or the CPU has it not. */
	int (*select)(const struct method *m);
	/* Results into 8 bytes for each address, and 8 more. n: to BENCH_BURST_MAX, a multiple of
	 * 4. */
	void (*lookup)(void *table, void *dst, void *nh, unsigned n);
	/* Of such results the i-th: a next hop or interface, or 0. */
	uint32_t (*answer)(const void *nh, unsigned i);
};

struct methods {
	struct method m[METHODS_MAX];
	unsigned n;
};

struct method *methods_add(struct methods *all, const char *name, enum form form, void *table);

/* Say why a method is not measured. */
__attribute__((format(printf, 2, 3))) void method_missing(struct method *m, const char *format,
							  ...);

uint32_t method_answer32(const void *nh, unsigned i);
uint32_t method_answer64(const void *nh, unsigned i);

/* Bytes of bench_heap() that DPDK's tables of a family want. */
size_t methods4_heap(const struct routes *routes);
size_t methods6_heap(const struct routes *routes);

/* The methods of a family; ours stand first and look into `fib`, which holds the routes already.
 * Those of DPDK get tables of their own, filled here. */
void methods4_make(struct methods *all, const struct routes *routes, struct fib4 *fib,
		   uint64_t fib_bytes);
void methods6_make(struct methods *all, const struct routes *routes, struct fib6 *fib,
		   uint64_t fib_bytes);

#endif
