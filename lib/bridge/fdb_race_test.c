/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One writer changes MAC tables as fast as it can while a reader looks up: is any answer ever
 * wrong?
 *
 * Each interface names the address it was given to, so an answer is right when it is one of those
 * of the address asked for, or a miss if the address may be absent. The first addresses always
 * stand: they only move, and must always be found. Tables live for a short time: each grows from
 * small beginnings under the reader's eyes, lives for a while, and gives way to the next, with
 * other instructions and another seed (now and then one with which all keys collide).
 *
 * SLUICE_RACE_SECONDS: go on for at least so long.
 */
#include "fdb_testing.h"

#include <pthread.h>
#include <time.h>

#define ADDRESSES 8000 /* at most */
#define VARIANTS  8    /* interfaces of one address */
#define BURST     32
#define LIVES     16000 /* changes that one table sees */

#if SANITIZED
#define LOOKUPS UINT64_C(3000000)
#define TABLES  16
#else
#define LOOKUPS UINT64_C(500000000) /* in each of two races */
#define TABLES  24
#endif

struct race {
	struct rcu *rcu;
	struct fdb *fdb;              /* atomic */
	unsigned addresses, standing; /* the first ones stand */
	bool hot;                     /* all collide, places are reused as soon as may be */
	uint64_t key[ADDRESSES];
	uint64_t tables;  /* atomic; that the writer has made */
	bool done;        /* atomic: the reader has seen enough */
	bool stopped;     /* atomic: the writer changes nothing any more */
	uint64_t lookups; /* of the reader */
	uint64_t wrong;
	uint64_t missed;    /* of addresses that may be absent */
	unsigned naps;      /* of the sleepy reader, during which the writer had to wait */
	uint64_t rebuilds;  /* of all tables */
	bool collide, ages; /* the table of now */
	uint64_t random;    /* the writer's */
};

static bool is_right(const struct race *race, unsigned number, uint16_t iface)
{
	if (iface == FDB_MISS)
		return number >= race->standing;
	return (iface - 1u) / VARIANTS == number;
}

static void check(struct race *race, const unsigned *number, const uint16_t *iface)
{
	for (unsigned i = 0; i < BURST; i++) {
		race->wrong += !is_right(race, number[i], iface[i]);
		race->missed += iface[i] == FDB_MISS;
	}
	race->lookups += BURST;
}

static void pick(const struct race *race, uint64_t *random, unsigned *number, uint64_t *key)
{
	for (unsigned i = 0; i < BURST; i += 4) {
		uint64_t r = random_next(random);

		for (unsigned j = i; j < i + 4; j++, r >>= 16) {
			number[j] = (unsigned)((r & 0xffff) * race->addresses >> 16);
			key[j] = race->key[number[j]];
		}
	}
}

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double wanted_s(void)
{
	const char *text = getenv("SLUICE_RACE_SECONDS");

	return text ? strtod(text, NULL) : 0;
}

static void read_burst(struct race *race, uint64_t *random)
{
	struct fdb *fdb = __atomic_load_n(&race->fdb, __ATOMIC_ACQUIRE);
	unsigned number[BURST];
	uint64_t key[BURST];
	uint16_t iface[BURST];

	pick(race, random, number, key);
	fdb_lookup_bulk(fdb, key, iface, BURST);
	check(race, number, iface);
	/* Some as sources, where the packets before came from. */
	if (*random % 8 == 0)
		fdb_seen_bulk(fdb, key, iface, BURST);
}

/* Report until the writer has stopped: going offline is in DPDK's library, where TSan sees no
 * order. */
static void *leave(struct race *race)
{
	__atomic_store_n(&race->done, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&race->stopped, __ATOMIC_ACQUIRE))
		rcu_reader_quiescent(race->rcu, 0);
	rcu_reader_offline(race->rcu, 0);
	return NULL;
}

static void *reader(void *arg)
{
	struct race *race = arg;
	double end = now_s() + wanted_s();
	uint64_t random = 41;

	do {
		for (unsigned i = 0; i < 1000; i++) {
			read_burst(race, &random);
			rcu_reader_quiescent(race->rcu, 0);
		}
	} while (race->lookups < LOOKUPS || now_s() < end ||
		 __atomic_load_n(&race->tables, __ATOMIC_RELAXED) < TABLES);
	return leave(race);
}

/* It sleeps in the middle of a burst, with a table in its hands, until the writer has had to wait
 * for it. */
static void *sleepy_reader(void *arg)
{
	const struct timespec nap = {.tv_nsec = 100000};
	struct race *race = arg;
	uint64_t random = 42, waits = 0;

	for (race->naps = 0; race->naps < 100; race->naps++) {
		const struct fdb_table *table =
			__atomic_load_n(&race->fdb->table, __ATOMIC_ACQUIRE);
		unsigned number[BURST];
		uint64_t key[BURST];
		uint16_t iface[BURST];

		pick(race, &random, number, key);
		race->fdb->lookup(table, key, iface, BURST);
		check(race, number, iface);
		while (__atomic_load_n(&race->rcu->waits, __ATOMIC_RELAXED) == waits)
			nanosleep(&nap, NULL);
		race->fdb->lookup(table, key, iface, BURST);
		check(race, number, iface);
		/* The writer waits: this stays until it is let through. */
		waits = __atomic_load_n(&race->rcu->waits, __ATOMIC_RELAXED);
		rcu_reader_quiescent(race->rcu, 0);
	}
	return leave(race);
}

static void put(struct race *race, struct fdb *fdb, unsigned number)
{
	uint16_t iface = (uint16_t)(1 + number * VARIANTS + random_next(&race->random) % VARIANTS);
	/* What must stand must not age. */
	uint8_t flags = number < race->standing && race->ages ? FDB_STATIC : 0;

	if (fdb_add(fdb, race->key[number], iface, flags))
		abort();
}

static void change(struct race *race, struct fdb *fdb)
{
	uint64_t r = random_next(&race->random);
	unsigned some = race->collide && !race->hot ? race->standing + 700 : race->addresses;
	unsigned number = (unsigned)(r >> 20) % some;

	if (r % 16 == 0)
		number %= race->standing;
	if (race->ages && r % 4096 == 1)
		fdb_tick(fdb);
	if (race->ages && r % 64 == 1)
		fdb_age(fdb, 64);
	if (race->hot)
		rcu_reclaim(race->rcu);
	if (number < race->standing || r & 32)
		put(race, fdb, number);
	else if (fdb_del(fdb, race->key[number]) > 0)
		abort();
}

/* The next table, in place of the one that the reader has. */
static struct fdb *next_table(struct race *race)
{
	uint64_t number = race->tables, seed = random_next(&race->random) | 1;
	struct fdb *old = race->fdb, *fdb;

	race->collide = race->hot || number % 8 == 7;
	race->ages = number % 4 == 1;
	fdb = fdb_create_seeded(race->rcu, race->addresses, -1, race->collide ? 0 : seed);
	if (!fdb)
		abort();
	if (race->ages)
		max_age_all(fdb, 2);
	/* Or what it has. TSan does not see what vectors load. */
	fdb_set_simd(fdb, WITH_TSAN ? SIMD_SCALAR : (enum simd)(number / 2 % SIMD_N));
	for (unsigned i = 0; i < race->standing; i++)
		put(race, fdb, i);
	__atomic_store_n(&race->fdb, fdb, __ATOMIC_RELEASE);
	if (old) {
		race->rebuilds += old->stats.rebuilds;
		rcu_synchronize(race->rcu);
		fdb_destroy(old);
	}
	__atomic_store_n(&race->tables, number + 1, __ATOMIC_RELAXED);
	return fdb;
}

static struct race *open_race(unsigned queue, unsigned addresses, unsigned standing)
{
	struct race *race = calloc(1, sizeof(*race));

	race->rcu = rcu_create(1, queue);
	race->random = 43;
	race->addresses = addresses;
	race->standing = standing;
	race->hot = addresses < 100;
	for (unsigned i = 0; i < ADDRESSES; i++)
		race->key[i] = testing_key(i);
	next_table(race);
	return race;
}

static void close_race(struct race *race, const char *what)
{
	print_message("%s: %lu lookups, %lu missed, %lu wrong; %lu tables, %lu rebuilds, "
		      "%lu waits\n",
		      what, (unsigned long)race->lookups, (unsigned long)race->missed,
		      (unsigned long)race->wrong, (unsigned long)race->tables,
		      (unsigned long)race->rebuilds, (unsigned long)race->rcu->waits);
	assert_int_equal(race->wrong, 0);
	fdb_destroy(race->fdb);
	rcu_destroy(race->rcu);
	free(race);
}

static void start(struct race *race, pthread_t *thread, void *(*run)(void *))
{
	rcu_reader_online(race->rcu, 0);
	assert_int_equal(pthread_create(thread, NULL, run, race), 0);
}

static bool is_done(const struct race *race)
{
	return __atomic_load_n(&race->done, __ATOMIC_ACQUIRE);
}

static void stop(struct race *race, pthread_t thread)
{
	__atomic_store_n(&race->stopped, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
}

static void never_wrong(void **state)
{
	struct race *race = open_race(256, ADDRESSES, 500);
	struct fdb *fdb = race->fdb;
	pthread_t thread;

	start(race, &thread, reader);
	for (; !is_done(race); fdb = next_table(race))
		for (unsigned i = 0; i < LIVES && !is_done(race); i++) {
			/* First it grows. */
			if (i < ADDRESSES && !race->collide)
				put(race, fdb, i);
			else
				change(race, fdb);
		}
	stop(race, thread);
	assert_true(race->rebuilds >= TABLES); /* grown before its eyes */
	assert_true(race->missed > 0);
	close_race(race, "reader");
}

/* One chain of a few lines, that come and go. */
static void hot_line(void **state)
{
	struct race *race = open_race(64, 24, 2);
	struct fdb *fdb = race->fdb;
	pthread_t thread;

	start(race, &thread, reader);
	for (; !is_done(race); fdb = next_table(race))
		for (unsigned i = 0; i < LIVES && !is_done(race); i++)
			change(race, fdb);
	stop(race, thread);
	close_race(race, "hot line");
}

static void reader_asleep(void **state)
{
	struct race *race = open_race(8, ADDRESSES, 500);
	pthread_t thread;

	/* Grown already: growth waits for readers without a word in rcu->waits. */
	for (unsigned i = 0; i < ADDRESSES; i++)
		put(race, race->fdb, i);
	start(race, &thread, sleepy_reader);
	while (!is_done(race))
		change(race, race->fdb);
	stop(race, thread);
	assert_int_equal(race->naps, 100);
	assert_true(race->rcu->waits >= 100);
	close_race(race, "sleepy reader");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_wrong),
		cmocka_unit_test(hot_line),
		cmocka_unit_test(reader_asleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
