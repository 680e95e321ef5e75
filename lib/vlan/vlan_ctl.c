/* SPDX-License-Identifier: BSD-3-Clause */
#include "vlan_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_ctl.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "port_ctl.h"
#include "port_quirks.h"
#include "retire.h"
#include "worker_ctl.h"

static void set_usable(const struct router *r, const struct iface *iface)
{
	const struct iface *root = iface_root(iface);
	/* NULL: it has been taken away. */
	const struct port *port = r->ports ? port_by_id(r->ports, root->port) : NULL;
	bool link = !r->linux_control || root->carrier;

	/* A bridge's is known with any control, and that a device has vanished. */
	if (root->kind == IFACE_BRIDGE)
		link = root->carrier;
	else if (port)
		link = link && !port->gone;
	nexthop_iface_set_usable(r->nexthops, iface, link && iface_is_up(iface));
}

/* A bridge hands a VLAN's frames to itself only where it is in that VLAN. NULL: the parent is none,
 * or it is for Linux to say. */
static struct bridge *bridge_to_join(const struct router *r, const struct iface *parent,
				     uint16_t tpid)
{
	struct bridge *b = r->bridges ? bridge_by_iface(r->bridges, parent) : NULL;
	const struct bridge_conf *conf = b ? bridge_conf(b) : NULL;

	return conf && conf->own_tap && conf->vlan_aware && conf->tpid == tpid ? b : NULL;
}

/* *joined: it was not in the VLAN. */
static int join(const struct router *r, const struct iface_vlan *v, bool *joined, struct error *err)
{
	struct bridge *b = bridge_to_join(r, v->parent, v->tpid);
	const struct bridge_vlans *vlans;

	if (b)
		bridge_vlans_of(b, v->parent, &vlans, NULL);
	*joined = b && !bridge_vlan_has(vlans->member, v->vid);
	return *joined ? bridge_vlan_add(r->bridges, b, v->parent, v->vid, v->vid, 0, err) : 0;
}

static void unjoin(const struct router *r, struct iface *parent, uint16_t tpid, uint16_t vid)
{
	struct bridge *b = bridge_to_join(r, parent, tpid);
	const struct bridge_vlans *vlans;
	struct error err;

	if (!b)
		return;
	bridge_vlans_of(b, parent, &vlans, NULL);
	/* Untagged: its own VLAN, by configuration. */
	if (!bridge_vlan_has(vlans->untagged, vid) &&
	    bridge_vlan_del(r->bridges, b, parent, vid, vid, &err))
		log_warn("%s stays in VLAN %u: %s", parent->name, vid, err.msg);
}

void vlan_check_protocol(const struct router *r, const struct iface *iface, uint16_t tpid,
			 const char *whose)
{
	bool outer = iface->kind == IFACE_PORT && tpid == VLAN_TPID_8021AD;
	const struct port *port = outer && r->ports ? port_by_id(r->ports, iface->port) : NULL;

	if (port && port_quirk_shows_8021q(port))
		log_warn("%s: what comes by %s with an 802.1ad tag does not get there: its driver, "
			 "net_af_packet, shows that tag as one of 802.1Q (net_tap and net_af_xdp "
			 "do not)",
			 whose, iface->name);
}

int vlan_add(struct router *r, const struct iface_vlan *v, struct iface **iface, struct error *err)
{
	bool joined;

	if (join(r, v, &joined, err))
		return -EINVAL;
	*iface = iface_vlan_add(r->ifaces, v, err);
	if (!*iface && joined)
		unjoin(r, v->parent, v->tpid, v->vid);
	if (!*iface)
		return -EINVAL;
	if (r->workers)
		worker_set_clear_iface(r->workers, (*iface)->id);
	set_usable(r, *iface);
	if (r->bridges)
		bridge_iface_changed(r->bridges, *iface);
	log_info("interface %s: VLAN %u of %s, MTU %u", v->name, v->vid, v->parent->name,
		 (*iface)->mtu);
	vlan_check_protocol(r, v->parent, v->tpid, v->name);
	return 0;
}

static struct iface *next_on(const struct router *r, const struct iface *parent,
			     struct iface *after)
{
	while ((after = iface_next(r->ifaces, after)))
		if (after->parent == parent)
			break;
	return after;
}

/* What takes each of them away. */
struct vlan_leaving {
	unsigned n;
	struct retired *retired[];
};

void vlan_leaving_free(struct vlan_leaving *leaving)
{
	while (leaving && leaving->n)
		free(leaving->retired[--leaving->n]);
	free(leaving);
}

/* For what is on it, and with `self` for itself. */
static struct vlan_leaving *leaving_new(const struct router *r, const struct iface *parent,
					bool self)
{
	struct vlan_leaving *leaving;
	unsigned n = 0;

	for (struct iface *iface = NULL; (iface = iface_next(r->ifaces, iface));)
		n += iface_is_on(iface, parent) && (self || iface != parent);
	leaving = calloc(1, sizeof(*leaving) + n * sizeof(struct retired *));
	for (; leaving && leaving->n < n; leaving->n++) {
		leaving->retired[leaving->n] = retired_new(r);
		if (leaving->retired[leaving->n])
			continue;
		vlan_leaving_free(leaving);
		return NULL;
	}
	return leaving;
}

static void leave(struct router *r, struct iface *iface, struct vlan_leaving *leaving)
{
	log_info("interface %s: taken away", iface->name);
	unjoin(r, iface->parent, iface->tpid, iface->vid);
	iface_vlan_detach(r->ifaces, r->rcu, iface);
	nexthop_iface_set_usable(r->nexthops, iface, false);
	retired_begin(r, leaving->retired[--leaving->n], iface);
}

/* Those within others first: two tags at most. */
static void leave_all(struct router *r, const struct iface *parent, struct vlan_leaving *leaving)
{
	struct iface *iface, *inner;

	while ((iface = next_on(r, parent, NULL))) {
		while ((inner = next_on(r, iface, NULL)))
			leave(r, inner, leaving);
		leave(r, iface, leaving);
	}
}

struct vlan_leaving *vlan_leaving_new(const struct router *r, const struct iface *parent)
{
	return leaving_new(r, parent, false);
}

void vlan_leave(struct router *r, const struct iface *parent, struct vlan_leaving *leaving)
{
	leave_all(r, parent, leaving);
	vlan_leaving_free(leaving);
}

int vlan_del(struct router *r, struct iface *iface, struct error *err)
{
	struct vlan_leaving *leaving = leaving_new(r, iface, true);

	if (!leaving)
		return error_set(err, -ENOMEM, "interface %s: out of memory", iface->name);
	leave_all(r, iface, leaving);
	leave(r, iface, leaving);
	vlan_leaving_free(leaving);
	return 0;
}

static void follow(struct router *r, struct iface *iface)
{
	const struct iface *parent = iface->parent;
	bool mac = !iface->own_mac && memcmp(&iface->mac, &parent->mac, sizeof(iface->mac));
	bool mtu = iface->mtu > parent->mtu;
	struct error err;

	if (mac)
		iface_set_mac(r->ifaces, iface, &parent->mac);
	if (mtu)
		iface_set_mtu(iface, parent->mtu);
	if ((mac || mtu) && nexthop_iface_changed(r->nexthops, iface, &err))
		log_warn("interface %s: %s", iface->name, err.msg);
	set_usable(r, iface);
	vlan_follow(r, iface);
}

void vlan_follow(struct router *r, const struct iface *parent)
{
	if (r->bridges)
		bridge_iface_changed(r->bridges, parent);
	for (struct iface *iface = NULL; (iface = next_on(r, parent, iface));)
		follow(r, iface);
}
