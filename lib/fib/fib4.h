/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IPv4 forwarding table: longest prefix match to a next-hop number (RFC 1812 5.2.4.3).
 *
 * The word trie of trie.h, cut 19-5-3-5: root words decide the first 19 bits, runs of their
 * children the next 5, so that a /24, where most Internet routes end, is found by two loads; the
 * last 8 bits are a level of 3 and one of 5.
 *
 *    0                  19    24  27    32
 *    |      root        |  5  | 3 |  5  |     loads: 1, 2, 3, 4
 *
 * The control thread creates, changes and walks the table; workers look up, without locks, while
 * it changes, as readers of the RCU given at creation. See fib.h for what they can see meanwhile.
 * Addresses are in network byte order, prefixes have no host bits.
 */
#ifndef SLUICE_FIB4_H
#define SLUICE_FIB4_H

#include <stdbool.h>

#include <rte_byteorder.h>

#include "fib.h"
#include "region.h"
#include "simd.h"

struct fib4;
struct rcu;

struct fib4_prefix {
	rte_be32_t addr;
	uint8_t len; /* 0 to 32 */
};

struct fib4_route {
	struct fib4_prefix prefix;
	uint32_t nh;
	void *user;
};

/* An empty table for up to max_routes routes, its memory on a NUMA node (-1: any).
 * Context: control. NULL and errno: EINVAL (max_routes 0, no such node, no such SLUICE_SIMD),
 * ENOTSUP (the CPU lacks what SLUICE_SIMD names), ENOMEM. */
struct fib4 *fib4_create(struct rcu *rcu, uint32_t max_routes, int numa_node);

/* Waits for the readers to let go of what was retired; none may look up any more. What the user
 * pointers point to stays the caller's. Context: control. NULL is allowed. */
void fib4_destroy(struct fib4 *fib);

/* Add a route, or replace next hop and user of the one that stands. Context: control.
 * 0; -EINVAL: len over 32, host bits in addr, nh not in 1 to FIB_NH_MAX; -ENOSPC: max_routes stand
 * already; -ENOMEM. After an error everything stands as before. */
int fib4_add(struct fib4 *fib, rte_be32_t addr, uint8_t len, uint32_t nh, void *user);

/* Delete a route; its addresses fall to its cover. Context: control.
 * 0; -ENOENT; -ENOMEM: no memory even in the reserve that is kept for this: the route stands as
 * before. */
int fib4_del(struct fib4 *fib, rte_be32_t addr, uint8_t len);

/* The user pointer of exactly this prefix, or NULL. Context: control. */
void *fib4_get(const struct fib4 *fib, rte_be32_t addr, uint8_t len);

/* The user pointer of the route that addr takes, or NULL. Context: control. */
void *fib4_match(const struct fib4 *fib, rte_be32_t addr);

/* The user pointer of the nearest route that covers the prefix and is shorter than it, or NULL.
 * Context: control. */
void *fib4_cover(const struct fib4 *fib, rte_be32_t addr, uint8_t len);

/* Walk in order of address, covers before what they cover: the first route after `after` (NULL: the
 * first of all) among those inside `range` (its own included; NULL: all routes). `after` lies in
 * the range; its route need not stand any more, so a walk may pause while the table changes. It may
 * be &route->prefix. Context: control. False at the end: *route is untouched. */
bool fib4_next(const struct fib4 *fib, const struct fib4_prefix *range,
	       const struct fib4_prefix *after, struct fib4_route *route);

/* A slice of housekeeping: free what readers have let go of, move together what has become
 * scattered; it looks at about `budget` words, some nanoseconds each. Call it now and then, and
 * again soon if it returns true: there is more to do. Context: control. */
bool fib4_maintain(struct fib4 *fib, unsigned budget);

/* Context: control. */
void fib4_stats(const struct fib4 *fib, struct fib_stats *stats);

/* Tell the regions of what workers read. Context: control. */
void fib4_regions(const struct fib4 *fib, region_visit_fn *visit, void *ctx);

/* Bulk lookups use these instructions from now on; at first they use what simd_choose() says.
 * Context: control, while no worker looks up. 0; -ENOTSUP: this CPU has them not. */
int fib4_set_simd(struct fib4 *fib, enum simd simd);

/* The next hop of an address, or FIB_MISS. Context: worker (or control). */
uint32_t fib4_lookup(const struct fib4 *fib, rte_be32_t dst);

/* nh[i] = fib4_lookup(dst[i]) for n (0 to FIB_BULK_MAX) addresses, all of them one level at a time,
 * so that their cache misses overlap. Context: worker (or control). */
void fib4_lookup_bulk(const struct fib4 *fib, const rte_be32_t *dst, uint32_t *nh, unsigned n);

#endif
