/* SPDX-License-Identifier: BSD-3-Clause */
#include "vlan_ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bridge_ctl.h"
#include "log.h"
#include "nexthop_ctl.h"
#include "port_ctl.h"
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

int vlan_add(struct router *r, const struct iface_vlan *v, struct iface **iface, struct error *err)
{
	*iface = iface_vlan_add(r->ifaces, v, err);
	if (!*iface)
		return -EINVAL;
	if (r->workers)
		worker_set_clear_iface(r->workers, (*iface)->id);
	set_usable(r, *iface);
	if (r->bridges)
		bridge_iface_changed(r->bridges, *iface);
	log_info("interface %s: VLAN %u of %s, MTU %u", v->name, v->vid, v->parent->name,
		 (*iface)->mtu);
	return 0;
}

int vlan_del(struct router *r, struct iface *iface, struct error *err)
{
	struct retired *retired;
	int ret = vlan_del_all(r, iface, err);

	if (ret)
		return ret;
	retired = retired_new(r);
	if (!retired)
		return error_set(err, -ENOMEM, "interface %s: out of memory", iface->name);
	log_info("interface %s: taken away", iface->name);
	iface_vlan_detach(r->ifaces, r->rcu, iface);
	nexthop_iface_set_usable(r->nexthops, iface, false);
	retired_begin(r, retired, iface);
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

int vlan_del_all(struct router *r, const struct iface *parent, struct error *err)
{
	struct iface *iface;

	while ((iface = next_on(r, parent, NULL))) {
		int ret = vlan_del(r, iface, err);

		if (ret)
			return ret;
	}
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
