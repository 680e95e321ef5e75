/* SPDX-License-Identifier: BSD-3-Clause */
/* The nodes port_rx and port_tx, on ports that are rings. */
#include "iface.h"
#include "node_testing.h"
#include "replica.h"

#include <rte_eth_ring.h>
#include <rte_ethdev.h>

#define PORTS     2
#define RING      32 /* holds one less */
#define TRIES_MAX 8

static struct rte_ring *ring[PORTS]; /* what a port sent; and what it receives */
static uint16_t port[PORTS];
static struct worker *w;
static struct iface_fwd ifaces[PORTS + 1];
static unsigned tries[PORTS]; /* bursts that were given to the port */
static unsigned drained;      /* that the callback takes away before each try */

/* Before the port gets a burst: count it; and make room, as a wire does in the meantime. */
static uint16_t before_tx(uint16_t id, uint16_t queue, struct rte_mbuf **pkts, uint16_t n,
			  void *arg)
{
	unsigned which = id == port[1];
	struct rte_mbuf *sent;

	tries[which]++;
	for (unsigned i = 0; i < drained && !rte_ring_dequeue(ring[which], (void **)&sent); i++)
		rte_pktmbuf_free(sent);
	return n;
}

static int group_setup(void **state)
{
	const struct rte_eth_conf conf = {0};

	if (testing_eal_setup(state))
		return -1;
	for (unsigned i = 0; i < PORTS; i++) {
		char name[] = {'r', (char)('0' + i), '\0'};
		int id;

		ring[i] = rte_ring_create(name, RING, SOCKET_ID_ANY, 0);
		if (!ring[i])
			return -1;
		id = rte_eth_from_rings(name, &ring[i], 1, &ring[i], 1, 0);
		if (id < 0)
			return -1;
		port[i] = (uint16_t)id;
		if (rte_eth_dev_configure(port[i], 1, 1, &conf) ||
		    rte_eth_rx_queue_setup(port[i], 0, RING, SOCKET_ID_ANY, NULL, testing_pool()) ||
		    rte_eth_tx_queue_setup(port[i], 0, RING, SOCKET_ID_ANY, NULL) ||
		    rte_eth_dev_start(port[i]) ||
		    !rte_eth_add_tx_callback(port[i], 0, before_tx, NULL))
			return -1;
	}
	return 0;
}

static int setup(void **state)
{
	w = testing_worker_create(64);
	w->ifaces = ifaces;
	for (unsigned i = 0; i < PORTS; i++)
		w->tx[port[i]].iface = (uint16_t)(i + 1);
	tries[0] = tries[1] = 0;
	drained = 0;
	return 0;
}

static int teardown(void **state)
{
	struct rte_mbuf *pkt;

	for (unsigned i = 0; i < PORTS; i++)
		while (!rte_ring_dequeue(ring[i], (void **)&pkt))
			rte_pktmbuf_free(pkt);
	testing_worker_destroy(w);
	return 0;
}

static struct rte_mbuf *put(unsigned which, uint32_t len, uint16_t seg)
{
	static const uint8_t bytes[4000];
	struct rte_mbuf *pkt = testing_packet(bytes, len, seg);

	tx_put(w, port[which], pkt);
	w->in[NODE_port_tx]->n++;
	return pkt;
}

static struct rte_mbuf *put_text(const uint8_t *text, uint32_t len)
{
	struct rte_mbuf *pkt = testing_packet(text, len, 0);

	tx_put(w, port[0], pkt);
	w->in[NODE_port_tx]->n++;
	return pkt;
}

static void put_many(unsigned which, unsigned n, struct rte_mbuf **pkts)
{
	for (unsigned i = 0; i < n; i++)
		pkts[i] = put(which, 60, 0);
}

static void run(void)
{
	port_tx(w, w->in[NODE_port_tx]);
	testing_assert_empty(w, NODE_port_tx);
	assert_int_equal(w->n_tx_dirty, 0);
	for (unsigned i = 0; i < PORTS; i++)
		assert_int_equal(w->tx[port[i]].n, 0);
}

/* The port has sent these, in this order, and no others. */
static void assert_sent(unsigned which, struct rte_mbuf *const *pkts, unsigned n)
{
	struct rte_mbuf *sent = NULL;

	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(rte_ring_dequeue(ring[which], (void **)&sent), 0);
		assert_ptr_equal(sent, pkts[i]);
		rte_pktmbuf_free(sent);
	}
	assert_true(rte_ring_empty(ring[which]));
}

/* So many were, and freed, for this reason alone. */
static void assert_dropped(unsigned n, enum drop_reason reason)
{
	for (int i = 0; i < DROP_MAX; i++)
		assert_int_equal(w->stats->drop[i], i == (int)reason ? n : 0);
	testing_assert_empty(w, NODE_drop);
}

static void each_port_sends_its_own(void **state)
{
	struct rte_mbuf *a[20], *b[31];

	put_many(0, 10, a);
	put_many(1, 31, b);
	put_many(0, 10, a + 10);
	run();
	assert_sent(0, a, 20);
	assert_sent(1, b, 31);
	testing_assert_empty(w, NODE_drop);
	assert_int_equal(tries[0], 1);
	assert_int_equal(tries[1], 1);
	assert_int_equal(w->stats->iface[1].tx_dropped, 0);
}

static void full_queue_drops_after_bounded_tries(void **state)
{
	struct rte_mbuf *pkts[BURST_MAX];

	put_many(0, BURST_MAX, pkts);
	run();
	assert_int_equal(tries[0], TRIES_MAX);
	assert_dropped(BURST_MAX - (RING - 1), DROP_tx_full);
	assert_int_equal(w->stats->iface[1].tx_dropped, BURST_MAX - (RING - 1));
	assert_sent(0, pkts, RING - 1);
}

static void full_queue_holds_up_no_other(void **state)
{
	struct rte_mbuf *fill[BURST_MAX], *a[10], *b[10];

	put_many(0, RING - 1, fill);
	run();
	put_many(0, 10, a);
	put_many(1, 10, b);
	run();
	assert_dropped(10, DROP_tx_full);
	assert_int_equal(w->stats->iface[1].tx_dropped, 10);
	assert_int_equal(w->stats->iface[2].tx_dropped, 0);
	assert_sent(1, b, 10);
	assert_sent(0, fill, RING - 1);
}

/* A queue that drains meanwhile gets the rest in the next tries, nothing twice. */
static void slow_queue_gets_the_rest(void **state)
{
	struct rte_mbuf *pkts[BURST_MAX];

	drained = 5;
	put_many(0, BURST_MAX, pkts);
	run();
	/* The first try finds the whole ring free, each of the others five places. */
	assert_int_equal(tries[0], 1 + (BURST_MAX - (RING - 1) + 4) / 5);
	testing_assert_empty(w, NODE_drop);
	assert_int_equal(w->stats->iface[1].tx_dropped, 0);
	/* Those that were taken away came first. */
	assert_sent(0, pkts + BURST_MAX - rte_ring_count(ring[0]), rte_ring_count(ring[0]));
}

static void shared_queue_is_unlocked_again(void **state)
{
	rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;
	struct rte_mbuf *pkts[BURST_MAX];

	w->tx[port[0]].lock = &lock;
	put_many(0, BURST_MAX, pkts);
	run();
	assert_true(rte_spinlock_trylock(&lock));
	assert_sent(0, pkts, RING - 1);
}

static void no_segments(enum tx_check check)
{
	w->tx[port[0]].no_segments = true;
	w->tx[port[0]].check = (uint8_t)check;
}

/* A port that cannot send chains gets them in one piece, if they fit. */
static void chains_are_made_one_segment(void **state)
{
	struct rte_mbuf *pkts[4], *large;

	no_segments(TX_CHECK_ALL);
	pkts[0] = put(0, 60, 0);
	pkts[1] = put(0, 300, 100);
	put(0, 3000, 1500); /* too large for one */
	pkts[2] = put(0, 1500, 1400);
	pkts[3] = put(0, 60, 0);
	large = put(1, 3000, 1500);
	run();
	assert_dropped(1, DROP_tx_segments);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pkts[i]->nb_segs, 1);
	assert_int_equal(pkts[1]->data_len, 300);
	assert_int_equal(large->nb_segs, 2); /* the other port can */
	assert_int_equal(w->stats->copy_packets[COPY_linearize], 2);
	assert_int_equal(w->stats->copy_bytes[COPY_linearize], 200 + 100);
	assert_int_equal(w->stats->iface[1].tx_dropped, 1);
	assert_int_equal(w->stats->iface[2].tx_dropped, 0);
	assert_sent(0, pkts, 4);
	assert_sent(1, &large, 1);
}

static void none_of_the_chains_fit(void **state)
{
	no_segments(TX_CHECK_ALL);
	for (unsigned i = 0; i < 3; i++)
		put(0, 3000, 1500);
	run();
	assert_dropped(3, DROP_tx_segments);
	assert_int_equal(tries[0], 0);
	assert_int_equal(w->stats->iface[1].tx_dropped, 3);
}

/* What is still on its way to a port that has gone is dropped, and the port not touched. */
static void nothing_is_sent_to_a_port_that_is_gone(void **state)
{
	struct rte_mbuf *other;

	w->tx[port[0]].gone = true;
	for (unsigned i = 0; i < 3; i++)
		put(0, 60, 0);
	other = put(1, 60, 0);
	run();
	assert_dropped(3, DROP_port_gone);
	assert_int_equal(tries[0], 0);
	assert_int_equal(w->stats->iface[1].tx_dropped, 3);
	assert_sent(1, &other, 1);
}

/* As a bridge floods: any number, of which a full burst goes at once. */
static void clones_beyond_the_vector(void **state)
{
	struct rte_mbuf *pkt = testing_packet("a frame that is flooded, again and again", 40, 0);
	struct rte_mbuf *clones[3 * BURST_MAX], *sent;
	unsigned n = 0;

	drained = RING;
	assert_int_equal(node_clone(w, pkt, clones, RTE_DIM(clones)), RTE_DIM(clones));
	for (unsigned i = 0; i < RTE_DIM(clones); i++)
		tx_put_clone(w, port[0], clones[i]);
	tx_put_clone(w, port[0], pkt);
	assert_int_equal(w->n_tx_dirty, 1);
	assert_int_equal(w->tx[port[0]].n, 1);
	run();
	testing_assert_empty(w, NODE_drop);
	assert_false(w->replicated);
	while (!rte_ring_dequeue(ring[0], (void **)&sent)) {
		rte_pktmbuf_free(sent);
		n++;
	}
	assert_true(n && n < RING);
}

/* The port hands its mbufs on, to one who writes into them. */
static void shared_ones_are_copied(void **state)
{
	static const char text[] = "a frame that nobody shares in the end";
	struct rte_mbuf *shared = testing_packet(text, sizeof(text), 0), *clone, *own, *sent = NULL;

	w->tx[port[0]].no_sharing = true;
	w->tx[port[0]].check = TX_CHECK_REPLICAS;
	w->tx[port[0]].pool = testing_pool();
	own = put(0, 60, 0);
	assert_int_equal(node_clone(w, shared, &clone, 1), 1);
	tx_put_clone(w, port[0], clone);
	run();
	assert_false(replicate_is_shared(shared));
	assert_int_equal(w->stats->copy_packets[COPY_replicate_copy], 1);
	assert_int_equal(w->stats->copy_bytes[COPY_replicate_copy], sizeof(text));
	assert_int_equal(rte_ring_dequeue(ring[0], (void **)&sent), 0);
	assert_ptr_equal(sent, own);
	rte_pktmbuf_free(sent);
	assert_int_equal(rte_ring_dequeue(ring[0], (void **)&sent), 0);
	assert_false(replicate_is_shared(sent));
	testing_assert_bytes(sent, text, sizeof(text));
	rte_pktmbuf_free(sent);
	rte_pktmbuf_free(shared);
}

/* A header in a small mbuf has no room for the rest: so it is copied. */
static void small_headers_are_copied_with_the_rest(void **state)
{
	static uint8_t text[1500];
	struct rte_mbuf *pkt = testing_packet(text, sizeof(text), 0), *out, *sent = NULL;

	no_segments(TX_CHECK_REPLICAS);
	w->tx[port[0]].pool = testing_pool();
	assert_int_equal(node_with_header(w, pkt, 14, text, 18, &out, 1), 1);
	assert_int_equal(w->stats->copy_bytes[COPY_replicate_headers], 18);
	assert_int_equal(out->nb_segs, 2);
	tx_put_clone(w, port[0], out);
	run();
	assert_int_equal(rte_ring_dequeue(ring[0], (void **)&sent), 0);
	assert_int_equal(sent->nb_segs, 1);
	assert_int_equal(sent->pkt_len, sizeof(text) + 4);
	rte_pktmbuf_free(sent);
	rte_pktmbuf_free(pkt);
}

/* A driver that puts tags in by software refuses shared mbufs. The other frame, unshared, keeps the
 * tag for it; what was counted in output is taken back with the tag. */
static void tags_of_shared_ones_are_written(void **state)
{
	static const uint8_t text[60] = "to the one, from other, and type";
	struct rte_mbuf *shared = put_text(text, sizeof(text)), *own = put(0, 60, 0);
	struct rte_mbuf *behind, *sent = NULL;
	uint8_t want[sizeof(text) + 4];

	memcpy(want, text, 12);
	memcpy(want + 12, (const uint8_t[]){0x81, 0, 0xa0, 7}, 4);
	memcpy(want + 16, text + 12, sizeof(text) - 12);
	own->ol_flags |= RTE_MBUF_F_TX_VLAN;
	shared->ol_flags |= RTE_MBUF_F_TX_VLAN;
	own->vlan_tci = shared->vlan_tci = 0xa007;
	assert_int_equal(node_with_header(w, shared, 40, text, 40, &behind, 1), 1);
	run();
	assert_int_equal(rte_ring_dequeue(ring[0], (void **)&sent), 0);
	assert_ptr_equal(sent, shared);
	assert_false(sent->ol_flags & RTE_MBUF_F_TX_VLAN);
	testing_assert_bytes(sent, want, sizeof(want));
	testing_assert_bytes(behind, text, sizeof(text));
	rte_pktmbuf_free(sent);
	rte_pktmbuf_free(behind);
	assert_true(own->ol_flags & RTE_MBUF_F_TX_VLAN);
	assert_sent(0, &own, 1);
}

/* Output has counted the tag of the device too. */
static void what_does_not_fit_is_taken_back_with_its_tag(void **state)
{
	struct rte_mbuf *large;

	no_segments(TX_CHECK_ALL);
	w->stats->iface[1].tx_packets = 1;
	w->stats->iface[1].tx_bytes = 3004;
	large = put(0, 3000, 1500);
	large->ol_flags |= RTE_MBUF_F_TX_VLAN;
	run();
	assert_dropped(1, DROP_tx_segments);
	assert_int_equal(w->stats->iface[1].tx_packets, 0);
	assert_int_equal(w->stats->iface[1].tx_bytes, 0);
}

static void without_mbufs_a_clone_is_dropped(void **state)
{
	struct rte_mbuf *pkt = testing_packet("one", 3, 0), *clone, *taken[TESTING_MBUFS];
	unsigned n = 0;

	while (n < TESTING_MBUFS && (taken[n] = rte_pktmbuf_alloc(w->small)))
		n++;
	assert_int_equal(node_clone(w, pkt, &clone, 1), 0);
	assert_int_equal(w->stats->drop[DROP_replicate_mbufs], 1);
	assert_false(replicate_is_shared(pkt));
	rte_pktmbuf_free_bulk(taken, n);
	rte_pktmbuf_free(pkt);
}

static void received_as_they_came(void **state)
{
	const struct worker_rxq rxq = {.port = port[1], .burst = BURST_MAX};
	struct rte_mbuf *pkts[RING - 1];

	put_many(1, RING - 1, pkts);
	run(); /* the port receives what it sends */
	w->rxq = &rxq;
	port_rx(w, w->in[NODE_port_rx]);
	testing_assert_burst(w, NODE_ether_input, pkts, RING - 1);
	testing_assert_empty(w, NODE_port_rx);
	rte_pktmbuf_free_bulk(w->in[NODE_ether_input]->pkts, RING - 1);
	port_rx(w, w->in[NODE_port_rx]);
	testing_assert_empty(w, NODE_ether_input);
}

static void received_no_more_than_the_burst(void **state)
{
	const struct worker_rxq rxq = {.port = port[1], .burst = 4};
	struct rte_mbuf *pkts[6];

	put_many(1, 6, pkts);
	run();
	w->rxq = &rxq;
	port_rx(w, w->in[NODE_port_rx]);
	testing_assert_burst(w, NODE_ether_input, pkts, 4);
	port_rx(w, w->in[NODE_port_rx]);
	testing_assert_burst(w, NODE_ether_input, pkts + 4, 2);
	rte_pktmbuf_free_bulk(pkts, 6);
	w->in[NODE_ether_input]->n = 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_port_sends_its_own),
		TEST(full_queue_drops_after_bounded_tries),
		TEST(full_queue_holds_up_no_other),
		TEST(slow_queue_gets_the_rest),
		TEST(shared_queue_is_unlocked_again),
		TEST(chains_are_made_one_segment),
		TEST(none_of_the_chains_fit),
		TEST(clones_beyond_the_vector),
		TEST(shared_ones_are_copied),
		TEST(small_headers_are_copied_with_the_rest),
		TEST(tags_of_shared_ones_are_written),
		TEST(what_does_not_fit_is_taken_back_with_its_tag),
		TEST(without_mbufs_a_clone_is_dropped),
		TEST(received_as_they_came),
		TEST(nothing_is_sent_to_a_port_that_is_gone),
		TEST(received_no_more_than_the_burst),
	};

	return cmocka_run_group_tests(tests, group_setup, testing_eal_teardown);
}
