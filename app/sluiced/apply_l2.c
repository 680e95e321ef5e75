/* SPDX-License-Identifier: BSD-3-Clause */
/* VLAN interfaces and bridges of the configuration. */
#include <errno.h>
#include <string.h>

#include "apply.h"
#include "bridge_ctl.h"
#include "vlan_ctl.h"

static const uint16_t tpids[] = {[CONFIG_8021Q] = 0x8100, [CONFIG_8021AD] = 0x88a8};

static int make_interface(const struct config_interface *c, struct router *r, struct error *err)
{
	struct iface *iface;
	const struct iface_vlan v = {
		.name = c->name,
		.parent = iface_by_name(r->ifaces, c->parent),
		.vid = c->vlan,
		.tpid = tpids[c->protocol],
		.mtu = c->mtu,
		.has_mac = c->has_mac,
		.mac = c->mac,
	};
	int ret = vlan_add(r, &v, &iface, err);

	if (!ret)
		r->ifaces->fwd[iface->id].own_tap = true;
	return ret;
}

/* Those whose parent is there: an interface may stand before what it is on. */
static int make_interfaces(const struct config *cfg, const char *path, struct router *r,
			   struct error *err)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned i = 0; i < cfg->n_interfaces; i++) {
			const struct config_interface *c = &cfg->interfaces[i];
			int ret;

			if (iface_by_name(r->ifaces, c->name) ||
			    !iface_by_name(r->ifaces, c->parent))
				continue;
			ret = make_interface(c, r, err);
			if (ret)
				return error_prefix(err, ret, "%s:%d", path, c->line);
			more = true;
		}
	}
	return 0;
}

/* A set, a range at a time. */
static int add_vlans(struct router *r, struct bridge *b, struct iface *iface,
		     const struct config_vlans *vlans, struct error *err)
{
	int ret = 0;

	for (uint16_t first = 1; !ret && first <= CONFIG_MAX_VID; first++) {
		uint16_t last = first;

		if (!config_has_vlan(vlans, first))
			continue;
		while (last < CONFIG_MAX_VID && config_has_vlan(vlans, last + 1))
			last++;
		ret = bridge_vlan_add(r->bridges, b, iface, first, last, 0, err);
		first = last;
	}
	return ret;
}

static int add_native(struct router *r, struct bridge *b, struct iface *iface, uint16_t vid,
		      struct error *err)
{
	return vid ? bridge_vlan_add(r->bridges, b, iface, vid, vid,
				     BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED, err)
		   : 0;
}

static int make_member(const struct config_member *c, struct router *r, struct bridge *b,
		       struct error *err)
{
	struct bridge_member_conf conf = {.state = BRIDGE_FORWARDING, .max_macs = c->max_macs};
	struct iface *iface = iface_by_name(r->ifaces, c->port);
	int ret;

	conf.flags = (uint8_t)((c->learning ? BRIDGE_LEARN : 0) | (c->flood ? BRIDGE_FLOOD : 0) |
			       (c->mcast_flood ? BRIDGE_MCAST_FLOOD : 0) |
			       (c->bcast_flood ? BRIDGE_BCAST_FLOOD : 0) |
			       (c->isolated ? BRIDGE_ISOLATED : 0));
	if (!iface)
		return error_set(err, -ENODEV, "there is no interface '%s'", c->port);
	ret = bridge_member_add(r->bridges, b, iface, &conf, err);
	if (ret || !bridge_conf(b)->vlan_aware)
		return ret;
	ret = add_vlans(r, b, iface, &c->vlans, err);
	return ret ? ret : add_native(r, b, iface, c->access ? c->access : c->native, err);
}

/* The bridge's own interface is in its native VLAN, and in those that have interfaces on it. */
static int make_own_vlans(const struct config *cfg, const struct config_bridge *c, struct router *r,
			  struct bridge *b, struct error *err)
{
	struct iface *iface = bridge_iface(b);
	int ret = 0;

	for (unsigned i = 0; !ret && i < cfg->n_interfaces; i++)
		if (!strcmp(cfg->interfaces[i].parent, c->name))
			ret = bridge_vlan_add(r->bridges, b, iface, cfg->interfaces[i].vlan,
					      cfg->interfaces[i].vlan, 0, err);
	return ret ? ret : add_native(r, b, iface, c->native, err);
}

static int make_bridge(const struct config *cfg, const struct config_bridge *c, const char *path,
		       struct router *r, struct error *err)
{
	const struct bridge_conf conf = {
		.has_mac = c->has_mac,
		.mac = c->mac,
		.mtu = c->mtu,
		.ageing_cs = c->ageing_s * 100,
		.max_macs = c->max_macs,
		.vlan_aware = c->vlan_aware,
		.tpid = tpids[c->protocol],
		.own_tap = true,
	};
	struct bridge *b = bridge_add(r->bridges, c->name, &conf, err);
	int ret = 0;

	if (!b)
		return error_prefix(err, -EINVAL, "%s:%d", path, c->line);
	for (unsigned i = 0; i < c->n_members; i++) {
		ret = make_member(&c->members[i], r, b, err);
		if (ret)
			return error_prefix(err, ret, "%s:%d", path, c->members[i].line);
	}
	if (c->vlan_aware)
		ret = make_own_vlans(cfg, c, r, b, err);
	for (unsigned i = 0; !ret && i < c->n_fdb; i++)
		ret = bridge_fdb_add(r->bridges, b, iface_by_name(r->ifaces, c->fdb[i].port),
				     &c->fdb[i].mac, c->fdb[i].vlan,
				     c->fdb[i].sticky ? FDB_STICKY : FDB_STATIC, err);
	return ret ? error_prefix(err, ret, "%s:%d", path, c->line) : 0;
}

int apply_l2(const struct config *cfg, const char *path, struct router *r, struct error *err)
{
	int ret = make_interfaces(cfg, path, r, err);

	for (unsigned i = 0; !ret && i < cfg->n_bridges; i++)
		ret = make_bridge(cfg, &cfg->bridges[i], path, r, err);
	return ret ? ret : make_interfaces(cfg, path, r, err);
}
