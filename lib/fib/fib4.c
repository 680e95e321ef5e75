/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib4.h"

#include <errno.h>
#include <stdlib.h>

#include "descend.h"
#include "table.h"

#define FIB4_BITS 32

static const uint8_t fib4_depth[] = {TRIE_ROOT_BITS, 24, 27, FIB4_BITS};

struct fib4 {
	struct table table;
};

static inline uint64_t to_half(rte_be32_t addr)
{
	return (uint64_t)rte_be_to_cpu_32(addr) << 32;
}

static struct rib_prefix to_prefix(rte_be32_t addr, uint8_t len)
{
	return (struct rib_prefix){.key = {.hi = to_half(addr)}, .len = len};
}

static rte_be32_t to_addr(struct rib_key key)
{
	return rte_cpu_to_be_32((uint32_t)(key.hi >> 32));
}

struct fib4 *fib4_create(struct rcu *rcu, uint32_t max_routes, int numa_node)
{
	struct fib4 *fib = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*fib));
	int rc;

	if (!fib)
		return NULL;
	rc = table_init(&fib->table, rcu, max_routes, fib4_depth, RTE_DIM(fib4_depth) - 1,
			numa_node);
	if (rc) {
		free(fib);
		errno = -rc;
		return NULL;
	}
	return fib;
}

void fib4_destroy(struct fib4 *fib)
{
	if (!fib)
		return;
	table_fini(&fib->table);
	free(fib);
}

int fib4_add(struct fib4 *fib, rte_be32_t addr, uint8_t len, uint32_t nh, void *user)
{
	struct rib_prefix prefix = to_prefix(addr, len);

	return len <= FIB4_BITS ? table_add(&fib->table, &prefix, nh, user) : -EINVAL;
}

int fib4_del(struct fib4 *fib, rte_be32_t addr, uint8_t len)
{
	struct rib_prefix prefix = to_prefix(addr, len);

	return table_del(&fib->table, &prefix);
}

void *fib4_get(const struct fib4 *fib, rte_be32_t addr, uint8_t len)
{
	struct rib_prefix prefix = to_prefix(addr, len);
	const struct rib_node *route = rib_get(fib->table.rib, &prefix);

	return route ? route->user : NULL;
}

void *fib4_match(const struct fib4 *fib, rte_be32_t addr)
{
	const struct rib_node *route =
		rib_cover(fib->table.rib, to_prefix(addr, 0).key, FIB4_BITS + 1);

	return route ? route->user : NULL;
}

void *fib4_cover(const struct fib4 *fib, rte_be32_t addr, uint8_t len)
{
	const struct rib_node *route = rib_cover(fib->table.rib, to_prefix(addr, len).key, len);

	return route ? route->user : NULL;
}

bool fib4_next(const struct fib4 *fib, const struct fib4_prefix *range,
	       const struct fib4_prefix *after, struct fib4_route *route)
{
	struct rib_prefix in = range ? to_prefix(range->addr, range->len) : (struct rib_prefix){0};
	struct rib_prefix from = after ? to_prefix(after->addr, after->len) : in;
	const struct rib_node *next = rib_next(fib->table.rib, &in, after ? &from : NULL);

	if (!next)
		return false;
	*route = (struct fib4_route){.prefix = {.addr = to_addr(next->key), .len = next->len},
				     .nh = next->nh,
				     .user = next->user};
	return true;
}

bool fib4_maintain(struct fib4 *fib, unsigned budget)
{
	return table_maintain(&fib->table, budget);
}

void fib4_stats(const struct fib4 *fib, struct fib_stats *stats)
{
	table_stats(&fib->table, stats);
}

uint32_t fib4_lookup(const struct fib4 *fib, rte_be32_t dst)
{
	const struct trie *trie = &fib->table.trie;
	uint64_t half = to_half(dst), word = trie_load(walk_root(trie, half));

	if (!trie_is_leaf(word))
		word = trie_load(&trie->words[walk_child(word, half, 19, 5)]);
	if (!trie_is_leaf(word))
		word = trie_load(&trie->words[walk_child(word, half, 24, 3)]);
	if (!trie_is_leaf(word))
		word = trie_load(&trie->words[walk_child(word, half, 27, 5)]);
	if (!trie_is_leaf(word))
		word = trie_load(&trie->words[0]);
	return trie_value(word);
}

void fib4_lookup_bulk(const struct fib4 *fib, const rte_be32_t *dst, uint32_t *nh, unsigned n)
{
	const struct trie *trie = &fib->table.trie;
	struct walk w[FIB_BULK_MAX];
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(walk_root(trie, to_half(dst[i])));
	for (unsigned i = 0; i < n; i++)
		left = walk_begin(trie, w, left, to_half(dst[i]), i, nh, 5);
	left = walk_down(trie, w, left, nh, 24, 3);
	left = walk_down(trie, w, left, nh, 27, 5);
	left = walk_down(trie, w, left, nh, 0, 0);
	walk_background(trie, w, left, nh);
}
