/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_bond.h"

#include <errno.h>
#include <string.h>

#include <rte_eth_bond.h>
#include <rte_eth_bond_8023ad.h>
#include <rte_malloc.h>

#include "hugepages.h"
#include "log.h"
#include "port_link.h"

#define NO_MEMBER   UINT16_MAX
#define LACPDU_MBUF 512 /* bytes of an mbuf for one, at most */

static const char *member_name(const struct port *port, uint16_t id)
{
	for (unsigned i = 0; i < port->n_members; i++)
		if (port->members[i] == id)
			return port->conf.members[i];
	return "?";
}

/* The one that is named stays in use while it has a link. */
static uint16_t preferred_member(const struct port *port)
{
	return strstr(port->conf.device, ",primary=") ? (uint16_t)rte_eth_bond_primary_get(port->id)
						      : NO_MEMBER;
}

static bool is_lacp(const struct port *port)
{
	return port->n_members && port->bond_mode == BONDING_MODE_8023AD;
}

/* With LACP the driver gives it to members that are active at that moment, and later to none. */
int port_bond_set_mac(const struct port *port, struct rte_ether_addr *mac)
{
	int ret = rte_eth_bond_mac_address_set(port->id, mac) ? -EIO : 0;

	for (unsigned i = 0; !ret && is_lacp(port) && i < port->n_members; i++)
		if (!port->member_vanished[i])
			ret = rte_eth_dev_default_mac_addr_set(port->members[i], mac);
	return ret;
}

int port_bond_init(struct port *port, struct error *err)
{
	struct rte_ether_addr mac;
	int mode;

	if (!port->n_members)
		return 0;
	mode = rte_eth_bond_mode_get(port->id);
	if (mode < 0)
		return error_set(err, -EINVAL, "port %s: '%s' is no bond", port->conf.name,
				 port->conf.device);
	port->bond_mode = (uint8_t)mode;
	port->bond_preferred = preferred_member(port);
	rte_eth_macaddr_get(port->id, &mac);
	/* A member that keeps its own must let pass what is for the bond's. */
	port->promiscuous = is_lacp(port) && port_bond_set_mac(port, &mac);
	return 0;
}

int port_bond_reserve(const struct port *port, struct error *err)
{
	size_t bytes = LACPDU_MBUF * ((size_t)port->n_txq * port->n_txd + 1) * port->n_members;
	void *room;

	if (!is_lacp(port))
		return 0;
	room = rte_malloc_socket("lacp", bytes, 0, port->numa_node);
	if (!room)
		return hugepages_refuse_for("the LACP frames of a bond", bytes, err);
	rte_free(room);
	return 0;
}

static bool member_link_up(const struct port *port, unsigned i)
{
	struct rte_eth_link link = {0};
	bool up;

	if (port->member_vanished[i])
		return false;
	if (!port_netdev_link(port->member_info[i].if_index, &up))
		return up;
	return !rte_eth_link_get_nowait(port->members[i], &link) && link.link_status;
}

static bool distributes(const struct port *port, uint16_t member)
{
	struct rte_eth_bond_8023ad_slave_info info;

	/* Fails for a member that the driver knows to have no link. */
	return !rte_eth_bond_8023ad_slave_info(port->id, member, &info) &&
	       (info.actor_state & STATE_DISTRIBUTING);
}

bool port_bond_link_up(const struct port *port)
{
	for (unsigned i = 0; i < port->n_members; i++)
		if (member_link_up(port, i) &&
		    (!is_lacp(port) || distributes(port, port->members[i])))
			return true;
	return false;
}

/* The driver neither hears of the link nor can it ask. */
static bool is_blind(const struct port *port, unsigned i)
{
	const struct rte_eth_dev_info *info = &port->member_info[i];

	return info->if_index && !(*info->dev_flags & RTE_ETH_DEV_INTR_LSC);
}

/* The member to use: the current one, unless another is preferred or its link has gone. */
static uint16_t choose_member(const struct port *port, uint16_t current)
{
	uint16_t first = NO_MEMBER;
	bool keep = false;

	for (unsigned i = 0; i < port->n_members; i++) {
		uint16_t id = port->members[i];

		if (!is_blind(port, i))
			return current;
		if (!member_link_up(port, i))
			continue;
		if (id == port->bond_preferred)
			return id;
		keep |= id == current;
		if (first == NO_MEMBER)
			first = id;
	}
	return keep || first == NO_MEMBER ? current : first;
}

static void pass_on(const struct port *port, uint16_t from, uint16_t to)
{
	if (rte_eth_promiscuous_get(port->id) == 1) {
		rte_eth_promiscuous_enable(to);
		rte_eth_promiscuous_disable(from);
	}
	if (rte_eth_allmulticast_get(port->id) == 1) {
		rte_eth_allmulticast_enable(to);
		rte_eth_allmulticast_disable(from);
	}
}

void port_bond_poll(struct port *port)
{
	struct rte_ether_addr mac;
	uint16_t current, next;

	if (!port->n_members || port->bond_mode != BONDING_MODE_ACTIVE_BACKUP || port->gone)
		return;
	current = (uint16_t)rte_eth_bond_primary_get(port->id);
	next = choose_member(port, current);
	if (next == current)
		return;
	rte_eth_bond_primary_set(port->id, next);
	/* Only the active member has the bond's own address, and lets all pass. */
	pass_on(port, current, next);
	rte_eth_macaddr_get(port->id, &mac);
	rte_eth_bond_mac_address_set(port->id, &mac);
	log_info("port %s: member %s takes over from %s", port->conf.name, member_name(port, next),
		 member_name(port, current));
}
