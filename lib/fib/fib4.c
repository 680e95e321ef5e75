/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib4.h"

#include <errno.h>
#include <stdlib.h>

#include "lookup.h"
#include "table.h"

#define FIB4_BITS 32

const uint8_t fib4_depth[FIB4_LEVELS + 1] = {TRIE_ROOT_BITS, 24, 27, FIB4_BITS};

/* Of fewer addresses at once a vector is slower than one after the other. */
#define FEW 4

struct fib4 {
	struct table table;
	/* Away from what the writer of the table writes. */
	lookup4_bulk_fn *bulk __rte_cache_aligned;
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
	struct fib4 *fib;
	enum simd simd;
	struct error err;
	int rc = simd_choose(&simd, &err);

	if (rc) {
		errno = -rc;
		return NULL;
	}
	fib = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*fib));
	if (!fib)
		return NULL;
	fib->bulk = lookup4_bulk(simd);
	rc = table_init(&fib->table, rcu, max_routes, fib4_depth, FIB4_LEVELS, numa_node);
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

void fib4_regions(const struct fib4 *fib, region_visit_fn *visit, void *ctx)
{
	trie_regions(&fib->table.trie, visit, ctx);
}

int fib4_set_simd(struct fib4 *fib, enum simd simd)
{
	lookup4_bulk_fn *bulk = lookup4_bulk(simd);

	if (!bulk)
		return -ENOTSUP;
	fib->bulk = bulk;
	return 0;
}

uint32_t fib4_lookup(const struct fib4 *fib, rte_be32_t dst)
{
	return lookup4(&fib->table.trie, dst);
}

void fib4_lookup_bulk(const struct fib4 *fib, const rte_be32_t *dst, uint32_t *nh, unsigned n)
{
	lookup4_bulk_fn *bulk = n < FEW ? lookup4_bulk_scalar : fib->bulk;

	bulk(&fib->table.trie, dst, nh, n);
}
