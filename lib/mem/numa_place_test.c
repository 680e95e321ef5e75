/* SPDX-License-Identifier: BSD-3-Clause */
#include "numa_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <numa.h>

#include "region.h"

#define MIB ((size_t)1 << 20)

static uint64_t total(const uint64_t *by_node)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < NUMA_PLACE_MAX; i++)
		sum += by_node[i];
	return sum;
}

static void counts_what_has_memory(void **state)
{
	uint64_t by_node[NUMA_PLACE_MAX] = {0};
	struct region region;
	int node = numa_place_of_cpu(0);
	char *base = region_create_sparse(&region, 8 * MIB, node);

	assert_non_null(base);
	memset(base, 1, 2 * MIB);
	numa_place_count(base, 8 * MIB, by_node);
	if (numa_available() >= 0)
		assert_int_equal(total(by_node), 2 * MIB);
	assert_int_equal(by_node[node], total(by_node)); /* that is where it was asked for */
	region_fini(&region);
}

static void samples_what_is_large(void **state)
{
	uint64_t by_node[NUMA_PLACE_MAX] = {0};
	struct region region;
	char *base = region_create(&region, 64 * MIB, -1);

	assert_non_null(base);
	memset(base, 1, 64 * MIB);
	numa_place_count(base, 64 * MIB, by_node);
	assert_int_equal(total(by_node), 64 * MIB);
	/* The last page of a range counts as what is left of it. */
	memset(by_node, 0, sizeof(by_node));
	numa_place_count(base, 4096 + 17, by_node);
	assert_int_equal(total(by_node), 4096 + 17);
	memset(by_node, 0, sizeof(by_node));
	numa_place_count(base, 0, by_node);
	assert_int_equal(total(by_node), 0);
	region_fini(&region);
}

static void counts_no_unmapped_memory(void **state)
{
	uint64_t by_node[NUMA_PLACE_MAX] = {0};
	struct region region;

	if (numa_available() < 0)
		skip();
	assert_int_equal(region_init(&region, 4 * MIB, -1), 0);
	numa_place_count(region.base, region.size, by_node);
	assert_int_equal(total(by_node), 0);
	region_fini(&region);
}

static void one_node_is_home(void **state)
{
	unsigned cpus[] = {0, 0, 0};

	assert_int_equal(numa_place_home(cpus, 3), numa_place_of_cpu(0));
	assert_int_equal(numa_place_home(cpus, 0), 0);
	assert_int_equal(numa_place_of_cpu(100000), 0); /* there is no such CPU */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_has_memory),
		cmocka_unit_test(samples_what_is_large),
		cmocka_unit_test(counts_no_unmapped_memory),
		cmocka_unit_test(one_node_is_home),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
