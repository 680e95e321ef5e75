/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges of Linux with mirrors, or VLAN netdevs that are followed, as members. Other members are
 * foreign, the kernel's: it forwards to and from them what is punted to it, or comes from there.
 */
#include "sync_bridge.h"

#include <linux/if_bridge.h>
#include <string.h>

#include <rte_common.h>

#include "bridge_ctl.h"
#include "log.h"
#include "vlan_ctl.h"

#define VLAN_ID_MAX 4094

static uint8_t floods_of(const struct nl_brport *port)
{
	return (uint8_t)((port->flood ? BRIDGE_FLOOD : 0) |
			 (port->mcast_flood ? BRIDGE_MCAST_FLOOD : 0) |
			 (port->bcast_flood ? BRIDGE_BCAST_FLOOD : 0));
}

/* What its foreign members take. */
static uint8_t foreign_of(const struct sync *s, const struct sync_link *bridge)
{
	struct sync_link *link, *next;
	uint8_t floods = 0;

	HASH_ITER (hh, s->links, link, next) {
		if (!link->gone && link->said.master == bridge->ifindex && link->said.has_brport &&
		    !sync_iface(s, link->ifindex))
			floods |= floods_of(&link->said.brport);
	}
	return floods;
}

static struct bridge_conf conf_of(const struct sync *s, const struct sync_link *link)
{
	const struct nl_link *said = &link->said;

	return (struct bridge_conf){
		.has_mac = said->has_mac && mac_is_unicast(&said->mac),
		.mac = said->mac,
		.mtu = (uint16_t)RTE_MIN(said->mtu, UINT16_MAX),
		/* 0 forgets at once: then nothing is learned (flags_of). */
		.ageing_cs = said->ageing_cs
				     ? RTE_MAX(100u, RTE_MIN(said->ageing_cs, BRIDGE_AGEING_MAX_CS))
				     : BRIDGE_AGEING_DEFAULT_CS,
		.vlan_aware = said->vlan_filtering,
		.tpid = said->tpid,
		.in_kernel = true,
		.foreign = foreign_of(s, link),
		.stp = said->stp,
		.group_fwd = said->group_fwd,
	};
}

struct iface *sync_bridge_make(struct sync *s, const struct sync_link *link, struct error *err)
{
	struct bridge_conf conf = conf_of(s, link);
	struct bridge *b = bridge_add(s->r->bridges, link->said.name, &conf, err);

	return b ? bridge_iface(b) : NULL;
}

static bool conf_equal(const struct bridge_conf *a, const struct bridge_conf *b)
{
	return a->has_mac == b->has_mac && !memcmp(&a->mac, &b->mac, sizeof(a->mac)) &&
	       a->mtu == b->mtu && a->ageing_cs == b->ageing_cs && a->vlan_aware == b->vlan_aware &&
	       a->tpid == b->tpid && a->stp == b->stp && a->group_fwd == b->group_fwd &&
	       a->foreign == b->foreign;
}

static bool in(const uint64_t *vlans, unsigned vid)
{
	return vlans[vid / 64] >> vid % 64 & 1;
}

/* What of a VLAN the kernel says, as flags of bridge_vlan_add(); -1: the link is not in it. */
static int said_of(const struct sync_vlans *v, unsigned vid)
{
	if (!v || !in(v->vlans, vid))
		return -1;
	return (in(v->untagged, vid) ? BRIDGE_VLAN_UNTAGGED : 0) |
	       (v->pvid == vid ? BRIDGE_VLAN_PVID : 0);
}

static int stands_of(const struct bridge_vlans *v, uint16_t pvid, unsigned vid)
{
	if (!v || !bridge_vlan_has(v->member, (uint16_t)vid))
		return -1;
	return (bridge_vlan_has(v->untagged, (uint16_t)vid) ? BRIDGE_VLAN_UNTAGGED : 0) |
	       (pvid == vid ? BRIDGE_VLAN_PVID : 0);
}

/* VLANs first to last, which are all alike. */
static void set_vlans(struct sync *s, struct bridge *b, struct iface *iface, struct sync_link *link,
		      uint16_t first, uint16_t last, int flags)
{
	struct error err;
	int ret = flags < 0 ? bridge_vlan_del(s->r->bridges, b, iface, first, last, &err)
			    : bridge_vlan_add(s->r->bridges, b, iface, first, last, (unsigned)flags,
					      &err);

	if (ret)
		sync_link_refuse(link, &err);
}

/* In runs of VLANs that change in the same way. */
static void follow_vlans(struct sync *s, struct bridge *b, struct iface *iface,
			 struct sync_link *link)
{
	const struct bridge_vlans *stands;
	struct bridge_vlans before = {0};
	uint16_t pvid = 0, first = 0;
	int run = 0;

	if (bridge_vlans_of(b, iface, &stands, &pvid))
		before = *stands;
	for (uint16_t vid = 1; vid <= VLAN_ID_MAX + 1; vid++) {
		int want = vid <= VLAN_ID_MAX ? said_of(link->vlans, vid) : -1;
		int have = vid <= VLAN_ID_MAX ? stands_of(&before, pvid, vid) : -1;
		bool change = want != have;

		if (first && (!change || want != run || run & BRIDGE_VLAN_PVID)) {
			set_vlans(s, b, iface, link, first, (uint16_t)(vid - 1), run);
			first = 0;
		}
		if (change && !first) {
			first = vid;
			run = want;
		}
	}
}

void sync_bridge_follow(struct sync *s, struct sync_link *link)
{
	struct bridge *b = bridge_by_iface(s->r->bridges, link->iface);
	struct bridge_conf conf = conf_of(s, link);
	struct error err;

	if (link->said.vlan_filtering)
		follow_vlans(s, b, link->iface, link);
	if (!conf_equal(&conf, bridge_conf(b)) && bridge_set(s->r->bridges, b, &conf, &err))
		sync_link_refuse(link, &err);
}

/* The link of a bridge that is followed; NULL. */
static struct sync_link *link_of(const struct sync *s, const struct bridge *b)
{
	int ifindex = b ? sync_ifindex(s, bridge_iface(b)) : 0;
	struct sync_link *link = ifindex ? sync_link_find(s, ifindex) : NULL;

	return link && link->iface == bridge_iface(b) ? link : NULL;
}

void sync_bridge_leave(struct sync *s, struct iface *iface)
{
	if (!link_of(s, bridge_of_member(s->r->bridges, iface)))
		return;
	bridge_member_del(s->r->bridges, iface);
	s->calls->isolate(s->ctx, sync_ifindex(s, iface), false);
}

void sync_bridge_leave_all(struct sync *s)
{
	for (struct iface *iface = NULL; (iface = iface_next(s->r->ifaces, iface));) {
		const struct sync_link *link = sync_link_find(s, sync_ifindex(s, iface));
		const struct sync_link *in = link_of(s, bridge_of_member(s->r->bridges, iface));

		if (in && (!link || link->gone || link->said.master != in->ifindex || !in->wanted))
			sync_bridge_leave(s, iface);
	}
}

static struct bridge_member_conf member_of(const struct sync_link *link,
					   const struct sync_link *bridge)
{
	const struct nl_brport *port = &link->said.brport;

	/* The kernel has not said yet how it is. */
	if (!link->said.has_brport)
		return (struct bridge_member_conf){.state = BRIDGE_DISABLED,
						   .flags = BRIDGE_DEFAULTS};
	return (struct bridge_member_conf){
		.state = port->locked ? BRIDGE_DISABLED : port->state,
		.flags = (uint8_t)((port->learning && bridge->said.ageing_cs ? BRIDGE_LEARN : 0) |
				   floods_of(port) | (port->isolated ? BRIDGE_ISOLATED : 0)),
	};
}

/* 0 or -errno and err. */
static int join(struct sync *s, struct bridge *b, const struct sync_link *link, struct iface *iface,
		const struct bridge_member_conf *conf, struct error *err)
{
	struct error why;
	int ret;

	/* The kernel's hands off first: no frame is to be forwarded twice. */
	s->calls->isolate(s->ctx, link->ifindex, true);
	ret = bridge_member_add(s->r->bridges, b, iface, conf, err);
	if (!ret)
		return 0;
	s->calls->isolate(s->ctx, link->ifindex, false);
	why = *err;
	return error_set(err, ret, "%s; Sluice forwards nothing between it and other members",
			 why.msg);
}

static void follow_member(struct sync *s, struct sync_link *link, struct sync_link *master,
			  struct iface *iface)
{
	struct bridge *b = bridge_by_iface(s->r->bridges, master->iface);
	struct bridge_member_conf conf = member_of(link, master);
	const struct bridge_member_conf *stands = NULL;
	struct error err;
	int ret = 0;

	if (link->refused)
		return;
	if (bridge_of_member(s->r->bridges, iface) == b)
		stands = bridge_member_conf(s->r->bridges, iface);
	if (!stands)
		ret = join(s, b, link, iface, &conf, &err);
	else if (conf.state != stands->state || conf.flags != stands->flags)
		ret = bridge_member_set(s->r->bridges, iface, &conf, &err);
	if (ret) {
		sync_link_refuse(link, &err);
		return;
	}
	if (!stands) {
		s->stale = true; /* for static entries behind it */
		if (bridge_conf(b)->vlan_aware)
			vlan_check_protocol(s->r, iface, bridge_conf(b)->tpid, master->said.name);
	}
	if (master->said.vlan_filtering)
		follow_vlans(s, b, iface, link);
	if (link->said.brport.locked && link->said.has_brport && !link->locked_said)
		log_warn("%s: locked is on in Linux: Sluice cannot tell who may send, and forwards "
			 "nothing from and to this member",
			 link->said.name);
	link->locked_said = link->said.has_brport && link->said.brport.locked;
	if (link->said.brport.hairpin && link->said.has_brport && !link->hairpin_said)
		log_warn("%s: hairpin is on in Linux: Sluice sends no frame back by the member "
			 "that it came from",
			 link->said.name);
	link->hairpin_said = link->said.has_brport && link->said.brport.hairpin;
	if (!link->refused)
		sync_link_forget_refused(link);
}

void sync_bridge_join_all(struct sync *s)
{
	struct sync_link *link, *next;

	HASH_ITER (hh, s->links, link, next) {
		struct sync_link *master = sync_link_find(s, link->said.master);
		struct iface *iface = sync_iface(s, link->ifindex);

		if (link->gone || !master || !master->iface || master->said.type != NL_LINK_BRIDGE)
			continue;
		if (iface)
			follow_member(s, link, master, iface);
	}
}
