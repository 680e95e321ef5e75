/* SPDX-License-Identifier: BSD-3-Clause */
/* The mirror with its thread: both ways, what cannot get through, and netdevs that come and go. */
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "iface.h"
#include "mirror_testing.h"
#include "punt.h"

static uint8_t frame[65536], got[65536];

static int setup(void **state)
{
	return mirror_bed_setup(state) || mirror_start(bed.set, NULL);
}

static struct rte_mbuf *packet(uint32_t len, uint16_t seg, uint32_t number)
{
	mirror_bed_frame(frame, len, number);
	return testing_packet(frame, len, seg);
}

static void assert_received(unsigned iface, uint32_t len, uint32_t number)
{
	mirror_bed_frame(frame, len, number);
	assert_int_equal(mirror_bed_receive(iface, got, sizeof(got)), len);
	assert_memory_equal(got, frame, len);
}

static void assert_nothing_received(void)
{
	for (unsigned i = 0; i < MIRROR_TAPS; i++)
		assert_int_equal(mirror_bed_receive(i, got, sizeof(got)), -1);
}

static void assert_injected(unsigned worker, uint16_t iface, uint32_t len, uint32_t number)
{
	struct rte_mbuf *pkt = mirror_bed_injected(worker);

	assert_non_null(pkt);
	mirror_bed_frame(frame, len, number);
	testing_assert_bytes(pkt, frame, len);
	assert_int_equal(punt_meta(pkt)->iface, iface);
	rte_pktmbuf_free(pkt);
}

static void assert_nothing_injected(void)
{
	for (unsigned i = 0; i < MIRROR_WORKERS; i++)
		assert_null(mirror_bed_injected(i));
}

static void flush(void)
{
	mirror_flush(bed.set, FLUSH_US);
}

static void punted_packets_reach_the_tap_they_came_in_by(void **state)
{
	mirror_bed_punt(0, 1, packet(60, 0, 1));
	mirror_bed_punt(0, 2, packet(1514, 0, 2));
	mirror_bed_punt(0, 1, packet(61, 0, 3));
	mirror_bed_punt(1, 0, packet(42, 0, 4));
	flush();
	assert_received(1, 60, 1);
	assert_received(1, 61, 3);
	assert_received(2, 1514, 2);
	assert_received(0, 42, 4);
	assert_nothing_received();
	assert_nothing_injected();
	assert_int_equal(testing_mbufs_used(), 0);
	assert_int_equal(mirror_bed_stats(1).punted_packets, 2);
	assert_int_equal(mirror_bed_stats(1).punted_bytes, 121);
	assert_int_equal(mirror_bed_stats(1).punted_dropped, 0);
	assert_int_equal(mirror_bed_stats(0).punted_packets, 1);
	assert_int_equal(stat_read(&bed.workers->mirror->copy_packets[COPY_tap_write]), 4);
	assert_int_equal(stat_read(&bed.workers->mirror->copy_bytes[COPY_tap_write]),
			 60 + 1514 + 61 + 42);
}

/* What has `out` bytes of tags in its mbufs, and gets the last `own` tags of interface 1. */
static void punt_tagged(struct rte_mbuf *pkt, uint8_t out, uint8_t own)
{
	*punt_meta(pkt) = (struct punt_meta){
		.iface = 1, .tap = 0, .tags = out, .own_tags = own, .priority = 0xb0};
	assert_int_equal(rte_ring_sp_enqueue(bed.workers->workers[0]->punt_ring, pkt), 0);
}

/* As mirror_bed_receive() of interface 0, with the outer tag, which Linux takes off. */
static ssize_t receive_tagged(uint8_t *to, size_t room)
{
	char space[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = {to, room};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = space,
			     .msg_controllen = sizeof(space)};
	ssize_t len = recvmsg(bed.linux_side[0], &msg, 0);
	struct tpacket_auxdata aux;
	rte_be16_t tag[2];

	assert_non_null(CMSG_FIRSTHDR(&msg));
	memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(aux));
	if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
		return len;
	tag[0] = rte_cpu_to_be_16(aux.tp_vlan_tpid);
	tag[1] = rte_cpu_to_be_16(aux.tp_vlan_tci);
	memmove(to + 12 + sizeof(tag), to + 12, (size_t)len - 12);
	memcpy(to + 12, tag, sizeof(tag));
	return len + (ssize_t)sizeof(tag);
}

static void assert_received_tagged(uint32_t len, uint32_t number, uint32_t out, const uint8_t *tags,
				   uint32_t n)
{
	mirror_bed_frame(frame, len, number);
	assert_int_equal(receive_tagged(got, sizeof(got)), len - out + n);
	assert_memory_equal(got, frame, 12);
	if (n)
		assert_memory_equal(got + 12, tags, n);
	assert_memory_equal(got + 12 + n, frame + 12 + out, len - out - 12);
}

static void tags_go_and_come(void **state)
{
	static const uint8_t one[] = {0x81, 0, 0xb0, 100},
			     two[] = {0x88, 0xa8, 0xb0, 7, 0x81, 0, 0, 100};
	struct iface_fwd *fwd = (struct iface_fwd *)(uintptr_t)&bed.workers->workers[0]->ifaces[1];
	const int on = 1;

	assert_int_equal(setsockopt(bed.linux_side[0], SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)),
			 0);
	fwd->n_tags = 2;
	fwd->tags[0] = RTE_BE32(0x88a80007);
	fwd->tags[1] = RTE_BE32(0x81000064);
	punt_tagged(packet(60, 0, 1), 4, 0);
	punt_tagged(packet(61, 0, 2), 0, 1);
	punt_tagged(packet(62, 0, 3), 4, 1);
	punt_tagged(packet(63, 30, 4), 8, 2);
	flush();
	assert_received_tagged(60, 1, 4, NULL, 0);
	assert_received_tagged(61, 2, 0, one, 4);
	assert_received_tagged(62, 3, 4, one, 4);
	assert_received_tagged(63, 4, 8, two, 8);
	assert_nothing_received();
	assert_int_equal(mirror_bed_stats(0).punted_bytes, 60 - 4 + 61 + 4 + 62 + 63);
}

static void chains_are_one_frame(void **state)
{
	mirror_bed_punt(0, 0, packet(FRAME_MAX, TESTING_DATA_ROOM, 1));
	mirror_bed_punt(0, 0, packet(700, 7, 2));
	flush();
	assert_received(0, FRAME_MAX, 1);
	assert_received(0, 700, 2);
	/* More segments than a write takes. */
	mirror_bed_punt(0, 0, packet(MIRROR_SEGS_MAX, 1, 3));
	mirror_bed_punt(0, 0, packet(MIRROR_SEGS_MAX + 1, 1, 4));
	flush();
	assert_received(0, MIRROR_SEGS_MAX, 3);
	assert_nothing_received();
	assert_int_equal(mirror_bed_dropped(DROP_mirror_full), 1);
	assert_int_equal(mirror_bed_stats(0).punted_dropped, 1);
}

static void what_linux_sends_goes_to_the_worker_of_the_port(void **state)
{
	mirror_bed_send(0, 60, 1);
	mirror_bed_send(1, 1514, 2);
	mirror_bed_send(2, 61, 3);
	mirror_bed_send(1, 42, 4);
	flush();
	assert_injected(1, 1, 1514, 2);
	assert_injected(1, 1, 42, 4);
	for (int i = 0; i < 2; i++) {
		struct rte_mbuf *pkt = mirror_bed_injected(0);

		assert_non_null(pkt);
		assert_int_equal(mirror_bed_number(rte_pktmbuf_mtod(pkt, void *)),
				 punt_meta(pkt)->iface + 1);
		rte_pktmbuf_free(pkt);
	}
	assert_nothing_injected();
	assert_int_equal(mirror_bed_stats(1).injected_packets, 2);
	assert_int_equal(mirror_bed_stats(1).injected_bytes, 1514 + 42);
	assert_int_equal(mirror_bed_stats(0).injected_packets, 1);
	assert_int_equal(stat_read(&bed.workers->mirror->copy_packets[COPY_tap_read]), 4);
	assert_int_equal(stat_read(&bed.workers->mirror->copy_bytes[COPY_tap_read]),
			 60 + 1514 + 61 + 42);
}

static void long_frames_are_chains(void **state)
{
	static const uint32_t len[] = {2048, 2049, 4096, FRAME_MAX - 1, FRAME_MAX};

	for (unsigned i = 0; i < RTE_DIM(len); i++)
		mirror_bed_send(0, len[i], i);
	flush();
	for (unsigned i = 0; i < RTE_DIM(len); i++)
		assert_injected(0, 0, len[i], i);
	/* The administrator has raised the MTU beyond that of any port. */
	testing_run("ip link set t0 mtu 60000");
	mirror_bed_send(0, FRAME_MAX + 1, 5);
	mirror_bed_send(0, 60014, 6);
	mirror_bed_send(0, 60, 7);
	flush();
	assert_injected(0, 0, 60, 7);
	assert_nothing_injected();
	assert_int_equal(mirror_bed_dropped(DROP_mirror_long), 2);
	assert_int_equal(mirror_bed_stats(0).injected_dropped, 2);
}

static void a_tap_that_is_down(void **state)
{
	testing_run("ip link set t1 down");
	mirror_bed_punt(0, 1, packet(60, 0, 1));
	mirror_bed_punt(0, 0, packet(60, 0, 2));
	flush();
	assert_received(0, 60, 2);
	assert_int_equal(mirror_bed_dropped(DROP_mirror_down), 1);
	assert_int_equal(mirror_bed_stats(1).punted_dropped, 1);
	assert_int_equal(mirror_bed_stats(1).punted_packets, 0);
	testing_run("ip link set t1 up");
	mirror_bed_receive(1, got, sizeof(got)); /* the socket's ENETDOWN */
	mirror_bed_punt(0, 1, packet(60, 0, 3));
	flush();
	assert_received(1, 60, 3);
	assert_int_equal(mirror_bed_dropped(DROP_mirror_down), 1);
}

static void an_interface_without_a_tap(void **state)
{
	assert_int_equal(mirror_set_fd(bed.set, 1, -1), 0);
	mirror_bed_send(1, 60, 1);
	mirror_bed_punt(0, 1, packet(60, 0, 2));
	flush();
	assert_nothing_injected();
	assert_int_equal(mirror_bed_dropped(DROP_mirror_down), 1);
	/* What waited in the TAP comes when it is there again. */
	assert_int_equal(mirror_set_fd(bed.set, 1, bed.taps[1].fd), 0);
	flush();
	assert_injected(1, 1, 60, 1);
	/* Not a file that epoll can wait for. */
	assert_int_equal(mirror_set_fd(bed.set, 1, 9999), -EBADF);
	mirror_bed_punt(0, 1, packet(60, 0, 3));
	flush();
	assert_int_equal(mirror_bed_dropped(DROP_mirror_down), 2);
	assert_int_equal(mirror_set_fd(bed.set, (uint16_t)bed.workers->n_ifaces, -1), -EINVAL);
}

static uint64_t thread_cpu_ns(void)
{
	struct timespec ts;
	clockid_t clock;

	assert_int_equal(pthread_getcpuclockid(bed.set->thread, &clock), 0);
	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void a_tap_that_is_deleted(void **state)
{
	uint64_t before;

	mirror_bed_send(1, 60, 1);
	testing_run("ip link del t1");
	testing_run("ip link del t2");
	/* Seen by a write, or by epoll alone. */
	mirror_bed_punt(0, 1, packet(60, 0, 2));
	flush();
	assert_int_equal(mirror_bed_dropped(DROP_mirror_down), 1);
	before = thread_cpu_ns();
	poll(NULL, 0, 200);
	assert_in_range(thread_cpu_ns() - before, 0, 60000000); /* it does not spin */
	mirror_stop(bed.set);
	assert_int_equal(bed.set->taps[0].fd, bed.taps[0].fd);
	assert_int_equal(bed.set->taps[1].fd, -1);
	assert_int_equal(bed.set->taps[2].fd, -1);
	assert_int_equal(mirror_start(bed.set, NULL), 0);
	while (rte_ring_count(bed.workers->workers[1]->inject_ring))
		rte_pktmbuf_free(mirror_bed_injected(1));
	/* A new one of the same name. */
	tap_close(&bed.taps[1]);
	mirror_bed_tap(1);
	mirror_bed_punt(0, 1, packet(60, 0, 3));
	mirror_bed_send(1, 60, 4);
	flush();
	assert_received(1, 60, 3);
	assert_injected(1, 1, 60, 4);
}

static void a_full_ring_is_counted(void **state)
{
	unsigned n = 0, room = INJECT_RING_SIZE - 1;
	struct rte_mbuf *pkt;

	/* No more at once than the queue of a TAP holds. */
	for (unsigned i = 0; i < 2000; i++) {
		mirror_bed_send(0, 60, i);
		if (i % 200 == 199)
			flush();
	}
	assert_int_equal(mirror_bed_stats(0).injected_packets, room);
	assert_int_equal(mirror_bed_stats(0).injected_bytes, room * 60);
	assert_int_equal(mirror_bed_stats(0).injected_dropped, 2000 - room);
	assert_int_equal(mirror_bed_dropped(DROP_inject_full), 2000 - room);
	for (; (pkt = mirror_bed_injected(0)); n++) {
		assert_int_equal(mirror_bed_number(rte_pktmbuf_mtod(pkt, void *)), n);
		rte_pktmbuf_free(pkt);
	}
	assert_int_equal(n, room);
	/* The other worker's was free all the time. */
	mirror_bed_send(1, 60, 7);
	flush();
	assert_injected(1, 1, 60, 7);
}

static void without_mbufs(void **state)
{
	static struct rte_mbuf *held[8192];
	struct rte_mempool *pool = rte_mempool_lookup("mirror");
	unsigned n = 0;

	while (n < RTE_DIM(held) && (held[n] = rte_pktmbuf_alloc(pool)))
		n++;
	assert_in_range(n, 1, RTE_DIM(held) - 1);
	for (unsigned i = 0; i < 10; i++)
		mirror_bed_send(0, 60, i);
	/* They wait for a while, and are dropped then; the way to Linux is free all the time. */
	mirror_bed_punt(0, 1, packet(60, 0, 77));
	flush();
	assert_received(1, 60, 77);
	assert_int_equal(mirror_bed_dropped(DROP_mirror_mbufs), 10);
	assert_int_equal(mirror_bed_stats(0).injected_dropped, 10);
	assert_nothing_injected();
	rte_pktmbuf_free_bulk(held, n);
	mirror_bed_send(0, FRAME_MAX, 11);
	flush();
	assert_injected(0, 0, FRAME_MAX, 11);
	assert_int_equal(mirror_bed_dropped(DROP_mirror_mbufs), 10);
}

static void counters_can_be_cleared(void **state)
{
	struct worker_stats *sum = worker_stats_new(bed.workers);

	mirror_bed_punt(0, 0, packet(60, 0, 1));
	mirror_bed_send(0, 100, 2);
	flush();
	assert_injected(0, 0, 100, 2);
	worker_set_sum(bed.workers, sum);
	assert_int_equal(sum->copy_packets[COPY_tap_write], 1);
	assert_int_equal(sum->copy_bytes[COPY_tap_read], 100);
	worker_set_clear(bed.workers);
	assert_int_equal(mirror_bed_stats(0).punted_packets, 0);
	assert_int_equal(mirror_bed_stats(0).injected_bytes, 0);
	mirror_bed_punt(0, 0, packet(61, 0, 3));
	assert_int_equal(mirror_set_fd(bed.set, 1, -1), 0);
	mirror_bed_punt(0, 1, packet(61, 0, 3));
	flush();
	assert_int_equal(mirror_bed_stats(0).punted_packets, 1);
	assert_int_equal(mirror_bed_stats(0).punted_bytes, 61);
	worker_set_sum(bed.workers, sum);
	assert_int_equal(sum->copy_packets[COPY_tap_write], 1);
	assert_int_equal(sum->copy_packets[COPY_tap_read], 0);
	assert_int_equal(sum->drop[DROP_mirror_down], 1);
	free(sum);
}

/* Also when it does not run, and again when it does. */
static void stop_and_start(void **state)
{
	mirror_stop(bed.set);
	mirror_stop(bed.set);
	mirror_bed_punt(0, 0, packet(60, 0, 1));
	mirror_flush(bed.set, 0);
	assert_nothing_received();
	assert_int_equal(mirror_set_fd(bed.set, 1, -1), 0);
	assert_int_equal(mirror_start(bed.set, NULL), 0);
	flush();
	assert_received(0, 60, 1);
	mirror_set_destroy(NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, mirror_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(punted_packets_reach_the_tap_they_came_in_by),
		TEST(tags_go_and_come),
		TEST(chains_are_one_frame),
		TEST(what_linux_sends_goes_to_the_worker_of_the_port),
		TEST(long_frames_are_chains),
		TEST(a_tap_that_is_down),
		TEST(an_interface_without_a_tap),
		TEST(a_tap_that_is_deleted),
		TEST(a_full_ring_is_counted),
		TEST(without_mbufs),
		TEST(counters_can_be_cleared),
		TEST(stop_and_start),
	};

	return cmocka_run_group_tests(tests, mirror_bed_group_setup, testing_eal_teardown);
}
