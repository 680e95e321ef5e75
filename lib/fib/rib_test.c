/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fib_oracle.h"
#include "rib.h"

static struct rib_key to_key(oracle_addr addr)
{
	return (struct rib_key){.hi = (uint64_t)(addr >> 64), .lo = (uint64_t)addr};
}

static struct rib_prefix to_prefix(const struct oracle_route *route)
{
	return (struct rib_prefix){.key = to_key(route->addr), .len = (uint8_t)route->len};
}

static void *to_user(uint64_t id)
{
	return (void *)(uintptr_t)id;
}

/* Both are the same route, or both none. */
static void assert_same(const struct rib_node *node, const struct oracle_route *route)
{
	assert_int_equal(!!node, !!route);
	if (!node)
		return;
	assert_true(node->is_route);
	assert_int_equal(node->len, route->len);
	assert_int_equal(node->key.hi, (uint64_t)(route->addr >> 64));
	assert_int_equal(node->key.lo, (uint64_t)route->addr);
	assert_int_equal(node->nh, route->nh);
	assert_ptr_equal(node->user, to_user(route->user));
}

/* Walk a range to its end and compare every step; `steps` at most. */
static void check_walk(const struct rib *rib, const struct oracle *o,
		       const struct oracle_route *range, unsigned steps)
{
	const struct oracle_route *want = oracle_next(o, range, NULL);
	struct rib_prefix in = to_prefix(range), after;

	assert_same(rib_next(rib, &in, NULL), want);
	while (want && steps--) {
		after = to_prefix(want);
		want = oracle_next(o, range, want);
		assert_same(rib_next(rib, &in, &after), want);
	}
}

static void check_prefix(const struct rib *rib, struct oracle *o, const struct oracle_route *route)
{
	struct oracle_route all = {0};
	struct rib_prefix prefix = to_prefix(route);
	oracle_addr last = route->addr | ~oracle_mask(route->len);

	assert_same(rib_get(rib, &prefix), oracle_get(o, route->addr, route->len));
	assert_same(rib_cover(rib, prefix.key, prefix.len),
		    oracle_match(o, route->addr, route->len));
	assert_same(rib_cover(rib, to_key(last), 129), oracle_match(o, last, 129));
	assert_same(rib_cover(rib, to_key(last + 1), 129), oracle_match(o, last + 1, 129));
	/* What follows a prefix is found whether it stands or not. */
	assert_same(rib_next(rib, &(struct rib_prefix){0}, &prefix), oracle_next(o, &all, route));
	check_walk(rib, o, route, 2);
}

static void random_against_oracle(unsigned bits, unsigned max, uint64_t seed)
{
	static struct oracle o;
	struct rib *rib = rib_create(ORACLE_MAX);
	struct oracle_route all = {0}, route;
	struct rib_prefix prefix;

	o.n = 0;
	for (unsigned op = 1; op <= 40000; op++) {
		route = oracle_prefix(&seed, bits);
		route.nh = (uint32_t)oracle_random(&seed);
		route.user = op;
		if (o.n && oracle_random(&seed) % max < o.n) {
			if (oracle_random(&seed) % 4)
				route = o.route[oracle_random(&seed) % o.n];
			prefix = to_prefix(&route);
			assert_int_equal(rib_del(rib, &prefix),
					 oracle_del(&o, route.addr, route.len) ? 0 : -ENOENT);
		} else {
			prefix = to_prefix(&route);
			assert_int_equal(rib_add(rib, &prefix, route.nh, to_user(op)), 0);
			oracle_add(&o, route);
		}
		assert_int_equal(rib->routes, o.n);
		check_prefix(rib, &o, &route);
	}
	check_walk(rib, &o, &all, o.n + 1);
	while (o.n) {
		prefix = to_prefix(&o.route[0]);
		assert_int_equal(rib_del(rib, &prefix), 0);
		oracle_del(&o, o.route[0].addr, o.route[0].len);
	}
	/* Empty, every node is back: [0] alone is not in the list. */
	assert_int_equal(rib->root, 0);
	assert_int_equal(rib->n_free, rib->end - 1);
	rib_destroy(rib);
}

static void random_ipv4(void **state)
{
	random_against_oracle(32, 50, 1);
	random_against_oracle(32, 400, 2);
}

static void random_ipv6(void **state)
{
	random_against_oracle(128, 50, 3);
	random_against_oracle(128, 400, 4);
}

static void nodes_are_compact(void **state)
{
	struct rib *rib = rib_create(ORACLE_MAX);
	uint64_t seed = 5;

	assert_true(sizeof(struct rib_node) <= 48);
	for (unsigned i = 0; i < 10000; i++) {
		struct oracle_route route = {.addr = oracle_random(&seed), .len = 128};
		struct rib_prefix prefix = to_prefix(&route);

		assert_int_equal(rib_add(rib, &prefix, i, NULL), 0);
	}
	/* One node a route and one less fork, [0] aside. */
	assert_int_equal(rib->routes, 10000);
	assert_int_equal(rib->end - 1, 2 * 10000 - 1);
	rib_destroy(rib);
}

static void walk_survives_changes(void **state)
{
	struct rib *rib = rib_create(ORACLE_MAX);
	struct rib_prefix all = {0}, at;
	const struct rib_node *node;
	unsigned seen = 0;

	for (uint64_t i = 0; i < 1000; i++) {
		struct rib_prefix prefix = {.key = {.hi = i << 40}, .len = 24};

		assert_int_equal(rib_add(rib, &prefix, 1, NULL), 0);
	}
	/* Delete each as it is met, and add its cover, which lies behind: none is lost or met
	 * twice. */
	for (node = rib_next(rib, &all, NULL); node; node = rib_next(rib, &all, &at)) {
		struct rib_prefix cover = {.key = node->key, .len = 20};

		at = (struct rib_prefix){.key = node->key, .len = node->len};
		cover.key = rib_key_mask(cover.key, 20);
		seen += node->len == 24;
		assert_int_equal(rib_del(rib, &at), 0);
		if (at.len == 24)
			assert_int_equal(rib_add(rib, &cover, 2, NULL), 0);
	}
	assert_int_equal(seen, 1000);
	rib_destroy(rib);
}

static void descends(void **state)
{
	struct rib *rib = rib_create(ORACLE_MAX);
	struct rib_prefix ten = {.key = {.hi = UINT64_C(10) << 56}, .len = 8};
	struct rib_prefix sub = {.key = {.hi = UINT64_C(0x0a01) << 48}, .len = 16};
	const struct rib_node *node, *top;

	assert_int_equal(rib_add(rib, &ten, 1, NULL), 0);
	assert_int_equal(rib_add(rib, &sub, 2, NULL), 0);
	top = rib_get(rib, &ten);
	/* Nothing lies in 10.2.0.0/16, the /16 in 10.0.0.0/12, and it owns all of 10.1.2.0/24. */
	node = top;
	assert_false(rib_descend(rib, &node, (struct rib_key){.hi = 0x0a02ull << 48}, 16, 8));
	assert_null(node);
	node = top;
	assert_false(rib_descend(rib, &node, ten.key, 8, 8));
	assert_ptr_equal(node, top);
	node = top;
	assert_false(rib_descend(rib, &node, ten.key, 12, 8));
	assert_ptr_equal(node, rib_get(rib, &sub));
	node = top;
	assert_true(rib_descend(rib, &node, (struct rib_key){.hi = 0x0a0102ull << 40}, 24, 8));
	assert_ptr_equal(node, top);
	rib_destroy(rib);
	rib_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_ipv4),       cmocka_unit_test(random_ipv6),
		cmocka_unit_test(nodes_are_compact), cmocka_unit_test(walk_survives_changes),
		cmocka_unit_test(descends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
