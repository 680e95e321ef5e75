/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tables are meant to reach, and what was measured.
 */
#ifndef SLUICE_BENCH_VERDICT_H
#define SLUICE_BENCH_VERDICT_H

struct verdict {
	const char *what;
	const char *unit;
	double must, goal;
	int less_is_better;
};

/* One line. value: 0: was not measured. note: what it was measured against, or "". */
void verdict_print(const struct verdict *verdict, double value, const char *note);

#endif
