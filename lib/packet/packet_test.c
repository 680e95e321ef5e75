/* SPDX-License-Identifier: BSD-3-Clause */
#include "packet_testing.h"

#include <errno.h>

#include "packet.h"

#define LEN 120

static uint8_t bytes[LEN];

/* Cut LEN bytes into up to five segments, by the digits of a number: every shape comes, with empty
 * segments in any place. Returns how many segments, 0 when the number stands for none. */
static unsigned shape(unsigned number, uint16_t *segs)
{
	static const uint16_t cuts[] = {0, 1, 13, 40, LEN};
	unsigned left = LEN, n = 0;

	for (; n < 5; n++, number /= RTE_DIM(cuts)) {
		segs[n] = cuts[number % RTE_DIM(cuts)];
		if (segs[n] > left)
			segs[n] = (uint16_t)left;
		left -= segs[n];
	}
	segs[n - 1] = (uint16_t)(segs[n - 1] + left);
	return n;
}

#define SHAPES (5 * 5 * 5 * 5 * 5)

static void pull_up_gathers_from_every_shape(void **state)
{
	for (unsigned number = 0; number < SHAPES; number += 3) {
		uint16_t segs[5];
		unsigned n = shape(number, segs);

		for (uint16_t len = 1; len <= LEN; len = (uint16_t)(len * 2 - len / 3)) {
			struct rte_mbuf *pkt = testing_chain(bytes, segs, n);
			uint16_t before = pkt->data_len;
			int copied = packet_pull_up(pkt, len);

			assert_int_equal(copied, len > before ? len - before : 0);
			assert_int_equal(pkt->data_len, RTE_MAX(len, before));
			testing_assert_bytes(pkt, bytes, LEN);
			rte_pktmbuf_free(pkt);
			assert_int_equal(testing_mbufs_used(), 0);
		}
	}
}

static void pull_up_takes_all_there_is(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 7);

	assert_int_equal(packet_pull_up(pkt, LEN), LEN - 7);
	testing_assert_bytes(pkt, bytes, LEN);
	assert_int_equal(pkt->nb_segs, 1);
	assert_int_equal(testing_mbufs_used(), 1);
	rte_pktmbuf_free(pkt);
}

static void pull_up_without_room_changes_nothing(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 20);

	/* The data stands at the very end of its buffer, but for 9 bytes. */
	memmove((uint8_t *)pkt->buf_addr + pkt->buf_len - 29, rte_pktmbuf_mtod(pkt, void *), 20);
	pkt->data_off = (uint16_t)(pkt->buf_len - 29);
	assert_int_equal(packet_pull_up(pkt, 30), -ENOSPC);
	assert_int_equal(pkt->nb_segs, LEN / 20);
	testing_assert_bytes(pkt, bytes, LEN);
	assert_int_equal(packet_pull_up(pkt, 29), 9);
	testing_assert_bytes(pkt, bytes, LEN);
	rte_pktmbuf_free(pkt);
	assert_int_equal(testing_mbufs_used(), 0);
}

static void trim_cuts_every_shape(void **state)
{
	for (unsigned number = 0; number < SHAPES; number += 3) {
		uint16_t segs[5];
		unsigned n = shape(number, segs);

		for (uint32_t len = 1; len <= LEN; len += len % 40 < 2 ? 1 : 11) {
			struct rte_mbuf *pkt = testing_chain(bytes, segs, n);

			packet_trim(pkt, len);
			testing_assert_bytes(pkt, bytes, len);
			assert_int_equal(testing_mbufs_used(), pkt->nb_segs);
			rte_pktmbuf_free(pkt);
			assert_int_equal(testing_mbufs_used(), 0);
		}
	}
}

/* Zeroes behind the packet, whatever stood there; empty segments behind it stay. */
static void pad_adds_zeroes(void **state)
{
	for (uint16_t len = 1; len < PACKET_FRAME_MIN; len++)
		for (unsigned empty = 0; empty < 3; empty++) {
			uint8_t want[PACKET_FRAME_MIN] = {0};
			struct rte_mbuf *pkt =
				testing_chain(bytes, (uint16_t[]){len, 0, 0}, 1 + empty);

			memcpy(want, bytes, len);
			assert_int_equal(packet_pad(pkt, sizeof(want)), sizeof(want) - len);
			testing_assert_bytes(pkt, want, sizeof(want));
			assert_int_equal(pkt->nb_segs, 1 + empty);
			rte_pktmbuf_free(pkt);
		}
}

static void pad_without_room_changes_nothing(void **state)
{
	for (uint16_t room = 0; room <= 10; room++) {
		struct rte_mbuf *pkt = testing_packet(bytes, 50, 0);

		pkt->data_off = (uint16_t)(pkt->buf_len - 50 - room);
		memcpy(rte_pktmbuf_mtod(pkt, void *), bytes, 50);
		assert_int_equal(packet_pad(pkt, 60), room < 10 ? 0 : 10);
		assert_int_equal(pkt->pkt_len, room < 10 ? 50 : 60);
		assert_memory_equal(rte_pktmbuf_mtod(pkt, void *), bytes, 50);
		rte_pktmbuf_free(pkt);
	}
}

static void pad_wants_one_segment(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, 50, 49);

	assert_int_equal(packet_pad(pkt, 60), 0);
	testing_assert_bytes(pkt, bytes, 50);
	rte_pktmbuf_free(pkt);
}

static int setup(void **state)
{
	for (unsigned i = 0; i < LEN; i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
	return testing_eal_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pull_up_gathers_from_every_shape),
		cmocka_unit_test(pull_up_takes_all_there_is),
		cmocka_unit_test(pull_up_without_room_changes_nothing),
		cmocka_unit_test(trim_cuts_every_shape),
		cmocka_unit_test(pad_adds_zeroes),
		cmocka_unit_test(pad_without_room_changes_nothing),
		cmocka_unit_test(pad_wants_one_segment),
	};

	return cmocka_run_group_tests(tests, setup, testing_eal_teardown);
}
