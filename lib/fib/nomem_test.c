/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that runs out now and then: a change that finds none is refused and leaves no trace, and
 * the same change is made when there is memory again. For both families, also in the middle of a
 * compaction.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fib_oracle.h"
#include "table.h"

struct family {
	unsigned bits;
	const uint8_t *depth;
	unsigned n_levels;
};

static const struct family ip4 = {32, fib4_depth, FIB4_LEVELS};
static const struct family ip6 = {128, fib6_depth, FIB6_LEVELS};

static struct table table;
static struct rcu *rcu;
static struct oracle o;

static struct rib_prefix to_prefix(const struct oracle_route *route)
{
	return (struct rib_prefix){
		.key = {.hi = (uint64_t)(route->addr >> 64), .lo = (uint64_t)route->addr},
		.len = (uint8_t)route->len};
}

static uint32_t lookup(const struct family *family, oracle_addr addr)
{
	const uint8_t *depth = family->depth;
	uint64_t word = table.trie.root[(uint64_t)(addr >> 64) >> (64 - TRIE_ROOT_BITS)];

	for (unsigned i = 0; i < family->n_levels && !trie_is_leaf(word); i++) {
		unsigned bits = depth[i + 1] - depth[i];
		oracle_addr rest = addr << depth[i];

		word = table.trie.words[trie_child(word, (unsigned)(rest >> (128 - bits)))];
	}
	return trie_value(trie_is_leaf(word) ? word : table.trie.words[0]);
}

static void check(const struct family *family, oracle_addr addr)
{
	const struct oracle_route *want;

	addr &= oracle_mask(family->bits);
	want = oracle_match(&o, addr, 129);
	assert_int_equal(lookup(family, addr), want ? want->nh : FIB_MISS);
}

static void check_route(const struct family *family, const struct oracle_route *route)
{
	oracle_addr host = (oracle_addr)1 << (128 - family->bits);
	oracle_addr last = route->addr | ~oracle_mask(route->len);

	check(family, route->addr);
	check(family, route->addr - host);
	check(family, last);
	check(family, (last & oracle_mask(family->bits)) + host);
}

static void check_all(const struct family *family)
{
	for (unsigned i = 0; i < o.n; i++)
		check_route(family, &o.route[i]);
	assert_int_equal(table.rib->routes, o.n);
}

/* Delete the route if it stands and `withdraw`, else add it. 0 or -ENOMEM. */
static int make(const struct oracle_route *route, bool withdraw)
{
	struct rib_prefix prefix = to_prefix(route);
	int rc;

	if (withdraw && oracle_get(&o, route->addr, route->len)) {
		rc = table_del(&table, &prefix);
		if (!rc)
			oracle_del(&o, route->addr, route->len);
	} else {
		rc = table_add(&table, &prefix, route->nh, NULL);
		if (!rc)
			oracle_add(&o, *route);
	}
	assert_true(rc == 0 || rc == -ENOMEM);
	return rc;
}

/* No more words than were ever handed out: whether a change finds room depends on what is free. */
static void take_memory(bool take, uint64_t limit)
{
	table.trie.runs.limit = take ? table.trie.runs.end : limit;
}

/* Runs that somebody else has: all that were free, but every third. */
static struct {
	uint32_t base;
	unsigned len;
} stolen[4096];
static unsigned n_stolen;

static void steal(void)
{
	unsigned n = 0;

	take_memory(true, 0);
	for (unsigned len = RUNS_LEN_MIN; len <= RUNS_LEN_MAX; len++)
		while (n < RTE_DIM(stolen) && (stolen[n].base = runs_alloc(&table.trie.runs, len)))
			stolen[n++].len = len;
	for (unsigned i = 0; i < n; i++)
		if (i % 3)
			stolen[n_stolen++] = stolen[i];
		else
			runs_free(&table.trie.runs, stolen[i].base, stolen[i].len);
}

static void give_back(uint64_t limit)
{
	take_memory(false, limit);
	while (n_stolen) {
		n_stolen--;
		runs_free(&table.trie.runs, stolen[n_stolen].base, stolen[n_stolen].len);
	}
}

/* A change that was refused has left everything as it was, and is made with more memory. */
static void refused_then_made(const struct family *family, const struct oracle_route *route,
			      bool withdraw, uint64_t limit)
{
	uint32_t count;
	uint64_t words;

	rcu_synchronize(rcu);
	count = table.trie.runs.count;
	words = table.trie.runs.words_used;
	if (!make(route, withdraw))
		return; /* there was some after all, which readers had held */
	rcu_synchronize(rcu);
	assert_int_equal(table.trie.runs.count, count);
	assert_int_equal(table.trie.runs.words_used, words);
	check_all(family);
	take_memory(false, limit);
	assert_int_equal(make(route, withdraw), 0);
	check_route(family, route);
	take_memory(true, limit);
}

static void now_and_then(const struct family *family, uint64_t seed)
{
	unsigned refused = 0;
	uint64_t limit;

	rcu = rcu_create(1, 64);
	assert_int_equal(table_init(&table, rcu, ORACLE_MAX, family->depth, family->n_levels, -1),
			 0);
	limit = table.trie.runs.limit;
	o.n = 0;
	for (unsigned op = 1; op <= 60000; op++) {
		struct oracle_route route = oracle_prefix(&seed, family->bits);
		bool withdraw = oracle_random(&seed) % 2;

		if (withdraw && o.n)
			route = o.route[oracle_random(&seed) % o.n];
		route.nh = 1 + (uint32_t)oracle_random(&seed) % 1000;
		withdraw = withdraw && oracle_random(&seed) % 200 < o.n;
		if (op % 400 == 0)
			steal();
		else if (op % 400 == 200)
			give_back(limit);
		if (make(&route, withdraw)) {
			refused++;
			refused_then_made(family, &route, withdraw, limit);
		}
		check_route(family, &route);
		if (op % 2000 == 0)
			check_all(family);
	}
	assert_true(refused > 100);
	assert_true(table.refused >= refused);
	give_back(limit);
	while (o.n)
		assert_int_equal(
			make(&(struct oracle_route){.addr = o.route[0].addr, .len = o.route[0].len},
			     true),
			0);
	rcu_synchronize(rcu);
	assert_int_equal(table.trie.runs.count, 0);
	assert_int_equal(table.trie.runs.words_used, 0);
	table_fini(&table);
	rcu_destroy(rcu);
}

static void now_and_then4(void **state)
{
	now_and_then(&ip4, 71);
}

static void now_and_then6(void **state)
{
	now_and_then(&ip6, 72);
}

/* Routes that only leave holes: hosts all over the lower half of the address space. */
static void make_holes(unsigned n)
{
	for (unsigned pass = 0; pass < 2; pass++) {
		uint64_t seed = 73;

		for (unsigned i = 0; i < n; i++) {
			struct rib_prefix p = {.key = {.hi = oracle_random(&seed) >> 1}, .len = 64};

			if (pass)
				assert_int_equal(table_del(&table, &p), 0);
			else
				assert_int_equal(table_add(&table, &p, 1, NULL), 0);
		}
	}
	rcu_synchronize(rcu);
}

/* The other space has no room for the rest: the compaction stops where it is, changes are made or
 * refused, and it goes on when there is room. */
static void in_a_compaction(void **state)
{
	const struct family *family = &ip6;
	unsigned refused = 0, stopped = 0;
	uint64_t seed = 74, limit;

	rcu = rcu_create(1, 64);
	assert_int_equal(table_init(&table, rcu, 60000, family->depth, family->n_levels, -1), 0);
	limit = table.trie.runs.limit;
	o.n = 0;
	make_holes(20000);
	for (unsigned i = 0; i < 400; i++) {
		struct oracle_route route = oracle_prefix(&seed, 128);

		route.nh = i + 1;
		assert_int_equal(make(&route, false), 0);
	}
	assert_true(table_maintain(&table, 0));
	for (unsigned round = 0; table.trie.rebuilds == 0; round++) {
		struct oracle_route route = oracle_prefix(&seed, 128);
		bool withdraw = round % 2 && o.n;

		take_memory(round % 4 != 3, limit);
		stopped += !table_maintain(&table, 0) && table.trie.compacting;
		if (withdraw)
			route = o.route[oracle_random(&seed) % o.n];
		route.nh = round + 1;
		if (make(&route, withdraw)) {
			refused++;
			refused_then_made(family, &route, withdraw, limit);
		}
		check_all(family);
	}
	assert_true(stopped > 0);
	assert_true(refused > 0);
	rcu_synchronize(rcu);
	check_all(family);
	table_fini(&table);
	rcu_destroy(rcu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_and_then4),
		cmocka_unit_test(now_and_then6),
		cmocka_unit_test(in_a_compaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
