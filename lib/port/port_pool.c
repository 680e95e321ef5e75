/* SPDX-License-Identifier: BSD-3-Clause */
/* The pools of mbufs: one a NUMA node, big enough that no queue, ring or cache can empty it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include "hugepages.h"
#include "mbufs.h"
#include "node.h"
#include "port_ctl.h"
#include "rcu.h"
#include "replicate.h"

#define FRAME_OVERHEAD 26   /* Ethernet header, two tags, checksum */
#define OWN_PUNTED     2048 /* of a port's own pool, on the way to the slow path */

_Static_assert(MBUFS_PUNTED == PUNT_RING_SIZE, "what waits for the slow path");
_Static_assert(MBUFS_INJECTED == INJECT_RING_SIZE, "what the slow path sends");
_Static_assert(MBUFS_SMALL_ROOM == REPLICATE_ROOM, "of clones and headers");
_Static_assert(MBUFS_ROOM == RTE_MBUF_DEFAULT_BUF_SIZE, "DPDK's usual data room");

/* The slot of a node in port_table.pools; ports without a node share the last. */
static unsigned pool_slot(const struct port *port)
{
	return port->numa_node < 0 || port->numa_node >= RTE_MAX_NUMA_NODES - 1
		       ? RTE_MAX_NUMA_NODES - 1
		       : (unsigned)port->numa_node;
}

/* Every place where mbufs of the pool can be at once. Packets of any pool may wait in the transmit
 * rings of every port, so those count for each pool. */
static unsigned count_mbufs(const struct port_table *t, unsigned slot, unsigned n_workers)
{
	unsigned n = (unsigned)mbufs_of_lcores(n_workers, PUNT_RING_SIZE);

	for (unsigned i = 0; i < t->n; i++) {
		const struct port *port = t->ports[i];
		unsigned rings = RTE_MAX(port->n_members, 1u); /* a bond's members have them */

		n += rings * port->n_txq * port->n_txd;
		if (pool_slot(port) == slot)
			n += rings * port->n_rxq * port->n_rxd;
	}
	return n;
}

/* net_pcap makes chains, and does not say so. */
static bool can_scatter(const struct port *port)
{
	return (port->rx_offloads & RTE_ETH_RX_OFFLOAD_SCATTER) ||
	       !strcmp(port->info.driver_name, "net_pcap");
}

/* A port that cannot scatter a large frame needs mbufs that hold it whole. */
static unsigned largest_frame(const struct port_table *t)
{
	unsigned size = RTE_MBUF_DEFAULT_DATAROOM;

	for (unsigned i = 0; i < t->n; i++)
		if (!can_scatter(t->ports[i]))
			size = RTE_MAX(size, t->ports[i]->conf.mtu + 64u);
	return RTE_ALIGN(size, 64);
}

/* Drivers whose transmit path is the same whether chains may come or not: no NIC's. */
static bool chains_are_free(const struct port *port)
{
	const struct rte_bus *bus = port->info.device ? rte_dev_bus(port->info.device) : NULL;

	return (bus && !strcmp(rte_bus_name(bus), "vdev")) ||
	       !strcmp(port->info.driver_name, "net_virtio");
}

/* What the port is configured to send is known. net_pcap sends chains, and does not say so. */
static void choose_check(const struct port_table *t, struct port *port)
{
	port->no_segments = !(port->tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) &&
			    strcmp(port->info.driver_name, "net_pcap");
	if (port->no_segments && t->chains)
		port->tx_check = TX_CHECK_ALL;
	else
		port->tx_check =
			port->no_segments || port->no_sharing ? TX_CHECK_REPLICAS : TX_TAKES_ALL;
}

/* Chains cost: scattered receive and the full transmit path of a PMD. So they are asked for only
 * where a frame does not fit into one mbuf; and once one port makes them, all must send them.
 * Replication makes chains too, which a port that was not asked gets as copies. */
static void choose_segments(struct port_table *t, unsigned room)
{
	bool chains = false;

	for (unsigned i = 0; i < t->n; i++) {
		struct port *port = t->ports[i];
		unsigned mtu = RTE_MAX(port->conf.mtu, (uint16_t)RTE_ETHER_MTU);
		bool large = can_scatter(port) && mtu + FRAME_OVERHEAD > room;

		if (!large)
			port->rx_offloads &= ~RTE_ETH_RX_OFFLOAD_SCATTER;
		/* A capture may hold frames of any size. */
		chains |= large || !strcmp(port->info.driver_name, "net_pcap");
	}
	t->chains = chains;
	for (unsigned i = 0; i < t->n; i++) {
		struct port *port = t->ports[i];

		if (!chains && !t->replicates && !chains_are_free(port))
			port->tx_offloads &= ~RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
		choose_check(t, port);
	}
}

/*
 * The ring behind the caches of the lcores: a thread that may lose its CPU at any moment (the slow
 * path's) puts mbufs back too. With DPDK's default, ring_mp_mc, one that is descheduled in the
 * middle makes every worker that puts mbufs back after it wait for it, a time slice long; with RTS
 * (relaxed tail synchronisation) they go on. A pool in hardware has ops of its own, and keeps them.
 */
static struct rte_mempool *pool_create(const char *name, unsigned n, uint16_t size, int node)
{
	const char *ops = rte_mbuf_best_mempool_ops();

	if (!strcmp(ops, RTE_MBUF_DEFAULT_MEMPOOL_OPS))
		ops = "ring_mt_rts";
	return rte_pktmbuf_pool_create_by_ops(name, n, MBUFS_CACHE, 0, size, node, ops);
}

static int refuse(unsigned n, unsigned size, struct error *err)
{
	size_t each = rte_mempool_calc_obj_size(size + sizeof(struct rte_mbuf), 0, NULL);
	char what[64];

	snprintf(what, sizeof(what), "%u mbufs of %u bytes", n, size);
	return hugepages_refuse_for(what, n * each, err);
}

/* Small mbufs may be wherever the packets are that refer to others: in transmit rings, where each
 * may be a header and a reference, and on the way to the slow path. */
static unsigned count_small(const struct port_table *t, unsigned n_workers)
{
	unsigned n = (unsigned)mbufs_of_lcores(n_workers, MBUFS_SMALL_PUNTED);

	for (unsigned i = 0; i < t->n; i++) {
		const struct port *port = t->ports[i];

		n += 2u * RTE_MAX(port->n_members, 1u) * port->n_txq * port->n_txd;
	}
	return t->mbufs ? RTE_MIN(n, t->mbufs) : n;
}

static int create_small(struct port_table *t, unsigned slot, int node, unsigned n_workers,
			struct error *err)
{
	unsigned n = count_small(t, n_workers);
	char name[RTE_MEMPOOL_NAMESIZE];

	if (t->small[slot])
		return 0;
	snprintf(name, sizeof(name), "small%u", slot);
	t->small[slot] = pool_create(name, n, REPLICATE_ROOM, node);
	return t->small[slot] ? 0 : refuse(n, REPLICATE_ROOM, err);
}

int port_pool_grow_small(struct port_table *t, unsigned slot, unsigned n_workers,
			 struct rte_mempool **old, struct error *err)
{
	unsigned n = count_small(t, n_workers);
	struct rte_mempool *small = t->small[slot], *more;
	char name[RTE_MEMPOOL_NAMESIZE];

	*old = NULL;
	if (!small || small->size >= n)
		return 0;
	snprintf(name, sizeof(name), "small%u+%u", slot, ++t->n_own);
	more = pool_create(name, n, REPLICATE_ROOM, small->socket_id);
	if (!more)
		return refuse(n, REPLICATE_ROOM, err);
	*old = small;
	t->small[slot] = more;
	return 0;
}

struct rte_mempool *port_pool_small(const struct port_table *t, int numa_node)
{
	if (numa_node >= 0 && numa_node < RTE_MAX_NUMA_NODES - 1 && t->small[numa_node])
		return t->small[numa_node];
	for (unsigned i = RTE_MAX_NUMA_NODES; i-- > 0;)
		if (t->small[i])
			return t->small[i];
	return NULL;
}

struct rte_mempool *port_pool_any(const struct port_table *t)
{
	for (unsigned i = 0; i < RTE_MAX_NUMA_NODES; i++)
		if (t->pools[i])
			return t->pools[i];
	return t->n ? t->ports[0]->pool : NULL;
}

int port_pools_create(struct port_table *t, unsigned n_workers, unsigned mbufs, unsigned mbuf_size,
		      struct error *err)
{
	unsigned size = mbuf_size ? mbuf_size : largest_frame(t) + RTE_PKTMBUF_HEADROOM;

	t->mbufs = mbufs;
	t->mbuf_size = mbuf_size;
	t->mbuf_size_given = mbuf_size;
	if (size > UINT16_MAX)
		return error_set(err, -EINVAL, "mbufs of %u bytes: at most %u are possible", size,
				 UINT16_MAX);
	for (unsigned i = 0; i < t->n; i++) {
		unsigned slot = pool_slot(t->ports[i]);
		unsigned n = mbufs ? mbufs : count_mbufs(t, slot, n_workers);
		int node = slot == RTE_MAX_NUMA_NODES - 1 ? SOCKET_ID_ANY : (int)slot;
		char name[RTE_MEMPOOL_NAMESIZE];

		if (!t->pools[slot]) {
			snprintf(name, sizeof(name), "mbufs%u", slot);
			t->pools[slot] = pool_create(name, n, (uint16_t)size, node);
		}
		if (!t->pools[slot])
			return refuse(n, size, err);
		t->ports[i]->pool = t->pools[slot];
		if (create_small(t, slot, node, n_workers, err))
			return -ENOMEM;
	}
	choose_segments(t, size - RTE_PKTMBUF_HEADROOM);
	return 0;
}

/* As count_mbufs(), but for what waits for the slow path: a flood of that from one port may empty
 * the port's own pool, for a moment. */
static unsigned count_own(const struct port_table *t, const struct port *port, unsigned n_workers)
{
	unsigned n = (unsigned)mbufs_of_lcores(n_workers, OWN_PUNTED) +
		     (unsigned)port->n_rxq * port->n_rxd;

	for (unsigned i = 0; i < t->n; i++)
		n += (unsigned)t->ports[i]->n_txq * t->ports[i]->n_txd;
	return n;
}

/* Its mbufs are as large as its frames, so it makes no chains; but for net_pcap, whose captures
 * may have frames of any size. */
static void choose_segments_of(struct port_table *t, struct port *port)
{
	port->rx_offloads &= ~RTE_ETH_RX_OFFLOAD_SCATTER;
	if (!t->chains && !strcmp(port->info.driver_name, "net_pcap")) {
		t->chains = true;
		for (unsigned i = 0; i < t->n; i++)
			choose_check(t, t->ports[i]);
	}
	if (!t->chains && !t->replicates && !chains_are_free(port))
		port->tx_offloads &= ~RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	choose_check(t, port);
}

/*
 * Of the retired pools the smallest that fits, or NULL. A transmit ring of a port that stays may
 * keep some mbufs for as long as it sends nothing more: so pools might never be whole, and would
 * pile up. What such rings can keep is counted in n.
 */
static struct rte_mempool *take_over(struct port_table *t, unsigned n, uint16_t size, int node)
{
	struct port_pool_retired **best = NULL, *taken;
	struct rte_mempool *pool;

	for (struct port_pool_retired **at = &t->retired; *at; at = &(*at)->next) {
		pool = (*at)->pool;
		if (pool->size >= n && rte_pktmbuf_data_room_size(pool) == size &&
		    pool->socket_id == node && (!best || pool->size < (*best)->pool->size))
			best = at;
	}
	if (!best)
		return NULL;
	taken = *best;
	pool = taken->pool;
	*best = taken->next;
	free(taken);
	return pool;
}

int port_pool_own(struct port_table *t, struct port *port, unsigned n_workers, struct error *err)
{
	unsigned frame = RTE_MAX(port->conf.mtu, (uint16_t)RTE_ETHER_MTU) + 64u;
	unsigned room = RTE_MAX(frame, (unsigned)RTE_MBUF_DEFAULT_DATAROOM);
	unsigned size = RTE_MAX(t->mbuf_size, RTE_ALIGN(room, 64) + RTE_PKTMBUF_HEADROOM);
	unsigned n = t->mbufs ? t->mbufs : count_own(t, port, n_workers);
	int node = port->numa_node < 0 ? SOCKET_ID_ANY : port->numa_node;
	char name[RTE_MEMPOOL_NAMESIZE];

	port->pool = take_over(t, n, (uint16_t)size, node);
	if (!port->pool) {
		snprintf(name, sizeof(name), "mbufs+%u", ++t->n_own);
		port->pool = pool_create(name, n, (uint16_t)size, node);
	}
	if (!port->pool)
		return refuse(n, size, err);
	port->added = true;
	choose_segments_of(t, port);
	return 0;
}

int port_pool_retire(struct port_table *t, struct rte_mempool *pool)
{
	struct port_pool_retired *retired = calloc(1, sizeof(*retired));

	if (!retired)
		return -ENOMEM;
	*retired = (struct port_pool_retired){.next = t->retired, .pool = pool};
	t->retired = retired;
	return 0;
}

/*
 * A thread that puts mbufs back counts them before it stores them, and may lose its CPU in between;
 * and while it empties its cache into the pool they are counted twice. So the pool is whole twice,
 * with a grace period in between, after which whoever was at it has returned, and with nothing come
 * into the pool itself: no cache has been emptied meanwhile. Threads without a cache put mbufs into
 * the pool itself, where they count when they are there, and do not touch it afterwards.
 */
static bool is_over(struct port_pool_retired *retired, struct rcu *rcu)
{
	bool whole = rte_mempool_full(retired->pool);
	unsigned n = rte_mempool_get_ops(retired->pool->ops_index)->get_count(retired->pool);

	if (whole && retired->whole && n == retired->n)
		return rcu_grace_is_over(rcu, retired->token);
	retired->whole = whole;
	retired->n = n;
	if (whole)
		retired->token = rcu_grace_begin(rcu);
	return false;
}

void port_pools_sweep(struct port_table *t, struct rcu *rcu)
{
	struct port_pool_retired **at = &t->retired;

	while (*at) {
		struct port_pool_retired *retired = *at;

		if (!is_over(retired, rcu)) {
			at = &retired->next;
			continue;
		}
		*at = retired->next;
		rte_mempool_free(retired->pool);
		free(retired);
	}
}

void port_pools_free(struct port_table *t)
{
	while (t->retired) {
		struct port_pool_retired *retired = t->retired;

		t->retired = retired->next;
		rte_mempool_free(retired->pool);
		free(retired);
	}
}
