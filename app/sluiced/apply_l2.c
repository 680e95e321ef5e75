/* SPDX-License-Identifier: BSD-3-Clause */
#include "apply_l2.h"

#include <errno.h>

#include "bridge_ctl.h"
#include "span_ctl.h"
#include "storm.h"
#include "vlan_ctl.h"

static uint16_t tpid_of(enum config_protocol protocol)
{
	return protocol == CONFIG_8021AD ? VLAN_TPID_8021AD : VLAN_TPID_8021Q;
}

static int add_interface(const struct config_interface *c, struct iface *parent, struct router *r,
			 struct error *err)
{
	const struct iface_vlan vlan = {
		.name = c->name,
		.parent = parent,
		.vid = c->vlan,
		.tpid = tpid_of(c->protocol),
		.mtu = c->mtu,
		.has_mac = c->has_mac,
		.mac = c->mac,
	};
	struct iface *iface;
	int ret = vlan_add(r, &vlan, &iface, err);

	if (!ret)
		__atomic_store_n(&r->ifaces->fwd[iface->id].own_tap, true, __ATOMIC_RELAXED);
	return ret;
}

/* Those whose parents have come, and that have not come themselves: in an order that the file need
 * not have. Two tags at most, so two rounds do. */
static int add_interfaces(const struct config *cfg, const char *path, struct router *r,
			  struct error *err)
{
	for (unsigned i = 0; i < 2 * cfg->n_interfaces; i++) {
		const struct config_interface *c = &cfg->interfaces[i % cfg->n_interfaces];
		struct iface *parent = iface_by_name(r->ifaces, c->parent);
		int ret;

		if (!parent || iface_by_name(r->ifaces, c->name))
			continue;
		ret = add_interface(c, parent, r, err);
		if (ret)
			return error_prefix(err, ret, "%s:%d", path, c->line);
	}
	return 0;
}

/* Each run of VLANs at once. */
static int add_vlans(const struct config_vlans *set, struct router *r, struct bridge *bridge,
		     struct iface *iface, struct error *err)
{
	int ret = 0;

	for (uint16_t vid = 1; !ret && vid <= CONFIG_MAX_VID; vid++) {
		uint16_t first = vid;

		if (!config_has_vlan(set, vid))
			continue;
		while (vid < CONFIG_MAX_VID && config_has_vlan(set, vid + 1))
			vid++;
		ret = bridge_vlan_add(r->bridges, bridge, iface, first, vid, 0, err);
	}
	return ret;
}

static int add_native(uint16_t vid, struct router *r, struct bridge *bridge, struct iface *iface,
		      struct error *err)
{
	if (!vid)
		return 0;
	return bridge_vlan_add(r->bridges, bridge, iface, vid, vid,
			       BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED, err);
}

static uint8_t flags_of(const struct config_member *c)
{
	return (uint8_t)((c->learning ? BRIDGE_LEARN : 0) | (c->flood ? BRIDGE_FLOOD : 0) |
			 (c->mcast_flood ? BRIDGE_MCAST_FLOOD : 0) |
			 (c->bcast_flood ? BRIDGE_BCAST_FLOOD : 0) |
			 (c->isolated ? BRIDGE_ISOLATED : 0));
}

static int add_member(const struct config_member *c, struct router *r, struct bridge *bridge,
		      struct error *err)
{
	struct bridge_member_conf conf = BRIDGE_MEMBER_DEFAULT;
	struct iface *iface = iface_by_name(r->ifaces, c->port);
	int ret;

	conf.flags = flags_of(c);
	conf.max_macs = c->max_macs;
	ret = bridge_member_add(r->bridges, bridge, iface, &conf, err);
	if (ret || !bridge_conf(bridge)->vlan_aware)
		return ret;
	ret = add_vlans(&c->vlans, r, bridge, iface, err);
	return ret ? ret : add_native(c->native, r, bridge, iface, err);
}

static int add_entry(const struct config_fdb *c, struct router *r, struct bridge *bridge,
		     struct error *err)
{
	return bridge_fdb_add(r->bridges, bridge, iface_by_name(r->ifaces, c->port), &c->mac,
			      c->vlan, c->sticky ? FDB_STICKY : FDB_STATIC, err);
}

/* The MTUs that the file does not say are known now. */
static int check_mtu(const struct config_bridge *c, const struct router *r, struct error *err)
{
	for (unsigned i = 0; i < c->n_members; i++) {
		const struct iface *iface = iface_by_name(r->ifaces, c->members[i].port);

		if (c->mtu > iface->mtu)
			return error_set(err, -EINVAL,
					 "bridge %s: an MTU of %u is more than that of its member "
					 "%s, %u",
					 c->name, c->mtu, iface->name, iface->mtu);
	}
	return 0;
}

static int add_parts(const struct config_bridge *c, const char *path, struct router *r,
		     struct bridge *bridge, struct error *err)
{
	for (unsigned i = 0; i < c->n_members; i++) {
		int ret = add_member(&c->members[i], r, bridge, err);

		if (ret)
			return error_prefix(err, ret, "%s:%d", path, c->members[i].line);
	}
	for (unsigned i = 0; i < c->n_fdb; i++) {
		int ret = add_entry(&c->fdb[i], r, bridge, err);

		if (ret)
			return error_prefix(err, ret, "%s:%d", path, c->fdb[i].line);
	}
	return 0;
}

static int add_bridge(const struct config_bridge *c, const char *path, struct router *r,
		      struct error *err)
{
	const struct bridge_conf conf = {
		.has_mac = c->has_mac,
		.mac = c->mac,
		.mtu = c->mtu,
		.ageing_cs = c->ageing_s * 100,
		.max_macs = c->max_macs,
		.vlan_aware = c->vlan_aware,
		.tpid = tpid_of(c->protocol),
		.own_tap = true,
	};
	struct bridge *bridge;
	int ret = check_mtu(c, r, err);

	if (ret)
		return error_prefix(err, ret, "%s:%d", path, c->line);
	bridge = bridge_add(r->bridges, c->name, &conf, err);
	if (!bridge)
		return error_prefix(err, -ENOSPC, "%s:%d", path, c->line);
	ret = add_native(c->native, r, bridge, bridge_iface(bridge), err);
	if (ret)
		return error_prefix(err, ret, "%s:%d", path, c->line);
	return add_parts(c, path, r, bridge, err);
}

static int add_storm(const struct config_port *c, struct router *r)
{
	const struct rate *rates[STORM_KINDS] = {
		[STORM_BROADCAST] = &c->storm.broadcast,
		[STORM_UNKNOWN_UNICAST] = &c->storm.unknown_unicast,
		[STORM_MULTICAST] = &c->storm.multicast,
	};
	uint16_t port = iface_by_name(r->ifaces, c->name)->port;
	int ret = 0;

	for (int kind = 0; !ret && kind < STORM_KINDS; kind++)
		if (rates[kind]->per_s)
			ret = storm_set(r->storms, port, kind, rates[kind]);
	return ret;
}

int apply_l2(const struct config *cfg, const char *path, struct router *r, struct error *err)
{
	int ret = add_interfaces(cfg, path, r, err);

	for (unsigned i = 0; !ret && i < cfg->n_bridges; i++)
		ret = add_bridge(&cfg->bridges[i], path, r, err);
	if (!ret)
		ret = add_interfaces(cfg, path, r, err); /* on the bridges */
	for (unsigned i = 0; !ret && i < cfg->n_ports; i++)
		if (add_storm(&cfg->ports[i], r))
			ret = error_set(err, -ENOMEM, "%s:%d: out of memory", path,
					cfg->ports[i].line);
	return ret;
}

static int add_mirror(const struct config_mirror *c, struct router *r, struct error *err)
{
	static const enum span_direction directions[] = {
		[CONFIG_RX] = SPAN_RX,
		[CONFIG_TX] = SPAN_TX,
		[CONFIG_BOTH] = SPAN_BOTH,
	};
	struct span_conf conf = {
		.to = iface_by_name(r->ifaces, c->to),
		.direction = directions[c->direction],
		.sample = c->sample,
	};
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->n_from; i++) {
		conf.from = iface_by_name(r->ifaces, c->from[i]);
		ret = span_add(r->span, &conf, err);
	}
	return ret;
}

int apply_mirrors(const struct config *cfg, const char *path, struct router *r, struct error *err)
{
	for (unsigned i = 0; i < cfg->n_mirrors; i++) {
		int ret = add_mirror(&cfg->mirrors[i], r, err);

		if (ret)
			return error_prefix(err, ret, "%s:%d", path, cfg->mirrors[i].line);
	}
	return 0;
}
