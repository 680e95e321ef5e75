/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "checks.h"
#include "links.h"

/* The value of iface= among the device's arguments; false when there is none. */
static bool netdev_of(const struct config_port *port, char buf[16])
{
	const char *found = strstr(port->device, ",iface=");

	if (!found)
		return false;
	found += strlen(",iface=");
	snprintf(buf, 16, "%.*s", (int)strcspn(found, ","), found);
	return true;
}

/* Ports that work on a netdev of Linux: it has to be there. Others on virtual devices need nothing.
 * Returns whether this one was told. */
static bool check_netdev(struct report *r, const struct links *links,
			 const struct config_port *port)
{
	char netdev[16];

	if ((!machine_is_driver(port, "net_af_packet") && !machine_is_driver(port, "net_af_xdp")) ||
	    !netdev_of(port, netdev) || links_have(links, netdev))
		return false;
	report_line(r, REPORT_FAIL,
		    "The port works on a netdev of the namespace that sluiced runs in.", "ip link",
		    "port %s: there is no netdev %s", port->name, netdev);
	return true;
}

/* NULL: it is none. */
static const struct config_port *port_named(const struct machine *m, const char *name)
{
	for (unsigned i = 0; i < m->cfg.n_ports; i++)
		if (!strcmp(m->cfg.ports[i].name, name))
			return &m->cfg.ports[i];
	return NULL;
}

static bool is_af_packet(const struct config_port *port)
{
	bool is = machine_is_driver(port, "net_af_packet");

	for (unsigned i = 0; i < port->n_members; i++)
		is |= !strncmp(port->members[i], "net_af_packet", strlen("net_af_packet"));
	return is;
}

/* Frames with 802.1ad tags are to come by the port, if it is one. */
static void check_protocol(const struct machine *m, struct report *r, const char *name,
			   const char *whose)
{
	const struct config_port *port = port_named(m, name);

	if (port && is_af_packet(port))
		report_line(
			r, REPORT_WARN,
			"net_af_packet shows 802.1ad tags as ones of 802.1Q: frames with such a "
			"tag do not get there. net_tap and net_af_xdp show them as they are.",
			NULL, "%s: port %s cannot receive 802.1ad", whose, name);
}

static void check_protocols(const struct machine *m, struct report *r)
{
	for (unsigned i = 0; i < m->cfg.n_interfaces; i++)
		if (m->cfg.interfaces[i].protocol == CONFIG_8021AD)
			check_protocol(m, r, m->cfg.interfaces[i].parent,
				       m->cfg.interfaces[i].name);
	for (unsigned i = 0; i < m->cfg.n_bridges; i++) {
		const struct config_bridge *b = &m->cfg.bridges[i];

		for (unsigned j = 0; b->protocol == CONFIG_8021AD && j < b->n_members; j++)
			check_protocol(m, r, b->members[j].port, b->name);
	}
}

void check_virtual(const struct machine *m, struct report *r)
{
	char addr[PCI_ADDR_LEN];
	unsigned virtual = 0, told = 0;
	struct links links;
	struct error err;

	if (!m->has_config)
		return;
	check_protocols(m, r);
	if (links_read(m, "", &links, &err)) {
		report_line(r, REPORT_WARN, "Whether the ports' netdevs are there is not known.",
			    NULL, "%s", err.msg);
		return;
	}
	for (unsigned i = 0; i < m->cfg.n_ports; i++) {
		if (machine_pci_addr(m->cfg.ports[i].device, addr))
			continue;
		virtual ++;
		told += check_netdev(r, &links, &m->cfg.ports[i]);
	}
	if (virtual > told)
		report_line(r, REPORT_OK, "Virtual devices are not bound, and need no NIC.", NULL,
			    "%u port(s) on virtual devices", virtual - told);
	links_free(&links);
}
