/* SPDX-License-Identifier: BSD-3-Clause */
/* Storm control without a bridge: what passes, what is counted, what a change keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>

#include <cmocka.h>

#include "node_testing.h"
#include "rcu.h"
#include "storm.h"

#define PORT 3

static struct rcu *rcu;
static struct storm_table *table;
static struct worker *w;

static int setup(void **state)
{
	rcu = rcu_create(1, 64);
	table = storm_table_create(rcu);
	w = testing_worker_create(64);
	w->storms = table ? table->limits : NULL;
	return rcu && table ? 0 : -1;
}

static int teardown(void **state)
{
	testing_worker_destroy(w);
	storm_table_destroy(table);
	rcu_destroy(rcu);
	return 0;
}

static void set(enum storm_kind kind, const char *text)
{
	struct rate rate;

	assert_int_equal(rate_parse(text, &rate), 0);
	assert_int_equal(storm_set(table, PORT, kind, &rate), 0);
}

static unsigned passes(enum storm_kind kind, uint32_t len, unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += storm_pass(w, PORT, kind, len);
	return n;
}

/* 1 packet a second, and this takes no second. */
static void packets(void **state)
{
	set(STORM_BROADCAST, "1pps");
	assert_int_equal(storm_burst(table, PORT, STORM_BROADCAST), 32);
	assert_int_equal(passes(STORM_BROADCAST, 9000, 1000), 32);
	assert_int_equal(passes(STORM_MULTICAST, 9000, 1000), 1000);
	assert_int_equal(passes(STORM_UNKNOWN_UNICAST, 9000, 1000), 1000);
	assert_true(storm_pass(w, PORT + 1, STORM_BROADCAST, 60));
	assert_int_equal(w->stats->storm[PORT].passed[STORM_BROADCAST], 32);
	assert_int_equal(w->stats->storm[PORT].dropped[STORM_BROADCAST], 968);
	assert_int_equal(w->stats->storm[PORT].passed[STORM_MULTICAST], 0);
	assert_int_equal(w->stats->storm[PORT + 1].passed[STORM_BROADCAST], 0);
	set(STORM_MULTICAST, "20kpps");
	assert_int_equal(storm_burst(table, PORT, STORM_MULTICAST), 2000);
}

static void bits(void **state)
{
	set(STORM_UNKNOWN_UNICAST, "8bps");
	assert_int_equal(storm_burst(table, PORT, STORM_UNKNOWN_UNICAST), 32 * 1518);
	assert_int_equal(passes(STORM_UNKNOWN_UNICAST, 1518, 1000), 32);
	set(STORM_MULTICAST, "1Gbps");
	assert_int_equal(storm_burst(table, PORT, STORM_MULTICAST), 12500000);
	assert_int_equal(w->stats->storm[PORT].passed[STORM_UNKNOWN_UNICAST], 32);
	assert_int_equal(w->stats->storm[PORT].dropped[STORM_UNKNOWN_UNICAST], 968);
}

/* A change of one kind leaves the bucket of another as it is. */
static void changes(void **state)
{
	set(STORM_BROADCAST, "1pps");
	set(STORM_MULTICAST, "2pps");
	assert_int_equal(passes(STORM_BROADCAST, 60, 100), 32);
	assert_int_equal(storm_set(table, PORT, STORM_MULTICAST, NULL), 0);
	assert_int_equal(storm_set(table, PORT, STORM_MULTICAST, NULL), -ENOENT);
	assert_null(storm_rate(table, PORT, STORM_MULTICAST));
	assert_int_equal(passes(STORM_MULTICAST, 60, 100), 100);
	assert_int_equal(passes(STORM_BROADCAST, 60, 100), 0);
	set(STORM_BROADCAST, "1pps"); /* a bucket of its own again */
	assert_int_equal(passes(STORM_BROADCAST, 60, 100), 32);
	assert_int_equal(storm_set(table, PORT, STORM_BROADCAST, NULL), 0);
	assert_null(table->limits[PORT]);
	set(STORM_BROADCAST, "1pps");
	storm_forget(table, PORT);
	storm_forget(table, PORT);
	assert_int_equal(passes(STORM_BROADCAST, 60, 100), 100);
}

static void without_table(void **state)
{
	w->storms = NULL;
	assert_int_equal(passes(STORM_BROADCAST, 60, 10), 10);
}

static void reasons(void **state)
{
	for (int kind = 0; kind < STORM_KINDS; kind++) {
		char name[40];

		snprintf(name, sizeof(name), "storm_%s", storm_kind_words[kind]);
		assert_string_equal(drop_info[storm_drop_reason(kind)].name, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packets, setup, teardown),
		cmocka_unit_test_setup_teardown(bits, setup, teardown),
		cmocka_unit_test_setup_teardown(changes, setup, teardown),
		cmocka_unit_test_setup_teardown(without_table, setup, teardown),
		cmocka_unit_test_setup_teardown(reasons, setup, teardown),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
