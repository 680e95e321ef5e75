/* SPDX-License-Identifier: BSD-3-Clause */
#include "fdb_testing.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/resource.h>

static void key_of_an_address(void **state)
{
	const struct rte_ether_addr mac = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}};

	assert_true(fdb_key(&mac, 0x0fff) == UINT64_C(0x0211223344550fff));
}

/* 0 stands in every free place, and must not be found there. */
static void no_key_is_a_miss(struct fdb *fdb)
{
	const uint64_t key[2] = {0, 0};
	const uint16_t from[2] = {1, FDB_MISS};
	uint16_t iface[2];

	for (enum simd simd = SIMD_SCALAR; simd < SIMD_N; simd++) {
		if (fdb_set_simd(fdb, simd))
			continue;
		assert_int_equal(fdb_add(fdb, 7, 9, 0), 0);
		assert_int_equal(fdb_del(fdb, 7), 0);
		iface[0] = iface[1] = 77;
		fdb_lookup_bulk(fdb, key, iface, 2);
		assert_int_equal(iface[0], FDB_MISS);
		assert_int_equal(iface[1], FDB_MISS);
		assert_int_equal(fdb_seen_bulk(fdb, key, from, 2), 0);
	}
}

static void refusals(void **state)
{
	struct rcu *rcu = rcu_create(1, 4);
	struct fdb *fdb;

	errno = 0;
	assert_null(fdb_create(rcu, 0, -1));
	assert_int_equal(errno, EINVAL);
	assert_null(fdb_create(rcu, (1 << 24) + 1, -1));
	errno = 0;
	assert_null(fdb_create(rcu, 16, -2));
	assert_int_equal(errno, EINVAL);
	setenv("SLUICE_SIMD", "mmx", 1);
	errno = 0;
	assert_null(fdb_create(rcu, 16, -1));
	assert_int_equal(errno, EINVAL);
	unsetenv("SLUICE_SIMD");
	fdb = fdb_create(rcu, 1 << 24, 0);
	assert_non_null(fdb);
	assert_int_equal(fdb_add(fdb, 0, 1, 0), -EINVAL);
	assert_int_equal(fdb_add(fdb, 5, FDB_MISS, 0), -EINVAL);
	assert_int_equal(fdb_del(fdb, 0), -ENOENT);
	no_key_is_a_miss(fdb);
	assert_int_equal(fdb_del(fdb, 5), -ENOENT);
	assert_int_equal(fdb_set_simd(fdb, SIMD_N), -ENOTSUP);
	fdb_destroy(fdb);
	fdb_destroy(NULL);
	rcu_destroy(rcu);
}

static void full_table(void **state)
{
	struct fixture f = open_table(1000, SEED);
	struct fdb_stats stats;

	add_many(f.fdb, 0, 1000);
	assert_int_equal(fdb_add(f.fdb, testing_key(1000), 7, 0), -ENOSPC);
	assert_int_equal(fdb_add(f.fdb, testing_key(1001), 7, FDB_STATIC), -ENOSPC);
	assert_int_equal(look_up(f.fdb, testing_key(1000)), FDB_MISS);
	all_there(f.fdb, 0, 1000);
	assert_int_equal(fdb_add(f.fdb, testing_key(3), 4, 0), 0); /* is there: replaced */
	fdb_stats(f.fdb, &stats);
	assert_int_equal(stats.entries, 1000);
	assert_int_equal(stats.max_entries, 1000);
	assert_int_equal(stats.refused, 2);
	assert_int_equal(stats.updates, 1001);
	assert_int_equal(fdb_del(f.fdb, testing_key(0)), 0);
	assert_int_equal(fdb_del(f.fdb, testing_key(0)), -ENOENT);
	assert_int_equal(fdb_add(f.fdb, testing_key(1000), 1001, 0), 0);
	all_there(f.fdb, 1, 1001);
	close_table(&f);
}

static void small_beginnings(void **state)
{
	struct fixture f = open_table(1 << 20, SEED);
	struct fdb_stats stats;

	add_many(f.fdb, 0, 1000);
	fdb_stats(f.fdb, &stats);
	assert_in_range(stats.bytes, 1, 80 << 10);
	for (uint32_t i = 1000; i < 65536; i++) {
		assert_int_equal(fdb_add(f.fdb, testing_key(i), (uint16_t)(1 + i % 65535), 0), 0);
		assert_int_equal(look_up(f.fdb, testing_key(i / 2)), 1 + i / 2 % 65535);
	}
	all_there(f.fdb, 0, 65536);
	rcu_synchronize(f.rcu); /* the table before is gone */
	fdb_stats(f.fdb, &stats);
	assert_int_equal(stats.entries, 65536);
	assert_in_range(stats.rebuilds, 5, 9);
	assert_in_range(stats.overflow, 1, 65536 / 20);
	assert_in_range(stats.bytes, 1, 4 << 20);
	close_table(&f);
}

static void every_key_collides(void **state)
{
	const uint32_t n = 3000;
	struct fixture f = open_table(65536, 0);
	struct fdb_stats stats;
	uint64_t cursor = 0;
	struct fdb_entry entry;
	unsigned walked = 0;

	for (unsigned simd = 0; simd < SIMD_N; simd++) {
		if (fdb_set_simd(f.fdb, (enum simd)simd))
			continue;
		add_many(f.fdb, 0, n);
		all_there(f.fdb, 0, n);
		fdb_stats(f.fdb, &stats);
		assert_int_equal(stats.entries, n);
		assert_int_equal(stats.overflow, n - FDB_LINE_KEYS);
		for (uint32_t i = 0; i < n; i += 2)
			assert_int_equal(fdb_del(f.fdb, testing_key(i)), 0);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(look_up(f.fdb, testing_key(i)), i % 2 ? 1 + i : FDB_MISS);
	}
	while (fdb_walk(f.fdb, &cursor, &entry, 1))
		walked++;
	assert_int_equal(walked, n / 2);
	for (uint32_t i = 1; i < n; i += 2)
		assert_int_equal(fdb_del(f.fdb, testing_key(i)), 0);
	assert_int_equal(rcu_reclaim(f.rcu), 0);
	/* All lines have come back. */
	assert_int_equal(f.fdb->table->n_free, f.fdb->table->n_all - f.fdb->table->n_lines);
	for (uint32_t line = 0; line < f.fdb->table->n_all; line++)
		assert_int_equal(f.fdb->table->minds[line].used, 0);
	fdb_stats(f.fdb, &stats);
	assert_int_equal(stats.entries + stats.overflow + stats.deferred, 0);
	close_table(&f);
}

static void flood_of_chosen_keys(void **state)
{
	struct rcu *rcu = rcu_create(1, 64);
	struct fdb *fdb = fdb_create(rcu, 65536, -1);
	uint64_t seed = fdb->table->seed, key[1500], random = 5;
	uint32_t n_lines = fdb->table->n_lines;
	struct fdb_stats stats;

	/* An attacker who knows the seed. */
	for (unsigned i = 0; i < 1500; i++) {
		do
			key[i] = random_next(&random);
		while (fdb_line_of(key[i], seed, n_lines) != 5);
		assert_int_equal(fdb_add(fdb, key[i], (uint16_t)(1 + i), 0), 0);
	}
	for (unsigned i = 0; i < 1500; i++)
		assert_int_equal(look_up(fdb, key[i]), 1 + i);
	assert_int_equal(fdb->table->n_lines, n_lines);
	assert_int_not_equal(fdb->table->seed, seed);
	fdb_stats(fdb, &stats);
	assert_in_range(stats.overflow, 0, 90);
	fdb_destroy(fdb);
	rcu_destroy(rcu);
}

#if !SANITIZED /* they map memory of their own */
static void without_memory(void **state)
{
	struct fixture f = open_table(1 << 20, SEED);
	struct rlimit old, none;
	struct fdb_stats stats;
	uint32_t n = 0;
	int rc;

	getrlimit(RLIMIT_AS, &old);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	while (!(rc = fdb_add(f.fdb, testing_key(n), (uint16_t)(1 + n), 0)) && n < 60000)
		n++;
	setrlimit(RLIMIT_AS, &old);
	assert_int_equal(rc, -ENOMEM);
	fdb_stats(f.fdb, &stats);
	assert_int_equal(stats.entries, n);
	assert_int_equal(stats.refused, 1);
	assert_int_equal(stats.rebuilds, 0);
	/* More than it would take before it grows. */
	assert_true(n > f.fdb->table->n_lines * 16 / 5);
	all_there(f.fdb, 0, n);
	assert_int_equal(look_up(f.fdb, testing_key(n)), FDB_MISS);
	add_many(f.fdb, n, 2 * n);
	all_there(f.fdb, 0, 2 * n);
	close_table(&f);
}
#endif

static void place_is_not_reused_too_early(void **state)
{
	struct fixture f = open_table(6, 0); /* all in one line */
	struct fdb_stats stats;

	rcu_reader_online(f.rcu, 0);
	add_many(f.fdb, 0, 6);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(fdb_del(f.fdb, testing_key(i)), 0);
	add_many(f.fdb, 6, 12);
	fdb_stats(f.fdb, &stats);
	assert_int_equal(stats.deferred, 6);
	/* A reader that has found a key of before still reads its interface. */
	for (uint32_t line = 0; line < f.fdb->table->n_all; line++)
		for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++) {
			const struct fdb_line *l = &f.fdb->table->lines[line];

			if (l->iface[slot])
				assert_int_equal(!l->key[slot], l->iface[slot] <= 6);
		}
	rcu_reader_quiescent(f.rcu, 0);
	assert_int_equal(rcu_reclaim(f.rcu), 0);
	for (uint32_t i = 6; i < 12; i++)
		assert_int_equal(fdb_del(f.fdb, testing_key(i)), 0);
	rcu_reader_offline(f.rcu, 0);
	add_many(f.fdb, 0, 6);
	all_there(f.fdb, 0, 6);
	close_table(&f);
}

static void walks(void **state)
{
	enum { STAND = 500, ALL = 4000 };
	struct fixture f = open_table(65536, SEED);
	struct fdb_entry entry[7];
	unsigned met[STAND] = {0}, n, more = STAND;
	uint64_t cursor = 0;

	assert_int_equal(fdb_walk(f.fdb, &cursor, entry, 7), 0);
	for (unsigned pass = 0; pass < 2; pass++) {
		uint64_t rebuilds = f.fdb->stats.rebuilds;

		cursor = 0;
		add_many(f.fdb, 0, STAND);
		memset(met, 0, sizeof(met));
		while ((n = fdb_walk(f.fdb, &cursor, entry, 7))) {
			for (unsigned i = 0; i < n; i++)
				if (entry[i].iface <= STAND)
					met[entry[i].iface - 1]++;
			/* First others come and go, then so many come that it grows. */
			if (more < ALL)
				add_many(f.fdb, more, more + 20);
			for (unsigned i = 0; i < 20 && !pass; i++)
				assert_int_equal(fdb_del(f.fdb, testing_key(more + i)), 0);
			if (pass && more < ALL)
				more += 20;
		}
		assert_int_equal(f.fdb->stats.rebuilds > rebuilds, pass);
		for (unsigned i = 0; i < STAND; i++)
			assert_in_range(met[i], 1, pass ? 9 : 1);
	}
	assert_int_equal(fdb_walk(f.fdb, &cursor, entry, 7), 0);
	close_table(&f);
}

/* The last `bytes` before a page that cannot be touched. */
static void *before_guard(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(map != MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_NONE), 0);
	return map + page - bytes;
}

static void free_before_guard(void *at, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap((uint8_t *)at + bytes - page, 2 * page);
}

static void bulk_of(struct fdb *fdb, unsigned n)
{
	uint64_t *key = before_guard(n * sizeof(*key)), news;
	uint16_t *iface = before_guard(n * sizeof(*iface));

	for (unsigned i = 0; i < n; i++)
		key[i] = testing_key(i % 5 == 4 ? 5000 + i : 13 * i);
	fdb_lookup_bulk(fdb, key, iface, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(iface[i], i % 5 == 4 ? FDB_MISS : 1 + 13 * i);
	for (unsigned i = 3; i < n; i += 5)
		iface[i] = 9; /* on another interface now */
	news = fdb_seen_bulk(fdb, key, iface, n);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(news >> i & 1, i < n && i % 5 >= 3);
	free_before_guard(key, n * sizeof(*key));
	free_before_guard(iface, n * sizeof(*iface));
}

static void bulks_of_every_length(void **state)
{
	static const uint64_t seeds[] = {SEED, 0};

	for (unsigned s = 0; s < 2; s++) {
		struct fixture f = open_table(65536, seeds[s]);

		add_many(f.fdb, 0, 1000);
		for (unsigned simd = 0; simd < SIMD_N; simd++)
			for (unsigned n = 0; n <= FDB_BULK_MAX; n++)
				if (!fdb_set_simd(f.fdb, (enum simd)simd))
					bulk_of(f.fdb, n);
		close_table(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_of_an_address),
		cmocka_unit_test(refusals),
		cmocka_unit_test(full_table),
		cmocka_unit_test(small_beginnings),
		cmocka_unit_test(every_key_collides),
		cmocka_unit_test(flood_of_chosen_keys),
#if !SANITIZED
		cmocka_unit_test(without_memory),
#endif
		cmocka_unit_test(place_is_not_reused_too_early),
		cmocka_unit_test(walks),
		cmocka_unit_test(bulks_of_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
