/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compaction in slices, with changes between them, and what small tables cost. Answers are compared
 * with the route store's, of which rib_test.c is the judge.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fib4.h"
#include "fib6.h"
#include "fib_oracle.h"
#include "mem_testing.h"
#include "sanitizer.h"
#include "table.h"

#define ROUTES 60000

/* A prefix of 20 to 64 bits, or a host; all routes of a test are different. */
static struct rib_prefix any_prefix(uint64_t *seed)
{
	uint64_t random = oracle_random(seed);
	unsigned len = random % 16 ? 20 + random % 45 : 128;
	struct rib_key key = {.hi = UINT64_C(0x2001) << 48 | oracle_random(seed) >> 20,
			      .lo = oracle_random(seed)};

	return (struct rib_prefix){.key = rib_key_mask(key, len), .len = (uint8_t)len};
}

static uint32_t lookup(const struct trie *trie, struct rib_key key)
{
	unsigned n = FIB6_LEVELS, level;
	uint64_t word = trie->root[key.hi >> (64 - TRIE_ROOT_BITS)];

	for (level = 0; level < n && !trie_is_leaf(word); level++) {
		unsigned pos = fib6_depth[level], bits = fib6_depth[level + 1] - pos;
		uint64_t half = pos < 64 ? key.hi : key.lo;

		word = trie->words[trie_child(word, (unsigned)(half >> (64 - pos % 64 - bits)) &
							    ((1u << bits) - 1))];
	}
	return trie_value(trie_is_leaf(word) ? word : trie->words[0]);
}

static void check(const struct table *table, struct rib_key key)
{
	const struct rib_node *want = rib_cover(table->rib, key, RIB_KEY_BITS + 1);

	assert_int_equal(lookup(&table->trie, key), want ? want->nh : FIB_MISS);
}

static void check_all(const struct table *table, const struct rib_prefix *prefix, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		check(table, prefix[i].key);
		check(table, (struct rib_key){prefix[i].key.hi + 1, prefix[i].key.lo - 1});
	}
}

/* A table of ROUTES routes, none of whose readers is online. */
struct full {
	struct rib_prefix prefix[ROUTES];
	struct rcu *rcu;
	struct table table;
	uint64_t seed;
};

static struct full *full_create(uint64_t seed, unsigned rcu_queue)
{
	struct full *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->rcu = rcu_create(1, rcu_queue);
	f->seed = seed;
	assert_int_equal(table_init(&f->table, f->rcu, 2 * ROUTES, fib6_depth, FIB6_LEVELS, -1), 0);
	for (unsigned i = 0; i < ROUTES; i++) {
		f->prefix[i] = any_prefix(&f->seed);
		assert_int_equal(table_add(&f->table, &f->prefix[i], 1 + i, NULL), 0);
	}
	return f;
}

/* Delete all but every n-th. */
static void full_thin(struct full *f, unsigned n)
{
	for (unsigned i = 0; i < ROUTES; i++)
		if (i % n)
			table_del(&f->table, &f->prefix[i]);
	rcu_synchronize(f->rcu);
}

static void full_destroy(struct full *f)
{
	table_fini(&f->table);
	rcu_destroy(f->rcu);
	free(f);
}

/* As many words as in a table of the same routes made afresh. */
static void check_canonical(struct rcu *rcu, const struct table *table)
{
	struct rib_prefix all = {0}, at, *after = NULL;
	const struct rib_node *node;
	struct table fresh;

	assert_int_equal(table_init(&fresh, rcu, 2 * ROUTES, fib6_depth, FIB6_LEVELS, -1), 0);
	while ((node = rib_next(table->rib, &all, after))) {
		at = (struct rib_prefix){node->key, node->len};
		after = &at;
		assert_int_equal(table_add(&fresh, &at, node->nh, NULL), 0);
	}
	rcu_synchronize(rcu);
	assert_int_equal(fresh.trie.runs.count, table->trie.runs.count);
	assert_int_equal(fresh.trie.runs.words_used, table->trie.runs.words_used);
	table_fini(&fresh);
}

static void compacts_between_changes(void **state)
{
	struct full *f = full_create(51, 256);
	uint64_t before;
	unsigned slices = 0;
	struct table *table = &f->table;

	full_thin(f, 4);
	before = runs_bytes(&table->trie.runs);
	while (table_maintain(table, TRIE_COMPACT_MIN)) {
		assert_true(table->trie.compacting);
		for (unsigned i = 0; i < 20; i++) {
			struct rib_prefix *p = &f->prefix[oracle_random(&f->seed) % ROUTES];

			if (oracle_random(&f->seed) % 2)
				table_del(table, p);
			else
				assert_int_equal(
					table_add(table, p,
						  1 + (uint32_t)oracle_random(&f->seed) % 9, NULL),
					0);
			check(table, p->key);
		}
		if (slices++ % 16 == 0)
			check_all(table, f->prefix, ROUTES);
	}
	assert_true(slices > 50);
	assert_int_equal(table->trie.rebuilds, 1);
	assert_false(table->trie.compacting);
	check_all(table, f->prefix, ROUTES);
	rcu_synchronize(f->rcu);
	assert_false(table->trie.runs.turning);
	assert_true(runs_bytes(&table->trie.runs) < before / 2);
	assert_true(table->trie.runs.end - table->trie.runs.words_used <
		    table->trie.runs.words_used / 4);
	check_canonical(f->rcu, table);
	/* Nothing to do any more. */
	assert_false(table_maintain(table, UINT32_MAX));
	assert_int_equal(table->trie.rebuilds, 1);
	full_destroy(f);
}

/* There and back, twice. */
static void goes_to_and_fro(void **state)
{
	struct full *f = full_create(52, 256);
	struct table *table = &f->table;

	for (unsigned round = 1; round <= 4; round++) {
		unsigned now = table->trie.runs.now;

		full_thin(f, 2);
		while (table_maintain(table, 4096))
			;
		assert_int_equal(table->trie.rebuilds, round);
		assert_int_equal(table->trie.runs.now, !now);
		check_all(table, f->prefix, ROUTES);
		rcu_synchronize(f->rcu);
		assert_int_equal(table->trie.runs.space[now].in_use, 0);
		for (unsigned i = 0; i < ROUTES; i++)
			if (i % 2)
				assert_int_equal(table_add(table, &f->prefix[i], round, NULL), 0);
		check_all(table, f->prefix, ROUTES);
	}
	full_destroy(f);
}

/* The old space stays as long as a reader may be in it, and no second turn begins. */
static void waits_for_readers(void **state)
{
	struct full *f = full_create(53, 1 << 20);
	struct table *table = &f->table;

	full_thin(f, 2);
	rcu_reader_online(f->rcu, 0);
	while (table_maintain(table, 1 << 20))
		;
	assert_int_equal(table->trie.rebuilds, 1);
	assert_true(table->trie.runs.turning);
	assert_true(table->trie.runs.retired > 1000);
	assert_int_equal(runs_turn(&table->trie.runs), -EBUSY);
	assert_int_not_equal(table->trie.runs.space[0].in_use, 0);
	rcu_reader_quiescent(f->rcu, 0);
	table_maintain(table, 1);
	assert_false(table->trie.runs.turning);
	assert_int_equal(table->trie.runs.retired, 0);
	assert_int_equal(table->trie.runs.space[0].in_use, 0);
	rcu_reader_offline(f->rcu, 0);
	full_destroy(f);
}

/* The new space is too small all of a sudden: all stands, and it goes on when there is room. */
static void runs_out_of_memory_half_way(void **state)
{
	struct full *f = full_create(54, 256);
	uint64_t limit;
	struct table *table = &f->table;

	full_thin(f, 2);
	assert_true(table_maintain(table, 1));
	limit = table->trie.runs.limit;
	table->trie.runs.limit = table->trie.runs.end + 1000;
	while (table_maintain(table, 1 << 20))
		;
	assert_true(table->trie.compacting);
	assert_int_equal(table->trie.rebuilds, 0);
	check_all(table, f->prefix, ROUTES);
	assert_int_equal(table_add(table, &f->prefix[1], 5, NULL), -ENOMEM);
	table->trie.runs.limit = limit;
	assert_int_equal(table_add(table, &f->prefix[1], 5, NULL), 0);
	while (table_maintain(table, 1 << 20))
		;
	assert_false(table->trie.compacting);
	assert_int_equal(table->trie.rebuilds, 1);
	check_all(table, f->prefix, ROUTES);
	rcu_synchronize(f->rcu);
	check_canonical(f->rcu, table);
	full_destroy(f);
}

static void add4(struct fib4 *fib, const char *text, uint8_t len)
{
	unsigned b[4];

	assert_int_equal(sscanf(text, "%u.%u.%u.%u", &b[0], &b[1], &b[2], &b[3]), 4);
	assert_int_equal(
		fib4_add(fib, RTE_BE32(b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3]), len, 1, NULL),
		0);
}

/* A hundred VRFs, each with ten routes of both families: under 64 MiB, as the kernel counts. */
static void a_hundred_small_tables(void **state)
{
	enum { TABLES = 100 };
	struct rcu *rcu = rcu_create(1, 64);
	struct fib4 *four[TABLES];
	struct fib6 *six[TABLES];
	size_t before = testing_resident();
	uint64_t told = 0;

	for (unsigned i = 0; i < TABLES; i++) {
		struct fib_stats stats;
		uint64_t seed = 60 + i;

		four[i] = fib4_create(rcu, 2000000, -1);
		six[i] = fib6_create(rcu, 1000000, -1);
		assert_true(four[i] && six[i]);
		add4(four[i], "0.0.0.0", 0);
		add4(four[i], "10.0.0.0", 8);
		add4(four[i], "172.16.0.0", 12);
		add4(four[i], "192.168.0.0", 16);
		add4(four[i], "192.168.7.0", 24);
		add4(four[i], "192.168.7.1", 32);
		add4(four[i], "203.0.113.128", 25);
		add4(four[i], "100.64.0.0", 10);
		add4(four[i], "198.51.100.4", 30);
		add4(four[i], "224.0.0.0", 4);
		for (unsigned k = 0; k < 10; k++) {
			uint64_t hi = rte_cpu_to_be_64(UINT64_C(0x20010db8) << 32 |
						       (oracle_random(&seed) & 0xffff0000));
			uint8_t addr[16] = {0};

			memcpy(addr, &hi, 8);
			assert_int_equal(fib6_add(six[i], addr, k ? 48 : 64, 1, NULL), 0);
		}
		fib4_stats(four[i], &stats);
		told += stats.trie_bytes + stats.store_bytes;
		fib6_stats(six[i], &stats);
		told += stats.trie_bytes + stats.store_bytes;
	}
	print_message("[   INFO   ] %zu KiB resident, %zu KiB told\n",
		      (testing_resident() - before) >> 10, (size_t)told >> 10);
	/* ASan has memory of its own beside. */
	assert_true(WITH_ASAN || testing_resident() - before < (size_t)64 << 20);
	assert_true(told < (size_t)64 << 20);
	for (unsigned i = 0; i < TABLES; i++) {
		assert_int_equal(fib4_lookup(four[i], RTE_BE32(0x08080808)), 1);
		fib4_destroy(four[i]);
		fib6_destroy(six[i]);
	}
	rcu_destroy(rcu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compacts_between_changes),
		cmocka_unit_test(goes_to_and_fro),
		cmocka_unit_test(waits_for_readers),
		cmocka_unit_test(runs_out_of_memory_half_way),
		cmocka_unit_test(a_hundred_small_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
