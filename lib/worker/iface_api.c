/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What users ask of interfaces. It stands here, above the workers, because they have the counters.
 * Context: control thread.
 */
#include "iface_api.h"

#include <errno.h>
#include <stdlib.h>

#include "address_ctl.h"
#include "bridge_ctl.h"
#include "ip_command.h"
#include "port_link.h"
#include "router.h"
#include "worker_ctl.h"

static json_t *addresses_of(const struct iface *iface)
{
	json_t *list = json_array();
	char buf[IP_PREFIX_STRLEN];

	for (unsigned i = 0; i < iface->n_addrs; i++)
		json_array_append_new(list, json_string(ip_prefix_print(&iface->addrs[i], buf)));
	return list;
}

/* Its other side: the netdev in Linux. */
static void add_mirror(const struct router *r, const struct iface *iface, json_t *row)
{
	json_object_set_new(row, "mirror", json_string(iface->mirror));
	json_object_set_new(row, "netns", json_string(r->netns));
	json_object_set_new(row, "admin", json_string(iface->up ? "up" : "down"));
	json_object_set_new(row, "carrier", json_string(iface->carrier ? "up" : "down"));
}

static const char *kind_of(const struct iface *iface)
{
	static const char *const names[] = {
		[IFACE_PORT] = "port", [IFACE_VLAN] = "vlan", [IFACE_BRIDGE] = "bridge"};

	return names[iface->kind];
}

static void add_vlan(const struct iface *iface, json_t *row)
{
	bool vlan = iface->kind == IFACE_VLAN;

	json_object_set_new(row, "parent", json_string(vlan ? iface->parent->name : ""));
	json_object_set_new(row, "vlan", json_integer(vlan ? iface->vid : 0));
	json_object_set_new(row, "protocol",
			    json_string(!vlan                             ? ""
					: iface->tpid == VLAN_TPID_8021AD ? "802.1ad"
									  : "802.1Q"));
}

/* That of the port which it is on; a bridge's is told to its interface. While an interface below is
 * down, there is none. */
static bool has_link(const struct router *r, const struct iface *iface)
{
	const struct port *port = port_by_id(r->ports, iface->port);

	if (iface->parent && !iface_is_up(iface->parent))
		return false;
	return port ? port_link_up(port) : iface_root(iface)->carrier;
}

static json_t *row_of(const struct router *r, const struct iface *iface,
		      const struct iface_stats *c)
{
	char mac[MAC_STRLEN];
	json_t *row = json_pack("{ss ss}", "interface", iface->name, "kind", kind_of(iface));

	add_vlan(iface, row);
	json_object_update_new(row, json_pack("{ss ss si so}", "link",
					      has_link(r, iface) ? "up" : "down", "mac",
					      mac_print(&iface->mac, mac), "mtu", iface->mtu,
					      "addresses", addresses_of(iface)));

	if (r->linux_control)
		add_mirror(r, iface, row);
	json_object_update_new(
		row, json_pack("{sI sI sI sI sI sI sI}", "rx_packets", (json_int_t)c->rx_packets,
			       "rx_bytes", (json_int_t)c->rx_bytes, "tx_packets",
			       (json_int_t)c->tx_packets, "tx_bytes", (json_int_t)c->tx_bytes,
			       "tx_dropped", (json_int_t)c->tx_dropped, "punted",
			       (json_int_t)c->punted, "injected", (json_int_t)c->injected));
	return row;
}

static int cmd_list(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_set_sums(r->workers, err);

	if (!s)
		return -ENOMEM;
	*result = json_array();
	for (const struct iface *iface = NULL; (iface = iface_next(r->ifaces, iface));)
		json_array_append_new(*result, row_of(r, iface, &s->iface[iface->id]));
	free(s);
	return 0;
}

/* The command of ip(8) that does it. verb: "address add". */
static int refuse(const struct router *r, const json_t *args, const char *verb, struct error *err)
{
	const char *address = command_text(args, "address");
	struct ip_command c;

	ip_command_begin(&c, r->netns, address, verb);
	ip_command_add(&c, NULL, address);
	ip_command_add(&c, "dev", iface_netdev(r->ifaces, command_text(args, "port")));
	return ip_command_refuse(err, &c);
}

/* As in the configuration. */
static int check_no_member(const struct router *r, const struct iface *iface, struct error *err)
{
	const struct bridge *b = bridge_of_member(r->bridges, iface);

	if (!b)
		return 0;
	return error_set(err, -EINVAL,
			 "%s is a member of %s: what comes by it is the bridge's, so the address "
			 "belongs to %s",
			 iface->name, bridge_iface(b)->name, bridge_iface(b)->name);
}

static int cmd_address_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct router *r = ctx;
	struct ip_prefix addr;
	struct iface *iface;

	if (r->linux_control)
		return refuse(r, args, "address add", err);
	iface = iface_named(r->ifaces, command_text(args, "port"), err);
	if (!iface)
		return -ENODEV;
	if (check_no_member(r, iface, err))
		return -EINVAL;
	ip_prefix_parse(command_text(args, "address"), &addr);
	return address_add(r->routes, r->ifaces, iface, &addr, err);
}

static int cmd_address_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct router *r = ctx;
	struct ip_prefix addr;
	struct iface *iface;

	if (r->linux_control)
		return refuse(r, args, "address del", err);
	iface = iface_named(r->ifaces, command_text(args, "port"), err);
	if (!iface)
		return -ENODEV;
	ip_prefix_parse(command_text(args, "address"), &addr);
	return address_del(r->routes, r->ifaces, iface, &addr, err);
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "iface_commands.def"
#undef COMMAND
};

int iface_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
