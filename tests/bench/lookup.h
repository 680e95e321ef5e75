/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measure lookups: all methods in turn in each round, each on the same addresses, after their
 * answers were found to be the same.
 */
#ifndef SLUICE_BENCH_LOOKUP_H
#define SLUICE_BENCH_LOOKUP_H

#include <stdbool.h>

#include "bench.h"
#include "method.h"
#include "trace.h"

#define LOOKUP_BURSTS 2 /* 32 and 64 */
/* One more than the methods: the touch of the packets alone. */
#define LOOKUP_COLUMNS (METHODS_MAX + 1)

/* What is varied, beside the method. */
struct lookup_case {
	enum trace_kind trace;
	unsigned burst;
	bool touch;
};

#define LOOKUP_CASES (TRACE_KINDS * LOOKUP_BURSTS * 2)

struct lookup_results {
	struct methods methods;
	struct method alone; /* looks nothing up */
	/* Millions of lookups a second, medians; 0: not measured. By case and method; the touch
	 * alone stands behind the methods. */
	double mlps[LOOKUP_CASES][LOOKUP_COLUMNS];
};

struct lookup_case lookup_case(unsigned i);

/* Compare the answers of all methods for every address of the traces, by each way to look them up.
 * False: some are wrong; which ones is said on stderr. */
bool lookup_check(struct lookup_results *r, struct trace traces[TRACE_KINDS],
		  const struct packets *packets);

void lookup_measure(struct lookup_results *r, struct trace traces[TRACE_KINDS],
		    const struct packets *packets, unsigned rounds);

/* A line for each case and method, and for those that are missing. table: "fib4", say; more:
 * members for each line, each followed by a comma, or "". */
void lookup_print_json(const struct lookup_results *r, const char *table, const char *more);
void lookup_print_text(const struct lookup_results *r, const char *table);

/* By how much our version of the name is faster than the fastest of DPDK in a case. 0: one of them
 * was not measured. *rival: the name of that one. */
double lookup_ratio(const struct lookup_results *r, struct lookup_case c, const char *ours,
		    const char **rival);

#endif
