/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "descend.h"
#include "table.h"

#define FIB6_BITS 128
#define STRIDE    5
/* 64 is no multiple of 5: the last level of the lower half is shorter. */
#define LAST_POS    60
#define LAST_STRIDE 4

static const uint8_t fib6_depth[] = {TRIE_ROOT_BITS,
				     24,
				     29,
				     34,
				     39,
				     44,
				     49,
				     54,
				     59,
				     64,
				     69,
				     74,
				     79,
				     84,
				     89,
				     94,
				     99,
				     104,
				     109,
				     114,
				     119,
				     124,
				     FIB6_BITS};

struct fib6 {
	struct table table;
};

static inline uint64_t load_half(const uint8_t *bytes)
{
	uint64_t half;

	memcpy(&half, bytes, sizeof(half));
	return rte_be_to_cpu_64(half);
}

static struct rib_prefix to_prefix(const uint8_t *addr, uint8_t len)
{
	return (struct rib_prefix){.key = {.hi = load_half(addr), .lo = load_half(addr + 8)},
				   .len = len};
}

static struct fib6_prefix from_key(struct rib_key key, uint8_t len)
{
	uint64_t half[2] = {rte_cpu_to_be_64(key.hi), rte_cpu_to_be_64(key.lo)};
	struct fib6_prefix prefix = {.len = len};

	memcpy(prefix.addr, half, sizeof(prefix.addr));
	return prefix;
}

struct fib6 *fib6_create(struct rcu *rcu, uint32_t max_routes, int numa_node)
{
	struct fib6 *fib = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*fib));
	int rc;

	if (!fib)
		return NULL;
	rc = table_init(&fib->table, rcu, max_routes, fib6_depth, RTE_DIM(fib6_depth) - 1,
			numa_node);
	if (rc) {
		free(fib);
		errno = -rc;
		return NULL;
	}
	return fib;
}

void fib6_destroy(struct fib6 *fib)
{
	if (!fib)
		return;
	table_fini(&fib->table);
	free(fib);
}

int fib6_add(struct fib6 *fib, const uint8_t addr[16], uint8_t len, uint32_t nh, void *user)
{
	struct rib_prefix prefix = to_prefix(addr, len);

	return len <= FIB6_BITS ? table_add(&fib->table, &prefix, nh, user) : -EINVAL;
}

int fib6_del(struct fib6 *fib, const uint8_t addr[16], uint8_t len)
{
	struct rib_prefix prefix = to_prefix(addr, len);

	return table_del(&fib->table, &prefix);
}

void *fib6_get(const struct fib6 *fib, const uint8_t addr[16], uint8_t len)
{
	struct rib_prefix prefix = to_prefix(addr, len);
	const struct rib_node *route = rib_get(fib->table.rib, &prefix);

	return route ? route->user : NULL;
}

void *fib6_match(const struct fib6 *fib, const uint8_t addr[16])
{
	const struct rib_node *route =
		rib_cover(fib->table.rib, to_prefix(addr, 0).key, FIB6_BITS + 1);

	return route ? route->user : NULL;
}

void *fib6_cover(const struct fib6 *fib, const uint8_t addr[16], uint8_t len)
{
	const struct rib_node *route = rib_cover(fib->table.rib, to_prefix(addr, len).key, len);

	return route ? route->user : NULL;
}

bool fib6_next(const struct fib6 *fib, const struct fib6_prefix *range,
	       const struct fib6_prefix *after, struct fib6_route *route)
{
	struct rib_prefix in = range ? to_prefix(range->addr, range->len) : (struct rib_prefix){0};
	struct rib_prefix from = after ? to_prefix(after->addr, after->len) : in;
	const struct rib_node *next = rib_next(fib->table.rib, &in, after ? &from : NULL);

	if (!next)
		return false;
	*route = (struct fib6_route){
		.prefix = from_key(next->key, next->len), .nh = next->nh, .user = next->user};
	return true;
}

bool fib6_maintain(struct fib6 *fib, unsigned budget)
{
	return table_maintain(&fib->table, budget);
}

void fib6_stats(const struct fib6 *fib, struct fib_stats *stats)
{
	table_stats(&fib->table, stats);
}

uint32_t fib6_lookup(const struct fib6 *fib, const uint8_t dst[16])
{
	const struct trie *trie = &fib->table.trie;
	uint64_t half = load_half(dst), word = trie_load(walk_root(trie, half));

	for (unsigned pos = TRIE_ROOT_BITS; pos < 64 && !trie_is_leaf(word); pos += STRIDE)
		word = trie_load(&trie->words[walk_child(word, half, pos, STRIDE)]);
	if (trie_is_leaf(word))
		return trie_value(word);
	half = load_half(dst + 8);
	for (unsigned pos = 0; pos < LAST_POS && !trie_is_leaf(word); pos += STRIDE)
		word = trie_load(&trie->words[walk_child(word, half, pos, STRIDE)]);
	if (!trie_is_leaf(word))
		word = trie_load(&trie->words[walk_child(word, half, LAST_POS, LAST_STRIDE)]);
	if (!trie_is_leaf(word))
		word = trie_load(&trie->words[0]);
	return trie_value(word);
}

/* The second half of the walk, for host routes and other prefixes longer than /64. */
static void lookup_low(const struct trie *trie, struct walk *w, unsigned left,
		       const uint8_t *const *dst, uint32_t *nh)
{
	for (unsigned k = 0; k < left; k++) {
		w[k].half = load_half(dst[w[k].i] + 8);
		walk_aim(trie, &w[k], 0, STRIDE);
	}
	for (unsigned pos = STRIDE; pos < LAST_POS && left; pos += STRIDE)
		left = walk_down(trie, w, left, nh, pos, STRIDE);
	left = walk_down(trie, w, left, nh, LAST_POS, LAST_STRIDE);
	left = walk_down(trie, w, left, nh, 0, 0);
	walk_background(trie, w, left, nh);
}

void fib6_lookup_bulk(const struct fib6 *fib, const uint8_t *const *dst, uint32_t *nh, unsigned n)
{
	const struct trie *trie = &fib->table.trie;
	struct walk w[FIB_BULK_MAX];
	unsigned left = 0;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(walk_root(trie, load_half(dst[i])));
	for (unsigned i = 0; i < n; i++)
		left = walk_begin(trie, w, left, load_half(dst[i]), i, nh, STRIDE);
	for (unsigned pos = TRIE_ROOT_BITS + STRIDE; pos < 64 && left; pos += STRIDE)
		left = walk_down(trie, w, left, nh, pos, STRIDE);
	left = walk_down(trie, w, left, nh, 0, 0);
	if (left)
		lookup_low(trie, w, left, dst, nh);
}
