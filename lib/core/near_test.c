/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"

static void counts_edits(void **state)
{
	assert_int_equal(near_distance("ports", "ports", false), 0);
	assert_int_equal(near_distance("prots", "ports", false), 1); /* swapped */
	assert_int_equal(near_distance("port", "ports", false), 1);
	assert_int_equal(near_distance("portals", "ports", false), 2);
	assert_int_equal(near_distance("", "ports", false), 5);
	assert_int_equal(near_distance("shwo prots p0", "show ports", true), 2);
	assert_int_equal(near_distance("x",
				       "0123456789012345678901234567890123456789"
				       "012345678901234567890123",
				       false),
			 NEAR_FAR);
}

static void finds_the_nearest(void **state)
{
	static const char *const names[] = {"address", "addresses", "device", NULL};

	assert_string_equal(near_name("adresses", names), "addresses");
	assert_string_equal(near_name("adress", names), "address");
	assert_null(near_name("mtu", names));
	assert_null(near_name("a very long text that is near to none of the names there are, "
			      "longer than any of them",
			      names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_edits),
		cmocka_unit_test(finds_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
