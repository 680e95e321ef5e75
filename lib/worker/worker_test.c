/* SPDX-License-Identifier: BSD-3-Clause */
/* The set of workers, its queues and counters, and the walk through the nodes. */
#include <errno.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include "packet_testing.h"
#include "punt.h"
#include "rcu.h"
#include "route_testing.h"
#include "walk.h"
#include "worker_ctl.h"

#define WORKERS 3

static const unsigned lcores[WORKERS] = {0, 1, 2};
static struct testing_routes *routes;
static struct port ports[TESTING_PORTS], *port_list[TESTING_PORTS];
static rte_spinlock_t locks[2];
static struct port_table port_table = {.ports = port_list, .n = TESTING_PORTS};
static struct router r;
static struct worker_set *set;
static struct error err;

static int setup(void **state)
{
	struct policer policers[PUNT_CLASS_MAX];

	routes = testing_routes_create();
	r = (struct router){.rcu = routes->tables->rcu,
			    .ports = &port_table,
			    .ifaces = routes->tables->ifaces,
			    .nexthops = routes->nexthops,
			    .routes = routes->routes};
	for (uint16_t i = 0; i < TESTING_PORTS; i++) {
		ports[i] = (struct port){
			.id = routes->tables->p[i]->port, .numa_node = -1, .n_txq = WORKERS};
		snprintf(ports[i].conf.name, sizeof(ports[i].conf.name), "p%u", i);
		port_list[i] = &ports[i];
	}
	/* Port 1 has fewer queues than there are workers, port 3 wants no chains. */
	ports[1].n_txq = 2;
	ports[1].tx_locks = locks;
	ports[3].no_segments = true;
	for (int i = 0; i < PUNT_CLASS_MAX; i++)
		policer_init(&policers[i], 1000, 100, rte_get_tsc_hz());
	set = worker_set_create(&r, lcores, WORKERS, policers, &err);
	return set ? 0 : -1;
}

static int teardown(void **state)
{
	worker_set_destroy(set);
	assert_int_equal(testing_mbufs_used(), 0);
	testing_routes_destroy(routes);
	return 0;
}

/* Poll so many queues of the port, by these workers in turn. */
static int add_to(struct port *port, uint16_t n, const unsigned *of, unsigned n_of)
{
	port->n_rxq = n;
	return worker_add_port(set, port, (uint16_t)(port - ports), of, n_of, &err);
}

static int add(struct port *port, uint16_t n)
{
	return add_to(port, n, NULL, 0);
}

static struct worker_rxq queue_of(unsigned worker, unsigned i)
{
	return set->workers[worker]->rxqs->rxq[i];
}

static void assert_queues(unsigned a, unsigned b, unsigned c)
{
	assert_int_equal(set->workers[0]->rxqs->n, a);
	assert_int_equal(set->workers[1]->rxqs->n, b);
	assert_int_equal(set->workers[2]->rxqs->n, c);
}

static void workers_know_their_tables(void **state)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		const struct worker *w = set->workers[i];

		assert_int_equal(w->id, i);
		assert_int_equal(w->lcore, lcores[i]);
		assert_ptr_equal(w->fib4, route_fib4(routes->routes));
		assert_ptr_equal(w->fib6, route_fib6(routes->routes));
		assert_ptr_equal(w->own4, route_own4(routes->routes));
		assert_ptr_equal(w->policers, set->policers);
		for (unsigned p = 0; p < TESTING_PORTS; p++) {
			const struct tx_vector *v = &w->tx[ports[p].id];

			assert_int_equal(v->queue, p == 1 ? i % 2 : i);
			assert_ptr_equal(v->lock, p == 1 ? &locks[i % 2] : NULL);
			assert_int_equal(v->no_segments, p == 3);
			assert_int_equal(v->iface, TESTING_ID(p));
			assert_int_equal(v->n, 0);
		}
	}
}

static void queues_are_spread_evenly(void **state)
{
	assert_queues(0, 0, 0);
	assert_int_equal(add(&ports[0], 5), 0);
	assert_int_equal(add(&ports[2], 5), 0);
	assert_queues(4, 3, 3);
	assert_int_equal(queue_of(2, 1).port, ports[2].id);
	assert_int_equal(queue_of(2, 1).iface, 2);
	assert_int_equal(queue_of(2, 1).queue, 0);
	assert_int_equal(queue_of(0, 3).queue, 4);
	assert_int_equal(queue_of(0, 3).port, ports[2].id);
	assert_int_equal(queue_of(0, 0).port, ports[0].id);
}

static void the_queues_of_a_port_go(void **state)
{
	add(&ports[0], 2);
	add(&ports[2], 4);
	add(&ports[3], 1);
	assert_queues(3, 2, 2);
	assert_int_equal(worker_del_port(set, &ports[2], &err), 0);
	assert_queues(2, 1, 0);
	assert_int_equal(queue_of(0, 0).port, ports[0].id);
	assert_int_equal(queue_of(0, 1).port, ports[3].id);
	assert_int_equal(queue_of(1, 0).port, ports[0].id);
	assert_int_equal(worker_del_port(set, &ports[2], &err), 0); /* none is there */
	assert_int_equal(worker_del_port(set, &ports[0], &err), 0);
	assert_int_equal(worker_del_port(set, &ports[3], &err), 0);
	assert_queues(0, 0, 0);
	assert_int_equal(rcu_reclaim(routes->tables->rcu), 0);
}

/* The id of an interface is given to another one: its counters begin at zero. */
static void counters_of_one_interface_are_cleared(void **state)
{
	struct worker_stats *sum = worker_stats_new(set);

	for (unsigned i = 0; i < WORKERS; i++) {
		set->workers[i]->stats->iface[1].rx_packets = 10;
		set->workers[i]->stats->iface[2].rx_packets = 20;
	}
	set->own->iface[1].injected = 5;
	set->mirror->iface[1].tx_dropped = 6;
	worker_set_clear_iface(set, 1);
	set->workers[0]->stats->iface[1].rx_packets++;
	worker_set_sum(set, sum);
	assert_int_equal(sum->iface[1].rx_packets, 1);
	assert_int_equal(sum->iface[1].injected, 0);
	assert_int_equal(sum->iface[1].tx_dropped, 0);
	assert_int_equal(sum->iface[2].rx_packets, 60);
	free(sum);
}

static void a_worker_of_the_ports_node_is_preferred(void **state)
{
	set->workers[0]->numa_node = 0;
	set->workers[1]->numa_node = 1;
	set->workers[2]->numa_node = 1;
	ports[0].numa_node = 1;
	assert_int_equal(add(&ports[0], 5), 0);
	assert_queues(0, 3, 2);
	assert_int_equal(add(&ports[1], 1), 0); /* of no node */
	assert_queues(1, 3, 2);
	ports[2].numa_node = 7; /* of one that has no worker */
	assert_int_equal(add(&ports[2], 2), 0);
	assert_queues(3, 3, 2);
}

static void the_operator_chooses(void **state)
{
	static const unsigned third[] = {2}, first_and_third[] = {0, 2}, wrong[] = {1, 9};

	assert_int_equal(add_to(&ports[0], 3, third, 1), 0);
	assert_queues(0, 0, 3);
	assert_int_equal(add(&ports[1], 1), 0);
	assert_queues(1, 0, 3);
	assert_int_equal(add_to(&ports[2], 3, first_and_third, 2), 0);
	assert_queues(3, 0, 4);
	assert_int_equal(add_to(&ports[3], 2, wrong, 2), -EINVAL);
	assert_string_equal(err.msg, "port p3: lcore 9 is not a worker");
	assert_queues(3, 0, 4);
}

static void count_clear(void *ctx)
{
	(*(unsigned *)ctx)++;
}

static void counters_are_summed_and_cleared(void **state)
{
	unsigned cleared = 0;
	struct worker_stats *sum = worker_stats_new(set);

	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker_stats *s = set->workers[i]->stats;

		s->node[NODE_MAX - 1].calls = 1 + i;
		s->drop[DROP_tx_full] = 10 * (1 + i);
		s->iface[TESTING_ID(TESTING_PORTS - 1)].tx_dropped = 100;
	}
	set->own->drop[DROP_no_control] = 7;
	set->mirror->drop[DROP_mirror_down] = 8;
	set->on_clear = count_clear;
	set->on_clear_ctx = &cleared;
	worker_set_sum(set, sum);
	assert_int_equal(sum->node[NODE_MAX - 1].calls, 6);
	assert_int_equal(sum->drop[DROP_tx_full], 60);
	assert_int_equal(sum->drop[DROP_no_control], 7);
	assert_int_equal(sum->drop[DROP_mirror_down], 8);
	assert_int_equal(cleared, 0);
	assert_int_equal(sum->iface[TESTING_ID(TESTING_PORTS - 1)].tx_dropped, 300);
	worker_set_clear(set);
	assert_int_equal(cleared, 1);
	worker_set_sum(set, sum);
	assert_int_equal(sum->drop[DROP_tx_full], 0);
	assert_int_equal(sum->drop[DROP_mirror_down], 0);
	assert_int_equal(sum->iface[TESTING_ID(TESTING_PORTS - 1)].tx_dropped, 0);
	set->workers[1]->stats->drop[DROP_tx_full]++;
	set->own->drop[DROP_no_control]++;
	worker_set_sum(set, sum);
	assert_int_equal(sum->drop[DROP_tx_full], 1);
	assert_int_equal(sum->drop[DROP_no_control], 1);
	assert_int_equal(sum->node[NODE_MAX - 1].calls, 0);
	assert_int_equal(set->workers[1]->stats->drop[DROP_tx_full], 21);
	free(sum);
}

/* An ARP request, an IPv4 packet without a route, and one with a wrong version. */
static void a_walk_ends_with_empty_bursts(void **state)
{
	static const struct worker_rxq rxq = {.iface = TESTING_ID(0)};
	static const uint16_t types[] = {RTE_ETHER_TYPE_ARP, RTE_ETHER_TYPE_IPV4,
					 RTE_ETHER_TYPE_IPV4};
	static const uint8_t first[] = {0, 0x45, 0x55};
	struct worker *w = set->workers[0];
	struct burst *b = w->in[NODE_ether_input];
	struct rte_mbuf *pkt = NULL;

	w->rxq = &rxq;
	for (b->n = 0; b->n < RTE_DIM(types); b->n++) {
		uint8_t frame[60] = {0};
		struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);

		memcpy(&eth->dst_addr, &w->ifaces[TESTING_ID(0)].mac, 6);
		eth->ether_type = rte_cpu_to_be_16(types[b->n]);
		*ip = (struct rte_ipv4_hdr){.version_ihl = first[b->n],
					    .total_length = RTE_BE16(46),
					    .time_to_live = 9,
					    .src_addr = RTE_BE32(0x0a000001),
					    .dst_addr = RTE_BE32(0x0a000002)};
		ip->hdr_checksum = rte_ipv4_cksum(ip);
		b->pkts[b->n] = testing_packet(frame, sizeof(frame), 0);
	}
	walk_timed(w, rte_rdtsc(), 1);
	for (int node = 0; node < NODE_MAX; node++)
		assert_int_equal(w->in[node]->n, 0);
	assert_int_equal(w->stats->node[NODE_ether_input].packets, 3);
	assert_int_equal(w->stats->node[NODE_ip4_input].packets, 2);
	assert_int_equal(w->stats->node[NODE_ip6_input].calls, 0);
	assert_int_equal(w->stats->node[NODE_output].calls, 0);
	assert_int_equal(w->stats->node[NODE_punt].packets, 2);
	assert_int_equal(w->stats->node[NODE_drop].packets, 1);
	assert_int_equal(w->stats->drop[DROP_ip4_version], 1);
	assert_int_equal(w->stats->punted[PUNT_ethertype_arp], 1);
	assert_int_equal(w->stats->punted[PUNT_no_route_any], 1);
	assert_int_equal(rte_ring_count(w->punt_ring), 2);
	assert_int_equal(rte_ring_dequeue(w->punt_ring, (void **)&pkt), 0);
	assert_int_equal(punt_meta(pkt)->cls, PUNT_ethertype_arp);
	rte_pktmbuf_free(pkt); /* the other is left in the ring: it goes with the worker */
}

static int group_setup(void **state)
{
	return testing_eal_setup(state) || punt_init();
}

static uint32_t polled; /* how many packets a poll of each of the two queues brings */

static void fake_rx(struct worker *w, struct burst *b)
{
	w->in[NODE_ether_input]->n = w->rxq->queue ? BURST_MAX : polled;
}

static void fake_sink(struct worker *w, struct burst *b)
{
	b->n = 0;
}

/* Walks that are timed stand for all: of two queues in turn, for as many of each, whatever they
 * bring. At first, and while bursts are small, each is. */
static void timed_walks_stand_for_all(void **state)
{
	static const struct worker_rxq queues[] = {{.queue = 0}, {.queue = 1}};
	static const uint32_t sizes[] = {BURST_MAX, BURST_MAX / 2};
	struct worker *w = set->workers[0];

	w->nodes[NODE_port_rx] = fake_rx;
	w->nodes[NODE_ether_input] = fake_sink;
	for (unsigned k = 0; k < RTE_DIM(sizes); k++) {
		uint64_t stood_for[2] = {0}, timed = 0;

		polled = sizes[k];
		w->large = w->untimed = w->gap = 0;
		for (uint32_t i = 0; i < 200000; i++) {
			uint32_t waiting = w->untimed + 1;

			walk_rxq(w, &queues[i & 1]);
			if (w->untimed)
				continue;
			stood_for[i & 1] += waiting;
			timed++;
			assert_true(waiting == 1 || i >= 64);
		}
		assert_in_range(timed, 200000 / 20, 200000 / 13);
		assert_in_range(stood_for[0], 95000, 105000);
		assert_in_range(stood_for[1], 95000, 105000);
	}
	polled = 1;
	walk_rxq(w, &queues[0]); /* it may be one that is not timed */
	while (w->large)
		walk_rxq(w, &queues[0]);
	for (unsigned i = 0; i < 100; i++) {
		walk_rxq(w, &queues[0]);
		assert_int_equal(w->untimed, 0);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(workers_know_their_tables),
		TEST(queues_are_spread_evenly),
		TEST(the_queues_of_a_port_go),
		TEST(a_walk_ends_with_empty_bursts),
		TEST(a_worker_of_the_ports_node_is_preferred),
		TEST(timed_walks_stand_for_all),
		TEST(the_operator_chooses),
		TEST(counters_are_summed_and_cleared),
		TEST(counters_of_one_interface_are_cleared),
	};

	return cmocka_run_group_tests(tests, group_setup, testing_eal_teardown);
}
