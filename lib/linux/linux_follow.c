/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a mirror and its interface follow each other. The mirror follows its interface in carrier and
 * in the largest MTU; the interface follows the mirror in what an operator sets there: up or down,
 * MTU, MAC address.
 */
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bridge_ctl.h"
#include "linux_own.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "port_link.h"
#include "port_mtu.h"
#include "vlan_ctl.h"

static struct bridge *bridge_under(const struct linux_ctl *l, const struct linux_mirror *m)
{
	return bridge_by_iface(l->r->bridges, m->iface);
}

static bool carrier_of(const struct linux_ctl *l, const struct linux_mirror *m)
{
	const struct iface *parent = m->iface->parent;

	if (m->port)
		return port_link_up(m->port);
	if (parent)
		return parent->carrier && iface_is_up(parent);
	return bridge_is_running(bridge_under(l, m));
}

/* The largest MTU that the interface can have. */
static uint16_t mtu_max(const struct linux_ctl *l, const struct linux_mirror *m)
{
	uint16_t mtu = UINT16_MAX;

	if (m->port)
		return m->port->mtu;
	if (m->iface->parent)
		return m->iface->parent->mtu;
	for (const struct iface *i = NULL; (i = bridge_member_next(bridge_under(l, m), i));)
		mtu = RTE_MIN(mtu, i->mtu);
	return mtu == UINT16_MAX ? m->iface->mtu : mtu;
}

/* The configuration names an MTU. */
static bool has_mtu(const struct linux_ctl *l, const struct linux_mirror *m)
{
	if (m->port)
		return m->port->conf.mtu;
	for (unsigned i = 0; i < config_l3_count(l->cfg); i++) {
		struct config_l3 l3 = config_l3(l->cfg, i);

		if (!strcmp(l3.name, m->iface->name))
			return *l3.mtu;
	}
	return false;
}

struct asked {
	unsigned ifindex;
	uint32_t mtu; /* 0: unknown */
	bool has_mac;
	struct mac_addr mac;
};

static void ask(void *arg)
{
	struct asked *a = arg;
	struct ifreq req = {0};

	a->mtu = port_netdev_ioctl(a->ifindex, SIOCGIFMTU, &req) ? 0 : (uint32_t)req.ifr_mtu;
	a->has_mac = !port_netdev_ioctl(a->ifindex, SIOCGIFHWADDR, &req);
	memcpy(a->mac.bytes, req.ifr_hwaddr.sa_data, sizeof(a->mac.bytes));
}

/* What the TAP has now. A message may be older: of when it was made, or of before Sluice changed
 * it. */
static struct asked ask_now(struct linux_ctl *l, const struct linux_mirror *m)
{
	struct asked now = {.ifindex = (unsigned)m->tap.ifindex};

	netns_call(&l->ns, ask, &now);
	return now;
}

/* An operator may have chosen a smaller MTU in an earlier run. */
int linux_follow_bring_up(struct linux_ctl *l, struct linux_mirror *m, struct error *err)
{
	struct nl_link_change change = {.up = m->tap.created ? 1 : 0};
	struct asked now = ask_now(l, m);

	if (m->tap.created || has_mtu(l, m) || now.mtu > mtu_max(l, m))
		change.mtu = m->iface->mtu;
	if (!change.up && (!change.mtu || change.mtu == now.mtu))
		return 0;
	return nl_link_set(l->requests, m->tap.ifindex, &change, err);
}

void linux_follow_usable(struct linux_ctl *l, struct linux_mirror *m)
{
	nexthop_iface_set_usable(l->r->nexthops, m->iface,
				 iface_is_up(m->iface) && m->iface->carrier && m->tap.fd >= 0);
	bridge_iface_changed(l->r->bridges, m->iface);
	vlan_follow(l->r, m->iface);
}

void linux_follow_begin(struct linux_ctl *l, struct linux_mirror *m)
{
	m->told_mac = m->iface->mac;
	m->told_mtu = m->iface->mtu;
	m->iface->carrier = m->told_carrier = carrier_of(l, m);
	tap_set_carrier(&m->tap, m->told_carrier);
}

static void tell_carrier(void *arg)
{
	tap_tell_carrier(arg);
}

static void follow_carrier(struct linux_ctl *l, struct linux_mirror *m)
{
	bool carrier = carrier_of(l, m);

	if (carrier != m->told_carrier) {
		if (!m->port || !m->port->gone)
			log_info("%s: link %s", m->iface->name, carrier ? "up" : "down");
		m->iface->carrier = m->told_carrier = carrier;
		linux_follow_usable(l, m);
		tap_set_carrier(&m->tap, carrier);
		netns_call(&l->ns, tell_carrier, &m->tap);
		linux_dump_want(l);
	}
}

/* The mirror keeps a smaller MTU that an operator gave it. */
static void follow_port_mtu(struct linux_ctl *l, struct linux_mirror *m)
{
	uint16_t before = m->port ? m->port->mtu : 0;
	struct nl_link_change change = {0};
	struct error err;

	if (!port_mtu_follow(m->port))
		return;
	log_info("port %s: MTU %u", m->iface->name, m->port->mtu);
	if (m->iface->mtu <= m->port->mtu && m->iface->mtu != before)
		return;
	change.mtu = m->port->mtu;
	if (nl_link_set(l->requests, m->tap.ifindex, &change, &err))
		log_warn("mirror %s: %s", m->iface->name, err.msg);
}

/* What Sluice has changed by itself: a VLAN follows its parent, a bridge its members. */
static void tell(struct linux_ctl *l, struct linux_mirror *m)
{
	struct nl_link_change change = {0};
	struct error err;

	if (memcmp(&m->told_mac, &m->iface->mac, sizeof(m->told_mac)))
		change.mac = &m->iface->mac;
	if (m->told_mtu != m->iface->mtu)
		change.mtu = m->iface->mtu;
	if (!change.mac && !change.mtu)
		return;
	m->told_mac = m->iface->mac;
	m->told_mtu = m->iface->mtu;
	if (nl_link_set(l->requests, m->tap.ifindex, &change, &err))
		log_warn("mirror %s: %s", m->iface->name, err.msg);
}

void linux_follow_bridge(struct linux_ctl *l, struct iface *iface)
{
	struct linux_mirror *m;

	if (!l->mirrors) /* not before linux_mirrors_create() */
		return;
	m = &l->mirrors[iface->id];
	if (m->iface && m->tap.fd >= 0)
		follow_carrier(l, m);
}

static void follow_up(struct linux_ctl *l, struct linux_mirror *m, bool up)
{
	if (up == m->iface->up)
		return;
	if (l->running)
		log_info("%s is %s in Linux", m->iface->name, up ? "up" : "down");
	iface_set_up(l->r->ifaces, m->iface, up);
	linux_follow_usable(l, m);
	linux_dump_want(l); /* what goes with a link goes without a word */
	if (up && l->waiting_routes)
		linux_config_up(l, m->iface);
}

/* Adjacencies have the MTU and the MAC address in them. */
static void remake_adjacencies(struct linux_ctl *l, struct linux_mirror *m)
{
	struct error err;

	if (nexthop_iface_changed(l->r->nexthops, m->iface, &err))
		log_err("%s: some next hops keep the old MTU and MAC address: %s", m->iface->name,
			err.msg);
}

static void set_mtu(struct linux_ctl *l, struct linux_mirror *m, uint16_t mtu)
{
	struct bridge_conf conf;
	struct error err;

	m->told_mtu = mtu;
	if (m->iface->kind == IFACE_BRIDGE) {
		conf = *bridge_conf(bridge_under(l, m));
		conf.mtu = mtu;
		if (bridge_set(l->r->bridges, bridge_under(l, m), &conf, &err))
			log_warn("%s", err.msg);
		return;
	}
	iface_set_mtu(m->iface, mtu);
	remake_adjacencies(l, m);
	linux_follow_usable(l, m);
}

/* 0 or -errno and err. */
static int set_mac(struct linux_ctl *l, struct linux_mirror *m, const struct mac_addr *mac,
		   struct error *err)
{
	struct bridge_conf conf;
	int ret = 0;

	if (m->iface->kind == IFACE_BRIDGE) {
		conf = *bridge_conf(bridge_under(l, m));
		conf.has_mac = true;
		conf.mac = *mac;
		return bridge_set(l->r->bridges, bridge_under(l, m), &conf, err);
	}
	if (m->port)
		ret = port_set_mac(m->port, mac, err);
	else
		m->iface->own_mac = true;
	if (ret)
		return ret;
	iface_set_mac(l->r->ifaces, m->iface, mac);
	remake_adjacencies(l, m);
	linux_follow_usable(l, m);
	return 0;
}

static void follow_mtu(struct linux_ctl *l, struct linux_mirror *m, uint32_t mtu)
{
	uint16_t max = mtu_max(l, m);
	struct nl_link_change back = {.mtu = max};
	struct error err;

	if (!mtu || mtu == m->iface->mtu || mtu == m->told_mtu || mtu != ask_now(l, m).mtu)
		return;
	if (mtu <= max) {
		set_mtu(l, m, (uint16_t)mtu);
		return;
	}
	log_warn("%s: Linux wants an MTU of %u, the %s %u: set back (mtu: in the configuration "
		 "raises it)",
		 m->iface->name, mtu, m->port ? "port has" : "ports that it is on have", max);
	if (nl_link_set(l->requests, m->tap.ifindex, &back, &err))
		log_warn("mirror %s: %s", m->iface->name, err.msg);
}

static bool mac_equal(const struct mac_addr *a, const struct mac_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void follow_mac(struct linux_ctl *l, struct linux_mirror *m, const struct mac_addr *mac)
{
	struct nl_link_change back = {.mac = &m->iface->mac};
	struct asked now;
	struct error err;

	if (mac_equal(mac, &m->iface->mac) || mac_equal(mac, &m->told_mac))
		return;
	now = ask_now(l, m);
	if (!now.has_mac || !mac_equal(mac, &now.mac))
		return;
	m->told_mac = *mac;
	if (set_mac(l, m, mac, &err)) {
		m->told_mac = m->iface->mac;
		log_warn("%s; the mirror gets its old one back", err.msg);
		if (nl_link_set(l->requests, m->tap.ifindex, &back, &err))
			log_warn("mirror %s: %s", m->iface->name, err.msg);
	}
}

void linux_follow_link(struct linux_ctl *l, struct linux_mirror *m, const struct nl_link *link)
{
	if (link->has_mac)
		follow_mac(l, m, &link->mac);
	follow_mtu(l, m, link->mtu);
	follow_up(l, m, link->up);
}

void linux_follow_iface(struct linux_ctl *l, struct linux_mirror *m, bool seldom)
{
	follow_carrier(l, m);
	if (seldom && m->port)
		follow_port_mtu(l, m);
	if (!m->port)
		tell(l, m);
}
