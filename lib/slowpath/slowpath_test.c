/* SPDX-License-Identifier: BSD-3-Clause */
/* From the punt ring to the inject ring: answers in chains, and where there is no room for them. */
#include <event2/event.h>
#include <rte_ip.h>

#include "packet_testing.h"
#include "port_ctl.h"
#include "punt.h"
#include "responder.h"
#include "route_testing.h"
#include "slowpath_ctl.h"
#include "worker_ctl.h"

#define ARP_LEN 42
#define PORT    1
#define IFACE   TESTING_ID(PORT)

static struct testing_routes *routes;
static struct port ports[TESTING_PORTS], *port_list[TESTING_PORTS];
static struct port_table port_table = {.ports = port_list, .n = TESTING_PORTS};
static struct router r;
static struct event_base *base;
static struct slowpath *s;

static int setup(void **state)
{
	static const unsigned lcores[] = {0};
	struct policer policers[PUNT_CLASS_MAX] = {0};

	routes = testing_routes_create();
	r = (struct router){.rcu = routes->tables->rcu,
			    .ports = &port_table,
			    .ifaces = routes->tables->ifaces,
			    .nexthops = routes->nexthops,
			    .routes = routes->routes};
	for (uint16_t i = 0; i < TESTING_PORTS; i++) {
		ports[i] = (struct port){.id = routes->tables->p[i]->port,
					 .numa_node = -1,
					 .n_txq = 1,
					 .pool = testing_pool()};
		port_list[i] = &ports[i];
	}
	testing_address(routes, PORT, "10.1.0.1/24");
	base = event_base_new();
	r.workers = worker_set_create(&r, lcores, 1, policers, NULL);
	s = slowpath_create(base, &r, NULL);
	return s ? 0 : -1;
}

/* What waits in the rings goes with the workers: nothing leaks at the end. */
static int teardown(void **state)
{
	slowpath_destroy(s);
	worker_set_destroy(r.workers);
	event_base_free(base);
	assert_int_equal(testing_mbufs_used(), 0);
	testing_routes_destroy(routes);
	return 0;
}

/* An ARP request for the address of the interface. */
static struct rte_mbuf *arp_request(void)
{
	static const uint8_t frame[ARP_LEN] =
		"\xff\xff\xff\xff\xff\xff\2\0\0\0\0\x77\x08\x06"
		"\0\1\x08\0\6\4\0\1\2\0\0\0\0\x77\x0a\1\0\2\0\0\0\0\0\0\x0a\1\0\1";

	return testing_packet(frame, sizeof(frame), 0);
}

static void punt_it(struct rte_mbuf *pkt, enum punt_class cls)
{
	*punt_meta(pkt) = (struct punt_meta){.iface = IFACE, .cls = cls, .l2_len = 14};
	assert_int_equal(rte_ring_enqueue(r.workers->workers[0]->punt_ring, pkt), 0);
}

static uint64_t dropped(enum drop_reason reason)
{
	return r.workers->own->drop[reason];
}

static unsigned injected(void)
{
	return rte_ring_count(r.workers->workers[0]->inject_ring);
}

static void an_answer_goes_to_the_first_worker(void **state)
{
	struct rte_mbuf *pkt = NULL;

	punt_it(arp_request(), PUNT_ethertype_arp);
	punt_it(arp_request(), PUNT_options_any);
	slowpath_poll(s, NS_PER_S);
	assert_int_equal(injected(), 1);
	assert_int_equal(rte_ring_dequeue(r.workers->workers[0]->inject_ring, (void **)&pkt), 0);
	assert_int_equal(punt_meta(pkt)->iface, IFACE);
	assert_int_equal(pkt->pkt_len, 60);
	assert_int_equal(pkt->nb_segs, 1);
	rte_pktmbuf_free(pkt);
	assert_int_equal(dropped(DROP_no_control), 1);
	assert_int_equal(dropped(DROP_inject_full), 0);
}

static void a_full_ring_is_counted(void **state)
{
	struct rte_ring *ring = r.workers->workers[0]->inject_ring;
	struct rte_mbuf *pkt = arp_request();
	unsigned room = rte_ring_free_count(ring);

	/* The same one everywhere, with so many owners. */
	rte_mbuf_refcnt_update(pkt, (int16_t)(room - 2));
	for (unsigned i = 1; i < room; i++)
		assert_int_equal(rte_ring_enqueue(ring, pkt), 0);
	for (unsigned i = 0; i < 3; i++)
		punt_it(arp_request(), PUNT_ethertype_arp);
	slowpath_poll(s, NS_PER_S);
	assert_int_equal(injected(), room);
	assert_int_equal(dropped(DROP_inject_full), 2);
	assert_int_equal(dropped(DROP_no_control), 0);
	assert_int_equal(testing_mbufs_used(), 2);
}

static void an_empty_pool_is_counted(void **state)
{
	struct rte_mbuf *held[TESTING_MBUFS], *pkt = arp_request();
	unsigned n = 0;

	/* Held by another too, so that it does not come back for its own answer. */
	rte_mbuf_refcnt_update(pkt, 1);
	punt_it(pkt, PUNT_ethertype_arp);
	while (n < TESTING_MBUFS && (held[n] = rte_pktmbuf_alloc(testing_pool())))
		n++;
	slowpath_poll(s, NS_PER_S);
	assert_int_equal(injected(), 0);
	assert_int_equal(dropped(DROP_inject_full), 1);
	assert_int_equal(dropped(DROP_no_control), 0);
	rte_pktmbuf_free(pkt);
	/* With one left, the next has its answer. */
	punt_it(arp_request(), PUNT_ethertype_arp);
	slowpath_poll(s, NS_PER_S);
	assert_int_equal(injected(), 1);
	rte_pktmbuf_free_bulk(held, n);
}

/* An echo request of len bytes of ICMP in a frame. */
static size_t make_echo(uint8_t *frame, size_t len)
{
	static const uint8_t head[34 + 4] =
		"\2\0\0\0\xff\1\2\0\0\0\0\x77\x08\0"
		"\x45\0\0\0\0\0\0\0\x40\1\0\0\x0a\1\0\2\x0a\1\0\1\x08\0\0";
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + 14);
	rte_be16_t sum;

	memcpy(frame, head, sizeof(head));
	for (size_t i = 4; i < len; i++)
		frame[34 + i] = (uint8_t)(i * 7 + i / 256);
	ip->total_length = rte_cpu_to_be_16(20 + len);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	sum = ~rte_raw_cksum(frame + 34, len);
	memcpy(frame + 36, &sum, sizeof(sum));
	return 34 + len;
}

static void an_answer_longer_than_an_mbuf_is_a_chain(void **state)
{
	static uint8_t frame[9014], out[9014];
	size_t len = make_echo(frame, sizeof(frame) - 34);
	struct rte_mbuf *pkt = NULL;
	const char *why;

	routes->tables->p[PORT]->mtu = 9000;
	punt_it(testing_packet(frame, (uint32_t)len, TESTING_DATA_ROOM), PUNT_local_icmp);
	slowpath_poll(s, NS_PER_S);
	assert_int_equal(rte_ring_dequeue(r.workers->workers[0]->inject_ring, (void **)&pkt), 0);
	assert_int_equal(rte_mbuf_check(pkt, 1, &why), 0);
	assert_int_equal(pkt->pkt_len, len);
	assert_int_equal(pkt->nb_segs, 5);
	assert_memory_equal(rte_pktmbuf_read(pkt, 38, (uint32_t)len - 38, out), frame + 38,
			    len - 38);
	rte_pktmbuf_free(pkt);
}

/* Half a chain is no answer, and goes back whole. */
static void not_enough_mbufs_for_a_chain(void **state)
{
	static uint8_t frame[9014];
	size_t len = make_echo(frame, sizeof(frame) - 34);
	struct rte_mbuf *pkt = testing_packet(frame, (uint32_t)len, TESTING_DATA_ROOM);
	struct rte_mbuf *held[TESTING_MBUFS];
	unsigned n = TESTING_MBUFS - pkt->nb_segs - 3;

	routes->tables->p[PORT]->mtu = 9000;
	for (struct rte_mbuf *seg = pkt; seg; seg = seg->next)
		rte_mbuf_refcnt_update(seg, 1);
	punt_it(pkt, PUNT_local_icmp);
	assert_int_equal(rte_pktmbuf_alloc_bulk(testing_pool(), held, n), 0);
	slowpath_poll(s, NS_PER_S);
	assert_int_equal(testing_mbufs_used(), n + 5);
	assert_int_equal(injected(), 0);
	assert_int_equal(dropped(DROP_inject_full), 1);
	rte_pktmbuf_free_bulk(held, n);
	rte_pktmbuf_free(pkt);
}

/* What is still in the rings at the end: see teardown(). */
static void nothing_leaks_at_the_end(void **state)
{
	for (unsigned i = 0; i < 20; i++)
		punt_it(arp_request(), PUNT_ethertype_arp);
	slowpath_poll(s, NS_PER_S);
	assert_int_equal(injected(), 20);
	for (unsigned i = 0; i < 20; i++)
		punt_it(arp_request(), PUNT_ethertype_arp);
	assert_int_equal(testing_mbufs_used(), 40);
}

static int group_setup(void **state)
{
	return testing_eal_setup(state) || punt_init();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_goes_to_the_first_worker),
		TEST(a_full_ring_is_counted),
		TEST(an_empty_pool_is_counted),
		TEST(an_answer_longer_than_an_mbuf_is_a_chain),
		TEST(not_enough_mbufs_for_a_chain),
		TEST(nothing_leaks_at_the_end),
	};

	return cmocka_run_group_tests(tests, group_setup, testing_eal_teardown);
}
