/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All at once: Linux sends by t0, a worker gives back what is injected there as punted by t1 or t2,
 * and the control thread changes TAPs, clears, reads and flushes meanwhile.
 */
#include "mirror_testing.h"
#include "punt.h"

#define ROUNDS 100
#define BATCH  50 /* frames of a round */

static bool stop;

static int setup(void **state)
{
	return mirror_bed_setup(state) || mirror_start(bed.set, NULL);
}

/* Worker 0: even numbers came in by t1, odd ones by t2. */
static void *worker(void *arg)
{
	const struct worker *w = bed.workers->workers[0];

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		struct rte_mbuf *pkt;

		if (rte_ring_sc_dequeue(w->inject_ring, (void **)&pkt))
			continue;
		punt_meta(pkt)->tap = 1 + mirror_bed_number(rte_pktmbuf_mtod(pkt, void *)) % 2;
		while (rte_ring_sp_enqueue(w->punt_ring, pkt))
			;
	}
	return NULL;
}

/* The numbers that have come by the TAP, in order from *next on in steps of 2. */
static void receive(unsigned iface, uint32_t *next)
{
	uint8_t frame[2048];

	while (mirror_bed_receive(iface, frame, sizeof(frame)) > 0) {
		assert_int_equal(mirror_bed_number(frame), *next);
		*next += 2;
	}
}

static void order_is_kept_and_nothing_lost(void **state)
{
	uint32_t number = 0, next[2] = {0, 1};
	pthread_t thread;
	struct timespec begin, now;

	stop = false;
	assert_int_equal(pthread_create(&thread, NULL, worker, NULL), 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned j = 0; j < BATCH; j++)
			mirror_bed_send(0, 60 + number % 1400, number), number++;
		/* Again the same: what waits in the TAP does not get lost. */
		assert_int_equal(mirror_set_fd(bed.set, 0, bed.taps[0].fd), 0);
		if (i % 10 == 0)
			worker_set_clear(bed.workers);
		assert_true(mirror_bed_stats(0).injected_packets <= number);
		mirror_flush(bed.set, FLUSH_US);
		receive(1, &next[0]);
		receive(2, &next[1]);
	}
	/* What the worker still has. */
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		mirror_flush(bed.set, FLUSH_US);
		receive(1, &next[0]);
		receive(2, &next[1]);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (next[0] + next[1] != 2 * number + 1 && now.tv_sec - begin.tv_sec < 10);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(next[0], number);
	assert_int_equal(next[1], number + 1);
}

/* Between two holds the thread need not have run. */
static void taps_change_all_the_time(void **state)
{
	for (unsigned i = 0; i < 2000; i++) {
		assert_int_equal(mirror_set_fd(bed.set, 1, i % 2 ? bed.taps[1].fd : -1), 0);
		assert_int_equal(mirror_set_fd(bed.set, 2, i % 3 ? bed.taps[2].fd : -1), 0);
	}
	for (unsigned i = 0; i < 200; i++) {
		mirror_stop(bed.set);
		assert_int_equal(mirror_start(bed.set, NULL), 0);
		mirror_flush(bed.set, FLUSH_US);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, mirror_bed_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(order_is_kept_and_nothing_lost),
		TEST(taps_change_all_the_time),
	};

	return cmocka_run_group_tests(tests, mirror_bed_group_setup, testing_eal_teardown);
}
