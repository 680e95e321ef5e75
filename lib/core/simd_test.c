/* SPDX-License-Identifier: BSD-3-Clause */
#include "simd.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void names_are_kept_or_refused(void **state)
{
	struct error err;
	enum simd simd;

	for (enum simd want = SIMD_SCALAR; want < SIMD_N; want++) {
		setenv("SLUICE_SIMD", simd_name(want), 1);
		simd = SIMD_N;
		if (simd_supported(want)) {
			assert_int_equal(simd_choose(&simd, &err), 0);
			assert_int_equal(simd, want);
		} else {
			assert_int_equal(simd_choose(&simd, &err), -ENOTSUP);
			assert_non_null(strstr(err.msg, simd_name(want)));
		}
	}
	setenv("SLUICE_SIMD", "sse9", 1);
	assert_int_equal(simd_choose(&simd, &err), -EINVAL);
	assert_string_equal(err.msg, "SLUICE_SIMD: found 'sse9', expected scalar, avx2 or avx512");
}

static void without_a_wish_the_widest(void **state)
{
	enum simd simd;

	for (int round = 0; round < 2; round++) {
		if (round)
			setenv("SLUICE_SIMD", "", 1);
		else
			unsetenv("SLUICE_SIMD");
		assert_int_equal(simd_choose(&simd, NULL), 0);
		assert_true(simd_supported(simd));
		for (enum simd wider = simd + 1; wider < SIMD_N; wider++)
			assert_false(simd_supported(wider));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_kept_or_refused),
		cmocka_unit_test(without_a_wish_the_widest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
