/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_suite.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fib_check.h"
#include "rcu.h"

/* The lengths around each level's end, the shortest and the longest, one inside the other. */
static void nested_at_every_length(void **state)
{
	static struct oracle o;
	struct rcu *rcu = rcu_create(1, 64);
	void *fib = fib_check_ops->create(rcu, 1000);
	oracle_addr host = ((oracle_addr)0x5a5a5a5a5a5a5a5a << 64 | 0xa5a5a5a5a5a5a5a5) &
			   oracle_mask(fib_check_ops->bits);
	struct oracle_route route;

	o.n = 0;
	/* From the inside out, so that each new one must spare those it covers. */
	for (unsigned len = fib_check_ops->bits + 1; len-- > 0;) {
		route = (struct oracle_route){.addr = host & oracle_mask(len),
					      .len = len,
					      .nh = len + 1,
					      .user = len + 1};
		assert_int_equal(fib_check_ops->add(fib, route.addr, len, route.nh, route.user), 0);
		oracle_add(&o, route);
		fib_check_all(fib, &o);
	}
	/* Replace the covers first, then delete them: what is inside must not notice. */
	for (unsigned len = 0; len <= fib_check_ops->bits; len++) {
		route = *oracle_get(&o, host & oracle_mask(len), len);
		route.nh += 1000;
		assert_int_equal(fib_check_ops->add(fib, route.addr, len, route.nh, route.user), 0);
		oracle_add(&o, route);
		fib_check_all(fib, &o);
		assert_int_equal(fib_check_ops->del(fib, route.addr, len), 0);
		oracle_del(&o, route.addr, len);
		fib_check_all(fib, &o);
	}
	fib_check_empties(rcu, fib, &o);
	fib_check_ops->destroy(fib);
	rcu_destroy(rcu);
}

static void refuses_nonsense(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	oracle_addr host = (oracle_addr)1 << (128 - fib_check_ops->bits);
	void *fib;

	errno = 0;
	assert_null(fib_check_ops->create(rcu, 0));
	assert_int_equal(errno, EINVAL);
	fib = fib_check_ops->create(rcu, 10);
	assert_int_equal(fib_check_ops->add(fib, host, fib_check_ops->bits - 1, 1, 1), -EINVAL);
	assert_int_equal(fib_check_ops->add(fib, host, 0, 1, 1), -EINVAL);
	assert_int_equal(fib_check_ops->add(fib, 0, fib_check_ops->bits + 1, 1, 1), -EINVAL);
	assert_int_equal(fib_check_ops->add(fib, host, fib_check_ops->bits, FIB_MISS, 1), -EINVAL);
	assert_int_equal(fib_check_ops->add(fib, host, fib_check_ops->bits, FIB_NH_MAX + 1u, 1),
			 -EINVAL);
	assert_int_equal(fib_check_ops->add(fib, host, fib_check_ops->bits, FIB_NH_MAX, 1), 0);
	assert_int_equal(fib_check_ops->lookup(fib, host), FIB_NH_MAX);
	assert_int_equal(fib_check_ops->del(fib, 0, fib_check_ops->bits), -ENOENT);
	assert_int_equal(fib_check_ops->del(fib, host, fib_check_ops->bits - 1), -ENOENT);
	assert_int_equal(fib_check_ops->get(fib, 0, 255), 0);
	/* Host bits do not name the prefix that they lie in. */
	assert_int_equal(fib_check_ops->add(fib, 0, 8, 1, 1), 0);
	assert_int_equal(fib_check_ops->get(fib, host, 8), 0);
	assert_int_equal(fib_check_ops->del(fib, host, 8), -ENOENT);
	assert_int_equal(fib_check_ops->get(fib, 0, 8), 1);
	assert_int_equal(fib_check_ops->del(fib, 0, 8), 0);
	fib_check_ops->destroy(fib);
	fib_check_ops->destroy(NULL);
	rcu_destroy(rcu);
}

static void full_table(void **state)
{
	static struct oracle o;
	struct rcu *rcu = rcu_create(1, 64);
	void *fib = fib_check_ops->create(rcu, 100);
	uint64_t seed = 21;
	struct oracle_route route;
	struct fib_stats stats;

	o.n = 0;
	while (o.n < 100) {
		route = oracle_prefix(&seed, fib_check_ops->bits);
		route.nh = route.user = o.n + 1;
		assert_int_equal(
			fib_check_ops->add(fib, route.addr, route.len, route.nh, route.user), 0);
		oracle_add(&o, route);
	}
	for (unsigned i = 0; i < 100; i++) {
		do
			route = oracle_prefix(&seed, fib_check_ops->bits);
		while (oracle_get(&o, route.addr, route.len));
		assert_int_equal(fib_check_ops->add(fib, route.addr, route.len, 7, 7), -ENOSPC);
		assert_int_equal(fib_check_ops->get(fib, route.addr, route.len), 0);
		fib_check_route(fib, &o, &route);
	}
	fib_check_all(fib, &o);
	/* Replacing needs no room; deleting makes some. */
	o.route[5].nh = 1005;
	assert_int_equal(
		fib_check_ops->add(fib, o.route[5].addr, o.route[5].len, 1005, o.route[5].user), 0);
	assert_int_equal(fib_check_ops->del(fib, o.route[9].addr, o.route[9].len), 0);
	oracle_del(&o, o.route[9].addr, o.route[9].len);
	route.nh = route.user = 7;
	assert_int_equal(fib_check_ops->add(fib, route.addr, route.len, 7, 7), 0);
	oracle_add(&o, route);
	assert_int_equal(fib_check_ops->add(fib, 0, 1, 7, 7), oracle_get(&o, 0, 1) ? 0 : -ENOSPC);
	fib_check_all(fib, &o);
	fib_check_ops->stats(fib, &stats);
	assert_int_equal(stats.routes, 100);
	assert_int_equal(stats.max_routes, 100);
	assert_true(stats.refused >= 101);
	fib_check_ops->destroy(fib);
	rcu_destroy(rcu);
}

static void walks_a_range(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	void *fib = fib_check_ops->create(rcu, 100);
	oracle_addr ten = (oracle_addr)10 << 120;
	struct oracle_route range = {.addr = ten, .len = 8}, at, *after = NULL;
	static const unsigned order[] = {8, 16, 24, 32};
	unsigned n = 0;

	for (unsigned len = 32; len; len -= 8)
		assert_int_equal(fib_check_ops->add(fib, ten, len, len, len), 0);
	assert_int_equal(fib_check_ops->add(fib, (oracle_addr)9 << 120, 8, 1, 1), 0);
	assert_int_equal(fib_check_ops->add(fib, (oracle_addr)11 << 120, 8, 1, 1), 0);
	assert_int_equal(fib_check_ops->add(fib, 0, 0, 1, 1), 0);
	for (; fib_check_ops->next(fib, &range, after, &at); after = &at) {
		assert_true(n < 4);
		assert_int_equal(at.len, order[n++]);
		/* The step taken from must not need to stand. */
		assert_int_equal(fib_check_ops->del(fib, at.addr, at.len), 0);
	}
	assert_int_equal(n, 4);
	fib_check_ops->destroy(fib);
	rcu_destroy(rcu);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fib_random_few),        cmocka_unit_test(fib_random_small),
		cmocka_unit_test(fib_random_medium),     cmocka_unit_test(fib_random_large),
		cmocka_unit_test(fib_random_was_enough), cmocka_unit_test(nested_at_every_length),
		cmocka_unit_test(refuses_nonsense),      cmocka_unit_test(full_table),
		cmocka_unit_test(walks_a_range),
	};

	fib_check_ops = fib_suite_family(argc, argv);
	if (!fib_check_ops)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
