/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_filter.h"

#include <errno.h>
#include <string.h>

#include "log.h"

/* Frames for others are wanted by this interface of the port. */
static bool wants_all(const struct iface_table *ifaces, const struct iface *iface,
		      const struct port *port)
{
	if (iface_fwd_flags(&ifaces->fwd[iface->id]) & IFACE_FWD_MEMBER)
		return true;
	return iface->kind == IFACE_VLAN && memcmp(&iface->mac, &port->mac, sizeof(port->mac));
}

/* A port that is promiscuous for its own sake stays so. What fails is tried again; what cannot be
 * is not. */
static void set_open(struct port *port, bool open)
{
	const char *what = open ? "open" : "close";
	int ret = 0;

	if (!port->promiscuous)
		ret = open ? rte_eth_promiscuous_enable(port->id)
			   : rte_eth_promiscuous_disable(port->id);
	if (ret == -ENOTSUP) {
		log_debug("port %s: the device has no filter to %s", port->conf.name, what);
	} else if (ret) {
		if (!port->filter_said)
			log_warn("port %s: the device does not %s its filter of MAC addresses: %s; "
				 "this is tried again",
				 port->conf.name, what, strerror(-ret));
		port->filter_said = true;
		return;
	}
	port->open = open;
	port->filter_said = false;
}

void port_filter_follow(struct port_table *t, const struct iface_table *ifaces)
{
	bool wanted[RTE_MAX_ETHPORTS] = {0};

	for (const struct iface *iface = NULL; (iface = iface_next(ifaces, iface));) {
		const struct port *port = port_by_id(t, iface->port);

		if (port && wants_all(ifaces, iface, port))
			wanted[port->id] = true;
	}
	for (unsigned i = 0; i < t->n; i++) {
		struct port *port = t->ports[i];

		if (port->started && !port->vanished && port->open != wanted[port->id])
			set_open(port, wanted[port->id]);
	}
}
