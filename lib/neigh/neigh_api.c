/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of neighbours. Context: control thread. */
#include "neigh_api.h"

#include <errno.h>

#include "ip_command.h"
#include "neigh_ctl.h"
#include "router.h"

_Static_assert(sizeof(struct ip_addr) <= COMMAND_CURSOR_SIZE, "the cursor is an address");

/* The cursor is the address of the last row. */
static int cmd_list(void *ctx, const json_t *args, void *cursor, json_t *rows, struct error *err)
{
	const struct router *r = ctx;
	const struct neigh *neigh;
	struct ip_addr *at = cursor;

	while (json_array_size(rows) < COMMAND_SLICE) {
		neigh = neigh_next(r->neighs, at);
		if (!neigh)
			return 0;
		for (; neigh; neigh = neigh->next) {
			char addr[IP_ADDR_STRLEN], mac[MAC_STRLEN];

			json_array_append_new(
				rows, json_pack("{ss ss ss sb}", "address", ip_addr_print(at, addr),
						"port", nexthop_iface(neigh->nh)->name, "mac",
						mac_print(nexthop_mac(neigh->nh), mac), "on_link",
						neigh->in_fib));
		}
	}
	return 1;
}

/* The command of ip(8) that does it. verb: "neighbour replace"; mac NULL: none. */
static int refuse(const struct router *r, const json_t *args, const char *verb, const char *mac,
		  struct error *err)
{
	const char *address = command_text(args, "address");
	struct ip_command c;

	ip_command_begin(&c, r->netns, address, verb);
	ip_command_add(&c, NULL, address);
	if (mac)
		ip_command_add(&c, "lladdr", mac);
	ip_command_add(&c, "dev", iface_netdev(r->ifaces, command_text(args, "port")));
	if (mac)
		ip_command_add(&c, "nud permanent", NULL);
	return ip_command_refuse(err, &c);
}

static int cmd_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const char *text = command_text(args, "mac");
	const struct router *r = ctx;
	const struct iface *iface;
	struct mac_addr mac;
	struct ip_addr addr;

	if (r->linux_control)
		return refuse(r, args, "neighbour replace", text, err);
	iface = iface_named(r->ifaces, command_text(args, "port"), err);
	if (!iface)
		return -ENODEV;
	ip_addr_parse(command_text(args, "address"), &addr);
	mac_parse(text, &mac);
	return neigh_set(r->neighs, iface, &addr, &mac, err);
}

static int cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const struct iface *iface;
	struct ip_addr addr;

	if (r->linux_control)
		return refuse(r, args, "neighbour del", NULL, err);
	iface = iface_named(r->ifaces, command_text(args, "port"), err);
	if (!iface)
		return -ENODEV;
	ip_addr_parse(command_text(args, "address"), &addr);
	return neigh_unset(r->neighs, iface, &addr, err);
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "neigh_commands.def"
#undef COMMAND
};

int neigh_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
