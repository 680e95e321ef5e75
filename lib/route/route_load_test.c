/* SPDX-License-Identifier: BSD-3-Clause */
/* How many lines a request takes, by a clock that moves only when it is looked at. */
#include "route_testing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "route_change_api.h"
#include "router.h"

#define ROUTES 40
#define MS     1000000L

static struct testing_routes *t;
static struct router router;
static struct error err;
static long step_ns; /* that time goes on at each look */
static struct timespec now;

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	now.tv_nsec += step_ns;
	now.tv_sec += now.tv_nsec / (1000 * MS);
	now.tv_nsec %= 1000 * MS;
	*ts = now;
	return 0;
}

static int setup(void **state)
{
	t = testing_routes_create();
	testing_address(t, 0, "10.0.0.1/24");
	router = (struct router){.routes = t->routes, .ifaces = t->tables->ifaces};
	return 0;
}

static int teardown(void **state)
{
	testing_routes_destroy(t);
	return 0;
}

/* Routes to 20.0.0.0/24, 20.0.1.0/24 and so on, in both kinds of lines. */
static const char *table(void)
{
	static char text[ROUTES * 64];
	size_t len = 0;

	for (int n = 0; n < ROUTES; n++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "20.0.%d.0/24 %s\n", n,
					n % 2 ? "port p0" : "via 10.0.0.9");
	return text;
}

static bool stands(int n)
{
	char text[32];
	struct ip_prefix prefix;

	snprintf(text, sizeof(text), "20.0.%d.0/24", n);
	prefix = testing_prefix(text);
	return route_get(t->routes, &prefix);
}

/* What the request is answered; the numbers of its result. */
static int load(const char *text, int *routes, int *lines, int *line)
{
	json_t *args = json_pack("{ss}", "lines", text), *result = NULL;
	int ret;

	assert_non_null(args);
	ret = route_cmd_load(&router, args, &result, &err);
	*routes = (int)json_integer_value(json_object_get(result, "routes"));
	*lines = (int)json_integer_value(json_object_get(result, "lines"));
	*line = (int)json_integer_value(json_object_get(result, "line"));
	json_decref(result);
	json_decref(args);
	return ret;
}

static void expect(const char *text, int want_routes, int want_lines)
{
	int routes, lines, line;

	assert_int_equal(load(text, &routes, &lines, &line), 0);
	assert_int_equal(routes, want_routes);
	assert_int_equal(lines, want_lines);
	assert_int_equal(line, 0);
}

static void all_when_there_is_time(void **state)
{
	step_ns = 0;
	expect("", 0, 0);
	expect("\n\n# nothing", 0, 3);
	expect(table(), ROUTES, ROUTES);
	assert_true(stands(ROUTES - 1));
}

static void some_until_the_time_is_over(void **state)
{
	step_ns = MS;
	expect(table(), 5, 5);
	assert_true(stands(4));
	assert_false(stands(5));
	expect("# one\n\n20.0.9.0/24 port p0\n\n\n\n20.0.8.0/24 port p0\n", 1, 5);
	assert_true(stands(9));
	assert_false(stands(8));
}

/* Even when there is no time at all, who asks again gets to the end. */
static void one_at_least(void **state)
{
	const char *text = table();

	step_ns = 1000 * MS;
	for (int n = 0; n < ROUTES; n++) {
		assert_false(stands(n));
		expect(text, 1, 1);
		assert_true(stands(n));
		text = strchr(text, '\n') + 1;
	}
	assert_string_equal(text, "");
	expect(text, 0, 0);
}

static void refused_when_its_turn_comes(void **state)
{
	static const char text[] = "20.0.1.0/24 port p0\n20.0.2.0/24 port p9\n20.0.3.0/24 port p0";
	int routes, lines, line;

	step_ns = 1000 * MS;
	expect(text, 1, 1);
	step_ns = 0;
	assert_int_equal(load(text, &routes, &lines, &line), -ENODEV);
	assert_int_equal(routes, 1);
	assert_int_equal(lines, 0);
	assert_int_equal(line, 2);
	assert_string_equal(err.msg, "there is no port 'p9'");
	assert_false(stands(3));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_when_there_is_time),
		TEST(some_until_the_time_is_over),
		TEST(one_at_least),
		TEST(refused_when_its_turn_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
