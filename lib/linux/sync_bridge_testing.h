/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests: messages of the kernel about VLAN netdevs and a bridge, BR0, over the mirrors 10, 11,
 * 12 of p0, p1, p2. What ends in _msg only makes the message; all else has it heard. Context: the
 * test's thread.
 */
#ifndef SLUICE_SYNC_BRIDGE_TESTING_H
#define SLUICE_SYNC_BRIDGE_TESTING_H

#include <linux/if_bridge.h>
#include <string.h>

#include "bridge_ctl.h"
#include "sync_testing.h"

#define BR0 30

static inline struct nl_link *link_msg(int index, const char *name)
{
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_LINK;
	testing->msg.link = (struct nl_link){
		.index = index, .mtu = 1500, .up = true, .carrier = true, .running = true};
	snprintf(testing->msg.link.name, sizeof(testing->msg.link.name), "%s", name);
	return &testing->msg.link;
}

/* Of the mirror of port n, in the bridge `master` or in none. */
static inline void mirror_msg(int n, int master)
{
	char name[] = {'p', (char)('0' + n), 0};

	link_msg(10 + n, name)->master = master;
}

static inline void mirror(int n, int master)
{
	mirror_msg(n, master);
	testing_event(0);
}

static inline struct nl_link *bridge_msg(void)
{
	struct nl_link *link = link_msg(BR0, "br0");

	link->type = NL_LINK_BRIDGE;
	link->ageing_cs = 30000;
	link->has_mac = true;
	link->mac = testing_mac(77);
	link->tpid = 0x8100;
	return link;
}

static inline void bridge(void)
{
	bridge_msg();
	testing_event(0);
}

static inline struct nl_link *vlan_msg(int index, const char *name, int parent, uint16_t vid)
{
	struct nl_link *link = link_msg(index, name);

	link->type = NL_LINK_VLAN;
	link->parent = parent;
	link->vlan_id = vid;
	link->tpid = 0x8100;
	return link;
}

static inline void vlan(int index, const char *name, int parent, uint16_t vid)
{
	vlan_msg(index, name, parent, vid);
	testing_event(0);
}

static inline struct nl_port *port_msg(int index, uint8_t state)
{
	struct nl_port *port = &testing->msg.port;

	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_PORT;
	port->index = index;
	port->master = BR0;
	port->has_brport = true;
	port->brport = (struct nl_brport){.state = state,
					  .learning = true,
					  .flood = true,
					  .mcast_flood = true,
					  .bcast_flood = true};
	return port;
}

static inline void port(int n)
{
	port_msg(10 + n, BR_STATE_FORWARDING);
	testing_event(0);
}

static inline void gone(int index)
{
	link_msg(index, "");
	testing_deleted();
}

static inline struct bridge *br0(void)
{
	return bridge_by_name(testing->r.bridges, "br0");
}

static inline struct iface *iface(const char *name)
{
	return iface_by_name(testing->r.ifaces, name);
}

static inline bool is_member(const char *name)
{
	return br0() && bridge_of_member(testing->r.bridges, iface(name)) == br0();
}

static inline void set_vlan(struct nl_port *p, unsigned vid, bool untagged)
{
	p->vlans[vid / 64] |= UINT64_C(1) << vid % 64;
	if (untagged)
		p->untagged[vid / 64] |= UINT64_C(1) << vid % 64;
}

static inline void two_members(void)
{
	bridge();
	for (int n = 0; n < 2; n++) {
		mirror(n, BR0);
		port(n);
	}
}

static inline void dump_links(void)
{
	sync_dump_begin(testing->sync, false);
	bridge_msg();
	sync_dumped(testing->sync, &testing->msg);
	for (int n = 0; n < 2; n++) {
		mirror_msg(n, BR0);
		sync_dumped(testing->sync, &testing->msg);
	}
	sync_settle_links(testing->sync);
}

static inline void dump_end(void)
{
	for (int i = 0; i < 100; i++)
		if (!sync_dump_sweep(testing->sync))
			return;
	fail_msg("the sweep does not end");
}

#endif
