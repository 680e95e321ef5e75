/* SPDX-License-Identifier: BSD-3-Clause */
/* Members of bridges, and what of a bridge follows from them. */
#include <errno.h>
#include <stdlib.h>

#include "bridge_own.h"
#include "nexthop_ctl.h"

#define MTU_DEFAULT 1500

static bool iface_runs(const struct bridge_table *t, const struct iface *iface)
{
	const struct iface *root = bridge_root(iface);

	/* With `control: none` nobody looks at the carrier. */
	return iface->up && !iface->gone && root->up && !root->gone &&
	       (!t->r->linux_control || root->carrier);
}

static void tell_changed(struct bridge_table *t, struct bridge *b)
{
	if (t->listener.changed)
		t->listener.changed(t->listener.ctx, b);
}

/* As in Linux: it has carrier while a member forwards. */
static bool runs(const struct bridge *b)
{
	for (const struct bridge_port *p = b->ports; p; p = p->next)
		if (p->running && p->conf.state == BRIDGE_FORWARDING)
			return true;
	return false;
}

static void set_usable(struct bridge_table *t, const struct bridge *b)
{
	for (struct iface *iface = NULL; (iface = iface_next(t->r->ifaces, iface));)
		if (bridge_root(iface) == b->iface)
			nexthop_iface_set_usable(t->r->nexthops, iface, iface->up && b->running);
}

/* The link-local address goes with the MAC address, unless the kernel says which it is. */
static void set_mac(struct bridge_table *t, struct bridge *b, const struct mac_addr *mac)
{
	struct ip_prefix ll = {.addr = ip6_link_local(&b->iface->mac), .len = 64};

	iface_set_mac(t->r->ifaces, b->iface, mac);
	if (t->r->linux_control || iface_addr_del(b->iface, &ll))
		return;
	ll.addr = ip6_link_local(mac);
	if (!iface_addr_add(b->iface, &ll))
		iface_set_link_local(t->r->ifaces, b->iface, &ll.addr);
}

static uint16_t mtu_of(const struct bridge *b)
{
	uint16_t mtu = b->ports ? UINT16_MAX : MTU_DEFAULT;

	for (const struct bridge_port *p = b->ports; p; p = p->next)
		mtu = RTE_MIN(mtu, p->iface->mtu);
	return b->conf.mtu ? b->conf.mtu : mtu;
}

static struct mac_addr mac_of(const struct bridge *b)
{
	if (b->conf.has_mac)
		return b->conf.mac;
	return b->ports ? b->ports->iface->mac : b->iface->mac;
}

void bridge_follow(struct bridge_table *t, struct bridge *b)
{
	struct mac_addr mac = mac_of(b);
	uint16_t mtu = mtu_of(b);
	bool mac_new = iface_mac_word(&mac) != iface_mac_word(&b->iface->mac);
	bool new = mac_new || mtu != b->iface->mtu, running = runs(b);

	if (mac_new)
		set_mac(t, b, &mac);
	iface_set_mtu(b->iface, mtu);
	/* Adjacencies that find no room stay as they are; the next change tries again. */
	if (new)
		nexthop_iface_changed(t->r->nexthops, b->iface, NULL);
	if (running != b->running) {
		b->running = b->iface->carrier = running;
		new = true;
	}
	set_usable(t, b);
	b->following = true;
	if (new && t->follow)
		t->follow(t->r, b->iface);
	b->following = false;
	if (new)
		tell_changed(t, b);
}

/* A change of members, or of what they are. fwd has room. */
static void changed(struct bridge_table *t, struct bridge *b, struct bridge_fwd *fwd)
{
	bridge_follow(t, b);
	own_sync(t, b);
	snapshot_publish(t, b, fwd);
}

static bool of_member(const struct bridge_entry *e, const void *arg)
{
	return e->iface == arg;
}

static bool learned_of_member(const struct bridge_entry *e, const void *arg)
{
	return e->iface == arg && !e->flags;
}

static void flush_learned(struct bridge_table *t, struct bridge_port *port)
{
	if (port->learned)
		entries_flush(t, port->bridge, learned_of_member, port->iface);
}

static int check_conf(const struct bridge_member_conf *conf, struct error *err)
{
	if (conf->state >= BRIDGE_STATE_MAX)
		return error_set(err, -EINVAL, "state %u: expected 0 to %u", conf->state,
				 BRIDGE_STATE_MAX - 1);
	return 0;
}

/* Beside the link-local one. With `control: linux` it is the kernel's affair. */
static bool has_addresses(const struct bridge_table *t, const struct iface *iface)
{
	for (unsigned i = 0; !t->r->linux_control && i < iface->n_addrs; i++)
		if (!ip_addr_is_link_local6(&iface->addrs[i].addr))
			return true;
	return false;
}

static int check_add(const struct bridge_table *t, const struct bridge *b, struct iface *iface,
		     struct error *err)
{
	const struct bridge_port *port = bridge_port_of(t, iface);

	if (port)
		return error_set(err, port->bridge == b ? -EEXIST : -EBUSY,
				 "%s is a member of %s already", iface->name,
				 port->bridge->iface->name);
	if (iface->gone)
		return error_set(err, -ENOENT, "%s is not there any more", iface->name);
	if (bridge_root(iface)->kind != IFACE_PORT)
		return error_set(err, -EINVAL,
				 "%s cannot be a member of %s: expected a port, or a VLAN "
				 "interface on one",
				 iface->name, b->iface->name);
	if (b->conf.vlan_aware && !bridge_has_room_for_tag(t, iface))
		return error_set(err, -EINVAL,
				 "%s has two tags: no room for those of %s, which is VLAN-aware",
				 iface->name, b->iface->name);
	if (has_addresses(t, iface))
		return error_set(err, -EINVAL,
				 "%s cannot be a member of %s: it has addresses, which belong to "
				 "the bridge",
				 iface->name, b->iface->name);
	return 0;
}

int bridge_member_add(struct bridge_table *t, struct bridge *b, struct iface *iface,
		      const struct bridge_member_conf *conf, struct error *err)
{
	int ret = check_add(t, b, iface, err);
	struct bridge_port *port, **last = &b->ports;
	struct bridge_fwd *fwd;

	if (!ret)
		ret = check_conf(conf, err);
	if (ret)
		return ret;
	port = calloc(1, sizeof(*port));
	fwd = snapshot_new(b->n_ports + 1, b->conf.vlan_aware);
	if (!port || !fwd) {
		free(port);
		free(fwd);
		return error_set(err, -ENOMEM, "out of memory");
	}
	port->bridge = b;
	port->iface = iface;
	port->conf = *conf;
	port->running = iface_runs(t, iface);
	while (*last)
		last = &(*last)->next;
	*last = port;
	b->n_ports++;
	t->port_of[iface->id] = port;
	changed(t, b, fwd);
	return 0;
}

static bool learns(const struct bridge_port *port)
{
	return port->running && port->conf.flags & BRIDGE_LEARN &&
	       (port->conf.state == BRIDGE_LEARNING || port->conf.state == BRIDGE_FORWARDING);
}

int bridge_member_set(struct bridge_table *t, struct iface *iface,
		      const struct bridge_member_conf *conf, struct error *err)
{
	struct bridge_port *port = bridge_port_of(t, iface);
	struct bridge_fwd *fwd;

	if (!port)
		return error_set(err, -ENOENT, "%s is a member of no bridge", iface->name);
	if (check_conf(conf, err))
		return -EINVAL;
	fwd = snapshot_new(port->bridge->n_ports, port->bridge->conf.vlan_aware);
	if (!fwd)
		return error_set(err, -ENOMEM, "out of memory");
	port->conf = *conf;
	changed(t, port->bridge, fwd);
	if (!learns(port))
		flush_learned(t, port);
	return 0;
}

void bridge_member_del(struct bridge_table *t, struct iface *iface)
{
	struct bridge_port *port = bridge_port_of(t, iface), **at;
	struct bridge_fwd *fwd;
	struct bridge *b;

	if (!port)
		return;
	b = port->bridge;
	for (at = &b->ports; *at != port;)
		at = &(*at)->next;
	*at = port->next;
	b->n_ports--;
	snapshot_forget_iface(t, iface);
	fwd = snapshot_new(b->n_ports, b->conf.vlan_aware);
	if (fwd) {
		changed(t, b, fwd);
	} else {
		snapshot_leave(b, iface);
		b->stale = true;
	}
	entries_flush(t, b, of_member, iface);
	t->port_of[iface->id] = NULL;
	free(port);
	if (fwd)
		fids_release(t, b, false); /* else the snapshot has them still */
}

const struct bridge_member_conf *bridge_member_conf(const struct bridge_table *t,
						    const struct iface *iface)
{
	const struct bridge_port *port = bridge_port_of(t, iface);

	return port ? &port->conf : NULL;
}

struct iface *bridge_member_next(const struct bridge *b, const struct iface *after)
{
	const struct bridge_port *port = b->ports;

	while (after && port && port->iface != after)
		port = port->next;
	if (after && port)
		port = port->next;
	return port ? port->iface : NULL;
}

static void member_changed(struct bridge_table *t, struct bridge_port *port)
{
	if (port->iface->gone) {
		bridge_member_del(t, port->iface);
		return;
	}
	port->running = iface_runs(t, port->iface);
	port->bridge->stale = true;
}

void publish_stale(struct bridge_table *t)
{
	for (struct bridge *b = t->bridges; b; b = b->next) {
		struct bridge_fwd *fwd =
			b->stale ? snapshot_new(b->n_ports, b->conf.vlan_aware) : NULL;

		if (!fwd)
			continue;
		changed(t, b, fwd);
		fids_release(t, b, false);
	}
}

/* A VLAN interface on the bridge, of which there may be many: a snapshot says nothing of it. */
static void vlan_changed(struct bridge_table *t, struct bridge *b, const struct iface *iface)
{
	nexthop_iface_set_usable(t->r->nexthops, iface, iface->up && b->running);
	snapshot_set_vlan(t, b, iface);
	if (!b->following)
		own_sync_vlan(t, b, iface);
}

/* The member is the interface, or a VLAN interface on it. */
static bool is_on(const struct bridge_port *port, const struct iface *iface)
{
	return port && iface_is_on(port->iface, iface);
}

void bridge_iface_changed(struct bridge_table *t, const struct iface *iface)
{
	const struct iface *root = bridge_root(iface);
	struct bridge *b = bridge_by_iface(t, root);

	if (b && iface != b->iface) {
		vlan_changed(t, b, iface);
		return;
	}
	if (b) {
		b->self.running = b->iface->up;
		b->stale = true;
		if (!b->following)
			publish_stale(t);
		return;
	}
	for (unsigned id = 1; id < IFACE_MAX; id++)
		if (is_on(t->port_of[id], iface))
			member_changed(t, t->port_of[id]);
	publish_stale(t);
	for (unsigned id = 1; id < IFACE_MAX; id++)
		if (is_on(t->port_of[id], iface) && !learns(t->port_of[id]))
			flush_learned(t, t->port_of[id]);
}
