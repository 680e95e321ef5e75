/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_dev.h>

#include "log.h"
#include "port_bond.h"
#include "port_link.h"
#include "port_members.h"
#include "port_mtu.h"
#include "port_open.h"
#include "port_quirks.h"

struct port_table *port_table_create(void)
{
	return calloc(1, sizeof(struct port_table));
}

static void port_close(struct port *port)
{
	struct rte_device *dev = port->info.device;

	/* A netdev under the port outlives it: it is left as it was found. A device that has
	 * vanished must not be asked for anything: the virtio driver waits for the answer for ever.
	 */
	if ((port->promiscuous || port->open) && !port->vanished)
		rte_eth_promiscuous_disable(port->id);
	if (port->mac_set && !port->vanished)
		port_device_set_mac(port, &port->device_mac);
	if (port->started)
		rte_eth_dev_stop(port->id);
	rte_eth_dev_close(port->id);
	if (dev)
		rte_dev_remove(dev);
	port_members_close(port);
	free(port->tx_locks);
	free(port->device);
	free(port);
}

void port_del(struct port_table *t, struct port *port)
{
	struct rte_mempool *own = port->added ? port->pool : NULL;
	unsigned i = 0;

	while (t->ports[i] != port)
		i++;
	memmove(&t->ports[i], &t->ports[i + 1], (--t->n - i) * sizeof(*t->ports));
	port_close(port);
	if (own && port_pool_retire(t, own))
		log_err("out of memory: a pool of mbufs is lost");
}

void port_table_destroy(struct port_table *t)
{
	if (!t)
		return;
	while (t->n)
		port_del(t, t->ports[t->n - 1]);
	port_pools_free(t);
	for (unsigned i = 0; i < RTE_DIM(t->pools); i++) {
		rte_mempool_free(t->small[i]);
		rte_mempool_free(t->pools[i]);
	}
	free(t->ports);
	free(t);
}

struct port *port_by_name(const struct port_table *t, const char *name)
{
	for (unsigned i = 0; i < t->n; i++)
		if (!strcmp(t->ports[i]->conf.name, name))
			return t->ports[i];
	return NULL;
}

struct iface *port_iface_add(const struct port *port, struct iface_table *t, struct error *err)
{
	struct iface *iface = iface_add(t, port->conf.name, port->id, &port->mac, port->mtu, err);

	if (!iface)
		return NULL;
	iface->inserts_tags = port->tx_offloads & RTE_ETH_TX_OFFLOAD_VLAN_INSERT;
	if (port->rx_offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP)
		iface_fwd_flag(&t->fwd[iface->id], IFACE_FWD_STRIP, true);
	return iface;
}

struct port *port_by_id(const struct port_table *t, uint16_t id)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->ports[i]->id == id)
			return t->ports[i];
	return NULL;
}

static bool has_netdev(const struct port *port, unsigned index)
{
	bool has = port->info.if_index == index;

	for (unsigned i = 0; i < port->n_members; i++)
		has |= port->member_info[i].if_index == index;
	return index && has;
}

static bool share_netdev(const struct port *a, const struct port *b)
{
	bool share = has_netdev(b, a->info.if_index);

	for (unsigned i = 0; i < a->n_members; i++)
		share |= has_netdev(b, a->member_info[i].if_index);
	return share;
}

/* A netdev under a device or a member is nobody else's: each of two ports on it would have
 * every frame. 0, or -EEXIST and err. */
static int check_netdev(const struct port_table *t, const struct port *port, struct error *err)
{
	for (unsigned i = 0; i < t->n; i++) {
		const struct port *other = t->ports[i];

		if (share_netdev(port, other))
			return error_set(err, -EEXIST,
					 "port %s: the netdev under device '%s' is that of port %s",
					 port->conf.name, port->conf.device, other->conf.name);
	}
	return 0;
}

struct port *port_of_ethdev(const struct port_table *t, uint16_t id)
{
	for (unsigned i = 0; i < t->n; i++) {
		const struct port *port = t->ports[i];

		if (port->id == id)
			return t->ports[i];
		for (unsigned j = 0; j < port->n_members; j++)
			if (port->members[j] == id)
				return t->ports[i];
	}
	return NULL;
}

static int set_mac(struct port *port, struct error *err)
{
	struct rte_ether_addr mac;
	int ret;

	rte_eth_macaddr_get(port->id, &mac);
	port->device_mac = mac;
	memcpy(port->mac.bytes, mac.addr_bytes, 6);
	if (!port->conf.has_mac || !memcmp(&port->conf.mac, &port->mac, sizeof(port->mac)))
		return 0;
	memcpy(mac.addr_bytes, port->conf.mac.bytes, 6);
	ret = port_device_set_mac(port, &mac);
	if (ret && ret != -ENOTSUP)
		return error_set(err, ret, "port %s: the device refuses the MAC address: %s",
				 port->conf.name, strerror(-ret));
	/* Where the device keeps its own (net_pcap), it must let pass what is for ours. */
	port->mac_set = !ret;
	port->promiscuous |= ret == -ENOTSUP;
	port->mac = port->conf.mac;
	return 0;
}

/* A virtio device spreads flows by itself, over the receive queues of all pairs that are in use,
 * for which one queue of the pair is enough. What it delivers to one that nobody has set up is lost
 * (virtio 1.2, "Automatic receive steering in multiqueue mode"). */
static bool pairs_queues(const struct port *port)
{
	return !strcmp(port->info.driver_name, "net_virtio") ||
	       !strcmp(port->info.driver_name, "net_virtio_user");
}

static void choose_queues(struct port *port, unsigned n_workers)
{
	uint16_t rxq = port->conf.rx_queues ? port->conf.rx_queues : n_workers;

	port->n_rxq = RTE_MIN(rxq, port->info.max_rx_queues);
	port->n_txq = RTE_MIN(n_workers, port->info.max_tx_queues);
	if (pairs_queues(port))
		port->n_txq = RTE_MIN(port->n_txq, port->n_rxq);
}

static int learn(const struct port_table *t, struct port *port, unsigned n_workers,
		 struct error *err)
{
	const char *name = port->conf.name;
	int ret = rte_eth_dev_info_get(port->id, &port->info);

	if (ret)
		return error_set(err, ret, "port %s: the device does not describe itself: %s", name,
				 strerror(-ret));
	ret = check_netdev(t, port, err);
	if (ret)
		return ret;
	port->numa_node = port_members_node(port);
	choose_queues(port, n_workers);
	if (port->conf.rx_queues > port->n_rxq)
		return error_set(err, -EINVAL, "port %s: the device has %u receive queues, not %u",
				 name, port->info.max_rx_queues, port->conf.rx_queues);
	if (!port->n_rxq || !port->n_txq)
		return error_set(err, -EINVAL, "port %s: the device has no %s queue", name,
				 port->n_rxq ? "transmit" : "receive");
	ret = port_tune(port, t->presets, err);
	if (ret)
		return ret;
	port->no_sharing = port_quirk_no_sharing(port);
	return set_mac(port, err);
}

/* Open the device, after its members. */
static int open_device(const struct port_table *t, struct port *port, struct error *err)
{
	const char *device = port_members_open(t, port, err);

	return device ? port_open(t, port, "device", device, &port->id, err) : -EINVAL;
}

int port_probe(struct port_table *t, const struct port_conf *conf, unsigned n_workers,
	       struct error *err)
{
	struct port *port = calloc(1, sizeof(*port));
	struct port **grown = realloc(t->ports, (t->n + 1) * sizeof(*grown));
	int ret;

	if (grown)
		t->ports = grown;
	if (port)
		port->device = strdup(conf->device);
	if (!port || !port->device || !grown) {
		if (port)
			free(port->device);
		free(port);
		return error_set(err, -ENOMEM, "port %s: out of memory", conf->name);
	}
	port->conf = *conf;
	port->rx_interrupts = t->rx_interrupts;
	port->conf.device = port->device;
	ret = open_device(t, port, err);
	if (ret) {
		port_members_close(port);
		free(port->device);
		free(port);
		return ret;
	}
	ret = port_members_join(port, err);
	if (!ret)
		ret = port_bond_init(port, err);
	if (!ret)
		ret = learn(t, port, n_workers, err);
	if (ret) {
		port_close(port);
		return ret;
	}
	t->ports[t->n++] = port;
	return 0;
}

static int setup_queues(struct port *port, struct error *err)
{
	int ret;

	for (uint16_t q = 0; q < port->n_rxq; q++) {
		ret = rte_eth_rx_queue_setup(port->id, q, port->n_rxd, port->numa_node, NULL,
					     port->pool);
		if (ret)
			return error_set(err, ret,
					 "port %s: receive queue %u with %u descriptors and mbufs "
					 "of %u bytes is refused: %s (see dpdk.mbuf_size)",
					 port->conf.name, q, port->n_rxd,
					 rte_pktmbuf_data_room_size(port->pool), strerror(-ret));
	}
	for (uint16_t q = 0; q < port->n_txq; q++) {
		ret = rte_eth_tx_queue_setup(port->id, q, port->n_txd, port->numa_node, NULL);
		if (ret)
			return error_set(err, ret,
					 "port %s: transmit queue %u with %u descriptors is "
					 "refused: %s",
					 port->conf.name, q, port->n_txd, strerror(-ret));
	}
	return 0;
}

static int configure(struct port *port, struct error *err)
{
	struct port_tune *tune = &port->tune;
	struct rte_eth_conf conf = {
		.rxmode.offloads = port->rx_offloads,
		.txmode.offloads = port->tx_offloads,
		.intr_conf.rxq = port->rx_interrupts,
	};
	int ret;

	if (port->n_rxq > 1 && tune->rss_hf) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = tune->rss_hf;
		conf.rx_adv_conf.rss_conf.rss_key = tune->rss_key_len ? tune->rss_key : NULL;
		conf.rx_adv_conf.rss_conf.rss_key_len = tune->rss_key_len;
	} else if (port->n_rxq > 1 && !pairs_queues(port)) {
		log_warn("port %s: the device spreads no flows over its %u queues (no RSS)",
			 port->conf.name, port->n_rxq);
	}
	ret = rte_eth_dev_configure(port->id, port->n_rxq, port->n_txq, &conf);
	if (ret && port->n_txq != port->n_rxq && port->n_rxq <= port->info.max_tx_queues) {
		/* net_tap wants as many of the one as of the other. */
		port->n_txq = port->n_rxq;
		ret = rte_eth_dev_configure(port->id, port->n_rxq, port->n_txq, &conf);
	}
	if (!ret)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &port->n_rxd, &port->n_txd);
	if (ret)
		return error_set(err, ret,
				 "port %s: %u receive and %u transmit queues are "
				 "refused: %s",
				 port->conf.name, port->n_rxq, port->n_txq, port_driver_error(ret));
	return 0;
}

/* Fewer transmit queues than workers: they share, each queue behind a lock. */
static int share_tx_queues(struct port *port, unsigned n_workers, struct error *err)
{
	if (port->n_txq >= n_workers)
		return 0;
	log_warn("port %s: %u workers share its %u transmit queue(s)", port->conf.name, n_workers,
		 port->n_txq);
	port->tx_locks = calloc(port->n_txq, sizeof(*port->tx_locks));
	if (!port->tx_locks)
		return error_set(err, -ENOMEM, "port %s: out of memory", port->conf.name);
	for (uint16_t q = 0; q < port->n_txq; q++)
		rte_spinlock_init(&port->tx_locks[q]);
	return 0;
}

static int start_device(struct port *port, struct error *err)
{
	int ret = configure(port, err);

	if (!ret)
		ret = port_mtu_set(port, err);
	if (!ret)
		ret = setup_queues(port, err);
	if (!ret)
		ret = port_bond_reserve(port, err);
	if (ret)
		return ret;
	ret = rte_eth_dev_start(port->id);
	if (ret)
		return error_set(err, ret, "port %s: the device does not start: %s",
				 port->conf.name, strerror(-ret));
	return 0;
}

int port_start(struct port *port, unsigned n_workers, struct error *err)
{
	int ret = start_device(port, err);

	/* Some say only by that that they have no interrupts, or not as many as queues. */
	if (ret && port->rx_interrupts) {
		log_debug("port %s: tried again without interrupts", port->conf.name);
		port->rx_interrupts = false;
		ret = start_device(port, err);
	}
	if (!ret)
		ret = share_tx_queues(port, n_workers, err);
	if (ret)
		return ret;
	port->started = true;
	port_quirk_discard_others(port);
	port->shown_tsc = rte_rdtsc(); /* the first rates are since now */
	/* Multicast is sorted in software; neighbour discovery needs it. */
	if (rte_eth_allmulticast_enable(port->id))
		port->promiscuous = true;
	if (port->promiscuous && rte_eth_promiscuous_enable(port->id)) {
		port->promiscuous = false;
		log_debug("port %s: the device has no filter to open", port->conf.name);
	}
	return 0;
}
