/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What users ask of interfaces. It stands here, above the workers, because they have the counters.
 * Context: control thread.
 */
#include "iface_api.h"

#include <errno.h>
#include <stdlib.h>

#include "address_ctl.h"
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

static int cmd_list(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct worker_stats *s = worker_stats_new(r->workers);

	if (!s)
		return error_set(err, -ENOMEM, "out of memory");
	worker_set_sum(r->workers, s);
	*result = json_array();
	for (unsigned i = 0; i < r->ifaces->n; i++) {
		const struct iface *iface = r->ifaces->ifaces[i];
		const struct iface_stats *c = &s->iface[i];
		struct rte_eth_link link = {0};
		char mac[MAC_STRLEN];

		rte_eth_link_get_nowait(iface->port, &link);
		json_array_append_new(
			*result,
			json_pack("{ss ss ss si so sI sI sI sI sI}", "interface", iface->name,
				  "link", link.link_status ? "up" : "down", "mac",
				  mac_print(&iface->mac, mac), "mtu", iface->mtu, "addresses",
				  addresses_of(iface), "rx_packets", (json_int_t)c->rx_packets,
				  "rx_bytes", (json_int_t)c->rx_bytes, "tx_packets",
				  (json_int_t)c->tx_packets, "tx_bytes", (json_int_t)c->tx_bytes,
				  "tx_dropped", (json_int_t)c->tx_dropped));
	}
	free(s);
	return 0;
}

/* The interface and address that the arguments name; the API has checked their form. */
static int parse(const struct router *r, const json_t *args, struct iface **iface,
		 struct ip_prefix *addr, struct error *err)
{
	const char *name = json_string_value(json_object_get(args, "port"));

	*iface = iface_by_name(r->ifaces, name);
	if (!*iface)
		return error_set(err, -ENODEV, "there is no port '%s'", name);
	return ip_prefix_parse(json_string_value(json_object_get(args, "address")), addr);
}

static int cmd_address_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct router *r = ctx;
	struct ip_prefix addr;
	struct iface *iface;
	int ret = parse(r, args, &iface, &addr, err);

	return ret ? ret : address_add(r->routes, r->ifaces, iface, &addr, err);
}

static int cmd_address_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	struct router *r = ctx;
	struct ip_prefix addr;
	struct iface *iface;
	int ret = parse(r, args, &iface, &addr, err);

	return ret ? ret : address_del(r->routes, r->ifaces, iface, &addr, err);
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
