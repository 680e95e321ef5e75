/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions come and go while workers receive and send: each frame is whole, none is lost. */
#include <pthread.h>
#include <sched.h>

#include "span_testing.h"

#define WORKERS 2
#define CHANGES 90
#define LEN     300

static struct worker *workers[WORKERS];
static uint64_t walks[WORKERS]; /* atomic */
static bool stop;               /* atomic */
static rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;

/* What a port sent, checked and freed. */
static void drain(unsigned which, uint64_t *wrong)
{
	struct rte_mbuf *pkt;

	while (!rte_ring_dequeue(ring[which], (void **)&pkt)) {
		const struct rte_mbuf *seg = pkt;

		*wrong += pkt->pkt_len != LEN;
		for (; seg; seg = seg->next)
			*wrong += *rte_pktmbuf_mtod(seg, const uint8_t *) != 0x5a;
		rte_pktmbuf_free(pkt);
	}
}

static void walk_once(struct worker *w, uint64_t *wrong)
{
	struct burst b = {.n = 4};

	for (unsigned i = 0; i < b.n; i++) {
		b.pkts[i] = rte_pktmbuf_alloc(testing_pool());
		memset(rte_pktmbuf_append(b.pkts[i], LEN), 0x5a, LEN);
	}
	if (iface_fwd_flags(&ifaces->fwd[p[0]->id]) & IFACE_FWD_SPAN)
		span_rx(w, &b, p[0]->id);
	tx_put_all(w, port[1], b.pkts, b.n);
	tx_flush(w, port[1]);
	w->n_tx_dirty = 0;
	if (w->in[NODE_span_tx]->n)
		span_tx(w, w->in[NODE_span_tx]);
	drain(1, wrong);
	drain(2, wrong);
}

static void *run(void *arg)
{
	struct worker *w = arg;
	uint64_t wrong = 0;

	rcu_reader_online(rcu, w->id);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		walk_once(w, &wrong);
		rcu_reader_quiescent(rcu, w->id);
		__atomic_fetch_add(&walks[w->id], 1, __ATOMIC_RELAXED);
		sched_yield();
	}
	rcu_reader_offline(rcu, w->id);
	return (void *)(uintptr_t)wrong;
}

static void wait_for_walks(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		uint64_t before = __atomic_load_n(&walks[i], __ATOMIC_RELAXED);

		while (__atomic_load_n(&walks[i], __ATOMIC_RELAXED) < before + 2)
			sched_yield();
	}
}

static void sessions_come_and_go(void **state)
{
	pthread_t threads[WORKERS];
	uint64_t mirrored = 0;
	struct span_counters n;
	struct span_conf conf;
	void *wrong;

	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, workers[i]), 0);
	for (unsigned i = 0; i < CHANGES; i++) {
		conf = (struct span_conf){.from = p[i % 2],
					  .to = p[2],
					  .direction = i % 2 ? SPAN_TX : SPAN_RX,
					  .sample = 1 + i % 3};
		assert_int_equal(span_add(span, &conf, NULL), 0);
		if (i % 10 == 0)
			wait_for_walks();
		assert_int_equal(span_next(span, -1, &conf, &n), 0);
		mirrored += n.mirrored;
		if (i % 3)
			assert_int_equal(span_del(span, conf.from, conf.to, NULL), 0);
		else
			span_iface_gone(span, p[2]);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_true(mirrored > 0);
}

static int setup(void **state)
{
	if (ports_setup(state))
		return -1;
	span_setup(WORKERS);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = span_worker_create(i);
		for (unsigned j = 0; j < PORTS; j++)
			workers[i]->tx[port[j]].lock = &lock;
	}
	return 0;
}

static int teardown(void **state)
{
	uint64_t wrong;

	for (unsigned i = 0; i < PORTS; i++)
		drain(i, &wrong);
	for (unsigned i = 0; i < WORKERS; i++) {
		rte_free(workers[i]->span);
		testing_worker_destroy(workers[i]);
	}
	span_teardown();
	return testing_eal_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sessions_come_and_go)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
