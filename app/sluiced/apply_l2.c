/* SPDX-License-Identifier: BSD-3-Clause */
#include "apply_l2.h"

#include <errno.h>
#include <string.h>

#include "apply.h"
#include "bridge_ctl.h"
#include "linux_ctl.h"
#include "log.h"
#include "span_ctl.h"
#include "storm.h"
#include "vlan_ctl.h"

static uint16_t tpid_of(enum config_protocol protocol)
{
	return protocol == CONFIG_8021AD ? VLAN_TPID_8021AD : VLAN_TPID_8021Q;
}

/* Where parts of the configuration go. */
struct target {
	const struct config *cfg;
	const char *path;
	struct router *r;
	const struct iface
		*port; /* what has to do with this one, which has been added; NULL: all */
};

/* It is one of the parts. NULL: it is not there. */
static bool is_meant(const struct target *t, const struct iface *iface)
{
	return !t->port || (iface && iface_root(iface) == t->port);
}

/* What goes wrong at the start ends it; later it is said, and the others go on. */
static int settle(const struct target *t, int ret, int line, struct error *err)
{
	if (!ret)
		return 0;
	error_prefix(err, ret, "%s:%d", t->path, line);
	if (!t->port)
		return ret;
	log_warn("%s", err->msg);
	return 0;
}

static int add_interface(const struct config_interface *c, struct iface *parent, struct router *r,
			 struct iface **iface, struct error *err)
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
	int ret = vlan_add(r, &vlan, iface, err);

	if (!ret)
		__atomic_store_n(&r->ifaces->fwd[(*iface)->id].own_tap, true, __ATOMIC_RELAXED);
	return ret;
}

/* What stands in the file for layer 3, where that is not put there at the end of the start. */
static int add_l3(const struct target *t, struct iface *iface, struct error *err)
{
	if (!t->port)
		return 0;
	if (t->r->linux_ctl)
		return linux_iface_add(t->r->linux_ctl, iface, err);
	return apply_l3(t->cfg, t->path, iface, t->r, err);
}

/* Those whose parents have come, and that have not come themselves: in an order that the file need
 * not have. Two tags at most, so two rounds do. */
static int add_interfaces(const struct target *t, struct error *err)
{
	unsigned n = t->cfg->n_interfaces;
	int ret = 0;

	for (unsigned i = 0; !ret && i < 2 * n; i++) {
		const struct config_interface *c = &t->cfg->interfaces[i % n];
		struct iface *parent = iface_by_name(t->r->ifaces, c->parent), *iface;

		if (!parent || !is_meant(t, parent) || iface_by_name(t->r->ifaces, c->name))
			continue;
		ret = add_interface(c, parent, t->r, &iface, err);
		if (!ret)
			ret = add_l3(t, iface, err);
		ret = settle(t, ret, c->line, err);
	}
	return ret;
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
	vlan_check_protocol(r, iface, bridge_conf(bridge)->tpid, bridge_iface(bridge)->name);
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
static int check_mtu(const struct config_bridge *c, const struct iface *iface, struct error *err)
{
	if (c->mtu <= iface->mtu)
		return 0;
	return error_set(err, -EINVAL,
			 "bridge %s: an MTU of %u is more than that of its member %s, %u", c->name,
			 c->mtu, iface->name, iface->mtu);
}

static int add_parts(const struct config_bridge *c, const struct target *t, struct bridge *bridge,
		     struct error *err)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->n_members; i++) {
		const struct config_member *m = &c->members[i];
		struct iface *iface = iface_by_name(t->r->ifaces, m->port);

		if (!is_meant(t, iface))
			continue;
		ret = check_mtu(c, iface, err);
		if (!ret)
			ret = add_member(m, t->r, bridge, err);
		ret = settle(t, ret, m->line, err);
	}
	for (unsigned i = 0; !ret && i < c->n_fdb; i++) {
		const struct config_fdb *e = &c->fdb[i];

		if (is_meant(t, iface_by_name(t->r->ifaces, e->port)))
			ret = settle(t, add_entry(e, t->r, bridge, err), e->line, err);
	}
	return ret;
}

static int add_bridge(const struct config_bridge *c, const struct target *t, struct error *err)
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
	struct bridge *bridge = bridge_add(t->r->bridges, c->name, &conf, err);
	int ret;

	if (!bridge)
		return settle(t, -ENOSPC, c->line, err);
	ret = add_native(c->native, t->r, bridge, bridge_iface(bridge), err);
	ret = settle(t, ret, c->line, err);
	return ret ? ret : add_parts(c, t, bridge, err);
}

static int add_storm(const struct config_port *c, struct router *r, struct error *err)
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
	return ret ? error_set(err, -ENOMEM, "out of memory") : 0;
}

int apply_l2(const struct config *cfg, const char *path, struct router *r, struct error *err)
{
	const struct target t = {.cfg = cfg, .path = path, .r = r};
	int ret = add_interfaces(&t, err);

	for (unsigned i = 0; !ret && i < cfg->n_bridges; i++)
		ret = add_bridge(&cfg->bridges[i], &t, err);
	if (!ret)
		ret = add_interfaces(&t, err); /* on the bridges */
	for (unsigned i = 0; !ret && i < cfg->n_ports; i++)
		ret = settle(&t, add_storm(&cfg->ports[i], r, err), cfg->ports[i].line, err);
	return ret;
}

static int add_mirror(const struct config_mirror *c, const struct target *t, struct error *err)
{
	static const enum span_direction directions[] = {
		[CONFIG_RX] = SPAN_RX,
		[CONFIG_TX] = SPAN_TX,
		[CONFIG_BOTH] = SPAN_BOTH,
	};
	struct span_conf conf = {
		.to = iface_by_name(t->r->ifaces, c->to),
		.direction = directions[c->direction],
		.sample = c->sample,
	};
	int ret = 0;

	for (unsigned i = 0; !ret && i < c->n_from; i++) {
		conf.from = iface_by_name(t->r->ifaces, c->from[i]);
		if (conf.from && conf.to && (is_meant(t, conf.from) || is_meant(t, conf.to)))
			ret = settle(t, span_add(t->r->span, &conf, err), c->line, err);
	}
	return ret;
}

static int add_mirrors(const struct target *t, struct error *err)
{
	int ret = 0;

	for (unsigned i = 0; !ret && i < t->cfg->n_mirrors; i++)
		ret = add_mirror(&t->cfg->mirrors[i], t, err);
	return ret;
}

int apply_mirrors(const struct config *cfg, const char *path, struct router *r, struct error *err)
{
	const struct target t = {.cfg = cfg, .path = path, .r = r};

	return add_mirrors(&t, err);
}

/* In the file there may be no such bridge, interface or mirror: then nothing comes. */
void apply_l2_port(const struct config *cfg, const char *path, struct router *r,
		   const struct iface *port)
{
	const struct target t = {.cfg = cfg, .path = path, .r = r, .port = port};
	struct error err;

	add_interfaces(&t, &err);
	for (unsigned i = 0; i < cfg->n_bridges; i++) {
		struct bridge *bridge = bridge_by_name(r->bridges, cfg->bridges[i].name);

		if (bridge)
			add_parts(&cfg->bridges[i], &t, bridge, &err);
	}
	for (unsigned i = 0; i < cfg->n_ports; i++) {
		const struct config_port *p = &cfg->ports[i];

		if (!strcmp(p->name, port->name))
			settle(&t, add_storm(p, r, &err), p->line, &err);
	}
	add_mirrors(&t, &err);
}
