/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib6.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include "lookup.h"
#include "table.h"

#define FIB6_BITS 128

const uint8_t fib6_depth[FIB6_LEVELS + 1] = {TRIE_ROOT_BITS,
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

/* Of fewer addresses at once a vector is slower than one after the other. */
#define FEW 6

struct fib6 {
	struct table table;
	/* Away from what the writer of the table writes. */
	lookup6_bulk_fn *bulk __rte_cache_aligned;
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
	struct fib6 *fib;
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
	fib->bulk = lookup6_bulk(simd);
	rc = table_init(&fib->table, rcu, max_routes, fib6_depth, FIB6_LEVELS, numa_node);
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

void fib6_regions(const struct fib6 *fib, region_visit_fn *visit, void *ctx)
{
	trie_regions(&fib->table.trie, visit, ctx);
}

int fib6_set_simd(struct fib6 *fib, enum simd simd)
{
	lookup6_bulk_fn *bulk = lookup6_bulk(simd);

	if (!bulk)
		return -ENOTSUP;
	fib->bulk = bulk;
	return 0;
}

uint32_t fib6_lookup(const struct fib6 *fib, const uint8_t dst[16])
{
	return lookup6(&fib->table.trie, dst);
}

void fib6_lookup_bulk(const struct fib6 *fib, const uint8_t *const *dst, uint32_t *nh, unsigned n)
{
	lookup6_bulk_fn *bulk = n < FEW ? lookup6_bulk_scalar : fib->bulk;

	bulk(&fib->table.trie, dst, nh, n);
}
