/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib4.h"

#include <stdlib.h>

#include "fib_suite.h"

static rte_be32_t to_be(oracle_addr addr)
{
	return rte_cpu_to_be_32((uint32_t)(addr >> 96));
}

static void *create(struct rcu *rcu, uint32_t max_routes)
{
	return fib4_create(rcu, max_routes, -1);
}

static void destroy(void *fib)
{
	fib4_destroy(fib);
}

static int add(void *fib, oracle_addr addr, unsigned len, uint32_t nh, uint64_t user)
{
	return fib4_add(fib, to_be(addr), (uint8_t)len, nh, (void *)(uintptr_t)user);
}

static int del(void *fib, oracle_addr addr, unsigned len)
{
	return fib4_del(fib, to_be(addr), (uint8_t)len);
}

static uint64_t get(const void *fib, oracle_addr addr, unsigned len)
{
	return (uintptr_t)fib4_get(fib, to_be(addr), (uint8_t)len);
}

static uint64_t match(const void *fib, oracle_addr addr)
{
	return (uintptr_t)fib4_match(fib, to_be(addr));
}

static bool next(const void *fib, const struct oracle_route *range,
		 const struct oracle_route *after, struct oracle_route *route)
{
	struct fib4_prefix in, from;
	struct fib4_route got;

	if (range)
		in = (struct fib4_prefix){.addr = to_be(range->addr), .len = (uint8_t)range->len};
	if (after)
		from = (struct fib4_prefix){.addr = to_be(after->addr), .len = (uint8_t)after->len};
	if (!fib4_next(fib, range ? &in : NULL, after ? &from : NULL, &got))
		return false;
	*route = (struct oracle_route){.addr = (oracle_addr)rte_be_to_cpu_32(got.prefix.addr) << 96,
				       .len = got.prefix.len,
				       .nh = got.nh,
				       .user = (uintptr_t)got.user};
	return true;
}

static void stats(const void *fib, struct fib_stats *out)
{
	fib4_stats(fib, out);
}

static bool maintain(void *fib, unsigned budget)
{
	return fib4_maintain(fib, budget);
}

static int set_simd(const void *fib, enum simd simd)
{
	return fib4_set_simd((struct fib4 *)(uintptr_t)fib, simd);
}

static uint32_t lookup(const void *fib, oracle_addr addr)
{
	return fib4_lookup(fib, to_be(addr));
}

static void bulk(const void *fib, const oracle_addr *addr, uint32_t *nh, unsigned n)
{
	rte_be32_t dst[FIB_BULK_MAX];

	for (unsigned i = 0; i < n; i++)
		dst[i] = to_be(addr[i]);
	fib4_lookup_bulk(fib, dst, nh, n);
}

static void *pack(const oracle_addr *addr, unsigned n)
{
	rte_be32_t *packed = calloc(n, sizeof(*packed));

	for (unsigned i = 0; packed && i < n; i++)
		packed[i] = to_be(addr[i]);
	return packed;
}

static void bulk_packed(const void *fib, const void *packed, unsigned first, uint32_t *nh,
			unsigned n)
{
	fib4_lookup_bulk(fib, (const rte_be32_t *)packed + first, nh, n);
}

const struct fib_ops fib4_ops = {
	.name = "fib4",
	.bits = 32,
	.create = create,
	.destroy = destroy,
	.add = add,
	.del = del,
	.get = get,
	.match = match,
	.next = next,
	.stats = stats,
	.lookup = lookup,
	.bulk = bulk,
	.pack = pack,
	.bulk_packed = bulk_packed,
	.maintain = maintain,
	.set_simd = set_simd,
};
