/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_members.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>

#include "port_open.h"

static int open_member(const struct port_table *t, struct port *port, const char *device,
		       struct error *err)
{
	uint16_t id;
	int ret = port_open(t, port, "member", device, &id, err);

	if (ret)
		return ret;
	port->members[port->n_members] = id;
	ret = rte_eth_dev_info_get(id, &port->member_info[port->n_members++]);
	return ret ? error_set(err, ret, "port %s: member '%s' does not describe itself: %s",
			       port->conf.name, device, strerror(-ret))
		   : 0;
}

/* The device's arguments, with each member's name. NULL: no memory. */
static char *device_with_members(const struct port_conf *conf)
{
	char *text = strdup(conf->device);

	for (unsigned i = 0; text && i < conf->n_members; i++) {
		const char *member = conf->members[i];
		char *longer;

		if (asprintf(&longer, "%s,slave=%.*s", text, (int)strcspn(member, ","), member) < 0)
			longer = NULL;
		free(text);
		text = longer;
	}
	return text;
}

const char *port_members_open(const struct port_table *t, struct port *port, struct error *err)
{
	int ret = 0;

	if (!port->conf.n_members)
		return port->conf.device;
	for (unsigned i = 0; !ret && i < port->conf.n_members; i++)
		ret = open_member(t, port, port->conf.members[i], err);
	if (!ret) {
		port->bond_device = device_with_members(&port->conf);
		if (!port->bond_device)
			ret = error_set(err, -ENOMEM, "port %s: out of memory", port->conf.name);
	}
	if (ret)
		port_members_close(port);
	return ret ? NULL : port->bond_device;
}

int port_members_join(struct port *port, struct error *err)
{
	const struct rte_eth_conf conf = {0};
	int ret = port->n_members ? rte_eth_dev_configure(port->id, 1, 1, &conf) : 0;

	return ret ? error_set(err, ret,
			       "port %s: the bond '%s' does not take its members (-v says more)",
			       port->conf.name, port->conf.device)
		   : 0;
}

int port_members_node(const struct port *port)
{
	int node = rte_eth_dev_socket_id(port->n_members ? port->members[0] : port->id);

	for (unsigned i = 1; i < port->n_members; i++)
		if (rte_eth_dev_socket_id(port->members[i]) != node)
			return -1;
	return node;
}

void port_members_close(struct port *port)
{
	while (port->n_members) {
		struct rte_device *device = port->member_info[--port->n_members].device;

		rte_eth_dev_close(port->members[port->n_members]);
		if (device)
			rte_dev_remove(device);
	}
	free(port->bond_device);
	port->bond_device = NULL;
}
