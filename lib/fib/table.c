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
	table->rib = rib_create(max_routes);
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

/* What the addresses of a prefix have when it has no route of its own: the default route is not
 * written into them. */
static uint64_t cover_word(const struct table *table, const struct rib_place *place)
{
	const struct rib_node *cover = &table->rib->nodes[place->cover];

	return place->cover && cover->len ? trie_leaf(cover->nh) : TRIE_BACKGROUND;
}

/* Show the workers that the own addresses of a route have `word` instead of `old`. */
static int show(struct table *table, const struct rib_node *route, uint64_t old, uint64_t word)
{
	if (old == word)
		return 0;
	if (route->len)
		return trie_update(&table->trie, table->rib, route, word);
	trie_set_background(&table->trie, trie_value(word));
	return 0;
}

static int add_new(struct table *table, struct rib_place *place, uint32_t nh, void *user)
{
	const struct rib_node *route;
	int rc;

	if (table->rib->routes >= table->max_routes)
		return -ENOSPC;
	rc = rib_make_room(table->rib);
	if (rc)
		return rc;
	route = rib_insert(table->rib, place, nh, user);
	rc = show(table, route, cover_word(table, place), trie_leaf(nh));
	if (rc) {
		rib_find(table->rib, &(struct rib_prefix){route->key, route->len}, place);
		rib_remove(table->rib, place);
	}
	return rc;
}

int table_add(struct table *table, const struct rib_prefix *prefix, uint32_t nh, void *user)
{
	const struct rib_node *old;
	struct rib_place place;
	int rc;

	if (!nh || nh > FIB_NH_MAX || !rib_prefix_is_valid(prefix))
		return -EINVAL;
	rib_find(table->rib, prefix, &place);
	old = rib_at(table->rib, &place);
	if (old) {
		rc = show(table, old, trie_leaf(old->nh), trie_leaf(nh));
		if (!rc)
			rib_insert(table->rib, &place, nh, user);
	} else {
		rc = add_new(table, &place, nh, user);
	}
	table->updates += !rc;
	table->refused += !!rc;
	return rc;
}

int table_del(struct table *table, const struct rib_prefix *prefix)
{
	const struct rib_node *route;
	struct rib_place place;
	int rc;

	if (!rib_prefix_is_valid(prefix))
		return -ENOENT;
	rib_find(table->rib, prefix, &place);
	route = rib_at(table->rib, &place);
	if (!route)
		return -ENOENT;
	table->trie.runs.withdrawing = true;
	rc = show(table, route, trie_leaf(route->nh), cover_word(table, &place));
	table->trie.runs.withdrawing = false;
	if (!rc)
		rib_remove(table->rib, &place);
	table->updates += !rc;
	table->refused += !!rc;
	return rc;
}

bool table_maintain(struct table *table, unsigned budget)
{
	return trie_compact(&table->trie, budget);
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
		.deferred = trie->runs.retired,
		.rebuilds = trie->rebuilds,
		.trie_bytes = trie_bytes(trie),
		.store_bytes = rib_bytes(table->rib),
	};
}
