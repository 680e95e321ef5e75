/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IPv6 forwarding table: longest prefix match to a next-hop number (RFC 8200, RFC 4291 2.3).
 *
 * The word trie of trie.h with 19 bits in the root and 5 a level, which come to 64 exactly, where
 * nearly all routes of the Internet have ended; host routes go on in the lower half of the address,
 * whose last level has 4 bits.
 *
 *    0          19  24  29  34  39  44  49  54  59  64  69       124 128
 *    |   root   | 5 | 5 | 5 | 5 | 5 | 5 | 5 | 5 | 5 | 5 |  ...   | 4 |
 *
 * Only levels at which routes part are walked to the end: an address is done at the first leaf.
 *
 * The control thread creates, changes and walks the table; workers look up, without locks, while
 * it changes, as readers of the RCU given at creation. See fib.h for what they can see meanwhile.
 * Addresses are 16 bytes in network order without any alignment, prefixes have no host bits.
 */
#ifndef SLUICE_FIB6_H
#define SLUICE_FIB6_H

#include <stdbool.h>

#include "fib.h"
#include "region.h"
#include "simd.h"

struct fib6;
struct rcu;

struct fib6_prefix {
	uint8_t addr[16];
	uint8_t len; /* 0 to 128 */
};

struct fib6_route {
	struct fib6_prefix prefix;
	uint32_t nh;
	void *user;
};

/* An empty table for up to max_routes routes, its memory on a NUMA node (-1: any).
 * Context: control. NULL and errno: EINVAL (max_routes 0, no such node, no such SLUICE_SIMD),
 * ENOTSUP (the CPU lacks what SLUICE_SIMD names), ENOMEM. */
struct fib6 *fib6_create(struct rcu *rcu, uint32_t max_routes, int numa_node);

/* Waits for the readers to let go of what was retired; none may look up any more. What the user
 * pointers point to stays the caller's. Context: control. NULL is allowed. */
void fib6_destroy(struct fib6 *fib);

/* Add a route, or replace next hop and user of the one that stands. Context: control.
 * 0; -EINVAL: len over 128, host bits in addr, nh not in 1 to FIB_NH_MAX; -ENOSPC: max_routes stand
 * already; -ENOMEM. After an error everything stands as before. */
int fib6_add(struct fib6 *fib, const uint8_t addr[16], uint8_t len, uint32_t nh, void *user);

/* Delete a route; its addresses fall to its cover. Context: control.
 * 0; -ENOENT; -ENOMEM: no memory even in the reserve that is kept for this: the route stands as
 * before. */
int fib6_del(struct fib6 *fib, const uint8_t addr[16], uint8_t len);

/* The user pointer of exactly this prefix, or NULL. Context: control. */
void *fib6_get(const struct fib6 *fib, const uint8_t addr[16], uint8_t len);

/* The user pointer of the route that addr takes, or NULL. Context: control. */
void *fib6_match(const struct fib6 *fib, const uint8_t addr[16]);

/* The user pointer of the nearest route that covers the prefix and is shorter than it, or NULL.
 * Context: control. */
void *fib6_cover(const struct fib6 *fib, const uint8_t addr[16], uint8_t len);

/* Walk in order of address, covers before what they cover: the first route after `after` (NULL: the
 * first of all) among those inside `range` (its own included; NULL: all routes). `after` lies in
 * the range; its route need not stand any more, so a walk may pause while the table changes. It may
 * be &route->prefix. Context: control. False at the end: *route is untouched. */
bool fib6_next(const struct fib6 *fib, const struct fib6_prefix *range,
	       const struct fib6_prefix *after, struct fib6_route *route);

/* A slice of housekeeping: free what readers have let go of, move together what has become
 * scattered; it looks at about `budget` words, some nanoseconds each. Call it now and then, and
 * again soon if it returns true: there is more to do. Context: control. */
bool fib6_maintain(struct fib6 *fib, unsigned budget);

/* Context: control. */
void fib6_stats(const struct fib6 *fib, struct fib_stats *stats);

/* Tell the regions of what workers read. Context: control. */
void fib6_regions(const struct fib6 *fib, region_visit_fn *visit, void *ctx);

/* Bulk lookups use these instructions from now on; at first they use what simd_choose() says.
 * Context: control, while no worker looks up. 0; -ENOTSUP: this CPU has them not. */
int fib6_set_simd(struct fib6 *fib, enum simd simd);

/* The next hop of an address, or FIB_MISS. Context: worker (or control). */
uint32_t fib6_lookup(const struct fib6 *fib, const uint8_t dst[16]);

/* nh[i] = fib6_lookup(dst[i]) for n (0 to FIB_BULK_MAX) addresses, each a pointer to where it
 * stands in its packet, all of them one level at a time, so that their cache misses overlap.
 * Context: worker (or control). */
void fib6_lookup_bulk(const struct fib6 *fib, const uint8_t *const *dst, uint32_t *nh, unsigned n);

#endif
