/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How fast the mirror is: turns alone with full rings, then the latencies of the idle thread.
 * Prints; checks only that packets arrive. Run by `meson test --benchmark`.
 */
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "mirror_testing.h"
#include "punt.h"

#define ROUNDS  20
#define QUEUE   900 /* frames in a TAP: Linux queues 1000 */
#define SAMPLES 200

static uint8_t frame[1514];

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print(const char *what, double *us)
{
	qsort(us, SAMPLES, sizeof(*us), compare);
	printf("%-44s median %6.0f us, 99 of 100 below %6.0f us\n", what, us[SAMPLES / 2],
	       us[SAMPLES * 99 / 100]);
}

static void free_injected(unsigned worker)
{
	struct rte_mbuf *pkt;

	while ((pkt = mirror_bed_injected(worker)))
		rte_pktmbuf_free(pkt);
}

static void punt_rate(uint32_t len)
{
	unsigned n = PUNT_RING_SIZE - 1;
	double best = 1e12;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct rte_mbuf *pkt = testing_packet(frame, len, 0);
		double begin, us;

		rte_mbuf_refcnt_update(pkt, (int16_t)(n - 1));
		for (unsigned i = 0; i < n; i++)
			mirror_bed_punt(0, 0, pkt);
		begin = now_us();
		while (mirror_take_turn(bed.set).packets)
			;
		us = now_us() - begin;
		best = RTE_MIN(best, us);
	}
	printf("punted, %4u bytes: %7.0f packets/s\n", len, n / best * 1e6);
}

static void inject_rate(uint32_t len)
{
	double best = 1e12;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t before = mirror_bed_stats(1).injected_packets;
		double begin, us;

		for (unsigned i = 0; i < QUEUE; i++)
			mirror_bed_send(1, len, i);
		begin = now_us();
		while (mirror_take_turn(bed.set).packets)
			;
		us = now_us() - begin;
		best = RTE_MIN(best, us);
		assert_int_equal(mirror_bed_stats(1).injected_packets - before, QUEUE);
		free_injected(1);
	}
	printf("injected, %4u bytes: %7.0f packets/s\n", len, QUEUE / best * 1e6);
}

static void rates(void **state)
{
	/* The other side costs nothing here. */
	close(bed.linux_side[0]);
	mirror_bed_frame(frame, sizeof(frame), 0);
	punt_rate(60);
	punt_rate(1514);
	bed.linux_side[0] = -1;
	inject_rate(60);
	inject_rate(1514);
}

static void latencies(void **state)
{
	static double punt_us[SAMPLES], inject_us[SAMPLES], flush_us[SAMPLES], set_us[SAMPLES];

	assert_int_equal(mirror_start(bed.set, NULL), 0);
	for (unsigned i = 0; i < SAMPLES; i++) {
		double begin;
		struct rte_mbuf *pkt;

		/* At any moment of the thread's sleep. */
		poll(NULL, 0, 5);
		usleep(i * 7919 % 1000);
		begin = now_us();
		mirror_bed_punt(0, 0, testing_packet(frame, 60, 0));
		while (mirror_bed_receive(0, frame, sizeof(frame)) < 0)
			;
		punt_us[i] = now_us() - begin;
		poll(NULL, 0, 5);
		begin = now_us();
		mirror_bed_send(1, 60, 0);
		while (!(pkt = mirror_bed_injected(1)))
			;
		inject_us[i] = now_us() - begin;
		rte_pktmbuf_free(pkt);
		poll(NULL, 0, 5);
		begin = now_us();
		mirror_flush(bed.set, FLUSH_US);
		flush_us[i] = now_us() - begin;
		poll(NULL, 0, 5);
		begin = now_us();
		mirror_set_fd(bed.set, 2, bed.taps[2].fd);
		set_us[i] = now_us() - begin;
	}
	print("idle thread, punted to Linux", punt_us);
	print("idle thread, Linux to a worker's ring", inject_us);
	print("idle thread, flush", flush_us);
	print("idle thread, change of a TAP", set_us);
}

static double cpu_us(void)
{
	struct timespec ts;
	clockid_t clock;

	assert_int_equal(pthread_getcpuclockid(bed.set->thread, &clock), 0);
	clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void idle_load(void **state)
{
	double cpu, wall;

	assert_int_equal(mirror_start(bed.set, NULL), 0);
	cpu = cpu_us();
	wall = now_us();
	poll(NULL, 0, 2000);
	printf("idle thread: %.2f%% of a CPU\n", (cpu_us() - cpu) / (now_us() - wall) * 100);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, mirror_bed_setup, mirror_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(rates), TEST(latencies), TEST(idle_load)};

	return cmocka_run_group_tests(tests, mirror_bed_group_setup, testing_eal_teardown);
}
