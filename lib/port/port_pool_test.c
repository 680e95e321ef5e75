/* SPDX-License-Identifier: BSD-3-Clause */
#include "mbufs.h"
#include "node_testing.h"
#include "port_ctl.h"
#include "rcu.h"

#define MBUFS 1023
#define FEW   768 /* what a pool with such caches has at least */

static struct port ports[2];
static struct port *port_list[2] = {&ports[0], &ports[1]};
static struct port_table table = {.ports = port_list, .n = 2};
static struct rcu *rcu;

static int setup(void **state)
{
	rcu = rcu_create(1, 1);
	if (!rcu)
		return -1;
	for (unsigned i = 0; i < 2; i++)
		ports[i] = (struct port){.numa_node = -1,
					 .n_rxq = 1,
					 .n_txq = 1,
					 .n_rxd = 64,
					 .n_txd = 64,
					 .conf.mtu = 1500,
					 .info.driver_name = "none"};
	return 0;
}

static int teardown(void **state)
{
	for (unsigned i = 0; i < RTE_MAX_NUMA_NODES; i++) {
		rte_mempool_free(table.pools[i]);
		rte_mempool_free(table.small[i]);
		table.pools[i] = table.small[i] = NULL;
	}
	rcu_destroy(rcu);
	return 0;
}

/* A thread that is descheduled while it puts mbufs back must not hold up the workers. */
static void nobody_waits_for_a_thread_that_sleeps(void **state)
{
	const struct rte_mempool_ops *ops;

	assert_int_equal(port_pools_create(&table, 1, MBUFS, 0, NULL), 0);
	ops = rte_mempool_get_ops(ports[0].pool->ops_index);
	assert_string_equal(ops->name, "ring_mt_rts");
}

static void ports_of_a_node_share_a_pool(void **state)
{
	struct rte_mbuf *pkts[MBUFS];

	ports[1].conf.mtu = 9000;
	assert_int_equal(port_pools_create(&table, 1, MBUFS, 0, NULL), 0);
	assert_ptr_equal(ports[0].pool, ports[1].pool);
	assert_true(rte_pktmbuf_data_room_size(ports[0].pool) >= 9000 + RTE_PKTMBUF_HEADROOM);
	/* Every mbuf can be had, and is there again when it was put back. */
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MBUFS; i++) {
			pkts[i] = rte_pktmbuf_alloc(ports[0].pool);
			assert_non_null(pkts[i]);
		}
		assert_null(rte_pktmbuf_alloc(ports[0].pool));
		rte_pktmbuf_free_bulk(pkts, MBUFS);
	}
	assert_int_equal(rte_mempool_avail_count(ports[0].pool), MBUFS);
}

/* What is told before the start about the memory that it takes. */
static void sizes_are_foretold(void **state)
{
	static const unsigned rooms[] = {256, MBUFS_ROOM, 4096, 9000 + 192};

	for (unsigned i = 0; i < RTE_DIM(rooms); i++)
		assert_int_equal(mbufs_bytes(rooms[i]),
				 rte_mempool_calc_obj_size(
					 (uint32_t)(rooms[i] + sizeof(struct rte_mbuf)), 0, NULL));
	assert_int_equal(port_pools_create(&table, 2, 0, 256, NULL), 0);
	assert_int_equal(ports[0].pool->size, mbufs_of_lcores(2, MBUFS_PUNTED) + 2 * 64 + 2 * 64);
}

static struct port to_add(uint16_t mtu)
{
	return (struct port){.numa_node = -1,
			     .n_rxq = 1,
			     .n_txq = 1,
			     .n_rxd = 64,
			     .n_txd = 64,
			     .conf.mtu = mtu,
			     .rx_offloads = RTE_ETH_RX_OFFLOAD_SCATTER,
			     .tx_offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS,
			     .info.driver_name = "none"};
}

/* The pool of a port that is added, until the last mbuf is back. */
static void an_own_pool_goes_when_it_is_whole(void **state)
{
	struct port added = to_add(4000);
	struct rte_mempool *pool;
	struct rte_mbuf *pkt;

	assert_int_equal(port_pools_create(&table, 1, MBUFS, 0, NULL), 0);
	assert_int_equal(port_pool_own(&table, &added, 1, NULL), 0);
	pool = added.pool;
	assert_true(added.added && pool != ports[0].pool);
	assert_int_equal(pool->size, MBUFS);
	/* A frame fits into one: the others need not send chains. */
	assert_true(rte_pktmbuf_data_room_size(pool) >= 4000 + RTE_PKTMBUF_HEADROOM);
	assert_int_equal(added.rx_offloads, 0);
	assert_int_equal(added.tx_offloads, 0);
	pkt = rte_pktmbuf_alloc(pool);
	assert_int_equal(port_pool_retire(&table, pool), 0);
	for (unsigned i = 0; i < 5; i++)
		port_pools_sweep(&table, rcu);
	assert_ptr_equal(table.retired->pool, pool);
	rcu_reader_online(rcu, 0);
	rte_pktmbuf_free(pkt);
	for (unsigned i = 0; i < 5; i++)
		port_pools_sweep(&table, rcu);
	assert_non_null(table.retired); /* who has freed it may not be ready */
	rcu_reader_quiescent(rcu, 0);
	port_pools_sweep(&table, rcu);
	assert_null(table.retired);
	rcu_reader_offline(rcu, 0);
}

/* However often ports come and go while another one keeps an mbuf of each. */
static void a_pool_that_is_not_whole_is_taken_over(void **state)
{
	struct port first = to_add(1500), large = to_add(2500), added = to_add(1500);
	struct rte_mbuf *kept[20];

	assert_int_equal(port_pools_create(&table, 1, FEW, 0, NULL), 0);
	assert_int_equal(port_pool_own(&table, &first, 1, NULL), 0);
	kept[0] = rte_pktmbuf_alloc(first.pool);
	assert_int_equal(port_pool_retire(&table, first.pool), 0);
	for (unsigned i = 1; i < RTE_DIM(kept); i++) {
		assert_int_equal(port_pool_own(&table, &added, 1, NULL), 0);
		assert_ptr_equal(added.pool, first.pool);
		assert_null(table.retired);
		kept[i] = rte_pktmbuf_alloc(added.pool);
		assert_int_equal(port_pool_retire(&table, added.pool), 0);
	}
	/* Neither with mbufs of another size, nor with more of them. */
	assert_int_equal(port_pool_own(&table, &large, 1, NULL), 0);
	assert_ptr_not_equal(large.pool, first.pool);
	table.mbufs = FEW + 1;
	assert_int_equal(port_pool_own(&table, &added, 1, NULL), 0);
	assert_ptr_not_equal(added.pool, first.pool);
	assert_int_equal(port_pool_retire(&table, added.pool), 0);
	assert_int_equal(port_pool_retire(&table, large.pool), 0);
	/* The smallest of those that would do. */
	table.mbufs = FEW;
	assert_int_equal(port_pool_own(&table, &added, 1, NULL), 0);
	assert_ptr_equal(added.pool, first.pool);
	assert_int_equal(port_pool_retire(&table, added.pool), 0);
	rte_pktmbuf_free_bulk(kept, RTE_DIM(kept));
	for (unsigned i = 0; i < 2; i++)
		port_pools_sweep(&table, rcu);
	assert_null(table.retired);
}

/* Rings of a port that is added hold clones too: as many as all rings can, and some to work with.
 */
static void clones_suffice_for_added_ports(void **state)
{
	struct port added = to_add(1500), *all[] = {&ports[0], &ports[1], &added};
	struct port_table t = {.ports = all, .n = 2};
	const unsigned slot = RTE_MAX_NUMA_NODES - 1;
	struct rte_mempool *first, *old;
	unsigned before;

	added.n_txd = 4096;
	assert_int_equal(port_pools_create(&t, 1, 0, 256, NULL), 0);
	first = t.small[slot];
	before = first->size;
	assert_int_equal(port_pool_grow_small(&t, slot, 1, &old, NULL), 0);
	assert_null(old);
	t.n = 3;
	t.mbufs = before;
	assert_int_equal(port_pool_grow_small(&t, slot, 1, &old, NULL), 0);
	assert_null(old); /* the configuration says how many */
	t.mbufs = 0;
	assert_int_equal(port_pool_grow_small(&t, slot, 1, &old, NULL), 0);
	assert_ptr_equal(old, first);
	assert_ptr_equal(port_pool_small(&t, -1), t.small[slot]);
	assert_int_equal(t.small[slot]->size, before + 2 * 4096);
	t.n = 2;
	assert_int_equal(port_pool_grow_small(&t, slot, 1, &old, NULL), 0);
	assert_null(old); /* it stays */
	rte_mempool_free(first);
	rte_mempool_free(t.small[slot]);
	rte_mempool_free(t.pools[slot]);
}

/* Where no port is meant, a pool that stays. */
static void any_pool_is_one_of_the_start(void **state)
{
	struct port_table none = {.n = 0}, t = table;

	assert_null(port_pool_any(&none));
	assert_int_equal(port_pools_create(&t, 1, MBUFS, 0, NULL), 0);
	t.n = 0;
	assert_ptr_equal(port_pool_any(&t), ports[0].pool);
	table = t;
	table.n = 2;
}

static void chains_may_begin_later(void **state)
{
	struct port added = {.numa_node = -1,
			     .n_rxq = 1,
			     .n_txq = 1,
			     .n_rxd = 64,
			     .n_txd = 64,
			     .info.driver_name = "net_pcap"};

	assert_int_equal(port_pools_create(&table, 1, MBUFS, 0, NULL), 0);
	assert_false(table.chains);
	assert_int_equal(ports[0].tx_check, TX_CHECK_REPLICAS);
	assert_int_equal(port_pool_own(&table, &added, 1, NULL), 0);
	assert_true(table.chains && ports[0].no_segments && ports[1].no_segments);
	assert_int_equal(ports[0].tx_check, TX_CHECK_ALL);
	assert_false(added.no_segments);
	assert_int_equal(added.tx_check, TX_TAKES_ALL);
	assert_int_equal(port_pool_retire(&table, added.pool), 0);
	port_pools_free(&table);
	assert_null(table.retired);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_waits_for_a_thread_that_sleeps),
		TEST(ports_of_a_node_share_a_pool),
		TEST(sizes_are_foretold),
		TEST(an_own_pool_goes_when_it_is_whole),
		TEST(a_pool_that_is_not_whole_is_taken_over),
		TEST(clones_suffice_for_added_ports),
		TEST(any_pool_is_one_of_the_start),
		TEST(chains_may_begin_later),
	};

	return cmocka_run_group_tests(tests, testing_eal_setup, testing_eal_teardown);
}
