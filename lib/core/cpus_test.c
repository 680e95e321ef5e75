/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void lists_of_cpus(void **state)
{
	static const char *const cases[][2] = {
		{"0-3,8", "0-3,8"},    {"1", "1"},       {"", ""},
		{"(null)", ""},        {"2,3,4", "2-4"}, {"5-2", ""},
		{"0-99999", "0-1023"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[CPUS_LEN];
		cpu_set_t set;

		cpus_parse(cases[i][0], &set);
		assert_string_equal(cpus_print(&set, text), cases[i][1]);
	}
}

static void workers_by_default(void **state)
{
	static const struct {
		const char *allowed, *isolated, *near;
		unsigned cpu;
	} cases[] = {
		{"0-3", "", "", 1},           {"5", "", "", 5},         {"0-7", "", "4-7", 4},
		{"0,4", "", "0-3", 4}, /* the first is left, though it is near */
		{"0-1", "2-3", "", 2}, /* isolcpus=2-3 */
		{"0-1", "2-3,6-7", "4-7", 6}, {"0-1", "2-3", "4-7", 2}, /* isolated before near */
		{"0-1,3", "2-3", "", 3}, /* it was started with one of them */
		{"", "", "", CPU_SETSIZE},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cpu_set_t allowed, isolated, near;

		cpus_parse(cases[i].allowed, &allowed);
		cpus_parse(cases[i].isolated, &isolated);
		cpus_parse(cases[i].near, &near);
		assert_int_equal(cpus_default_worker(&allowed, &isolated, &near), cases[i].cpu);
	}
}

/* An affinity can be left again; a CPU that is not there cannot be had. */
static void cpus_that_can_be_had(void **state)
{
	cpu_set_t before, one, set, after;

	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (unsigned cpu = 0; !CPU_COUNT(&one); cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	set = before;
	CPU_SET(CPU_SETSIZE - 1, &set);
	assert_int_equal(cpus_reachable(&set), 0);
	assert_true(CPU_EQUAL(&set, &before));
	CPU_ZERO(&set);
	CPU_SET(CPU_SETSIZE - 1, &set);
	assert_int_equal(cpus_reachable(&set), 0);
	assert_int_equal(CPU_COUNT(&set), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&after, &one));
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_cpus),
		cmocka_unit_test(workers_by_default),
		cmocka_unit_test(cpus_that_can_be_had),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
