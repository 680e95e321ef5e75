/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_suite.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fib_suite_race.h"
#include "rcu.h"

static const struct fib_ops *ops;

/* Where answers change: first and last address of a prefix, the one before and the one after. */
static void boundaries(const struct oracle_route *route, oracle_addr addr[4])
{
	oracle_addr host = (oracle_addr)1 << (128 - ops->bits);
	oracle_addr last = (route->addr | ~oracle_mask(route->len)) & oracle_mask(ops->bits);

	addr[0] = route->addr;
	addr[1] = last;
	addr[2] = route->addr - host;
	addr[3] = last + host;
}

/* The bulk lookup, which must be the same with all kinds of instructions. */
static void bulk(const void *fib, const oracle_addr *addr, uint32_t *nh, unsigned n)
{
	uint32_t other[FIB_BULK_MAX];

	assert_int_equal(ops->set_simd(fib, SIMD_SCALAR), 0);
	ops->bulk(fib, addr, nh, n);
	for (enum simd simd = SIMD_SCALAR + 1; simd < SIMD_N; simd++) {
		if (!simd_supported(simd)) {
			assert_int_equal(ops->set_simd(fib, simd), -ENOTSUP);
			continue;
		}
		assert_int_equal(ops->set_simd(fib, simd), 0);
		ops->bulk(fib, addr, other, n);
		assert_memory_equal(other, nh, n * sizeof(*nh));
	}
}

static void check_addr(const void *fib, const struct oracle *o, oracle_addr addr, uint32_t bulk_nh)
{
	const struct oracle_route *want = oracle_match(o, addr, 129);

	assert_int_equal(ops->lookup(fib, addr), want ? want->nh : FIB_MISS);
	assert_int_equal(bulk_nh, want ? want->nh : FIB_MISS);
	assert_int_equal(ops->match(fib, addr), want ? want->user : 0);
}

static void check_route(const void *fib, const struct oracle *o, const struct oracle_route *route)
{
	oracle_addr addr[8];
	uint32_t nh[8];

	boundaries(route, addr);
	for (unsigned i = 0; i < 4; i++)
		addr[4 + i] = addr[i] ^ i; /* so that vectors are used: fewer go one by one */
	bulk(fib, addr, nh, 8);
	for (unsigned i = 0; i < 4; i++)
		check_addr(fib, o, addr[i], nh[i]);
}

/* Every route, in the order of a paged walk, and a full burst. */
static void check_all(const void *fib, const struct oracle *o)
{
	struct oracle_route all = {0}, at, *after = NULL;
	const struct oracle_route *want = oracle_next(o, &all, NULL);
	oracle_addr addr[FIB_BULK_MAX];
	uint32_t nh[FIB_BULK_MAX];

	for (; want; want = oracle_next(o, &all, want), after = &at) {
		assert_true(ops->next(fib, after ? NULL : &all, after, &at));
		assert_memory_equal(&at, want, sizeof(at));
		check_route(fib, o, want);
	}
	assert_false(ops->next(fib, NULL, after, &at));
	for (unsigned i = 0; i < FIB_BULK_MAX; i++)
		addr[i] = o->n ? o->route[i % o->n].addr + i : i;
	bulk(fib, addr, nh, FIB_BULK_MAX);
	for (unsigned i = 0; i < FIB_BULK_MAX; i++)
		assert_int_equal(nh[i], ops->lookup(fib, addr[i]));
}

/* The words of a table depend on its routes, not on its history: one made afresh has as many. */
static void check_canonical(struct rcu *rcu, const void *fib, const struct oracle *o)
{
	void *fresh = ops->create(rcu, ORACLE_MAX);
	struct fib_stats a, b;

	assert_non_null(fresh);
	for (unsigned i = 0; i < o->n; i++)
		assert_int_equal(ops->add(fresh, o->route[i].addr, o->route[i].len, o->route[i].nh,
					  o->route[i].user),
				 0);
	rcu_synchronize(rcu);
	ops->stats(fresh, &a);
	ops->stats(fib, &b);
	assert_int_equal(a.routes, b.routes);
	assert_int_equal(a.nodes, b.nodes);
	assert_int_equal(a.words, b.words);
	ops->destroy(fresh);
}

static void check_empties(struct rcu *rcu, void *fib, struct oracle *o)
{
	struct fib_stats stats;

	while (o->n) {
		struct oracle_route route = o->route[o->n / 2];

		assert_int_equal(ops->del(fib, route.addr, route.len), 0);
		oracle_del(o, route.addr, route.len);
		check_route(fib, o, &route);
	}
	rcu_synchronize(rcu);
	ops->stats(fib, &stats);
	assert_int_equal(stats.routes, 0);
	assert_int_equal(stats.nodes, 0);
	assert_int_equal(stats.words, 0);
}

/* One random change of a table that hovers around `size` routes. */
static struct oracle_route change(void *fib, struct oracle *o, unsigned size, uint64_t *seed)
{
	struct oracle_route route = oracle_prefix(seed, ops->bits);
	bool few_values = oracle_random(seed) % 2;
	int rc;

	if (o->n && oracle_random(seed) % 3 == 0)
		route = o->route[oracle_random(seed) % o->n];
	if (oracle_random(seed) % size < o->n / 2) {
		rc = ops->del(fib, route.addr, route.len);
		assert_int_equal(rc, oracle_del(o, route.addr, route.len) ? 0 : -ENOENT);
		assert_int_equal(ops->get(fib, route.addr, route.len), 0);
		return route;
	}
	/* Equal neighbours must merge, so often there are only three next hops. */
	route.nh = 1 + (uint32_t)oracle_random(seed) % (few_values ? 3 : FIB_NH_MAX);
	route.user = 1 + oracle_random(seed) / 2;
	assert_int_equal(ops->add(fib, route.addr, route.len, route.nh, route.user), 0);
	oracle_add(o, route);
	assert_int_equal(ops->get(fib, route.addr, route.len), route.user);
	return route;
}

static void random_against_oracle(unsigned size, unsigned n_ops, uint64_t seed)
{
	static struct oracle o;
	struct rcu *rcu = rcu_create(1, 64);
	void *fib = ops->create(rcu, ORACLE_MAX);

	assert_non_null(fib);
	o.n = 0;
	for (unsigned op = 1; op <= n_ops; op++) {
		struct oracle_route route = change(fib, &o, size, &seed);

		check_route(fib, &o, &route);
		if (o.n)
			check_route(fib, &o, &o.route[oracle_random(&seed) % o.n]);
		if (op % (n_ops / 8) == 0) {
			check_all(fib, &o);
			rcu_synchronize(rcu);
			check_canonical(rcu, fib, &o);
		}
	}
	check_empties(rcu, fib, &o);
	ops->destroy(fib);
	rcu_destroy(rcu);
}

static void random_small(void **state)
{
	random_against_oracle(24, 120000, 11);
}

static void random_medium(void **state)
{
	random_against_oracle(200, 100000, 12);
}

static void random_large(void **state)
{
	random_against_oracle(3000, 10000, 13);
}

/* The lengths around each level's end, the shortest and the longest, one inside the other. */
static void nested_at_every_length(void **state)
{
	static struct oracle o;
	struct rcu *rcu = rcu_create(1, 64);
	void *fib = ops->create(rcu, 1000);
	oracle_addr host = ((oracle_addr)0x5a5a5a5a5a5a5a5a << 64 | 0xa5a5a5a5a5a5a5a5) &
			   oracle_mask(ops->bits);
	struct oracle_route route;

	o.n = 0;
	/* From the inside out, so that each new one must spare those it covers. */
	for (unsigned len = ops->bits + 1; len-- > 0;) {
		route = (struct oracle_route){.addr = host & oracle_mask(len),
					      .len = len,
					      .nh = len + 1,
					      .user = len + 1};
		assert_int_equal(ops->add(fib, route.addr, len, route.nh, route.user), 0);
		oracle_add(&o, route);
		check_all(fib, &o);
	}
	/* Replace the covers first, then delete them: what is inside must not notice. */
	for (unsigned len = 0; len <= ops->bits; len++) {
		route = *oracle_get(&o, host & oracle_mask(len), len);
		route.nh += 1000;
		assert_int_equal(ops->add(fib, route.addr, len, route.nh, route.user), 0);
		oracle_add(&o, route);
		check_all(fib, &o);
		assert_int_equal(ops->del(fib, route.addr, len), 0);
		oracle_del(&o, route.addr, len);
		check_all(fib, &o);
	}
	check_empties(rcu, fib, &o);
	ops->destroy(fib);
	rcu_destroy(rcu);
}

static void refuses_nonsense(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	oracle_addr host = (oracle_addr)1 << (128 - ops->bits);
	void *fib;

	errno = 0;
	assert_null(ops->create(rcu, 0));
	assert_int_equal(errno, EINVAL);
	fib = ops->create(rcu, 10);
	assert_int_equal(ops->add(fib, host, ops->bits - 1, 1, 1), -EINVAL);
	assert_int_equal(ops->add(fib, host, 0, 1, 1), -EINVAL);
	assert_int_equal(ops->add(fib, 0, ops->bits + 1, 1, 1), -EINVAL);
	assert_int_equal(ops->add(fib, host, ops->bits, FIB_MISS, 1), -EINVAL);
	assert_int_equal(ops->add(fib, host, ops->bits, FIB_NH_MAX + 1u, 1), -EINVAL);
	assert_int_equal(ops->add(fib, host, ops->bits, FIB_NH_MAX, 1), 0);
	assert_int_equal(ops->lookup(fib, host), FIB_NH_MAX);
	assert_int_equal(ops->del(fib, 0, ops->bits), -ENOENT);
	assert_int_equal(ops->del(fib, host, ops->bits - 1), -ENOENT);
	assert_int_equal(ops->get(fib, 0, 255), 0);
	ops->destroy(fib);
	ops->destroy(NULL);
	rcu_destroy(rcu);
}

static void full_table(void **state)
{
	static struct oracle o;
	struct rcu *rcu = rcu_create(1, 64);
	void *fib = ops->create(rcu, 100);
	uint64_t seed = 21;
	struct oracle_route route;
	struct fib_stats stats;

	o.n = 0;
	while (o.n < 100) {
		route = oracle_prefix(&seed, ops->bits);
		route.nh = route.user = o.n + 1;
		assert_int_equal(ops->add(fib, route.addr, route.len, route.nh, route.user), 0);
		oracle_add(&o, route);
	}
	for (unsigned i = 0; i < 100; i++) {
		do
			route = oracle_prefix(&seed, ops->bits);
		while (oracle_get(&o, route.addr, route.len));
		assert_int_equal(ops->add(fib, route.addr, route.len, 7, 7), -ENOSPC);
		assert_int_equal(ops->get(fib, route.addr, route.len), 0);
		check_route(fib, &o, &route);
	}
	check_all(fib, &o);
	/* Replacing needs no room; deleting makes some. */
	o.route[5].nh = 1005;
	assert_int_equal(ops->add(fib, o.route[5].addr, o.route[5].len, 1005, o.route[5].user), 0);
	assert_int_equal(ops->del(fib, o.route[9].addr, o.route[9].len), 0);
	oracle_del(&o, o.route[9].addr, o.route[9].len);
	route.nh = route.user = 7;
	assert_int_equal(ops->add(fib, route.addr, route.len, 7, 7), 0);
	oracle_add(&o, route);
	assert_int_equal(ops->add(fib, 0, 1, 7, 7), oracle_get(&o, 0, 1) ? 0 : -ENOSPC);
	check_all(fib, &o);
	ops->stats(fib, &stats);
	assert_int_equal(stats.routes, 100);
	assert_int_equal(stats.max_routes, 100);
	assert_true(stats.refused >= 101);
	ops->destroy(fib);
	rcu_destroy(rcu);
}

static void walks_a_range(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	void *fib = ops->create(rcu, 100);
	oracle_addr ten = (oracle_addr)10 << 120;
	struct oracle_route range = {.addr = ten, .len = 8}, at, *after = NULL;
	static const unsigned order[] = {8, 16, 24, 32};
	unsigned n = 0;

	for (unsigned len = 32; len; len -= 8)
		assert_int_equal(ops->add(fib, ten, len, len, len), 0);
	assert_int_equal(ops->add(fib, (oracle_addr)9 << 120, 8, 1, 1), 0);
	assert_int_equal(ops->add(fib, (oracle_addr)11 << 120, 8, 1, 1), 0);
	assert_int_equal(ops->add(fib, 0, 0, 1, 1), 0);
	for (; ops->next(fib, &range, after, &at); after = &at) {
		assert_true(n < 4);
		assert_int_equal(at.len, order[n++]);
		/* The step taken from must not need to stand. */
		assert_int_equal(ops->del(fib, at.addr, at.len), 0);
	}
	assert_int_equal(n, 4);
	ops->destroy(fib);
	rcu_destroy(rcu);
}

static void readers_see_no_wrong_answer(void **state)
{
	struct fib_race_result result = fib_race(ops);

	assert_int_equal(result.wrong, 0);
	assert_true(result.flips >= FIB_RACE_FLIPS);
	assert_true(result.lookups >= FIB_RACE_LOOKUPS);
}

int fib_suite_run(const struct fib_ops *suite_ops)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_small),     cmocka_unit_test(random_medium),
		cmocka_unit_test(random_large),     cmocka_unit_test(nested_at_every_length),
		cmocka_unit_test(refuses_nonsense), cmocka_unit_test(full_table),
		cmocka_unit_test(walks_a_range),    cmocka_unit_test(readers_see_no_wrong_answer),
	};

	ops = suite_ops;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
