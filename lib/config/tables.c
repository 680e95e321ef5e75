/* SPDX-License-Identifier: BSD-3-Clause */
#include "tables.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "config.h"
#include "tuning_keys.h"

static int read_control(struct reader *r, int node, const struct schema_key *key, void *base)
{
	enum config_control *field = schema_field(key, base);
	const char *text = schema_scalar(r, node);
	int ret = reader_visit(r, node, field);

	if (ret)
		return ret;
	if (!text || (strcmp(text, "linux") && strcmp(text, "none")))
		return reader_expected(r, node, "'linux' or 'none'");
	*field = strcmp(text, "none") ? CONTROL_LINUX : CONTROL_NONE;
	return 0;
}

static int read_route_type(struct reader *r, int node, const struct schema_key *key, void *base)
{
	enum route_type *field = schema_field(key, base);
	const char *text = schema_scalar(r, node);
	int ret = reader_visit(r, node, field);

	if (ret)
		return ret;
	if (!text || route_type_parse(text, field))
		return reader_expected(r, node, ROUTE_TYPE_WORDS);
	return 0;
}

static const struct schema_key gateway_key = {
	.read = schema_read_addr,
	SCHEMA_FIELD(config_nexthop, gateway),
};

/* A next hop is a mapping, or a gateway alone. */
static int read_nexthop(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct config_nexthop *hop = base;

	hop->weight = 1;
	if (!schema_scalar(r, node))
		return schema_read_item(r, node, key, base);
	hop->line = reader_line(r, node);
	hop->has_gateway = true;
	return schema_read_addr(r, node, &gateway_key, base);
}

/* `via` is a list, or a gateway alone. */
static int read_via(struct reader *r, int node, const struct schema_key *key, void *base)
{
	void *hop;
	int ret;

	if (reader_node(r, node)->type == YAML_MAPPING_NODE)
		return reader_expected(r, node, "a gateway's address or a list of next hops");
	if (!schema_scalar(r, node))
		return schema_read_list(r, node, key, base);
	ret = reader_visit(r, node, schema_field(key, base));
	if (!ret)
		ret = schema_alloc_list(r, key, base, 1, &hop);
	return ret ? ret : read_nexthop(r, node, key->item, hop);
}

static const struct schema_key worker_item = {
	.read = schema_read_uint,
	.size = sizeof(unsigned),
	.max = CONFIG_MAX_WORKERS - 1,
};

static const struct schema_key address_item = {
	.read = schema_read_address,
	.size = sizeof(struct ip_prefix),
};

static const struct schema_key arg_item = {
	.read = schema_read_text,
	.size = sizeof(char *),
	.min = 1,
	.max = 1023,
};

static const struct schema_key dpdk_keys[] = {
	{"hugepages", schema_read_bool, SCHEMA_FIELD(config, hugepages)},
	{"memory", schema_read_uint, SCHEMA_FIELD(config, memory_mib), 16, 16 << 20,
	 .or_zero = true},
	{"args", schema_read_list, SCHEMA_LIST(config, eal_args, n_eal_args, &arg_item), .max = 64},
	/* Not below what the cache of one lcore alone may keep, 3/2 of 512. */
	{"mbufs", schema_read_uint, SCHEMA_FIELD(config, mbufs), 1024, 1 << 30, .or_zero = true},
	{"mbuf_size", schema_read_uint, SCHEMA_FIELD(config, mbuf_size), 256, UINT16_MAX,
	 .or_zero = true},
	{.name = NULL},
};

static const struct schema_key netlink_keys[] = {
	{"receive_buffer", schema_read_uint, SCHEMA_FIELD(config, netlink_receive_buffer), 1024,
	 1 << 30, .or_zero = true},
	{.name = NULL},
};

static const struct schema_key port_keys[] = {
	{"name", schema_read_name, SCHEMA_FIELD(config_port, name), .required = true},
	{"device", schema_read_text, SCHEMA_FIELD(config_port, device), 1, 1023, .required = true},
	{"members", schema_read_list, SCHEMA_LIST(config_port, members, n_members, &arg_item), 1,
	 CONFIG_MAX_MEMBERS},
	{"mtu", schema_read_uint, SCHEMA_FIELD(config_port, mtu), 68, 9600},
	{"queues", schema_read_uint, SCHEMA_FIELD(config_port, queues), 1, 1024},
	TUNING_KEYS(config_port),
	{"mac", schema_read_mac, SCHEMA_FIELD(config_port, mac),
	 .has = offsetof(struct config_port, has_mac)},
	{"workers", schema_read_list, SCHEMA_LIST(config_port, workers, n_workers, &worker_item), 1,
	 CONFIG_MAX_WORKERS},
	{"addresses", schema_read_list,
	 SCHEMA_LIST(config_port, addresses, n_addresses, &address_item), .max = 1024},
	{.name = NULL},
};

static const struct schema_key nexthop_keys[] = {
	{"gateway", schema_read_addr, SCHEMA_FIELD(config_nexthop, gateway),
	 .has = offsetof(struct config_nexthop, has_gateway)},
	{"port", schema_read_name, SCHEMA_FIELD(config_nexthop, port)},
	{"weight", schema_read_uint, SCHEMA_FIELD(config_nexthop, weight), 1, 256},
	{.name = NULL},
};

static const struct schema_key nexthop_item = {
	.read = read_nexthop,
	.size = sizeof(struct config_nexthop),
	.keys = nexthop_keys,
};

static const struct schema_key route_keys[] = {
	{"to", schema_read_prefix, SCHEMA_FIELD(config_route, to), .required = true},
	{"type", read_route_type, SCHEMA_FIELD(config_route, type)},
	{"port", schema_read_name, SCHEMA_FIELD(config_route, port)},
	{"via", read_via, SCHEMA_LIST(config_route, via, n_via, &nexthop_item), 1,
	 CONFIG_MAX_NEXTHOPS},
	{.name = NULL},
};

static const struct schema_key neighbour_keys[] = {
	{"address", schema_read_addr, SCHEMA_FIELD(config_neighbour, address), .required = true},
	{"port", schema_read_name, SCHEMA_FIELD(config_neighbour, port), .required = true},
	{"mac", schema_read_mac, SCHEMA_FIELD(config_neighbour, mac), .required = true},
	{.name = NULL},
};

static const struct schema_key punt_keys[] = {
	{"reason", schema_read_name, SCHEMA_FIELD(config_punt, reason), .required = true},
	{"class", schema_read_name, SCHEMA_FIELD(config_punt, class_)},
	{"rate", schema_read_uint, SCHEMA_FIELD(config_punt, rate_pps), 1, UINT32_MAX,
	 .required = true},
	{"burst", schema_read_uint, SCHEMA_FIELD(config_punt, burst), 1, UINT32_MAX,
	 .required = true},
	{.name = NULL},
};

static const struct schema_key limit_keys[] = {
	{"routes4", schema_read_uint, SCHEMA_FIELD(config, limits.routes4), 1, 1 << 28},
	{"routes6", schema_read_uint, SCHEMA_FIELD(config, limits.routes6), 1, 1 << 28},
	{"neighbours", schema_read_uint, SCHEMA_FIELD(config, limits.neighbours), 1, 1 << 24},
	{"fdb", schema_read_uint, SCHEMA_FIELD(config, limits.fdb), 1, 1 << 24},
	{.name = NULL},
};

#define ITEM(type, table)                                                              \
	{                                                                              \
		.read = schema_read_item, .size = sizeof(struct type), .keys = (table) \
	}

static const struct schema_key port_item = ITEM(config_port, port_keys);
static const struct schema_key route_item = ITEM(config_route, route_keys);
static const struct schema_key neighbour_item = ITEM(config_neighbour, neighbour_keys);
static const struct schema_key punt_item = ITEM(config_punt, punt_keys);

/* The zero that ends a socket's path is in sun_path too. */
#define API_LEN (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

static const struct schema_key root_keys[] = {
	{"workers", schema_read_list, SCHEMA_LIST(config, workers, n_workers, &worker_item), 1,
	 CONFIG_MAX_WORKERS},
	{"control", read_control, SCHEMA_FIELD(config, control)},
	{"netns", schema_read_text, SCHEMA_FIELD(config, netns), 0, 255},
	{"netlink", schema_read_section, .keys = netlink_keys},
	{"api", schema_read_text, SCHEMA_FIELD(config, api), 1, API_LEN},
	{"dpdk", schema_read_section, .keys = dpdk_keys},
	{"drivers_cfg", schema_read_text, SCHEMA_FIELD(config, drivers_cfg), 1, 1023},
	{"ports", schema_read_list, SCHEMA_LIST(config, ports, n_ports, &port_item), 1,
	 CONFIG_MAX_PORTS, .required = true},
	{"routes", schema_read_list, SCHEMA_LIST(config, routes, n_routes, &route_item),
	 .max = SCHEMA_NO_LIMIT},
	{"neighbours", schema_read_list,
	 SCHEMA_LIST(config, neighbours, n_neighbours, &neighbour_item), .max = SCHEMA_NO_LIMIT},
	{"punts", schema_read_list, SCHEMA_LIST(config, punts, n_punts, &punt_item),
	 .max = SCHEMA_NO_LIMIT},
	{"limits", schema_read_section, .keys = limit_keys},
	{.name = NULL},
};

const struct schema_key tables_root = {.keys = root_keys};
