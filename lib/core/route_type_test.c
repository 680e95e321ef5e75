/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>

#include <cmocka.h>

#include "route_type.h"

static void each_word_is_read_back(void **state)
{
	for (enum route_type t = ROUTE_UNICAST; t <= ROUTE_PROHIBIT; t++) {
		enum route_type back = ROUTE_UNICAST;

		assert_int_equal(route_type_parse(route_type_print(t), &back), 0);
		assert_int_equal(back, t);
	}
	assert_string_equal(route_type_print(ROUTE_BLACKHOLE), "blackhole");
}

static void other_words_are_refused(void **state)
{
	static const char *const bad[] = {"", "Blackhole", "blackhole ", "unicas", "unknown"};
	enum route_type type = ROUTE_PROHIBIT;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(route_type_parse(bad[i], &type), -EINVAL);
	assert_int_equal(type, ROUTE_PROHIBIT);
	assert_string_equal(route_type_print(99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_word_is_read_back),
		cmocka_unit_test(other_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
