/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <errno.h>

/* Address space for the arena. In a canonical trie each of the two ends of a route makes at most
 * one child more in one run of each level, and a run has one more child than it has ends in it: 3
 * words a level. Twice that, for the rounding of lengths and what waits for its readers. Real
 * tables need a twentieth; what is not used costs nothing. */
#define WORDS_PER_LEVEL 6
#define WORDS_MIN       65536

int table_init(struct table *table, struct rcu *rcu, uint32_t max_routes, const uint8_t *depth,
	       unsigned n_levels, int numa_node)
{
	uint64_t words = WORDS_MIN + (uint64_t)max_routes * n_levels * WORDS_PER_LEVEL;
	int rc;

	*table = (struct table){.max_routes = max_routes};
	if (!max_routes)
		return -EINVAL;
	rc = trie_init(&table->trie, rcu, depth, words, numa_node);
	if (rc)
		return rc;
	table->rib = rib_create();
	if (!table->rib) {
		table_fini(table);
		return -ENOMEM;
	}
	return 0;
}

void table_fini(struct table *table)
{
	rib_destroy(table->rib);
	trie_fini(&table->trie);
	table->rib = NULL;
}

/* What the addresses of a prefix have when it has no route of its own. */
static uint32_t cover_nh(const struct table *table, const struct rib_prefix *prefix)
{
	const struct rib_node *cover = rib_cover(table->rib, prefix->key, prefix->len);

	return cover ? cover->nh : FIB_MISS;
}

/* Show the workers that the own addresses of a route have value instead of old. */
static int show(struct table *table, const struct rib_node *route, uint32_t old, uint32_t value)
{
	return old == value ? 0 : trie_update(&table->trie, table->rib, route, value);
}

static int add_new(struct table *table, const struct rib_prefix *prefix, uint32_t nh, void *user)
{
	int rc;

	if (table->rib->routes >= table->max_routes)
		return -ENOSPC;
	rc = rib_add(table->rib, prefix, nh, user);
	if (rc)
		return rc;
	rc = show(table, rib_get(table->rib, prefix), cover_nh(table, prefix), nh);
	if (rc)
		rib_del(table->rib, prefix);
	return rc;
}

int table_add(struct table *table, const struct rib_prefix *prefix, uint32_t nh, void *user)
{
	const struct rib_node *old = rib_get(table->rib, prefix);
	struct rib_key masked = rib_key_mask(prefix->key, prefix->len);
	int rc;

	if (!nh || nh > FIB_NH_MAX || rib_key_common(masked, prefix->key) < RIB_KEY_BITS)
		return -EINVAL;
	if (old) {
		rc = show(table, old, old->nh, nh);
		if (!rc)
			rc = rib_add(table->rib, prefix, nh, user);
	} else {
		rc = add_new(table, prefix, nh, user);
	}
	table->updates += !rc;
	table->refused += !!rc;
	return rc;
}

int table_del(struct table *table, const struct rib_prefix *prefix)
{
	const struct rib_node *route = rib_get(table->rib, prefix);
	int rc;

	if (!route)
		return -ENOENT;
	rc = show(table, route, route->nh, cover_nh(table, prefix));
	if (!rc)
		rc = rib_del(table->rib, prefix);
	table->updates += !rc;
	table->refused += !!rc;
	return rc;
}

void table_stats(const struct table *table, struct fib_stats *stats)
{
	const struct trie *trie = &table->trie;

	*stats = (struct fib_stats){
		.routes = table->rib->routes,
		.max_routes = table->max_routes,
		.updates = table->updates,
		.refused = table->refused,
		.nodes = trie->runs.count,
		.words = trie->runs.words_used,
		.trie_bytes = trie->root_region.in_use + trie->runs.end * sizeof(*trie->words),
		.store_bytes = rib_bytes(table->rib),
	};
}
