/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The writer's side of a forwarding table, the same for both families: it keeps the route store
 * and the word trie in step. Inside lib/fib only; the public faces are fib4.h and fib6.h.
 *
 * Context: control thread.
 */
#ifndef SLUICE_TABLE_H
#define SLUICE_TABLE_H

#include "fib.h"
#include "trie.h"

/* The levels of both families, as in trie_init(). */
#define FIB4_LEVELS 3
#define FIB6_LEVELS 22
extern const uint8_t fib4_depth[FIB4_LEVELS + 1], fib6_depth[FIB6_LEVELS + 1];

struct table {
	struct trie trie;
	struct rib *rib;
	uint32_t max_routes;
	uint64_t updates;
	uint64_t refused;
};

/* depth: as in trie_init(), n_levels of them. numa_node: -1: any.
 * 0; -EINVAL: max_routes is 0, no such node; -ENOMEM. */
int table_init(struct table *table, struct rcu *rcu, uint32_t max_routes, const uint8_t *depth,
	       unsigned n_levels, int numa_node);

/* No reader may look any more. A zeroed table is allowed. */
void table_fini(struct table *table);

/* 0; -EINVAL: host bits, nh not in 1 to FIB_NH_MAX; -ENOSPC; -ENOMEM: nothing changed. */
int table_add(struct table *table, const struct rib_prefix *prefix, uint32_t nh, void *user);

/* 0; -ENOENT; -ENOMEM: nothing changed. */
int table_del(struct table *table, const struct rib_prefix *prefix);

/* See fib4_maintain(). */
bool table_maintain(struct table *table, unsigned budget);

void table_stats(const struct table *table, struct fib_stats *stats);

#endif
