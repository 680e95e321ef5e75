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

/* What a configuration may ask for, beyond what a clock can tell apart. */
static void policer_of_extreme_rates(void **state)
{
	const uint64_t hz = 2000000000;
	struct policer p;

	policer_init(&p, UINT32_MAX, 1, hz);
	assert_int_equal(passes(&p, hz, 10), 1);
	assert_int_equal(passes(&p, 2 * hz, 1), 1);
	policer_init(&p, 1, UINT32_MAX, 5 * hz);
	assert_int_equal(passes(&p, hz, 1000), 1000);
}

static unsigned passes_bits(struct policer *p, uint64_t now, uint32_t len, unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += policer_pass_bits(p, len, now);
	return n;
}

static void policer_of_bits(void **state)
{
	const uint64_t hz = 1000000;
	struct policer p;

	policer_init_bits(&p, 8000, 1000, hz); /* 1000 bytes/s: 1000 ticks a byte */
	assert_int_equal(passes_bits(&p, 5 * hz, 1001, 3), 0);
	assert_int_equal(passes_bits(&p, 5 * hz, 100, 100), 10);
	assert_int_equal(passes_bits(&p, 5 * hz + 99999, 100, 5), 0);
	assert_int_equal(passes_bits(&p, 5 * hz + 100000, 100, 5), 1);
	assert_int_equal(passes_bits(&p, 5 * hz + 110000, 10, 5), 1);
	/* What does not fit in leaves the room to smaller ones. */
	assert_int_equal(passes_bits(&p, 5 * hz + 160000, 60, 5), 0);
	assert_int_equal(passes_bits(&p, 5 * hz + 160000, 50, 5), 1);
	assert_int_equal(passes_bits(&p, 8 * hz, 1000, 5), 1);
}

static void policer_of_extreme_bit_rates(void **state)
{
	const uint64_t hz = 5000000000;
	struct policer p;

	policer_init_bits(&p, 1, 65535, hz);
	assert_int_equal(passes_bits(&p, hz, 65535, 10), 1);
	assert_int_equal(passes_bits(&p, hz * 8 * 65534, 65535, 10), 0);
	assert_int_equal(passes_bits(&p, hz * 8 * 65537, 65535, 10), 1);
	/* A byte takes 1/10 of a tick. */
	policer_init_bits(&p, 400000000000, 1000000, hz);
	assert_int_equal(passes_bits(&p, hz, 1500, 1000), 666);
	assert_int_equal(passes_bits(&p, 2 * hz, 1500, 1000), 666);
	policer_init_bits(&p, UINT64_C(1000000000000000), 1500, hz);
	assert_int_equal(passes_bits(&p, hz, 64, 1000), 1000);
}

static struct rte_mbuf mbufs[BURST_MAX];
static uint8_t bytes[BURST_MAX];

/* Takes the odd ones; the others it makes shorter. */
static bool take_odd_numbers(struct worker *w, struct rte_mbuf *pkt, const struct pkt_meta *meta)
{
	assert_ptr_equal(pkt, &mbufs[meta->value]);
	pkt->pkt_len = 50;
	return meta->value % 2;
}

/* Of the packets in the mask those go that `decide` takes; the others keep order and meta, and
 * their length is what it left. */
static void settle_closes_the_gaps(void **state)
{
	static const uint64_t masks[] = {0, 1, UINT64_C(1) << 63, UINT64_C(0xffff0000ffff0000),
					 UINT64_MAX};

	for (unsigned n = 0; n <= BURST_MAX; n++)
		for (unsigned m = 0; m < RTE_DIM(masks); m++) {
			struct burst b = {0};
			uint32_t at = 0;

			for (uint32_t i = 0; i < n; i++) {
				mbufs[i].buf_addr = &bytes[i];
				mbufs[i].pkt_len = 100 + i;
				burst_put(&b, &mbufs[i], (struct pkt_meta){.value = i});
			}
			node_settle(NULL, &b, masks[m] & burst_mask(n), take_odd_numbers);
			for (uint32_t i = 0; i < n; i++) {
				bool asked = masks[m] >> i & 1;

				if (asked && i % 2)
					continue;
				assert_int_equal(b.meta[at].value, i);
				assert_int_equal(b.len[at], asked ? 50 : 100 + i);
				assert_ptr_equal(b.ip[at], &bytes[i]);
				assert_ptr_equal(b.pkts[at++], &mbufs[i]);
			}
			assert_int_equal(b.n, at);
		}
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
		cmocka_unit_test(policer_of_extreme_rates),
		cmocka_unit_test(policer_of_bits),
		cmocka_unit_test(policer_of_extreme_bit_rates),
		cmocka_unit_test(settle_closes_the_gaps),
		cmocka_unit_test(mask_of_a_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
