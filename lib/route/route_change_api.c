/* SPDX-License-Identifier: BSD-3-Clause */
/* What users change of static routes. Context: control thread. */
#include "route_change_api.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ip_command.h"
#include "route_ctl.h"
#include "router.h"

static int parse_hop(const struct router *r, const json_t *via, struct route_hop *hop,
		     struct error *err)
{
	const char *port = command_text(via, "port"), *gateway = command_text(via, "gateway");
	const json_t *weight = json_object_get(via, "weight");

	*hop = (struct route_hop){.weight = weight ? (uint32_t)json_integer_value(weight) : 1};
	if (gateway) {
		hop->has_gateway = true;
		ip_addr_parse(gateway, &hop->gateway);
	}
	if (port) {
		hop->iface = iface_named(r->ifaces, port, err);
		if (!hop->iface)
			return -ENODEV;
	}
	return 0;
}

/* "via 192.0.2.2 dev p0", of a route to the prefix. */
static void command_hop(const struct router *r, struct ip_command *c, const char *prefix,
			const json_t *hop)
{
	const char *gateway = command_text(hop, "gateway"), *port = command_text(hop, "port");

	if (gateway) {
		bool v6 = strchr(gateway, ':');

		/* ip(8) wants to be told when it is not of the prefix's family */
		ip_command_add(c, "via",
			       v6 == !!strchr(prefix, ':') ? NULL
			       : v6                        ? "inet6"
							   : "inet");
		ip_command_add(c, NULL, gateway);
	}
	if (port)
		ip_command_add(c, "dev", iface_netdev(r->ifaces, port));
}

static void command_hops(const struct router *r, struct ip_command *c, const char *prefix,
			 const json_t *via)
{
	const json_t *hop, *weight;
	char text[16];
	size_t i;

	if (json_array_size(via) == 1) {
		command_hop(r, c, prefix, json_array_get(via, 0));
		return;
	}
	json_array_foreach (via, i, hop) {
		ip_command_add(c, "nexthop", NULL);
		command_hop(r, c, prefix, hop);
		weight = json_object_get(hop, "weight");
		snprintf(text, sizeof(text), "%d", (int)json_integer_value(weight));
		ip_command_add(c, weight ? "weight" : NULL, weight ? text : NULL);
	}
}

/* The command of ip(8) that does it. verb: "route replace". */
static int refuse(const struct router *r, const json_t *args, const char *verb, struct error *err)
{
	const char *prefix = command_text(args, "prefix");
	struct ip_command c;

	ip_command_begin(&c, r->netns, prefix, verb);
	ip_command_add(&c, command_text(args, "type"), prefix);
	command_hops(r, &c, prefix, json_object_get(args, "via"));
	if (command_text(args, "port"))
		ip_command_add(&c, "dev", iface_netdev(r->ifaces, command_text(args, "port")));
	return ip_command_refuse(err, &c);
}

int route_cmd_add(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	const json_t *via = json_object_get(args, "via");
	enum route_type type = ROUTE_UNICAST;
	struct route_hop hops[GROUP_PATHS_MAX];
	unsigned n = via ? (unsigned)json_array_size(via) : 0;
	struct ip_prefix prefix;

	if (r->linux_control)
		return refuse(r, args, "route replace", err);
	ip_prefix_parse(command_text(args, "prefix"), &prefix);
	if (command_text(args, "type"))
		route_type_parse(command_text(args, "type"), &type);
	if (n + (command_text(args, "port") != NULL) > GROUP_PATHS_MAX)
		return error_set(err, -EINVAL, "%u next hops, at most %u are possible", n,
				 GROUP_PATHS_MAX);
	for (unsigned i = 0; i < n; i++) {
		int ret = parse_hop(r, json_array_get(via, i), &hops[i], err);

		if (ret)
			return ret;
	}
	if (command_text(args, "port")) {
		int ret = parse_hop(r, args, &hops[n++], err);

		if (ret)
			return ret;
	}
	return route_static_set(r->routes, &prefix, type, hops, n, err);
}

int route_cmd_del(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct ip_prefix prefix;
	bool waited;
	int ret;

	if (r->linux_control)
		return refuse(r, args, "route del", err);
	ip_prefix_parse(command_text(args, "prefix"), &prefix);
	waited = route_static_forget(r->routes, &prefix);
	ret = route_del(r->routes, &prefix, ROUTE_STATIC, NULL, err);
	return ret == -ENOENT && waited ? 0 : ret;
}
