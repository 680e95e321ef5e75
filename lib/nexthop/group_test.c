/* SPDX-License-Identifier: BSD-3-Clause */
#include "group.h"

#include <errno.h>

#include "adj.h"
#include "nexthop_testing.h"

#define MAX         40
#define MAX_BUCKETS (4 * GROUP_BUCKETS_MAX)
#define ADJ         1000 /* of path 0; path i leads to ADJ + i */

static struct rcu *rcu;
static struct group_table *t;
static struct group_path paths[GROUP_PATHS_MAX];

static int setup(void **state)
{
	rcu = rcu_create(1, 64);
	t = group_table_create(MAX, MAX_BUCKETS, -1, rcu);
	for (uint32_t i = 0; i < GROUP_PATHS_MAX; i++) {
		paths[i] = (struct group_path){.adj = ADJ + i, .weight = 1};
	}
	return t ? 0 : -1;
}

static int teardown(void **state)
{
	rcu_synchronize(rcu);
	group_table_destroy(t);
	rcu_destroy(rcu);
	return 0;
}

static uint32_t size_of(uint32_t group)
{
	return (uint32_t)(group_word(t, group) >> 32) + 1;
}

/* How many buckets of the group lead to each path. Nothing but paths may be found. */
static void count_buckets(uint32_t group, unsigned n, unsigned *count)
{
	uint64_t word = group_word(t, group);

	memset(count, 0, n * sizeof(*count));
	for (uint32_t hash = 0; hash < size_of(group); hash++) {
		uint32_t adj = group_bucket(t, word, hash);

		assert_in_range(adj, ADJ, ADJ + n - 1);
		count[adj - ADJ]++;
	}
}

static void one_path_needs_no_buckets(void **state)
{
	uint32_t group = group_add(t, paths, 1);
	uint64_t word = group_word(t, group);

	assert_in_range(group, ADJ_INDEX_FIXED, MAX + ADJ_INDEX_FIXED - 1);
	assert_false(group_word_is_multipath(word));
	assert_int_equal(word, ADJ);
	paths[0].adj = ADJ + 5;
	paths[0].dead = true; /* there is no other */
	group_update(t, group, paths, 1);
	assert_int_equal(group_word(t, group), ADJ + 5);
}

static void first_groups_are_the_fixed_adjacencies(void **state)
{
	for (uint32_t i = 0; i < ADJ_INDEX_FIXED; i++) {
		group_free(t, i);
		assert_int_equal(group_word(t, i), i);
	}
	rcu_synchronize(rcu);
	assert_int_equal(t->n_free, MAX);
}

/* Each path has its share of the buckets, to less than one; and at least one. */
static void assert_apportioned(unsigned n)
{
	uint32_t group = group_add(t, paths, n), size = size_of(group), sum = 0;
	unsigned count[GROUP_PATHS_MAX];

	assert_int_not_equal(group, 0);
	assert_true(size >= GROUP_BUCKETS_MIN && size <= GROUP_BUCKETS_MAX);
	assert_int_equal(size & (size - 1), 0);
	for (unsigned i = 0; i < n; i++)
		sum += paths[i].weight;
	count_buckets(group, n, count);
	for (unsigned i = 0; i < n; i++) {
		double share = (double)paths[i].weight * size / sum;

		assert_true(count[i] >= 1);
		if (sum <= size)
			assert_true(count[i] > share - 1 && count[i] < share + 1);
	}
	group_free(t, group);
	rcu_synchronize(rcu);
}

static void weights_are_apportioned(void **state)
{
	uint64_t seed = 1;

	for (unsigned n = 2; n <= 64; n++)
		assert_apportioned(n); /* all equal */
	for (int round = 0; round < 200; round++) {
		unsigned n;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		n = 2 + (unsigned)(seed >> 40) % (round % 2 ? 14 : GROUP_PATHS_MAX - 1);
		for (unsigned i = 0; i < n; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			paths[i].weight = 1 + (uint32_t)(seed >> 40) % 256;
		}
		assert_apportioned(n);
	}
}

static void equal_paths_have_equal_shares(void **state)
{
	static const unsigned powers[] = {2, 4, 8, 16, 32, 64, 128, 256};

	for (unsigned i = 0; i < RTE_DIM(powers); i++) {
		unsigned count[GROUP_PATHS_MAX], n = powers[i];
		uint32_t group = group_add(t, paths, n);

		count_buckets(group, n, count);
		for (unsigned j = 0; j < n; j++)
			assert_int_equal(count[j], size_of(group) / n);
		group_free(t, group);
	}
}

/* However light beside the others, a path that the operator named takes part. */
static void no_path_goes_without(void **state)
{
	for (unsigned light = 0; light < GROUP_PATHS_MAX; light += 51) {
		for (unsigned i = 0; i < GROUP_PATHS_MAX; i++)
			paths[i].weight = i == light ? 1 : 256;
		assert_apportioned(GROUP_PATHS_MAX);
	}
	paths[0].weight = 65000; /* many hops that are the same one */
	paths[1].weight = 1;
	assert_apportioned(2);
}

/* Fill before[] with the buckets of the group. */
static void remember(uint32_t group, uint32_t *before)
{
	for (uint32_t hash = 0; hash < size_of(group); hash++)
		before[hash] = group_bucket(t, group_word(t, group), hash);
}

static void update_moves_only_what_changed(void **state)
{
	static const uint32_t three[] = {3, 1, 7};
	uint32_t group, other, before[GROUP_BUCKETS_MAX];
	uint64_t word;

	for (unsigned i = 0; i < 3; i++)
		paths[i].weight = three[i];
	group = group_add(t, paths, 3);
	other = group_add(t, paths, 3);
	word = group_word(t, group);
	for (unsigned i = 0; i < 3; i++) {
		remember(group, before);
		paths[i].adj = 77 + i;
		group_update(t, group, paths, 3);
		assert_int_equal(group_word(t, group), word);
		for (uint32_t hash = 0; hash < size_of(group); hash++)
			assert_int_equal(group_bucket(t, word, hash),
					 before[hash] == ADJ + i ? 77 + i : before[hash]);
	}
	count_buckets(other, 3, (unsigned[3]){0});
}

/* Each living path has its share of all buckets, to less than one; but each loan is rounded too. */
static void assert_shared(uint32_t group, unsigned n)
{
	unsigned count[GROUP_PATHS_MAX], dead = 0;
	uint32_t living = 0;

	count_buckets(group, n, count);
	for (unsigned i = 0; i < n; i++) {
		living += paths[i].dead ? 0 : paths[i].weight;
		dead += paths[i].dead;
	}
	for (unsigned i = 0; i < n; i++) {
		double share = (double)paths[i].weight * size_of(group) / living;
		double slack = 1 + 1.5 * dead;

		if (paths[i].dead)
			assert_int_equal(count[i], 0);
		else
			assert_true(count[i] > share - slack && count[i] < share + slack);
	}
}

/* One after the other dies and lives again, up to as many as are told apart: only flows on a path
 * that dies move, and only to a path that lives again. */
static void dead_paths_lend_their_buckets(void **state)
{
	static const unsigned sizes[] = {2, 3, 4, 16, 64};
	uint32_t before[GROUP_BUCKETS_MAX];
	uint64_t seed = 4;

	for (unsigned round = 0; round < 1000; round++) {
		unsigned n = sizes[round / 200], at, dead = 0;
		static uint32_t group;
		uint64_t word;

		for (unsigned i = 0; round % 200 == 0 && i < GROUP_PATHS_MAX; i++)
			paths[i].dead = false;
		if (round % 200 == 0)
			group = group_add(t, paths, n);
		word = group_word(t, group);
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		at = (unsigned)(seed >> 40) % n;
		for (unsigned i = 0; i < n; i++)
			dead += paths[i].dead;
		if (!paths[at].dead && (dead == 4 || dead == n - 1))
			continue;
		remember(group, before);
		paths[at].dead = !paths[at].dead;
		group_update(t, group, paths, n);
		assert_int_equal(group_word(t, group), word);
		assert_shared(group, n);
		for (uint32_t hash = 0; hash < size_of(group); hash++) {
			uint32_t now = group_bucket(t, word, hash);

			if (now != before[hash])
				assert_int_equal(paths[at].dead ? before[hash] : now, ADJ + at);
		}
	}
}

/* Which bucket goes to whom follows from the paths alone: whatever died and came back before, a
 * group has the buckets of one made afresh. So all flows of a path return when it does. */
static void flows_return(void **state)
{
	static const unsigned sizes[] = {2, 3, 5, 16, 64};
	uint32_t was[GROUP_BUCKETS_MAX], is[GROUP_BUCKETS_MAX], group, fresh;
	uint64_t seed = 6;

	for (unsigned k = 0; k < RTE_DIM(sizes); k++) {
		unsigned n = sizes[k];

		for (unsigned i = 0; i < n; i++)
			paths[i].weight = 1 + i % 3;
		group = group_add(t, paths, n);
		for (unsigned round = 0; round < 300; round++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			paths[(seed >> 40) % n].dead ^= true;
			group_update(t, group, paths, n);
			fresh = group_add(t, paths, n);
			remember(group, is);
			remember(fresh, was);
			assert_int_equal(size_of(group), size_of(fresh));
			assert_memory_equal(is, was, size_of(group) * sizeof(*is));
			group_free(t, fresh);
		}
		for (unsigned i = 0; i < n; i++)
			paths[i].dead = false;
		fresh = group_add(t, paths, n);
		group_update(t, group, paths, n);
		remember(group, is);
		remember(fresh, was);
		assert_memory_equal(is, was, size_of(group) * sizeof(*is));
		group_free(t, fresh);
		group_free(t, group);
	}
}

/* However many are dead, a reader meets living ones; when all are, it is as if none were. */
static void any_number_may_be_dead(void **state)
{
	uint32_t group, fresh[GROUP_BUCKETS_MAX], now[GROUP_BUCKETS_MAX];

	for (unsigned n = 2; n <= GROUP_PATHS_MAX; n += 127) {
		group = group_add(t, paths, n);
		remember(group, fresh);
		for (unsigned i = 0; i < n - 1; i++) {
			paths[i * 7 % n].dead = true;
			group_update(t, group, paths, n);
			for (uint32_t hash = 0; hash < size_of(group); hash++) {
				uint32_t adj = group_bucket(t, group_word(t, group), hash);

				assert_in_range(adj, ADJ, ADJ + n - 1);
				assert_false(paths[adj - ADJ].dead);
			}
		}
		for (unsigned i = 0; i < n; i++)
			paths[i].dead = true;
		group_update(t, group, paths, n);
		remember(group, now);
		assert_memory_equal(now, fresh, size_of(group) * sizeof(*now));
		for (unsigned i = 0; i < n; i++)
			paths[i].dead = false;
		group_free(t, group);
	}
}

/* A new run of buckets, published by the word; the old one stands for readers that came before. */
static void replaced_behind_the_readers(void **state)
{
	uint32_t group = group_add(t, paths, 3), before[GROUP_BUCKETS_MAX];
	uint64_t old = group_word(t, group), again;

	remember(group, before);
	rcu_reader_online(rcu, 0);
	for (unsigned i = 0; i < 200; i++)
		paths[i].adj += 500;
	assert_int_equal(group_replace(t, group, paths, 200), 0);
	rcu_reclaim(rcu);
	assert_int_not_equal((uint32_t)group_word(t, group), (uint32_t)old);
	group_free(t, group_add(t, &paths[3], 2)); /* not where a reader may still look */
	assert_int_equal(size_of(group), 4096);
	for (uint32_t hash = 0; hash < 64; hash++)
		assert_int_equal(group_bucket(t, old, hash), before[hash]);
	again = group_word(t, group);
	assert_int_equal(group_replace(t, group, &paths[7], 1), 0);
	assert_int_equal(group_word(t, group), ADJ + 507);
	assert_int_equal(group_bucket(t, again, 0), ADJ + 500);
	rcu_reader_offline(rcu, 0);
	group_free(t, group);
	rcu_synchronize(rcu);
	for (unsigned i = 0; i < 4; i++)
		assert_int_not_equal(group_add(t, paths, GROUP_PATHS_MAX), 0);
}

static void replace_without_room_changes_nothing(void **state)
{
	uint32_t group = group_add(t, paths, 1);

	for (unsigned i = 0; i < 4; i++)
		group_add(t, paths, GROUP_PATHS_MAX);
	assert_int_equal(group_replace(t, group, paths, 2), -ENOSPC);
	assert_int_equal(group_word(t, group), ADJ);
	assert_int_equal(group_replace(t, group, &paths[9], 1), 0);
	assert_int_equal(group_word(t, group), ADJ + 9);
}

static void no_more_groups_than_room(void **state)
{
	uint32_t group[MAX];

	for (unsigned i = 0; i < MAX; i++) {
		group[i] = group_add(t, paths, 1);
		assert_int_not_equal(group[i], 0);
	}
	assert_int_equal(group_add(t, paths, 1), 0);
	assert_int_equal(group_add(t, paths, 2), 0);
	for (unsigned i = 0; i < MAX; i++)
		assert_int_equal(group_word(t, group[i]), ADJ);
	group_free(t, group[3]);
	assert_int_equal(group_add(t, paths, 1), group[3]);
}

static void no_more_buckets_than_room(void **state)
{
	uint32_t group[4], free_groups;

	/* Each takes a quarter. */
	for (unsigned i = 0; i < 4; i++)
		group[i] = group_add(t, paths, GROUP_PATHS_MAX);
	free_groups = t->n_free;
	assert_int_equal(group_add(t, paths, 2), 0);
	assert_int_equal(t->n_free, free_groups);
	assert_int_not_equal(group_add(t, paths, 1), 0);
	for (unsigned i = 0; i < 4; i++)
		count_buckets(group[i], GROUP_PATHS_MAX, (unsigned[GROUP_PATHS_MAX]){0});
	group_free(t, group[2]);
	assert_int_not_equal(group_add(t, paths, GROUP_PATHS_MAX), 0);
	assert_int_equal(group_add(t, paths, 2), 0);
}

/* Room that small groups had serves large ones, and the other way round. */
static void freed_buckets_serve_any_size(void **state)
{
	uint32_t group[MAX];

	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < MAX; i++) {
			group[i] = group_add(t, paths, 20); /* 512 buckets */
			if (i < MAX_BUCKETS / 512)
				assert_int_not_equal(group[i], 0);
			else
				assert_int_equal(group[i], 0);
		}
		for (unsigned i = 0; i < MAX_BUCKETS / 512; i++)
			group_free(t, group[i]);
		for (unsigned i = 0; i < 4; i++) {
			group[i] = group_add(t, paths, GROUP_PATHS_MAX);
			assert_int_not_equal(group[i], 0);
		}
		for (unsigned i = 0; i < 4; i++)
			group_free(t, group[i]);
	}
}

/* Groups of random sizes come and go: their buckets never overlap. */
static void runs_do_not_overlap(void **state)
{
	uint32_t group[MAX] = {0}, tag[MAX], refused = 0;
	uint64_t seed = 2;

	for (uint32_t round = 0; round < 2000; round++) {
		unsigned i, n;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		i = (unsigned)(seed >> 33) % MAX;
		n = 1 + ((unsigned)(seed >> 45) % GROUP_PATHS_MAX >> (seed >> 61));
		if (group[i]) {
			uint64_t word = group_word(t, group[i]);

			for (uint32_t h = 0; group_word_is_multipath(word) && h < 4096; h++)
				assert_int_equal(group_bucket(t, word, h), tag[i]);
			group_free(t, group[i]);
			group[i] = 0;
			continue;
		}
		tag[i] = round;
		for (unsigned j = 0; j < n; j++)
			paths[j].adj = round;
		group[i] = group_add(t, paths, n);
		refused += !group[i];
	}
	assert_in_range(refused, 1, 500);
	for (unsigned i = 0; i < MAX; i++)
		group_free(t, group[i]);
	rcu_synchronize(rcu);
	assert_int_equal(t->n_free, MAX);
	for (unsigned i = 0; i < 4; i++)
		assert_int_not_equal(group_add(t, paths, GROUP_PATHS_MAX), 0);
}

/* What a reader may hold stays as it is until it reports. */
static void freed_behind_the_readers(void **state)
{
	uint32_t group = group_add(t, paths, 2), other;
	uint64_t word = group_word(t, group);

	rcu_reader_online(rcu, 0);
	group_free(t, group);
	rcu_reclaim(rcu);
	for (uint32_t i = 0; i < GROUP_PATHS_MAX; i++)
		paths[i].adj = 5;
	other = group_add(t, paths, 2);
	assert_int_not_equal(other, group);
	assert_int_equal(group_word(t, group), word);
	count_buckets(group, 2, (unsigned[2]){0});
	rcu_reader_offline(rcu, 0);
	rcu_reclaim(rcu);
	assert_int_equal(group_add(t, paths, 2), group);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_path_needs_no_buckets),
		TEST(first_groups_are_the_fixed_adjacencies),
		TEST(weights_are_apportioned),
		TEST(equal_paths_have_equal_shares),
		TEST(no_path_goes_without),
		TEST(update_moves_only_what_changed),
		TEST(dead_paths_lend_their_buckets),
		TEST(flows_return),
		TEST(any_number_may_be_dead),
		TEST(replaced_behind_the_readers),
		TEST(replace_without_room_changes_nothing),
		TEST(no_more_groups_than_room),
		TEST(no_more_buckets_than_room),
		TEST(freed_buckets_serve_any_size),
		TEST(runs_do_not_overlap),
		TEST(freed_behind_the_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
