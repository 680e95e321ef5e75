/* SPDX-License-Identifier: BSD-3-Clause */
#include "fdb_testing.h"

static bool seen(struct fdb *fdb, uint64_t key, uint16_t iface)
{
	return fdb_seen_bulk(fdb, &key, &iface, 1);
}

static unsigned age_of(const struct fdb *fdb, uint64_t key)
{
	struct fdb_entry entry;

	assert_true(fdb_get(fdb, key, &entry));
	return entry.age;
}

static void ages(void **state)
{
	struct fixture f = open_table(100, SEED);
	struct fdb_stats stats;
	struct fdb_entry entry;

	assert_true(fdb_age(f.fdb, 1)); /* no tick yet */
	max_age_all(f.fdb, 3);
	assert_int_equal(fdb_add(f.fdb, 1, 10, 0), 0);
	assert_int_equal(fdb_add(f.fdb, 2, 20, 0), 0);
	assert_int_equal(fdb_add(f.fdb, 3, 30, FDB_STATIC), 0);
	for (unsigned t = 0; t < 3; t++) {
		fdb_tick(f.fdb);
		assert_true(fdb_age(f.fdb, 10000));
		assert_false(seen(f.fdb, 1, 10)); /* nothing new */
		assert_false(seen(f.fdb, 3, 31)); /* static: does not move */
		assert_true(seen(f.fdb, 2, 21));  /* on another interface: is not its stamp */
		assert_true(seen(f.fdb, 4, 40));  /* unknown */
	}
	assert_int_equal(age_of(f.fdb, 1), 0);
	assert_int_equal(age_of(f.fdb, 2), 3);
	assert_int_equal(age_of(f.fdb, 3), 0);
	fdb_tick(f.fdb);
	assert_int_equal(age_of(f.fdb, 1), 1);
	assert_true(fdb_age(f.fdb, 10000));
	assert_false(fdb_get(f.fdb, 2, &entry));
	assert_int_equal(fdb_add(f.fdb, 1, 11, 0), 0); /* moved: new again */
	assert_int_equal(age_of(f.fdb, 1), 0);
	assert_int_equal(fdb_add(f.fdb, 3, 30, 0), 0); /* no longer static */
	for (unsigned t = 0; t < 4; t++) {
		fdb_tick(f.fdb);
		assert_int_equal(look_up(f.fdb, 3), 30);
		assert_true(fdb_age(f.fdb, 10000));
	}
	fdb_stats(f.fdb, &stats);
	assert_int_equal(stats.entries, 0);
	assert_int_equal(stats.aged, 3);
	close_table(&f);
}

static void ages_within_a_budget(void **state)
{
	struct fixture f = open_table(4096, SEED);
	unsigned calls = 0;

	max_age_all(f.fdb, 1);
	add_many(f.fdb, 0, 4000);
	fdb_tick(f.fdb);
	fdb_tick(f.fdb);
	for (bool done = false; !done; calls++) {
		uint32_t before = f.fdb->stats.entries;

		done = fdb_age(f.fdb, 60);
		assert_in_range(before - f.fdb->stats.entries, 0, 60);
	}
	assert_int_equal(f.fdb->stats.entries, 0);
	assert_int_equal(calls, (f.fdb->table->n_all + 9) / 10);
	assert_true(fdb_age(f.fdb, 60));
	close_table(&f);
}

/* Nobody calls fdb_age(): stamps go round, and entries not seen must not look new. */
static void stamps_go_round(void **state)
{
	static const uint32_t max_ages[] = {1, 100, 254, 1500};

	for (unsigned m = 0; m < 4; m++) {
		struct fixture f = open_table(100, SEED);
		struct fdb_entry entry;
		bool was = true, is;

		max_age_all(f.fdb, max_ages[m]);

		assert_int_equal(fdb_add(f.fdb, 1, 10, 0), 0);
		assert_int_equal(fdb_add(f.fdb, 2, 20, 0), 0);
		assert_int_equal(fdb_add(f.fdb, 3, 30, FDB_STATIC), 0);
		for (unsigned t = 1; t < 2000; t++) {
			fdb_tick(f.fdb);
			assert_false(seen(f.fdb, 2, 20));
			is = fdb_get(f.fdb, 1, &entry);
			if (is)
				assert_int_equal(entry.age, t);
			assert_true(was || !is);
			assert_true(is || t > max_ages[m]);
			was = is;
		}
		assert_false(is);
		assert_int_equal(look_up(f.fdb, 2), 20);
		assert_int_equal(look_up(f.fdb, 3), 30);
		close_table(&f);
	}
}

/* A worker that still has the old table writes its stamps there. */
static void stamp_written_during_growth(void **state)
{
	struct fixture f = open_table(65536, SEED);
	const struct fdb_table *old = f.fdb->table;
	uint64_t key[] = {testing_key(0), testing_key(1), testing_key(2)};
	uint16_t iface[] = {1, 2, 3};
	uint32_t n = 3;

	max_age_all(f.fdb, 100);
	add_many(f.fdb, 0, n);
	rcu_reader_online(f.rcu, 0);
	for (unsigned t = 0; t < 5; t++)
		fdb_tick(f.fdb);
	for (; f.fdb->table == old; n++)
		add_many(f.fdb, n, n + 1);
	assert_int_equal(fdb_del(f.fdb, key[1]), 0);
	assert_int_equal(f.fdb->seen(old, key, iface, 2, f.fdb->now), 0);
	assert_int_equal(age_of(f.fdb, key[0]), 5);
	fdb_tick(f.fdb);
	rcu_reader_quiescent(f.rcu, 0);
	assert_int_equal(rcu_reclaim(f.rcu), 0);
	assert_int_equal(age_of(f.fdb, key[0]), 1);
	assert_int_equal(age_of(f.fdb, key[2]), 6);
	assert_int_equal(look_up(f.fdb, key[1]), FDB_MISS);
	rcu_reader_offline(f.rcu, 0);
	close_table(&f);
}

struct told {
	unsigned aged, refreshed;
	struct fdb_entry last;
};

static void on_aged(void *ctx, const struct fdb_entry *entry)
{
	struct told *told = ctx;

	told->aged++;
	told->last = *entry;
}

static void on_refreshed(void *ctx, const struct fdb_entry *entry)
{
	struct told *told = ctx;

	told->refreshed++;
	told->last = *entry;
}

/* Each FID has its own; who is seen is told of now and then, who goes once. */
static void ages_by_fid(void **state)
{
	struct fixture f = open_table(100, SEED);
	struct told told = {0};

	fdb_set_watch(f.fdb, &(struct fdb_watch){&told, on_aged, on_refreshed});
	fdb_set_max_age(f.fdb, 1, 90);
	fdb_set_max_age(f.fdb, 2, 4000000);
	for (uint64_t fid = 1; fid <= 3; fid++)
		assert_int_equal(fdb_add(f.fdb, 0x020000000001 << 16 | fid, 10, 0), 0);
	assert_int_equal(fdb_add(f.fdb, 0x020000000002 << 16 | 1, 10, FDB_STICKY), 0);
	for (unsigned t = 1; t <= 900; t++) {
		fdb_tick(f.fdb);
		assert_true(fdb_age(f.fdb, 10000));
		assert_false(seen(f.fdb, 0x020000000002 << 16 | 1, 10));
		assert_false(seen(f.fdb, 0x020000000002 << 16 | 1, 11)); /* does not move */
		/* Up to a sixteenth late. */
		assert_int_equal(told.aged, t > 90 + 5 ? 1 : t > 90 ? told.aged : 0);
		if (t == 96)
			assert_int_equal(told.last.key, 0x020000000001 << 16 | 1);
	}
	assert_in_range(told.refreshed, 900 / 30 - 2, 900 / 30 + 1);
	assert_int_equal(told.last.flags, FDB_STICKY);
	assert_int_equal(age_of(f.fdb, 0x020000000001 << 16 | 2), 900);
	assert_int_equal(age_of(f.fdb, 0x020000000001 << 16 | 3), 900);
	f.fdb->tick += 3999000; /* as if all had been looked at meanwhile: no stamp is new */
	f.fdb->now = (uint8_t)f.fdb->tick;
	for (unsigned t = 0; t < 300; t++) {
		fdb_tick(f.fdb);
		assert_true(fdb_age(f.fdb, 10000));
	}
	assert_int_equal(told.last.key, 0x020000000001 << 16 | 2);
	assert_int_equal(look_up(f.fdb, 0x020000000001 << 16 | 3), 10);
	close_table(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ages),
		cmocka_unit_test(ages_within_a_budget),
		cmocka_unit_test(stamps_go_round),
		cmocka_unit_test(stamp_written_during_growth),
		cmocka_unit_test(ages_by_fid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
