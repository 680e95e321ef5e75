/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fib_oracle.h"
#include "lookup.h"
#include "table.h"

static void check_everywhere(const struct trie *trie, const struct oracle *o)
{
	for (unsigned i = 0; i < o->n; i++) {
		oracle_addr first = o->route[i].addr;
		uint32_t host = (uint32_t)(first >> 96);
		uint32_t last = host | (uint32_t)(~oracle_mask(o->route[i].len) >> 96);
		uint32_t addr[] = {host, last, host - 1, last + 1};

		for (unsigned k = 0; k < 4; k++) {
			const struct oracle_route *want =
				oracle_match(o, (oracle_addr)addr[k] << 96, 129);

			assert_int_equal(lookup4(trie, rte_cpu_to_be_32(addr[k])),
					 want ? want->nh : FIB_MISS);
		}
	}
}

/* An arena so small that most changes find no room: they must leave no trace. */
static void out_of_words(void **state)
{
	static struct oracle o;
	struct rcu *rcu = rcu_create(1, 64);
	unsigned refused = 0, made = 0;
	struct table table;
	uint64_t seed = 41;

	assert_int_equal(table_init(&table, rcu, 1000, fib4_depth, FIB4_LEVELS, -1), 0);
	table.trie.runs.limit = RUNS_RESERVE + 150;
	o.n = 0;
	for (unsigned op = 0; op < 1200; op++) {
		struct oracle_route route = oracle_prefix(&seed, 32);
		struct rib_prefix prefix = {.key = {.hi = (uint64_t)(route.addr >> 64)},
					    .len = (uint8_t)route.len};
		int rc;

		route.nh = op + 1;
		if (oracle_get(&o, route.addr, route.len) && op % 2) {
			rc = table_del(&table, &prefix);
			if (!rc)
				oracle_del(&o, route.addr, route.len);
		} else {
			rc = table_add(&table, &prefix, route.nh, NULL);
			if (!rc)
				oracle_add(&o, route);
		}
		assert_true(rc == 0 || rc == -ENOMEM);
		refused += rc == -ENOMEM;
		made += rc == 0;
		check_everywhere(&table.trie, &o);
		assert_int_equal(table.rib->routes, o.n);
	}
	assert_true(refused > 100);
	assert_true(made > 100);
	assert_int_equal(table.refused, refused);
	table_fini(&table);
	rcu_destroy(rcu);
}

/* No room for one more route; but all of them can be withdrawn, in any order. */
static void full_and_emptied(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	struct rib_prefix prefix[4000];
	struct table table;
	uint64_t seed = 42;
	unsigned n = 0;

	assert_int_equal(table_init(&table, rcu, RTE_DIM(prefix), fib4_depth, FIB4_LEVELS, -1), 0);
	table.trie.runs.limit = RUNS_RESERVE + 5000;
	for (;;) {
		prefix[n] = (struct rib_prefix){.key = {.hi = (UINT64_C(0x0a00) << 48) +
							      (oracle_random(&seed) % 65536 << 32)},
						.len = 32};
		if (table_add(&table, &prefix[n], 1 + n, NULL))
			break;
		assert_true(++n < RTE_DIM(prefix));
	}
	assert_true(n > 500);
	for (unsigned step = 0; step < n; step++) {
		unsigned i = (unsigned)(oracle_random(&seed) % (n - step));

		/* A random address may have come twice. */
		if (rib_get(table.rib, &prefix[i]))
			assert_int_equal(table_del(&table, &prefix[i]), 0);
		prefix[i] = prefix[n - 1 - step];
	}
	assert_int_equal(table.rib->routes, 0);
	rcu_synchronize(rcu);
	assert_int_equal(table.trie.runs.count, 0);
	assert_int_equal(table.trie.runs.words_used, 0);
	table_fini(&table);
	rcu_destroy(rcu);
}

static void runs_are_reused(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	struct runs runs;
	uint32_t base[RUNS_LEN_MAX + 1];
	uint64_t end;

	assert_int_equal(runs_init(&runs, rcu, 100000, -1), 0);
	for (unsigned len = RUNS_LEN_MIN; len <= RUNS_LEN_MAX; len++) {
		base[len] = runs_alloc(&runs, len);
		assert_int_not_equal(base[len], 0);
		/* Whole runs are theirs: a neighbour would show in the pattern. */
		memset(&runs.words[base[len]], (int)len, len * sizeof(*runs.words));
	}
	for (unsigned len = RUNS_LEN_MIN; len <= RUNS_LEN_MAX; len++)
		for (unsigned i = 0; i < len * sizeof(*runs.words); i++)
			assert_int_equal(((uint8_t *)&runs.words[base[len]])[i], len);
	end = runs.end;
	for (unsigned len = RUNS_LEN_MIN; len <= RUNS_LEN_MAX; len++)
		runs_free(&runs, base[len], len);
	assert_int_equal(runs.words_used, 0);
	assert_int_equal(runs.count, 0);
	for (unsigned len = RUNS_LEN_MAX; len >= RUNS_LEN_MIN; len--)
		assert_int_not_equal(runs_alloc(&runs, len), 0);
	assert_int_equal(runs.end, end);
	runs_fini(&runs);
	rcu_destroy(rcu);
}

static void retired_runs_wait_for_readers(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	struct runs runs;
	uint32_t first;

	assert_int_equal(runs_init(&runs, rcu, RUNS_RESERVE + 1000, -1), 0);
	rcu_reader_online(rcu, 0);
	first = runs_alloc(&runs, 8);
	runs_retire(&runs, first, 8);
	assert_int_not_equal(runs_alloc(&runs, 8), first);
	assert_int_equal(runs.count, 2);
	rcu_reader_quiescent(rcu, 0);
	assert_int_equal(runs_alloc(&runs, 8), first);
	assert_int_equal(runs.count, 2);
	rcu_reader_offline(rcu, 0);
	runs_fini(&runs);
	rcu_destroy(rcu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(out_of_words),
		cmocka_unit_test(full_and_emptied),
		cmocka_unit_test(runs_are_reused),
		cmocka_unit_test(retired_runs_wait_for_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
