/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers that turn, sleep, hang and have not begun: of two, the first is always well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rcu.h"
#include "worker_watch.h"

static struct worker_stats stats[2];
static struct worker workers[2], *list[2] = {&workers[0], &workers[1]};
static struct worker_set set = {.workers = list, .n = 2};
static struct worker_watch *watch;

static int setup(void **state)
{
	struct rcu *rcu = rcu_create(2, 8);

	for (unsigned i = 0; i < 2; i++) {
		stats[i] = (struct worker_stats){0};
		workers[i] = (struct worker){.id = i, .stats = &stats[i], .rcu = rcu};
	}
	watch = worker_watch_create(&set);
	return rcu && watch ? 0 : -1;
}

static int teardown(void **state)
{
	worker_watch_destroy(watch);
	rcu_destroy(workers[0].rcu);
	return 0;
}

/* As worker_main() does. */
static void begin(unsigned i)
{
	stats[i].start_tsc = 1;
	rcu_reader_online(workers[i].rcu, i);
}

static void turn(unsigned i)
{
	rcu_reader_quiescent(workers[i].rcu, i);
	stats[i].loops++;
}

static uint64_t now_ms = 1000000;

/* 10 ms after the last one. */
static const struct worker *look(void)
{
	now_ms += 10;
	return worker_watch_stuck(watch, now_ms);
}

static void not_begun(void **state)
{
	assert_ptr_equal(look(), &workers[0]);
	begin(0);
	turn(0);
	assert_ptr_equal(look(), &workers[1]);
	begin(1);
	turn(0);
	assert_ptr_equal(look(), &workers[1]);
	turn(0);
	turn(1);
	assert_null(look());
}

static void hangs_and_goes_on(void **state)
{
	begin(0);
	begin(1);
	for (int i = 0; i < 3; i++) {
		turn(0);
		turn(1);
		assert_null(look());
		turn(0);
		assert_ptr_equal(look(), &workers[1]);
		turn(0);
		assert_ptr_equal(look(), &workers[1]);
	}
	/* The first is named, whichever it is. */
	assert_ptr_equal(look(), &workers[0]);
}

static void sleeps_and_wakes(void **state)
{
	begin(0);
	begin(1);
	turn(0);
	turn(1);
	assert_null(look());
	rcu_reader_sleep(workers[1].rcu, 1);
	for (int i = 0; i < 3; i++) {
		turn(0);
		assert_null(look());
	}
	/* It has been woken by nothing for longer than it can have asked for. */
	now_ms += WORKER_WATCH_SLEEP_MS;
	turn(0);
	assert_ptr_equal(look(), &workers[1]);
	turn(0);
	turn(1);
	assert_null(look());
	/* Awake, it has to turn again. */
	rcu_reader_wake(workers[1].rcu, 1);
	turn(0);
	assert_ptr_equal(look(), &workers[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(not_begun, setup, teardown),
		cmocka_unit_test_setup_teardown(hangs_and_goes_on, setup, teardown),
		cmocka_unit_test_setup_teardown(sleeps_and_wakes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
