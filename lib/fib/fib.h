/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the forwarding tables of both families, fib4.h and fib6.h, have in common.
 *
 *      routes, as announced              answers, as forwarded
 *   +------------------------+  derives  +--------------------+
 *   | rib.h: the route store | --------> | trie.h: word trie  |
 *   | control thread only    |           | in runs.h's arena  |
 *   +------------------------+           +--------------------+
 *        add, del, get, match, next           lookup, lookup_bulk
 *        (control thread)                     (workers, no locks)
 *
 * A table maps a prefix to a next hop, a number of 31 bits that means something to the caller
 * (FIB_MISS: no route), and to a pointer where the control plane keeps what it knows of the route.
 * Workers get the number only.
 *
 * A change is seen by the workers address by address: each goes straight from what it was to what
 * it shall be. Where a route is replaced there is never a hole, where one is deleted its cover
 * takes over at once. What workers may still hold is freed by RCU: they report quiescence after
 * each burst, and the writer waits for them when it runs ahead.
 */
#ifndef SLUICE_FIB_H
#define SLUICE_FIB_H

#include <stdint.h>

#define FIB_MISS     0
#define FIB_NH_MAX   INT32_MAX
#define FIB_BULK_MAX 64 /* addresses in one bulk lookup */

struct fib_stats {
	uint32_t routes;
	uint32_t max_routes;
	uint64_t updates;     /* additions, replacements and deletions that were made */
	uint64_t refused;     /* changes that failed for want of room or memory */
	uint32_t nodes;       /* runs of the trie, those included that wait for their readers */
	uint64_t words;       /* 64-bit words in them, their rounding to sizes included */
	uint32_t deferred;    /* of the nodes: those that wait for their readers */
	uint64_t rebuilds;    /* times that the arena was compacted */
	uint64_t trie_bytes;  /* of the workers' part: root, runs, what is free between them */
	uint64_t store_bytes; /* that the route store holds */
};

#endif
