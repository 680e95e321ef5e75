/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The routes of a benchmark, of one family, and where they come from: a file of prefixes, or the
 * generator. Next hops are 1 to ROUTES_NEXT_HOPS, so that every table can hold them.
 */
#ifndef SLUICE_BENCH_ROUTES_H
#define SLUICE_BENCH_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "addr.h"

#define ROUTES_NEXT_HOPS 256
#define ROUTES_SEED      1

struct route {
	uint8_t addr[16]; /* network order, no host bits; of IPv4 the first 4 bytes */
	uint8_t len;
	uint16_t nh; /* 0 before routes_choose_next_hops() */
};

struct routes {
	enum ip_family family;
	struct route *route; /* in the order in which they are announced */
	size_t n;
};

/* Read a file, plain or compressed by gzip ("-": standard input): a prefix a line, both families
 * mixed; empty lines and those that begin with '#' do not count, of a prefix that comes twice the
 * second is left out. A line that is no prefix ends the program with a message. */
void routes_read(const char *path, struct routes *r4, struct routes *r6);

/* n prefixes of the generator. */
void routes_generate(struct routes *r, enum ip_family family, size_t n);

/* Random next hops; but with `same` chances in 100 (0 to 99) a route has that of the one before it,
 * as neighbours on the Internet often have. */
void routes_choose_next_hops(struct routes *r, unsigned same);

void routes_free(struct routes *r);

/* How many tables of 256 entries a trie of 24 direct bits and 8 a level needs below its root:
 * DIR-24-8 and the tries of rte_lpm6 and rte_fib6. */
size_t routes_tbl8s(const struct routes *r);

#endif
