/* SPDX-License-Identifier: BSD-3-Clause */
/* Single turns of the mirror, without its thread: nobody waits for another. */
#include "mirror_testing.h"
#include "punt.h"

static uint8_t frame[60];

/* So many packets, all of them the same one with so many owners. */
static void punt_many(unsigned worker, uint16_t iface, unsigned n)
{
	struct rte_mbuf *pkt;

	mirror_bed_frame(frame, sizeof(frame), 1);
	pkt = testing_packet(frame, sizeof(frame), 0);
	rte_mbuf_refcnt_update(pkt, (int16_t)(n - 1));
	for (unsigned i = 0; i < n; i++)
		mirror_bed_punt(worker, iface, pkt);
}

static void send_many(unsigned iface, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		mirror_bed_send(iface, 60, i);
}

static void free_injected(void)
{
	struct rte_mbuf *pkt;

	for (unsigned i = 0; i < MIRROR_WORKERS; i++)
		while ((pkt = mirror_bed_injected(i)))
			rte_pktmbuf_free(pkt);
}

static uint64_t punted(uint16_t iface)
{
	return mirror_bed_stats(iface).punted_packets;
}

static uint64_t injected(uint16_t iface)
{
	return mirror_bed_stats(iface).injected_packets;
}

static void a_flood_of_one_worker_does_not_starve_the_others(void **state)
{
	struct mirror_turn turn;

	punt_many(0, 0, 5000);
	punt_many(1, 1, 3);
	send_many(2, 2);
	turn = mirror_take_turn(bed.set);
	assert_int_equal(punted(0), MIRROR_BURST);
	assert_int_equal(punted(1), 3);
	assert_int_equal(injected(2), 2);
	assert_int_equal(turn.packets, MIRROR_BURST + 5);
	assert_true(turn.more);
	free_injected();
}

static void a_flood_from_linux_does_not_starve_the_others(void **state)
{
	struct mirror_turn turn;

	send_many(0, 500);
	send_many(1, 2);
	punt_many(1, 2, 3);
	turn = mirror_take_turn(bed.set);
	assert_int_equal(injected(0), MIRROR_BURST);
	assert_int_equal(injected(1), 2);
	assert_int_equal(punted(2), 3);
	assert_true(turn.more);
	for (unsigned i = 1; i < 500 / MIRROR_BURST; i++)
		assert_true(mirror_take_turn(bed.set).more);
	turn = mirror_take_turn(bed.set);
	assert_int_equal(injected(0), 500);
	assert_false(turn.more);
	turn = mirror_take_turn(bed.set);
	assert_int_equal(turn.packets, 0);
	free_injected();
}

/* Ports 0 and 2 share a worker: the room in its ring goes to each of them in turn. */
static void the_room_of_a_ring_is_shared(void **state)
{
	for (unsigned i = 0; i < 40; i++) {
		send_many(0, MIRROR_BURST);
		send_many(2, MIRROR_BURST);
		mirror_take_turn(bed.set);
		/* Room for one burst. */
		for (unsigned j = 0; i >= 16 && j < MIRROR_BURST; j++)
			rte_pktmbuf_free(mirror_bed_injected(0));
	}
	assert_int_not_equal(mirror_bed_dropped(DROP_inject_full), 0);
	assert_in_range(injected(0), injected(2) * 3 / 4, injected(2) * 4 / 3);
	free_injected();
}

/* A flush is complete when what was there at its beginning is through, however much comes after. */
static void a_flush_ends_in_spite_of_a_flood(void **state)
{
	unsigned turns = 0;

	punt_many(0, 0, 100);
	send_many(1, 300);
	bed.set->flush_wanted++;
	while (bed.set->flush_done != bed.set->flush_wanted) {
		assert_in_range(++turns, 1, 1000);
		mirror_take_turn(bed.set);
		free_injected();
		punt_many(0, 0, MIRROR_BURST);
		send_many(1, MIRROR_BURST);
	}
	assert_true(punted(0) >= 100);
	assert_true(injected(1) >= 300);
	mirror_take_turn(bed.set);
	free_injected();
}

/* Exactly one burst in the TAP: it is not ready afterwards, and not waited for. */
static void a_flush_of_exactly_one_burst(void **state)
{
	unsigned turns = 0;

	send_many(1, MIRROR_BURST);
	bed.set->flush_wanted++;
	while (bed.set->flush_done != bed.set->flush_wanted) {
		assert_in_range(++turns, 1, 3);
		mirror_take_turn(bed.set);
	}
	assert_int_equal(injected(1), MIRROR_BURST);
	free_injected();
}

/* Linux forwards what it is given: that is part of what a flush waits for. */
static void a_flush_sees_what_linux_forwards(void **state)
{
	uint8_t packet[64] = "\2\0\0\0\0\0\2\0\0\0\0\x77\x08\0"
			     "\x45\0\0\x1e\0\0\0\0\x40\x11\x66\xcb\x0a\0\0\2\x0a\1\0\2"
			     "\0\7\0\7\0\x0a\0\0xy";

	testing_run("ip addr add 10.0.0.1/24 dev t0; ip addr add 10.1.0.1/24 dev t1");
	testing_run("ip neigh add 10.1.0.2 lladdr 2:0:0:0:0:88 dev t1");
	testing_run("echo 1 > /proc/sys/net/ipv4/ip_forward");
	mirror_bed_punt(0, 0, testing_packet(packet, 44, 0));
	bed.set->flush_wanted++;
	mirror_take_turn(bed.set);
	assert_int_equal(bed.set->flush_done, bed.set->flush_wanted);
	assert_int_equal(injected(1), 1);
	free_injected();
}

static void a_full_burst_may_leave_more(void **state)
{
	assert_int_equal(mirror_take_turn(bed.set).packets, 0);
	send_many(0, 1);
	assert_false(mirror_take_turn(bed.set).more);
	/* A ring with exactly a burst may hold more. */
	punt_many(0, 0, MIRROR_BURST);
	assert_true(mirror_take_turn(bed.set).more);
	assert_false(mirror_take_turn(bed.set).more);
	free_injected();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, mirror_bed_setup, mirror_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flood_of_one_worker_does_not_starve_the_others),
		TEST(a_flood_from_linux_does_not_starve_the_others),
		TEST(the_room_of_a_ring_is_shared),
		TEST(a_flush_ends_in_spite_of_a_flood),
		TEST(a_flush_of_exactly_one_burst),
		TEST(a_flush_sees_what_linux_forwards),
		TEST(a_full_burst_may_leave_more),
	};

	return cmocka_run_group_tests(tests, mirror_bed_group_setup, testing_eal_teardown);
}
