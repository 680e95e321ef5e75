/* SPDX-License-Identifier: BSD-3-Clause */
#include "region.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define STEP ((size_t)2 << 20)

static void grows_without_moving(void **state)
{
	struct region region;
	uint8_t *base;

	assert_int_equal(region_init(&region, 2 * STEP + 1, -1), 0);
	assert_int_equal(region.size, 3 * STEP);
	assert_int_equal(region.in_use, 0);
	base = region.base;
	assert_int_equal((uintptr_t)base % STEP, 0);
	assert_int_equal(region_grow(&region, 1), 0);
	assert_int_equal(region.in_use, STEP);
	memset(base, 0xaa, STEP);
	assert_int_equal(region_grow(&region, STEP), 0); /* what is there already */
	assert_int_equal(region.in_use, STEP);
	assert_int_equal(region_grow(&region, 2 * STEP + 1), 0);
	assert_ptr_equal(region.base, base);
	assert_int_equal(base[STEP - 1], 0xaa);
	for (size_t i = STEP; i < 3 * STEP; i += 4093)
		assert_int_equal(base[i], 0);
	base[3 * STEP - 1] = 1;
	assert_int_equal(region_grow(&region, 3 * STEP + 1), -ENOMEM);
	assert_int_equal(region.in_use, 3 * STEP);
	region_fini(&region);
	assert_null(region.base);
	region_fini(&region); /* zeroed: allowed */
}

static void refusals(void **state)
{
	struct region region;

	assert_int_equal(region_init(&region, STEP, -2), -EINVAL);
	assert_null(region.map);
	errno = 0;
	assert_null(region_create(&region, STEP, -2));
	assert_int_equal(errno, EINVAL);
	assert_null(region_create(&region, (size_t)1 << 60, -1));
	assert_int_equal(errno, ENOMEM);
	assert_null(region.map);
}

static void created_whole_and_zeroed(void **state)
{
	struct region region;
	uint8_t *base = region_create(&region, STEP + 5, -1);

	assert_non_null(base);
	assert_int_equal(region.in_use, 2 * STEP);
	for (size_t i = 0; i < 2 * STEP; i += 509)
		assert_int_equal(base[i], 0);
	region_fini(&region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_without_moving),
		cmocka_unit_test(refusals),
		cmocka_unit_test(created_whole_and_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
