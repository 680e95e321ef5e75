/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judge of full tables: the routes sorted by length and address, and one binary search for each
 * length, the longest first. It shares nothing with what it judges, nor with fib_oracle.h but the
 * form of an address.
 *
 * Context: the test's thread.
 */
#ifndef SLUICE_FIB_FULL_H
#define SLUICE_FIB_FULL_H

#include <stddef.h>

#include "fib_oracle.h"

struct full_route {
	oracle_addr addr;
	uint32_t nh; /* 0: does not stand at the time */
	uint8_t len;
};

struct full {
	struct full_route *route;
	size_t n;
	size_t first[130]; /* of each length in route[]; [len + 1] is its end */
};

/* Sort the n different routes that stand in full->route. */
void full_sort(struct full *full);

/* The next hop of addr; 0: none. */
uint32_t full_match(const struct full *full, oracle_addr addr);

/* Read the prefixes of one family from a file, one a line, as ADDRESS/LEN; lines of the other
 * family are skipped. How many there are in full->route, unsorted, without next hops; 0: the file
 * cannot be read, or a line of it not be understood, which is said on stderr. */
size_t full_read(struct full *full, const char *path, unsigned bits);

#endif
