/* SPDX-License-Identifier: BSD-3-Clause */
/* What users ask of routes. Context: control thread. */
#include "route_api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow_hash.h"
#include "route_change_api.h"
#include "route_ctl.h"
#include "router.h"

/* The next hops of a route, each an object that the client prints like ip-route(8). */
static json_t *paths_of(const struct route *route)
{
	const struct nexthop_path *paths;
	unsigned n = nexthop_group_paths(route->group, &paths);
	json_t *list = json_array();

	for (unsigned i = 0; i < n; i++) {
		const struct ip_addr *gateway = nexthop_gateway(paths[i].nh);
		char buf[IP_ADDR_STRLEN];
		json_t *path = json_object();

		if (!ip_addr_is_unspecified(gateway))
			json_object_set_new(path, "gateway",
					    json_string(ip_addr_print(gateway, buf)));
		json_object_set_new(path, "port", json_string(nexthop_iface(paths[i].nh)->name));
		if (n > 1)
			json_object_set_new(path, "weight",
					    json_integer((json_int_t)paths[i].weight));
		json_array_append_new(list, path);
	}
	return list;
}

/* `local` and `kernel` are for the slow path, whatever the route is in Linux. */
static const char *type_of(const struct route *route)
{
	if (route->source == ROUTE_LOCAL)
		return "local";
	if (nexthop_group_index(route->group) == ADJ_INDEX_KERNEL)
		return "kernel";
	return route_type_print((enum route_type)route->type);
}

static json_t *row_of(const struct ip_prefix *prefix, const struct route *route)
{
	char buf[IP_PREFIX_STRLEN];

	return json_pack("{ss ss ss so}", "prefix", ip_prefix_print(prefix, buf), "type",
			 type_of(route), "source", route_source_name(route->source), "via",
			 paths_of(route));
}

/* Where a list stands. */
struct list_cursor {
	bool begun;
	struct ip_prefix at; /* of the last row; it need not stand any more when the walk goes on */
	uint64_t rows;       /* so far */
};

_Static_assert(sizeof(struct list_cursor) <= COMMAND_CURSOR_SIZE, "it is the cursor");

/* Start behind the row that is wanted, if one is. */
static int list_begin(const json_t *args, struct list_cursor *c, struct error *err)
{
	const char *wanted = command_text(args, "prefix"), *after = command_text(args, "after");
	struct ip_prefix range;

	c->begun = true;
	if (!after)
		return 0;
	ip_prefix_parse(after, &c->at);
	if (!wanted)
		return 0;
	ip_prefix_parse(wanted, &range);
	if (c->at.len < range.len || !ip_prefix_contains(&range, &c->at.addr))
		return error_set(err, -EINVAL, "%s is not inside %s", after, wanted);
	return 0;
}

static int cmd_list(void *ctx, const json_t *args, void *cursor, json_t *rows, struct error *err)
{
	const struct router *r = ctx;
	const char *wanted = command_text(args, "prefix");
	uint64_t count = (uint64_t)json_integer_value(json_object_get(args, "count"));
	struct ip_prefix range = {.addr.family = IP4};
	struct list_cursor *c = cursor;
	const struct route *route;
	int ret = c->begun ? 0 : list_begin(args, c, err);

	if (ret)
		return ret;
	if (wanted)
		ip_prefix_parse(wanted, &range);
	else if (c->at.addr.family)
		range.addr.family = c->at.addr.family;
	while (json_array_size(rows) < COMMAND_SLICE) {
		if (count && c->rows == count) {
			return 0;
		} else if (route_next(r->routes, &range, &c->at, &route)) {
			json_array_append_new(rows, row_of(&c->at, route));
			c->rows++;
		} else if (!wanted && range.addr.family == IP4) {
			range.addr.family = IP6;
			c->at = (struct ip_prefix){0};
		} else {
			return 0;
		}
	}
	return 1;
}

/* The source of the flow; refuse what no packet has. */
static int check_flow(const json_t *args, const struct ip_addr *dst, struct ip_addr *src,
		      struct error *err)
{
	bool ports = json_object_get(args, "sport") || json_object_get(args, "dport");

	*src = (struct ip_addr){.family = dst->family};
	if (command_text(args, "source"))
		ip_addr_parse(command_text(args, "source"), src);
	if (src->family != dst->family)
		return error_set(err, -EINVAL, "source and destination are of different families");
	if (ports && !json_object_get(args, "protocol"))
		return error_set(err, -EINVAL,
				 "sport and dport are ports of a protocol: which one? (protocol "
				 "tcp, say)");
	if (json_object_get(args, "label") && dst->family != IP6)
		return error_set(err, -EINVAL, "label: IPv4 packets have no flow label");
	return 0;
}

/* The hash of a flow, by a header made of the arguments: the very function that workers use. */
static uint32_t hash_of(uint32_t seed, const json_t *args, const struct ip_addr *src,
			const struct ip_addr *dst)
{
	uint32_t label = (uint32_t)json_integer_value(json_object_get(args, "label"));
	rte_be16_t ports[2] = {
		rte_cpu_to_be_16((uint16_t)json_integer_value(json_object_get(args, "sport"))),
		rte_cpu_to_be_16((uint16_t)json_integer_value(json_object_get(args, "dport")))};
	uint8_t protocol = (uint8_t)json_integer_value(json_object_get(args, "protocol"));
	struct {
		struct rte_ipv4_hdr ip;
		rte_be16_t ports[2];
	} __rte_packed p4 = {.ip = {.version_ihl = RTE_IPV4_VHL_DEF, .next_proto_id = protocol}};
	struct {
		struct rte_ipv6_hdr ip;
		rte_be16_t ports[2];
	} __rte_packed p6 = {
		.ip = {.vtc_flow = rte_cpu_to_be_32(6u << 28 | label), .proto = protocol}};

	memcpy(&p4.ip.src_addr, src->bytes, 4);
	memcpy(&p4.ip.dst_addr, dst->bytes, 4);
	memcpy(p6.ip.src_addr, src->bytes, 16);
	memcpy(p6.ip.dst_addr, dst->bytes, 16);
	memcpy(p4.ports, ports, sizeof(ports));
	memcpy(p6.ports, ports, sizeof(ports));
	return dst->family == IP4 ? flow_hash4(seed, &p4.ip, sizeof(p4))
				  : flow_hash6(seed, &p6.ip, sizeof(p6));
}

/* What the nodes decide by the destination alone, before any lookup (ip4_input, ip6_input); or
 * NULL. */
static const char *special(const struct router *r, const struct ip_addr *dst)
{
	static const struct ip_addr broadcast = {IP4, {255, 255, 255, 255}};

	if (ip_addr_is_unspecified(dst) || ip_addr_is_loopback(dst))
		return "drop";
	if (ip_addr_is_multicast(dst)) /* RFC 4291 2.7: scopes 0 and 1 are on no wire */
		return dst->family == IP6 && (dst->bytes[1] & 0xf) <= 1 ? "drop" : "multicast";
	if (ip_addr_is_link_local6(dst))
		return iface_by_addr(r->ifaces, dst) ? "local" : "scope";
	return ip_addr_equal(dst, &broadcast) ? "local" : NULL;
}

/* The prefix of the longest match: found from the address down. */
static struct ip_prefix prefix_of(const struct route_table *t, const struct ip_addr *addr,
				  const struct route *route)
{
	struct ip_prefix prefix = ip_prefix_host(addr);

	while (route_get(t, &prefix) != route) {
		prefix.len--;
		ip_prefix_mask(&prefix);
	}
	return prefix;
}

/* The Ethernet header that will be stored, and where the frame leaves. */
static void describe_adj(const struct router *r, const struct adj *adj, json_t *out)
{
	const struct rte_ether_hdr *hdr = adj_hdr(adj);
	char src[MAC_STRLEN], dst[MAC_STRLEN];
	struct mac_addr mac;

	if (adj->kind != ADJ_REWRITE && adj->kind != ADJ_GLEAN)
		return;
	json_object_set_new(out, "port", json_string(r->ifaces->ifaces[adj->iface]->name));
	json_object_set_new(out, "mtu", json_integer(adj->mtu));
	if (adj->kind != ADJ_REWRITE)
		return;
	memcpy(mac.bytes, hdr->dst_addr.addr_bytes, 6);
	mac_print(&mac, dst);
	memcpy(mac.bytes, hdr->src_addr.addr_bytes, 6);
	json_object_set_new(out, "rewrite",
			    json_sprintf("dst %s src %s type 0x%04x", dst, mac_print(&mac, src),
					 rte_be_to_cpu_16(hdr->ether_type)));
}

/* The way of a flow through the tables. */
static void describe_route(const struct router *r, const struct ip_addr *dst, uint32_t hash,
			   json_t *out)
{
	uint32_t group = route_fib_lookup(r->routes, dst), adj;
	uint64_t word = group_word(nexthop_groups(r->nexthops), group);
	const struct route *route = route_match(r->routes, dst);

	adj = group_word_is_multipath(word) ? group_bucket(nexthop_groups(r->nexthops), word, hash)
					    : (uint32_t)word;
	if (route) {
		struct ip_prefix prefix = prefix_of(r->routes, dst, route);

		json_object_set_new(out, "route", row_of(&prefix, route));
	}
	json_object_set_new(out, "group", json_integer(group));
	json_object_set_new(out, "adjacency", json_integer(adj));
	json_object_set_new(out, "action",
			    json_string(adj_kind_name(nexthop_adjs(r->nexthops)[adj].kind)));
	describe_adj(r, &nexthop_adjs(r->nexthops)[adj], out);
}

static int cmd_lookup(void *ctx, const json_t *args, json_t **result, struct error *err)
{
	const struct router *r = ctx;
	struct ip_addr src, dst;
	const char *action;
	int ret;

	ip_addr_parse(command_text(args, "address"), &dst);
	ret = check_flow(args, &dst, &src, err);
	if (ret)
		return ret;
	*result = json_pack("{ss}", "address", command_text(args, "address"));
	action = special(r, &dst);
	if (action)
		json_object_set_new(*result, "action", json_string(action));
	else
		describe_route(r, &dst,
			       hash_of(nexthop_groups(r->nexthops)->seed, args, &src, &dst),
			       *result);
	return 0;
}

static const struct command commands[] = {
#define COMMAND COMMAND_ENTRY
#include "route_commands.def"
#undef COMMAND
};

int route_api_add(struct api *api, struct router *r)
{
	return api_add(api, commands, RTE_DIM(commands), r);
}
