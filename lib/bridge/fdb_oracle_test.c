/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MAC table against a judge that is as simple as can be: the addresses are numbered, and an
 * array says for each number what should stand. Random changes and lookups, each answer compared.
 */
#include "fdb_testing.h"

#include <errno.h>
#include <string.h>

#define ADDRESSES 8192
#define MAX_AGE   20

#if SANITIZED
#define ROUNDS 40000
#else
#define ROUNDS 200000 /* of one change and up to 64 lookups */
#endif

struct judge {
	struct {
		uint16_t iface; /* 0: no entry */
		bool fixed;
		uint32_t seen; /* tick */
	} at[ADDRESSES];
	uint32_t entries, max_entries;
	uint32_t tick;
};

struct trial {
	struct fdb *fdb;
	struct judge judge;
	uint32_t addresses; /* that occur */
	uint64_t random;
	uint64_t lookups;
};

static uint32_t pick(struct trial *t)
{
	return (uint32_t)(random_next(&t->random) >> 20) % t->addresses;
}

static void add(struct trial *t)
{
	struct judge *j = &t->judge;
	uint32_t i = pick(t);
	uint16_t iface = (uint16_t)(1 + random_next(&t->random) % 65535);
	bool fixed = random_next(&t->random) % 8 == 0;
	int rc = fdb_add(t->fdb, testing_key(i), iface, fixed ? FDB_STATIC : 0);

	if (!j->at[i].iface && j->entries == j->max_entries) {
		assert_int_equal(rc, -ENOSPC);
		return;
	}
	assert_int_equal(rc, 0);
	j->entries += !j->at[i].iface;
	j->at[i].iface = iface;
	j->at[i].fixed = fixed;
	j->at[i].seen = j->tick;
}

static void del(struct trial *t)
{
	uint32_t i = pick(t);
	int rc = fdb_del(t->fdb, testing_key(i));

	assert_int_equal(rc, t->judge.at[i].iface ? 0 : -ENOENT);
	t->judge.entries -= t->judge.at[i].iface != 0;
	t->judge.at[i].iface = 0;
}

static void tick(struct trial *t)
{
	struct judge *j = &t->judge;

	fdb_tick(t->fdb);
	assert_true(fdb_age(t->fdb, UINT32_MAX));
	j->tick++;
	for (uint32_t i = 0; i < t->addresses; i++)
		if (j->at[i].iface && !j->at[i].fixed && j->tick - j->at[i].seen > MAX_AGE) {
			j->at[i].iface = 0;
			j->entries--;
		}
}

static void is_right(struct trial *t, const struct fdb_entry *entry, uint32_t i)
{
	const struct judge *j = &t->judge;

	assert_true(entry->key == testing_key(i));
	assert_int_equal(entry->iface, j->at[i].iface);
	assert_int_equal(entry->flags, j->at[i].fixed ? FDB_STATIC : 0);
	assert_int_equal(entry->age, j->at[i].fixed ? 0 : j->tick - j->at[i].seen);
}

static void get(struct trial *t)
{
	struct fdb_entry entry;
	uint32_t i = pick(t);
	bool found = fdb_get(t->fdb, testing_key(i), &entry);

	assert_int_equal(found, t->judge.at[i].iface != 0);
	if (found)
		is_right(t, &entry, i);
}

static void look_up_burst(struct trial *t)
{
	unsigned n = random_next(&t->random) % (FDB_BULK_MAX + 1);
	uint32_t number[FDB_BULK_MAX];
	uint64_t key[FDB_BULK_MAX] = {0};
	uint16_t iface[FDB_BULK_MAX];

	for (unsigned i = 0; i < n; i++) {
		number[i] = pick(t);
		key[i] = testing_key(number[i]);
	}
	fdb_lookup_bulk(t->fdb, key, iface, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(iface[i], t->judge.at[number[i]].iface);
	t->lookups += n;
}

static void see(struct trial *t)
{
	unsigned n = random_next(&t->random) % (FDB_BULK_MAX + 1);
	uint64_t key[FDB_BULK_MAX], news, expected = 0;
	uint16_t iface[FDB_BULK_MAX];

	for (unsigned i = 0; i < n; i++) {
		uint32_t number = pick(t);
		uint16_t stands = t->judge.at[number].iface;

		key[i] = testing_key(number);
		iface[i] = random_next(&t->random) % 4 ? stands : 7;
		if (!stands || (stands != iface[i] && !t->judge.at[number].fixed))
			expected |= UINT64_C(1) << i;
		else if (stands == iface[i])
			t->judge.at[number].seen = t->judge.tick;
	}
	news = fdb_seen_bulk(t->fdb, key, iface, n);
	assert_true(news == expected);
	t->lookups += n;
}

static uint64_t mark_of(uint64_t key)
{
	return key * key * UINT64_C(0xA24BAED4963EE407) + key;
}

static void walk(struct trial *t)
{
	struct fdb_entry entry[100];
	uint64_t cursor = 0, marks = 0;
	uint32_t walked = 0;
	unsigned n;

	while ((n = fdb_walk(t->fdb, &cursor, entry, 1 + random_next(&t->random) % 100))) {
		for (unsigned i = 0; i < n; i++)
			marks += mark_of(entry[i].key);
		walked += n;
	}
	assert_int_equal(walked, t->judge.entries);
	for (uint32_t i = 0; i < t->addresses; i++) {
		bool found = fdb_get(t->fdb, testing_key(i), entry);

		assert_int_equal(found, t->judge.at[i].iface != 0);
		if (!found)
			continue;
		is_right(t, entry, i);
		marks -= mark_of(entry->key);
	}
	assert_true(marks == 0); /* the same keys, each once */
}

static void one_round(struct trial *t)
{
	unsigned what = random_next(&t->random) % 1024;

	if (what < 500)
		add(t);
	else if (what < 800)
		del(t);
	else if (what < 1000)
		get(t);
	else if (what < 1022)
		see(t);
	else
		tick(t);
	look_up_burst(t);
}

static uint64_t run(enum simd simd, uint64_t seed, uint32_t addresses, unsigned rounds)
{
	struct trial *t = calloc(1, sizeof(*t));
	struct rcu *rcu = rcu_create(1, 64);
	uint64_t lookups;

	t->addresses = addresses;
	t->random = 1000 + simd;
	t->judge.max_entries = addresses / 2;
	t->fdb = fdb_create_seeded(rcu, t->judge.max_entries, -1, seed);
	max_age_all(t->fdb, MAX_AGE);
	assert_non_null(t->fdb);
	assert_int_equal(fdb_set_simd(t->fdb, simd), 0);
	for (unsigned r = 0; r < rounds; r++) {
		one_round(t);
		if (r % (rounds / 10) == 0)
			walk(t);
	}
	walk(t);
	lookups = t->lookups;
	fdb_destroy(t->fdb);
	rcu_destroy(rcu);
	free(t);
	return lookups;
}

static void random_changes(void **state)
{
	uint64_t lookups = 0;

	for (unsigned simd = 0; simd < SIMD_N; simd++) {
		if (!simd_supported((enum simd)simd)) {
			print_message("without %s\n", simd_name((enum simd)simd));
			continue;
		}
		lookups += run((enum simd)simd, UINT64_C(0xD1B54A32D192ED03), ADDRESSES, ROUNDS);
		lookups += run((enum simd)simd, 0, 300, ROUNDS / 4); /* all collide */
	}
	print_message("%lu lookups\n", (unsigned long)lookups);
	assert_true(lookups >= ROUNDS * UINT64_C(30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_changes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
