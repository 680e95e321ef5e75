/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Readers beside a writer at full speed, in the situations that have to be told apart. All of them
 * together do a thousand million lookups, unless a sanitizer slows them down; in at least
 * SLUICE_RACE_SECONDS seconds, if the environment says so.
 */
#include "fib_race.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sanitizer.h"

#define MILLION           UINT64_C(1000000)
#define LOOKUPS_ALL_TESTS (1000 * MILLION)
#define RACES             6
#define ROOT_BYTES        (4u << 20) /* of the root of a table of many routes */
#define GROWTHS           (WITH_TSAN ? 2 : WITH_ASAN ? 4 : 8)
#define QUEUE             256 /* deferred frees: so few that it is full at times */

static const struct fib_ops *ops;
static double seconds; /* of each race, at least */
static uint64_t lookups_done;

/* How many of a number of lookups there is time for. */
static uint64_t scaled(uint64_t n)
{
	return WITH_TSAN ? n / 400 : WITH_ASAN ? n / 20 : n;
}

static struct fib_race_plan plan(unsigned millions)
{
	struct fib_race_plan p = {.lookups = scaled(millions * MILLION),
				  .changes = 3 * FIB_RACE_PHASE, /* a filling, and what it leaves */
				  .fillings = 1,
				  .seconds = seconds,
				  .readers = 1,
				  .turn = 1,
				  .queue = QUEUE,
				  .simd = SIMD_SCALAR};

	/* ThreadSanitizer does not see what vector instructions load. */
	for (unsigned simd = 0; simd < SIMD_N && !WITH_TSAN; simd++)
		if (simd_supported((enum simd)simd))
			p.simd = (enum simd)simd;
	return p;
}

static struct fib_race_result race(const struct fib_race_plan *p)
{
	struct fib_race_result r = fib_race(ops, p);

	printf("%s %s: %.0f M lookups, %.1f k changes, %llu waits, %llu slices, %llu rebuilds, "
	       "%llu of %llu naps in a burst, %llu visits: %llu wrong, %.1f s\n",
	       ops->name, simd_name(p->simd), (double)r.lookups / 1e6, (double)r.changes / 1e3,
	       (unsigned long long)r.waits, (unsigned long long)r.slices,
	       (unsigned long long)r.rebuilds, (unsigned long long)r.naps_in_burst,
	       (unsigned long long)r.naps, (unsigned long long)r.visits,
	       (unsigned long long)r.wrong, r.seconds);
	assert_int_equal(r.wrong, 0);
	assert_int_equal(r.wrong_after, 0);
	assert_true(r.lookups >= p->lookups);
	assert_true(r.changes >= p->changes);
	assert_true(r.defaults >= 1);
	assert_true(r.seconds >= p->seconds);
	lookups_done += r.lookups;
	return r;
}

static void one_reader(void **state)
{
	struct fib_race_plan p = plan(350);
	struct fib_race_result r = race(&p);

	assert_true(r.slices > 0);
	assert_true(r.rebuilds > 0);
	assert_true(r.trie_bytes >= ROOT_BYTES);
}

static void one_reader_with(enum simd simd)
{
	struct fib_race_plan p = plan(100);

	if (WITH_TSAN || !simd_supported(simd) || simd == p.simd)
		return;
	p.simd = simd;
	race(&p);
}

static void one_reader_scalar(void **state)
{
	one_reader_with(SIMD_SCALAR);
}

static void one_reader_avx2(void **state)
{
	one_reader_with(SIMD_AVX2);
}

/* The queue has room for what is retired in a part of the nap: first the writer defers, then it
 * waits. */
static void reader_taken_off_its_core(void **state)
{
	struct fib_race_plan p = plan(150);
	struct fib_race_result r;

	p.readers = 2;
	p.naps = WITH_TSAN ? 10 : 100;
	r = race(&p);
	assert_true(r.naps >= p.naps);
	/* ThreadSanitizer keeps signals back until the thread calls something it knows. */
	assert_true(WITH_TSAN || r.naps_in_burst >= p.naps / 4);
	assert_true(r.waits >= p.naps / 4);
}

static void queue_always_full(void **state)
{
	struct fib_race_plan p = plan(150);
	struct fib_race_result r;

	p.queue = 1;
	p.fillings = 0;
	p.changes = FIB_RACE_PHASE;
	p.turn = WITH_TSAN ? 8 : 64; /* so that what a change retires is not free when the next one
					comes */
	r = race(&p);
	/* How often depends on who runs when. */
	assert_true(r.waits >= (WITH_TSAN || WITH_ASAN ? 1 : 16));
}

static void readers_come_and_go(void **state)
{
	struct fib_race_plan p = plan(150);
	struct fib_race_result r;

	p.readers = 2;
	p.comes_and_goes = true;
	r = race(&p);
	assert_true(r.visits >= (WITH_TSAN ? 20 : 1000));
}

/* Once in its life a table moves to a larger root: so there are many tables. */
static void root_grows(void **state)
{
	struct fib_race_plan p = plan(1);
	struct fib_race_result r;

	p.readers = 2;
	p.naps = 1;
	p.seconds = 0;
	for (unsigned i = 0; i < GROWTHS; i++) {
		r = race(&p);
		assert_true(r.trie_bytes >= ROOT_BYTES);
	}
}

static void that_was_enough(void **state)
{
	assert_true(lookups_done >= scaled(LOOKUPS_ALL_TESTS));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_reader),        cmocka_unit_test(one_reader_scalar),
		cmocka_unit_test(one_reader_avx2),   cmocka_unit_test(reader_taken_off_its_core),
		cmocka_unit_test(queue_always_full), cmocka_unit_test(readers_come_and_go),
		cmocka_unit_test(root_grows),        cmocka_unit_test(that_was_enough),
	};
	const char *longer = getenv("SLUICE_RACE_SECONDS");

	ops = fib_suite_family(argc, argv);
	if (!ops)
		return 2;
	seconds = longer ? strtod(longer, NULL) / RACES : 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
