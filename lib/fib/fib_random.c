/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "rcu.h"

#define ENOUGH    10000000 /* operations and lookups of all tests */
#define SLICE_MAX 4096     /* words: of one slice of housekeeping */

static const struct fib_ops *ops;
static struct oracle o;
static uint64_t n_changes;

/* Where a level of either table begins, or nearly: 9, 14, 19, 24, 27, 29, 32 and so on. */
static unsigned level_end(uint64_t *seed)
{
	unsigned len = 9 + 5 * (unsigned)(oracle_random(seed) % 24);

	if (ops->bits == 32)
		len = len < 29 ? len : oracle_random(seed) % 2 ? 27 : 32;
	return len < 124 ? len : oracle_random(seed) % 2 ? 64 : 128;
}

/* Any prefix; the default route, one that ends with a level, or a host, beside or inside a route
 * that stands, each in its turn. */
static struct oracle_route any_prefix(uint64_t *seed)
{
	struct oracle_route route = oracle_prefix(seed, ops->bits);
	uint64_t kind = oracle_random(seed) % 64;

	if (kind == 0)
		return (struct oracle_route){.len = 0};
	if (kind < 8) {
		route.len = level_end(seed);
	} else if (kind < 16 && o.n) {
		route = o.route[oracle_random(seed) % o.n];
		if (kind % 2)
			route.addr |= ~oracle_mask(route.len);
		if (kind % 4 == 0)
			route.addr -= (oracle_addr)1 << (128 - ops->bits);
		route.len = ops->bits;
	} else if (kind < 32 && o.n) {
		route = o.route[oracle_random(seed) % o.n];
	}
	route.addr &= oracle_mask(route.len);
	return route;
}

/* One random change of a table that hovers around `size` routes. */
static struct oracle_route change(void *fib, unsigned size, uint64_t *seed)
{
	struct oracle_route route = any_prefix(seed);
	bool few_values = oracle_random(seed) % 2;
	int rc;

	n_changes++;
	if (oracle_random(seed) % size < o.n / 2) {
		rc = ops->del(fib, route.addr, route.len);
		assert_int_equal(rc, oracle_del(&o, route.addr, route.len) ? 0 : -ENOENT);
		assert_int_equal(ops->get(fib, route.addr, route.len), 0);
		return route;
	}
	/* Equal neighbours must merge, so often there are only three next hops. */
	route.nh = 1 + (uint32_t)oracle_random(seed) % (few_values ? 3 : FIB_NH_MAX);
	route.user = 1 + oracle_random(seed) / 2;
	assert_int_equal(ops->add(fib, route.addr, route.len, route.nh, route.user), 0);
	oracle_add(&o, route);
	assert_int_equal(ops->get(fib, route.addr, route.len), route.user);
	return route;
}

/* The table has about `size` routes for a while, then an eighth of them, and so on. */
static void random_against_oracle(unsigned size, unsigned n_ops, uint64_t seed)
{
	struct rcu *rcu = rcu_create(1, 64);
	unsigned period = n_ops / 16;
	void *fib;

	ops = fib_check_ops;
	fib = ops->create(rcu, ORACLE_MAX);
	assert_non_null(fib);
	o.n = 0;
	for (unsigned op = 1; op <= n_ops; op++) {
		struct oracle_route route =
			change(fib, op / period % 2 ? size / 8 + 1 : size, &seed);

		fib_check_route(fib, &o, &route);
		if (o.n)
			fib_check_route(fib, &o, &o.route[oracle_random(&seed) % o.n]);
		if (oracle_random(&seed) % 8 == 0)
			ops->maintain(fib, (unsigned)(oracle_random(&seed) % SLICE_MAX));
		if (op % (n_ops / 8) == 0 || op % (n_ops / 8) == period - 1) {
			fib_check_all(fib, &o);
			rcu_synchronize(rcu);
			fib_check_canonical(rcu, fib, &o);
		}
	}
	fib_check_empties(rcu, fib, &o);
	ops->destroy(fib);
	rcu_destroy(rcu);
}

void fib_random_few(void **state)
{
	random_against_oracle(8, 250000, 10);
}

void fib_random_small(void **state)
{
	random_against_oracle(24, 600000, 11);
}

void fib_random_medium(void **state)
{
	random_against_oracle(200, 350000, 12);
}

void fib_random_large(void **state)
{
	random_against_oracle(3000, 20000, 13);
}

void fib_random_was_enough(void **state)
{
	assert_true(n_changes + fib_check_lookups >= ENOUGH);
}
