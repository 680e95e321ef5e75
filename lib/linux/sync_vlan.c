/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VLAN netdevs over mirrors or over bridges that are followed, and which links are followed at all.
 *
 * By level, not by edge: whatever has changed, what the links are now is compared with what stands.
 * So the order in which the kernel says things does not matter, nor that events were lost.
 */
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "bridge_ctl.h"
#include "log.h"
#include "retire.h"
#include "sync_bridge.h"
#include "sync_own.h"
#include "vlan_ctl.h"

/* The link has, or will have, an interface. */
static bool stands(const struct sync *s, int ifindex)
{
	const struct sync_link *link = sync_link_find(s, ifindex);

	if (link && link->said.type != NL_LINK_OTHER)
		return link->wanted;
	return sync_iface(s, ifindex); /* a mirror */
}

/* A VLAN over what stands; a bridge with a member that does. */
static bool want(const struct sync *s, struct sync_link *link)
{
	struct sync_link *master = sync_link_find(s, link->said.master);
	bool more = false;

	if (link->gone)
		return false;
	if (link->said.type == NL_LINK_VLAN && !link->wanted)
		more = link->wanted = stands(s, link->said.parent);
	if (master && master->said.type == NL_LINK_BRIDGE && !master->gone && !master->wanted &&
	    stands(s, link->ifindex))
		more = master->wanted = true;
	return more;
}

static void find_wanted(struct sync *s)
{
	struct sync_link *link, *next;
	bool more = true;

	HASH_ITER (hh, s->links, link, next)
		link->wanted = false;
	while (more) {
		more = false;
		HASH_ITER (hh, s->links, link, next)
			more |= want(s, link);
	}
}

static bool is_as_made(const struct sync *s, const struct sync_link *link)
{
	const struct iface *iface = link->iface;

	if (link->said.type == NL_LINK_BRIDGE)
		return iface->kind == IFACE_BRIDGE;
	return iface->kind == IFACE_VLAN && iface->vid == link->said.vlan_id &&
	       iface->tpid == link->said.tpid && iface->parent == sync_iface(s, link->said.parent);
}

static bool has_children(const struct sync *s, const struct iface *parent)
{
	for (struct iface *iface = NULL; (iface = iface_next(s->r->ifaces, iface));)
		if (iface->parent == parent && sync_is_made(s, iface))
			return true;
	return false;
}

static void retire_bridge(struct sync *s, struct iface *iface)
{
	struct retired *retired = retired_new(s->r);

	bridge_del(s->r->bridges, bridge_by_iface(s->r->bridges, iface));
	if (retired) {
		retired_begin(s->r, retired, iface);
		return;
	}
	iface_del(s->r->ifaces, iface);
	log_err("%s: out of memory: its id stays taken", iface->name);
}

static void take_away(struct sync *s, struct sync_link *link)
{
	struct iface *iface = link->iface;
	struct error err;

	sync_set_ifindex(s, iface, 0);
	while (iface->n_addrs)
		iface_addr_del(iface, &iface->addrs[0]);
	link->iface = NULL;
	s->stale = true; /* routes and next hops by it */
	if (iface->kind == IFACE_BRIDGE)
		retire_bridge(s, iface);
	else if (vlan_del(s->r, iface, &err))
		log_err("%s", err.msg);
}

/* Those on the interface; NULL: those that are not wanted so. What is on others first. */
static void take_away_all(struct sync *s, const struct iface *on)
{
	struct sync_link *link, *next;
	bool more = true;

	while (more) {
		more = false;
		HASH_ITER (hh, s->links, link, next) {
			bool stays = !link->iface || (on ? !iface_is_on(link->iface, on)
							 : link->wanted && is_as_made(s, link));

			if (stays || has_children(s, link->iface))
				continue;
			take_away(s, link);
			more = true;
		}
	}
}

void sync_take_away_on(struct sync *s, const struct iface *iface)
{
	take_away_all(s, iface);
	s->links_changed = true;
}

void sync_link_refuse(struct sync_link *link, const struct error *err)
{
	if (!link->refused && (!link->refused_why || strcmp(link->refused_why, err->msg) != 0)) {
		log_warn("%s of Linux is not followed: %s", link->said.name, err->msg);
		free(link->refused_why);
		link->refused_why = strdup(err->msg);
	}
	link->refused = true;
}

void sync_link_forget_refused(struct sync_link *link)
{
	free(link->refused_why);
	link->refused_why = NULL;
}

static struct iface *make_vlan(struct sync *s, const struct sync_link *link, struct error *err)
{
	struct iface_vlan v = {
		.name = link->said.name,
		.parent = sync_iface(s, link->said.parent),
		.vid = link->said.vlan_id,
		.tpid = link->said.tpid,
		.has_mac = link->said.has_mac,
		.mac = link->said.mac,
	};
	struct iface *iface;

	return vlan_add(s->r, &v, &iface, err) ? NULL : iface;
}

/* Who has the name, and follows a netdev that is called otherwise by now, gets this one's in
 * exchange: the netdevs have swapped theirs. */
static void follow_name(struct sync *s, const struct sync_link *link)
{
	struct iface *iface = link->iface, *has;

	if (!strcmp(iface->name, link->said.name) && !strcmp(iface->mirror, link->said.name))
		return;
	has = iface_by_name(s->r->ifaces, link->said.name);
	snprintf(iface->mirror, sizeof(iface->mirror), "%s", link->said.name);
	if (has == iface || (has && !sync_is_made(s, has)))
		return;
	if (has)
		memcpy(has->name, iface->name, sizeof(has->name));
	snprintf(iface->name, sizeof(iface->name), "%s", link->said.name);
}

/* True: there is one more. */
static bool make(struct sync *s, struct sync_link *link)
{
	struct error err;

	if (!link->wanted || link->iface || link->refused)
		return false;
	if (link->said.type == NL_LINK_VLAN && !sync_iface(s, link->said.parent))
		return false; /* not yet */
	link->iface = link->said.type == NL_LINK_VLAN ? make_vlan(s, link, &err)
						      : sync_bridge_make(s, link, &err);
	if (!link->iface) {
		sync_link_refuse(link, &err);
		return false;
	}
	sync_link_forget_refused(link);
	while (link->iface->n_addrs) /* the link-local one too comes from the kernel */
		iface_addr_del(link->iface, &link->iface->addrs[0]);
	follow_name(s, link);
	sync_set_ifindex(s, link->iface, link->ifindex);
	s->stale = true; /* neighbours and routes that were not for anyone */
	return true;
}

static void make_all(struct sync *s)
{
	struct sync_link *link, *next;
	bool more = true;

	while (more) {
		more = false;
		HASH_ITER (hh, s->links, link, next)
			more |= make(s, link);
	}
}

static bool follow_mac_mtu(struct sync *s, const struct sync_link *link)
{
	struct iface *iface = link->iface;
	uint16_t mtu = (uint16_t)RTE_MIN(link->said.mtu, iface->parent->mtu);
	bool changed = false;

	if (link->said.has_mac && memcmp(&iface->mac, &link->said.mac, sizeof(iface->mac))) {
		iface_set_mac(s->r->ifaces, iface, &link->said.mac);
		changed = true;
	}
	if (mtu && mtu != iface->mtu) {
		iface_set_mtu(iface, mtu);
		changed = true;
	}
	return changed;
}

static void follow(struct sync *s, struct sync_link *link)
{
	struct iface *iface = link->iface;
	bool carrier = link->said.carrier, changed;
	struct error err;

	if (iface->kind == IFACE_BRIDGE) {
		sync_bridge_follow(s, link);
		changed = false; /* its adjacencies have followed */
	} else {
		changed = follow_mac_mtu(s, link);
	}
	if (changed && nexthop_iface_changed(s->r->nexthops, iface, &err))
		log_err("%s: some next hops keep the old MTU and MAC address: %s", iface->name,
			err.msg);
	if (iface->up != link->said.up || iface->carrier != carrier) {
		iface_set_up(s->r->ifaces, iface, link->said.up);
		iface->carrier = carrier;
		nexthop_iface_set_usable(s->r->nexthops, iface, link->said.up && carrier);
		changed = true;
	}
	if (!changed)
		return;
	bridge_iface_changed(s->r->bridges, iface);
	vlan_follow(s->r, iface);
}

void sync_bridges_settle(struct sync *s)
{
	struct sync_link *link, *next;

	if (!s->links_changed)
		return;
	s->links_changed = false;
	find_wanted(s);
	sync_bridge_leave_all(s);
	take_away_all(s, NULL);
	/* Before another link is made that has the old name of one. */
	HASH_ITER (hh, s->links, link, next) {
		if (link->iface)
			follow_name(s, link);
	}
	make_all(s);
	HASH_ITER (hh, s->links, link, next) {
		if (link->iface)
			follow(s, link);
	}
	sync_bridge_join_all(s);
	sync_link_forget_gone(s);
}
