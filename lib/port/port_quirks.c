/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What was found in the drivers of DPDK 22.11. Most look at the reference count: af_packet, tap,
 * pcap, vhost and memif copy; virtio writes its header into the headroom only of what is not
 * shared; memif with zero-copy and the drivers of NICs let the other side read.
 */
#include "port_quirks.h"

#include <string.h>

#include <rte_eth_bond.h>
#include <rte_mbuf.h>

#define DISCARD_BURST 64
#define DISCARD_MAX   65536 /* frames of a queue; no ring of packet sockets here is larger */

/* They hand the very mbufs on: who receives them writes into them. */
static const char *const by_reference[] = {"net_ring", "net_softnic"};

static bool is_listed(const char *driver)
{
	for (unsigned i = 0; i < RTE_DIM(by_reference); i++)
		if (!strcmp(driver, by_reference[i]))
			return true;
	return false;
}

/* The driver, or that of a member. */
static bool has_driver(const struct port *port, bool (*is)(const char *driver))
{
	bool has = is(port->info.driver_name);

	for (unsigned i = 0; i < port->n_members; i++)
		has |= is(port->member_info[i].driver_name);
	return has;
}

/* These modes write MAC addresses into the frames. */
static bool is_balanced_bond(const struct port *port)
{
	int mode = strcmp(port->info.driver_name, "net_bonding") ? -1
								 : rte_eth_bond_mode_get(port->id);

	return mode == BONDING_MODE_TLB || mode == BONDING_MODE_ALB;
}

bool port_quirk_no_sharing(const struct port *port)
{
	return has_driver(port, is_listed) || is_balanced_bond(port);
}

static bool is_virtio(const char *driver)
{
	return !strcmp(driver, "net_virtio") || !strcmp(driver, "net_virtio_user");
}

/* The kernel takes a tag off, and this driver puts it back. */
static bool is_af_packet(const char *driver)
{
	return !strcmp(driver, "net_af_packet");
}

bool port_quirk_inserts_in_prepare(const struct port *port)
{
	return has_driver(port, is_virtio);
}

bool port_quirk_shows_8021q(const struct port *port)
{
	return has_driver(port, is_af_packet);
}

/* A ring that gives less than it is asked for was empty then: what came first is gone. */
static void discard(uint16_t id, const struct rte_eth_dev_info *info, uint16_t n_rxq)
{
	struct rte_mbuf *pkts[DISCARD_BURST];

	if (!is_af_packet(info->driver_name))
		return;
	for (uint16_t q = 0; q < n_rxq; q++) {
		uint16_t n = DISCARD_BURST;

		for (unsigned total = 0; n == DISCARD_BURST && total < DISCARD_MAX; total += n) {
			n = rte_eth_rx_burst(id, q, pkts, DISCARD_BURST);
			rte_pktmbuf_free_bulk(pkts, n);
		}
	}
	rte_eth_stats_reset(id);
}

void port_quirk_discard_others(const struct port *port)
{
	discard(port->id, &port->info, port->n_rxq);
	for (unsigned i = 0; i < port->n_members; i++)
		discard(port->members[i], &port->member_info[i], port->n_rxq);
}
