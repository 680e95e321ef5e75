/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of neighbours. Context: control thread. */
#include "neigh_api.h"

#include <errno.h>

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

/* The interface and address that the arguments name; the API has checked their form. */
static int parse(const struct router *r, const json_t *args, const struct iface **iface,
		 struct ip_addr *addr, struct error *err)
{
	const char *name = json_string_value(json_object_get(args, "port"));

	*iface = iface_by_name(r->ifaces, name);
	if (!*iface)
		return error_set(err, -ENODEV, "there is no port '%s'", name);
	return ip_addr_parse(json_string_value(json_object_get(args, "address")), addr);
}

static int cmd_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const struct iface *iface;
	struct mac_addr mac;
	struct ip_addr addr;
	int ret = parse(r, args, &iface, &addr, err);

	if (!ret)
		ret = mac_parse(json_string_value(json_object_get(args, "mac")), &mac);
	return ret ? ret : neigh_set(r->neighs, iface, &addr, &mac, err);
}

static int cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const struct iface *iface;
	struct ip_addr addr;
	int ret = parse(r, args, &iface, &addr, err);

	return ret ? ret : neigh_unset(r->neighs, iface, &addr, err);
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
