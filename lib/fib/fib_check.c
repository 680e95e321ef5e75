/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "rcu.h"

#define SHORT_BURST 9 /* enough for vectors to be used, and one more */

const struct fib_ops *fib_check_ops;
uint64_t fib_check_lookups;

/* Where answers change: first and last address of a prefix, the one before and the one after. */
static void boundaries(const struct oracle_route *route, oracle_addr addr[4])
{
	oracle_addr host = (oracle_addr)1 << (128 - fib_check_ops->bits);
	oracle_addr last =
		(route->addr | ~oracle_mask(route->len)) & oracle_mask(fib_check_ops->bits);

	addr[0] = route->addr;
	addr[1] = last;
	addr[2] = route->addr - host;
	addr[3] = last + host;
}

/* One lookup of a full burst, with all kinds of instructions that there are: the answers of all of
 * them must be the same. */
static void bulk(const void *fib, const oracle_addr *addr, uint32_t *nh, unsigned n)
{
	const struct fib_ops *ops = fib_check_ops;
	uint32_t other[FIB_BULK_MAX];

	ops->bulk(fib, addr, nh, n);
	for (unsigned i = 0; i < SIMD_N; i++) {
		enum simd simd = (enum simd)i;

		assert_int_equal(ops->set_simd(fib, simd), simd_supported(simd) ? 0 : -ENOTSUP);
		ops->bulk(fib, addr, other, n);
		assert_memory_equal(other, nh, n * sizeof(*nh));
	}
}

static void check_addr(const void *fib, const struct oracle *o, oracle_addr addr, uint32_t bulk_nh)
{
	const struct oracle_route *want = oracle_match(o, addr, 129);

	assert_int_equal(fib_check_ops->lookup(fib, addr), want ? want->nh : FIB_MISS);
	assert_int_equal(bulk_nh, want ? want->nh : FIB_MISS);
	assert_int_equal(fib_check_ops->match(fib, addr), want ? want->user : 0);
	fib_check_lookups++;
}

void fib_check_route(void *fib, const struct oracle *o, const struct oracle_route *route)
{
	oracle_addr addr[SHORT_BURST];
	uint32_t nh[SHORT_BURST];

	boundaries(route, addr);
	for (unsigned i = 4; i < SHORT_BURST; i++)
		addr[i] = addr[i % 4] ^ i;
	bulk(fib, addr, nh, SHORT_BURST);
	for (unsigned i = 0; i < 4; i++)
		check_addr(fib, o, addr[i], nh[i]);
}

void fib_check_all(void *fib, const struct oracle *o)
{
	struct oracle_route all = {0}, at, *after = NULL;
	const struct oracle_route *want = oracle_next(o, &all, NULL);
	oracle_addr addr[FIB_BULK_MAX];
	uint32_t nh[FIB_BULK_MAX];

	for (; want; want = oracle_next(o, &all, want), after = &at) {
		assert_true(fib_check_ops->next(fib, after ? NULL : &all, after, &at));
		assert_memory_equal(&at, want, sizeof(at));
		fib_check_route(fib, o, want);
	}
	assert_false(fib_check_ops->next(fib, NULL, after, &at));
	for (unsigned i = 0; i < FIB_BULK_MAX; i++)
		addr[i] = o->n ? o->route[i % o->n].addr + i : i;
	bulk(fib, addr, nh, FIB_BULK_MAX);
	for (unsigned i = 0; i < FIB_BULK_MAX; i++)
		assert_int_equal(nh[i], fib_check_ops->lookup(fib, addr[i]));
}

void fib_check_canonical(struct rcu *rcu, void *fib, const struct oracle *o)
{
	void *fresh = fib_check_ops->create(rcu, ORACLE_MAX);
	struct fib_stats a, b;

	assert_non_null(fresh);
	for (unsigned i = 0; i < o->n; i++)
		assert_int_equal(fib_check_ops->add(fresh, o->route[i].addr, o->route[i].len,
						    o->route[i].nh, o->route[i].user),
				 0);
	rcu_synchronize(rcu);
	fib_check_ops->stats(fresh, &a);
	fib_check_ops->stats(fib, &b);
	assert_int_equal(a.routes, b.routes);
	assert_int_equal(a.nodes, b.nodes);
	assert_int_equal(a.words, b.words);
	fib_check_ops->destroy(fresh);
}

void fib_check_empties(struct rcu *rcu, void *fib, struct oracle *o)
{
	struct fib_stats stats;

	while (o->n) {
		struct oracle_route route = o->route[o->n / 2];

		assert_int_equal(fib_check_ops->del(fib, route.addr, route.len), 0);
		oracle_del(o, route.addr, route.len);
		fib_check_route(fib, o, &route);
	}
	rcu_synchronize(rcu);
	fib_check_ops->stats(fib, &stats);
	assert_int_equal(stats.routes, 0);
	assert_int_equal(stats.nodes, 0);
	assert_int_equal(stats.words, 0);
}
