/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib6.h"

#include <stdlib.h>
#include <string.h>

#include "fib_suite.h"

/* One byte off any alignment, as in a packet. */
struct bytes {
	uint8_t pad;
	uint8_t addr[16];
};

static struct bytes to_bytes(oracle_addr addr)
{
	struct bytes bytes = {0};

	for (unsigned i = 0; i < 16; i++)
		bytes.addr[i] = (uint8_t)(addr >> (120 - 8 * i));
	return bytes;
}

static oracle_addr from_bytes(const uint8_t *bytes)
{
	oracle_addr addr = 0;

	for (unsigned i = 0; i < 16; i++)
		addr = addr << 8 | bytes[i];
	return addr;
}

static struct fib6_prefix to_prefix(const struct oracle_route *route)
{
	struct fib6_prefix prefix = {.len = (uint8_t)route->len};
	struct bytes bytes = to_bytes(route->addr);

	memcpy(prefix.addr, bytes.addr, sizeof(prefix.addr));
	return prefix;
}

static void *create(struct rcu *rcu, uint32_t max_routes)
{
	return fib6_create(rcu, max_routes, -1);
}

static void destroy(void *fib)
{
	fib6_destroy(fib);
}

static int add(void *fib, oracle_addr addr, unsigned len, uint32_t nh, uint64_t user)
{
	struct bytes bytes = to_bytes(addr);

	return fib6_add(fib, bytes.addr, (uint8_t)len, nh, (void *)(uintptr_t)user);
}

static int del(void *fib, oracle_addr addr, unsigned len)
{
	struct bytes bytes = to_bytes(addr);

	return fib6_del(fib, bytes.addr, (uint8_t)len);
}

static uint64_t get(const void *fib, oracle_addr addr, unsigned len)
{
	struct bytes bytes = to_bytes(addr);

	return (uintptr_t)fib6_get(fib, bytes.addr, (uint8_t)len);
}

static uint64_t match(const void *fib, oracle_addr addr)
{
	struct bytes bytes = to_bytes(addr);

	return (uintptr_t)fib6_match(fib, bytes.addr);
}

static bool next(const void *fib, const struct oracle_route *range,
		 const struct oracle_route *after, struct oracle_route *route)
{
	struct fib6_prefix in, from;
	struct fib6_route got;

	if (range)
		in = to_prefix(range);
	if (after)
		from = to_prefix(after);
	if (!fib6_next(fib, range ? &in : NULL, after ? &from : NULL, &got))
		return false;
	*route = (struct oracle_route){.addr = from_bytes(got.prefix.addr),
				       .len = got.prefix.len,
				       .nh = got.nh,
				       .user = (uintptr_t)got.user};
	return true;
}

static void stats(const void *fib, struct fib_stats *out)
{
	fib6_stats(fib, out);
}

static bool maintain(void *fib, unsigned budget)
{
	return fib6_maintain(fib, budget);
}

static int set_simd(const void *fib, enum simd simd)
{
	return fib6_set_simd((struct fib6 *)(uintptr_t)fib, simd);
}

static uint32_t lookup(const void *fib, oracle_addr addr)
{
	struct bytes bytes = to_bytes(addr);

	return fib6_lookup(fib, bytes.addr);
}

static void bulk(const void *fib, const oracle_addr *addr, uint32_t *nh, unsigned n)
{
	struct bytes bytes[FIB_BULK_MAX];
	const uint8_t *dst[FIB_BULK_MAX];

	for (unsigned i = 0; i < n; i++) {
		bytes[i] = to_bytes(addr[i]);
		dst[i] = bytes[i].addr;
	}
	fib6_lookup_bulk(fib, dst, nh, n);
}

/* The pointers first, then what they point to. */
static void *pack(const oracle_addr *addr, unsigned n)
{
	const uint8_t **packed = calloc(n, sizeof(*packed) + sizeof(struct bytes));
	struct bytes *bytes = (struct bytes *)(packed + n);

	for (unsigned i = 0; packed && i < n; i++) {
		bytes[i] = to_bytes(addr[i]);
		packed[i] = bytes[i].addr;
	}
	return packed;
}

static void bulk_packed(const void *fib, const void *packed, unsigned first, uint32_t *nh,
			unsigned n)
{
	fib6_lookup_bulk(fib, (const uint8_t *const *)packed + first, nh, n);
}

const struct fib_ops fib6_ops = {
	.name = "fib6",
	.bits = 128,
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
