/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "node.h"

static int node_by_name(const char *name, size_t len)
{
	for (int id = 0; id < NODE_MAX; id++)
		if (strlen(node_info[id].name) == len && !strncmp(node_info[id].name, name, len))
			return id;
	return -1;
}

/* The walker calls the nodes once, in order: a node may hand on only to nodes below it. */
static void pipeline_is_in_topological_order(void **state)
{
	for (int id = 0; id < NODE_MAX; id++) {
		const char *next = node_info[id].next;

		while (*next) {
			size_t len = strcspn(next, " ");

			assert_true(node_by_name(next, len) > id);
			next += len + (next[len] == ' ');
		}
	}
}

static void bursts_of_all_classes_fit_the_ring(void **state)
{
	uint32_t sum = 0;

	for (int cls = 0; cls < PUNT_CLASS_MAX; cls++)
		sum += punt_info[cls].burst;
	assert_true(sum < PUNT_RING_SIZE);
}

static unsigned passes(struct policer *p, uint64_t now, unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += policer_pass(p, now);
	return n;
}

static void policer_limits(void **state)
{
	const uint64_t hz = 1000000;
	struct policer p;

	policer_init(&p, 1000, 10, hz);
	assert_int_equal(passes(&p, 5 * hz, 100), 10);
	assert_int_equal(passes(&p, 5 * hz + 2999, 100), 2);
	assert_int_equal(passes(&p, 5 * hz + 3000, 100), 1);
	assert_int_equal(passes(&p, 6 * hz, 100), 10);
	policer_init(&p, 0, 10, hz);
	assert_int_equal(passes(&p, hz, 10), 0);
	policer_init(&p, 5, 1, hz);
	assert_int_equal(passes(&p, 0, 10), 1);
	assert_int_equal(passes(&p, hz / 5, 10), 1);
}

static void mask_of_a_burst(void **state)
{
	assert_int_equal(burst_mask(0), 0);
	assert_int_equal(burst_mask(3), 7);
	assert_true(burst_mask(64) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipeline_is_in_topological_order),
		cmocka_unit_test(bursts_of_all_classes_fit_the_ring),
		cmocka_unit_test(policer_limits),
		cmocka_unit_test(mask_of_a_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
