/* SPDX-License-Identifier: BSD-3-Clause */
#include "region.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <numa.h>

#include "mem_testing.h"

#define STEP REGION_STEP

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
	assert_int_equal(region.in_use, REGION_STEP_SMALL);
	assert_int_equal(region_grow(&region, STEP / 2), 0);
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
	if (numa_available() < 0)
		return;
	assert_int_equal(region_init(&region, 1, numa_max_node() + 1), -EINVAL);
	assert_non_null(region_create(&region, 1, numa_max_node()));
	*(char *)region.base = 1;
	region_fini(&region);
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

static void emptied_and_filled_again(void **state)
{
	struct region whole, part[2];
	uint8_t *base;

	assert_int_equal(region_init(&whole, 3 * STEP, -1), 0);
	assert_int_equal(region_grow(&whole, 1), 0);
	for (unsigned i = 0; i < 2; i++) {
		part[i] = region_part(&whole, (i + 1) * STEP, STEP);
		assert_int_equal(region_grow(&part[i], STEP), 0);
		memset(part[i].base, 0xaa, STEP);
	}
	region_empty(&part[0]);
	assert_int_equal(part[0].in_use, 0);
	region_empty(&part[0]);
	base = part[1].base;
	assert_int_equal(base[0], 0xaa);
	assert_int_equal(region_grow(&part[0], 5), 0);
	assert_int_equal(region_grow(&part[0], STEP + 1), -ENOMEM);
	base = part[0].base;
	for (size_t i = 0; i < part[0].in_use; i++)
		assert_int_equal(base[i], 0);
	region_fini(&part[0]);
	region_fini(&whole);
}

static void sparse_costs_what_is_written(void **state)
{
	struct region region;
	uint8_t *base = region_create_sparse(&region, 32 * STEP, -1);
	size_t before = testing_resident(), sum = 0;

	assert_non_null(base);
	for (size_t i = 0; i < 32 * STEP; i += 512)
		sum += base[i];
	base[5 * STEP] = 1;
	assert_int_equal(sum, 0);
	assert_true(testing_resident() - before < STEP);
	region_fini(&region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_without_moving),
		cmocka_unit_test(refusals),
		cmocka_unit_test(created_whole_and_zeroed),
		cmocka_unit_test(emptied_and_filled_again),
		cmocka_unit_test(sparse_costs_what_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
