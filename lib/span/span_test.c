/* SPDX-License-Identifier: BSD-3-Clause */
#include "span_testing.h"

#define LEN     400
#define HEADERS (14 + 24) /* IPv4 with an option */

static struct worker *w;
static uint8_t bytes[LEN];

static int setup(void **state)
{
	for (unsigned i = 0; i < LEN; i++)
		bytes[i] = (uint8_t)(i * 3);
	memcpy(&bytes[12], (const uint8_t[]){0x08, 0x00, 0x46}, 3);
	span_setup(1);
	w = span_worker_create(0);
	return 0;
}

static void take_all(unsigned which)
{
	struct rte_mbuf *pkt;

	while (!rte_ring_dequeue(ring[which], (void **)&pkt))
		rte_pktmbuf_free(pkt);
}

static int teardown(void **state)
{
	for (unsigned i = 0; i < PORTS; i++)
		take_all(i);
	rte_free(w->span);
	testing_worker_destroy(w);
	span_teardown();
	return 0;
}

static int add(unsigned from, unsigned to, enum span_direction direction, uint32_t sample)
{
	return span_add(
		span,
		&(struct span_conf){
			.from = p[from], .to = p[to], .direction = direction, .sample = sample},
		NULL);
}

static struct span_counters counters(int after)
{
	struct span_counters n;
	struct span_conf conf;

	assert_true(span_next(span, after, &conf, &n) >= 0);
	return n;
}

/* As port_rx does it. */
static void receive(struct rte_mbuf *const *pkts, unsigned n)
{
	struct burst b = {.n = n};

	memcpy(b.pkts, pkts, n * sizeof(*pkts));
	if (iface_fwd_flags(&ifaces->fwd[p[0]->id]) & IFACE_FWD_SPAN)
		span_rx(w, &b, p[0]->id);
}

static void mirror(void)
{
	if (w->in[NODE_span_tx]->n)
		span_tx(w, w->in[NODE_span_tx]);
	testing_assert_empty(w, NODE_span_tx);
	assert_int_equal(w->span->waiting, 0);
}

static struct rte_mbuf *sent_by(unsigned which)
{
	struct rte_mbuf *pkt = NULL;

	assert_int_equal(rte_ring_dequeue(ring[which], (void **)&pkt), 0);
	return pkt;
}

/* The router may write its headers; the payload is one and the same. */
static void received_frames_stay_writable(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0), *mirrored;

	assert_int_equal(add(0, 2, SPAN_RX, 1), 0);
	receive(&pkt, 1);
	memset(rte_pktmbuf_mtod(pkt, void *), 0xee, HEADERS);
	mirror();
	mirrored = sent_by(2);
	testing_assert_bytes(mirrored, bytes, LEN);
	assert_ptr_equal(rte_pktmbuf_mtod(mirrored->next, void *),
			 rte_pktmbuf_mtod_offset(pkt, void *, HEADERS));
	assert_int_equal(w->stats->copy_bytes[COPY_replicate_headers], HEADERS);
	assert_int_equal(w->stats->copy_bytes[COPY_replicate_copy], 0);
	assert_int_equal(w->stats->iface[p[2]->id].tx_packets, 1);
	assert_int_equal(w->stats->iface[p[2]->id].tx_bytes, LEN);
	assert_int_equal(counters(-1).mirrored, 1);
	rte_pktmbuf_free(mirrored);
	rte_pktmbuf_free(pkt);
}

/* Tags that the NIC has taken off, one or two, and such that it is to put in. */
static void tags_are_put_back(void **state)
{
	static const uint8_t one[] = {0x81, 0, 0x20, 7},
			     two[] = {0x88, 0xa8, 0, 5, 0x81, 0, 0x20, 7};
	static const struct {
		uint64_t flags;
		const uint8_t *tags;
		unsigned len;
		enum { RECEIVED, SENT, SENT_UNSHARED } how;
	} cases[] = {
		{RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED, one, sizeof(one), RECEIVED},
		{RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_RX_QINQ_STRIPPED, two, sizeof(two),
		 RECEIVED},
		{RTE_MBUF_F_TX_VLAN, one, sizeof(one), SENT},
		{RTE_MBUF_F_TX_VLAN, one, sizeof(one), SENT_UNSHARED},
		{RTE_MBUF_F_TX_QINQ, two, sizeof(two), SENT_UNSHARED},
		{0, NULL, 0, SENT_UNSHARED},
		{RTE_MBUF_F_RX_VLAN, NULL, 0, RECEIVED}, /* seen, and left where it was */
	};

	assert_int_equal(add(0, 2, SPAN_BOTH, 1), 0);
	w->tx[port[0]].pool = testing_pool();
	for (unsigned i = 0; i < RTE_DIM(cases); i++) {
		struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0), *mirrored;
		uint64_t copied = w->stats->copy_bytes[COPY_replicate_copy];
		uint8_t want[LEN + 8];

		pkt->ol_flags = cases[i].flags;
		pkt->vlan_tci = 0x2007;
		pkt->vlan_tci_outer = 5;
		memcpy(want, bytes, 12);
		if (cases[i].len)
			memcpy(want + 12, cases[i].tags, cases[i].len);
		memcpy(want + 12 + cases[i].len, bytes + 12, LEN - 12);
		w->tx[port[0]].no_sharing = cases[i].how == SENT_UNSHARED;
		if (cases[i].how != RECEIVED) {
			tx_put(w, port[0], pkt);
			tx_flush(w, port[0]);
			w->n_tx_dirty = 0;
		} else {
			receive(&pkt, 1);
			rte_pktmbuf_free(pkt);
		}
		mirror();
		mirrored = sent_by(2);
		testing_assert_bytes(mirrored, want, LEN + cases[i].len);
		assert_int_equal(mirrored->ol_flags, 0);
		assert_int_equal(w->stats->copy_bytes[COPY_replicate_copy] - copied,
				 cases[i].how == SENT_UNSHARED ? LEN + cases[i].len : 0);
		rte_pktmbuf_free(mirrored);
	}
}

/* Of what the queue did not take, there is nothing to see. */
static void only_what_was_sent(void **state)
{
	assert_int_equal(add(0, 2, SPAN_TX, 1), 0);
	assert_int_equal(add(0, 1, SPAN_TX, 2), 0);
	for (unsigned i = 0; i < BURST_MAX; i++)
		tx_put(w, port[0], testing_packet(bytes, LEN, 0));
	tx_flush(w, port[0]);
	w->n_tx_dirty = 0;
	assert_int_equal(w->stats->drop[DROP_tx_full], BURST_MAX - (RING - 1));
	assert_int_equal(w->in[NODE_span_tx]->n, RING - 1 + RING / 2);
	mirror();
	assert_int_equal(counters(-1).mirrored, RING - 1);
	assert_int_equal(counters(0).mirrored, RING / 2);
	for (unsigned i = 0; i < RING - 1; i++) {
		struct rte_mbuf *mirrored = sent_by(2);

		assert_true(replicate_is_shared(mirrored));
		testing_assert_bytes(mirrored, bytes, LEN);
		rte_pktmbuf_free(mirrored);
	}
	assert_int_equal(w->stats->copy_bytes[COPY_replicate_headers], 0);
}

/* One try, and what is not taken is lost to the mirror alone. */
static void a_full_target_loses_mirrored_frames(void **state)
{
	struct rte_mbuf *pkts[BURST_MAX];

	assert_int_equal(add(0, 2, SPAN_RX, 1), 0);
	for (unsigned i = 0; i < BURST_MAX; i++)
		pkts[i] = testing_packet(bytes, LEN, 0);
	receive(pkts, BURST_MAX);
	mirror();
	assert_int_equal(counters(-1).mirrored, RING - 1);
	assert_int_equal(counters(-1).dropped, BURST_MAX - (RING - 1));
	assert_int_equal(w->stats->drop[DROP_span_full], BURST_MAX - (RING - 1));
	assert_int_equal(w->stats->iface[p[2]->id].tx_dropped, 0);
	for (unsigned i = 0; i < BURST_MAX; i++)
		testing_assert_bytes(pkts[i], bytes, LEN);
	rte_pktmbuf_free_bulk(pkts, BURST_MAX);
}

static void without_mbufs_the_frame_passes(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0), *taken[TESTING_MBUFS];
	unsigned n = 0;

	assert_int_equal(add(0, 2, SPAN_RX, 1), 0);
	while (n < TESTING_MBUFS && (taken[n] = rte_pktmbuf_alloc(w->small)))
		n++;
	receive(&pkt, 1);
	mirror();
	assert_int_equal(counters(-1).dropped, 1);
	assert_int_equal(w->stats->drop[DROP_replicate_mbufs], 1);
	testing_assert_bytes(pkt, bytes, LEN);
	rte_pktmbuf_free_bulk(taken, n);
	rte_pktmbuf_free(pkt);
}

static void one_of_so_many(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0);

	assert_int_equal(add(0, 2, SPAN_RX, 10), 0);
	for (unsigned i = 0; i < 95; i++)
		receive(&pkt, 1);
	mirror();
	assert_int_equal(counters(-1).mirrored, 10);
	assert_int_equal(counters(-1).sampled_out, 85);
	span_clear(span);
	assert_int_equal(counters(-1).mirrored + counters(-1).sampled_out, 0);
	rte_pktmbuf_free(pkt);
}

/* What the session before would have left out is of no concern to the next. */
static void a_session_begins_anew(void **state)
{
	struct rte_mbuf *pkt = testing_packet(bytes, LEN, 0);

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(add(0, 2, SPAN_RX, i == 1 ? 1 : SPAN_SAMPLE_MAX), 0);
		for (unsigned j = 0; j < 5; j++)
			receive(&pkt, 1);
		mirror();
		assert_int_equal(counters(-1).mirrored, i == 1 ? 5 : 1);
		assert_int_equal(span_del(span, p[0], p[2], NULL), 0);
	}
	rte_pktmbuf_free(pkt);
}

static void what_is_refused(void **state)
{
	struct iface_table *many = iface_table_create(SPAN_MAX + 8, 0);
	const struct mac_addr mac = {{2, 0, 0, 0, 0, 1}};
	struct error err;

	assert_int_equal(add(0, 0, SPAN_RX, 1), -EINVAL);
	assert_int_equal(add(0, 1, SPAN_RX, 0), -EINVAL);
	assert_int_equal(add(0, 1, SPAN_RX, SPAN_SAMPLE_MAX + 1), -EINVAL);
	assert_int_equal(add(0, 1, SPAN_RX, 1), 0);
	assert_int_equal(add(0, 1, SPAN_TX, 1), -EEXIST);
	assert_int_equal(span_del(span, p[1], p[0], &err), -ENOENT);
	for (unsigned i = 1; i <= SPAN_MAX; i++) {
		char name[IFACE_NAME_LEN];
		struct span_conf conf = {.to = p[2], .direction = SPAN_TX, .sample = 1};

		snprintf(name, sizeof(name), "q%u", i);
		conf.from = iface_add(many, name, port[1], &mac, 1500, NULL);
		assert_int_equal(span_add(span, &conf, &err), i < SPAN_MAX ? 0 : -ENOSPC);
	}
	span_iface_gone(span, p[2]);
	assert_int_equal(counters(-1).mirrored, 0);
	assert_int_equal(w->tx[port[1]].mirrors, 0);
	span_iface_gone(span, p[0]);
	assert_int_equal(iface_fwd_flags(&ifaces->fwd[p[0]->id]), 0);
	assert_int_equal(span_next(span, -1, &(struct span_conf){0}, &(struct span_counters){0}),
			 -1);
	iface_table_destroy(many);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(received_frames_stay_writable),
		TEST(tags_are_put_back),
		TEST(only_what_was_sent),
		TEST(a_full_target_loses_mirrored_frames),
		TEST(without_mbufs_the_frame_passes),
		TEST(one_of_so_many),
		TEST(a_session_begins_anew),
		TEST(what_is_refused),
	};

	return cmocka_run_group_tests(tests, ports_setup, testing_eal_teardown);
}
