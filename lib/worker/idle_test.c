/* SPDX-License-Identifier: BSD-3-Clause */
/* When a worker without packets pauses, sleeps and waits: a clock that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "idle.h"

#define HZ    UINT64_C(3000000000)
#define US    (HZ / 1000000)
#define BEGIN (1000 * US)

static struct idle idle;

static enum idle_action after_us(uint64_t us)
{
	return idle_next(&idle, BEGIN, BEGIN + us * US);
}

static void assert_actions(enum idle_mode mode, enum idle_action at_10, enum idle_action at_100,
			   enum idle_action at_10000)
{
	idle_init(&idle, mode, HZ);
	assert_int_equal(after_us(0), IDLE_POLL);
	assert_int_equal(after_us(9), IDLE_POLL);
	assert_int_equal(after_us(10), at_10);
	assert_int_equal(after_us(99), at_10);
	assert_int_equal(after_us(100), at_100);
	assert_int_equal(after_us(9999), at_100);
	assert_int_equal(after_us(10000), at_10000);
	assert_int_equal(after_us(UINT64_C(3600000000)), at_10000);
}

static void each_mode_goes_as_far_as_it_says(void **state)
{
	assert_actions(IDLE_MODE_POLL, IDLE_POLL, IDLE_POLL, IDLE_POLL);
	assert_actions(IDLE_MODE_PAUSE, IDLE_PAUSE, IDLE_PAUSE, IDLE_PAUSE);
	assert_actions(IDLE_MODE_SLEEP, IDLE_PAUSE, IDLE_SLEEP, IDLE_SLEEP);
	assert_actions(IDLE_MODE_INTERRUPT, IDLE_PAUSE, IDLE_SLEEP, IDLE_WAIT);
	assert_int_equal(idle.pause, US);
}

static void sleeps_grow_to_the_limit(void **state)
{
	static const uint32_t us[] = {10, 20, 40, 72, 72, 72};

	idle_init(&idle, IDLE_MODE_SLEEP, HZ);
	for (unsigned i = 0; i < sizeof(us) / sizeof(*us); i++) {
		assert_int_equal(after_us(100 + i), IDLE_SLEEP);
		assert_int_equal(idle.sleep_ns, us[i] * 1000);
	}
}

static void a_packet_begins_it_anew(void **state)
{
	uint64_t packet = BEGIN + 500 * US;

	idle_init(&idle, IDLE_MODE_SLEEP, HZ);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(after_us(100 + i), IDLE_SLEEP);
	assert_int_equal(idle_next(&idle, packet, packet + US), IDLE_POLL);
	/* Without a look in between too: another thread may have had the CPU. */
	packet += 500 * US;
	assert_int_equal(idle_next(&idle, packet, packet + 200 * US), IDLE_SLEEP);
	assert_int_equal(idle.sleep_ns, 10000);
}

/* A long idleness, of which each sleep costs so much: how long is the last sleep? */
static uint32_t sleep_at_cost(uint32_t cost_ns)
{
	uint64_t cpu = 12345678;
	unsigned measured = 0;

	idle_init(&idle, IDLE_MODE_SLEEP, HZ);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(after_us(100 + i), IDLE_SLEEP);
		if (idle_wants_cpu_time(&idle)) {
			idle_measure(&idle, cpu);
			measured++;
		}
		cpu += cost_ns;
	}
	assert_int_equal(measured, 1 + 99 / IDLE_COST_SLEEPS);
	return idle.sleep_ns;
}

static void the_limit_follows_the_cost(void **state)
{
	assert_int_equal(sleep_at_cost(0), 50000);
	assert_int_equal(sleep_at_cost(1000), 50000);
	assert_int_equal(sleep_at_cost(3000), 72000);
	assert_int_equal(sleep_at_cost(7500), 180000);
	assert_int_equal(sleep_at_cost(10000), 240000);
	assert_int_equal(sleep_at_cost(1000000), 600000);
}

/* What a packet costs between two sleeps is none of the sleeps' cost. */
static void the_cost_is_of_sleeps_in_a_row(void **state)
{
	uint64_t cpu = 0, since = BEGIN;

	idle_init(&idle, IDLE_MODE_SLEEP, HZ);
	for (unsigned i = 0; i < 100; i++) {
		since += 1000 * US;
		for (unsigned j = 0; j < IDLE_COST_SLEEPS / 2; j++) {
			assert_int_equal(idle_next(&idle, since, since + 100 * US + j), IDLE_SLEEP);
			if (idle_wants_cpu_time(&idle))
				idle_measure(&idle, cpu);
			cpu += 1000;
		}
		cpu += 100000;
	}
	assert_int_equal(idle.limit_ns, 72000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mode_goes_as_far_as_it_says),
		cmocka_unit_test(sleeps_grow_to_the_limit),
		cmocka_unit_test(a_packet_begins_it_anew),
		cmocka_unit_test(the_limit_follows_the_cost),
		cmocka_unit_test(the_cost_is_of_sleeps_in_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
