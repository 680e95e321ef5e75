/* SPDX-License-Identifier: BSD-3-Clause */
#include "tables.h"

#include <sys/un.h>

#include "config.h"
#include "tables_l2.h"
#include "tuning_keys.h"

/* At the places of enum config_control. */
static const char *const control_words[] = {"linux", "none", NULL};

static const struct schema_key gateway_key = {
	.read = schema_read_addr,
	SCHEMA_FIELD(config_nexthop, gateway),
};

/* A next hop is a mapping, or a gateway alone. */
static int read_nexthop(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct config_nexthop *hop = base;

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
		return reader_expected(r, node, "%s", key->value);
	if (!schema_scalar(r, node))
		return schema_read_list(r, node, key, base);
	ret = reader_visit(r, node, schema_field(key, base));
	if (!ret)
		ret = schema_alloc_list(r, key, base, 1, &hop);
	return ret ? ret : read_nexthop(r, node, key->item, hop);
}

static const struct schema_key lcore_item = {
	.read = schema_read_uint,
	.size = sizeof(unsigned),
	.max = CONFIG_MAX_WORKERS - 1,
};

static const struct schema_key worker_keys[] = {
	{"lcore", schema_read_uint, SCHEMA_FIELD(config_worker, lcore), .required = true,
	 .max = CONFIG_MAX_WORKERS - 1, .help = "The CPU"},
	{"idle", schema_read_word, SCHEMA_FIELD(config_worker, idle), .words = idle_mode_words,
	 .has = offsetof(struct config_worker, has_idle), .otherwise = "that of all workers",
	 .help = "What this worker does while no packets come"},
	{.name = NULL},
};

/* A worker is a mapping, or an lcore alone. */
static int read_worker(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct config_worker *worker = base;

	if (!schema_scalar(r, node))
		return schema_read_item(r, node, key, base);
	worker->line = reader_line(r, node);
	return schema_read_uint(r, node, &worker_keys[0], base);
}

static const struct schema_key worker_item = {
	.read = read_worker,
	.size = sizeof(struct config_worker),
	.keys = worker_keys,
	.value = "an lcore or a mapping",
};

static const struct schema_key arg_item = {
	.read = schema_read_text,
	.size = sizeof(char *),
	.min = 1,
	.max = 1023,
};

static const struct schema_key dpdk_keys[] = {
	{"hugepages", schema_read_bool, SCHEMA_FIELD(config, hugepages), .by_default = true,
	 .help = "Whether memory comes from huge pages. Without them forwarding takes more than "
		 "twice as long: for tests"},
	{"memory", schema_read_uint, SCHEMA_FIELD(config, memory_mib), 16, 16 << 20,
	 .or_zero = true,
	 .help = "MiB that are taken at the start, needed or not; 0 takes what buffers and tables "
		 "need"},
	{"args", schema_read_list, SCHEMA_LIST(config, eal_args, n_eal_args, &arg_item), .max = 64,
	 .help = "More arguments for DPDK's environment (EAL). Those for which there is a key, and "
		 "those that print something and end, are refused"},
	/* Not below what the cache of one lcore alone may keep, 3/2 of 512. */
	{"mbufs", schema_read_uint, SCHEMA_FIELD(config, mbufs), 1024, 1 << 30, .or_zero = true,
	 .help = "Packet buffers in each pool; 0 counts the places where one can be: descriptors, "
		 "rings and caches"},
	{"mbuf_size", schema_read_uint, SCHEMA_FIELD(config, mbuf_size), 256, UINT16_MAX,
	 .or_zero = true,
	 .help = "Bytes of one packet buffer, with its headroom; 0 lets the largest frame of a "
		 "device that cannot scatter it decide"},
	{.name = NULL},
};

static const struct schema_key netlink_keys[] = {
	{"receive_buffer", schema_read_uint, SCHEMA_FIELD(config, netlink_receive_buffer), 1024,
	 1 << 30, .or_zero = true,
	 .help = "Bytes of the buffer in which the kernel's notices wait; 0: sluiced's choice. "
		 "When "
		 "it overflows, sluiced reads the kernel's tables anew"},
	{.name = NULL},
};

static const struct schema_key port_keys[] = {
	{"name", schema_read_name, SCHEMA_FIELD(config_port, name), .required = true,
	 .help = "What the port is called in commands, and the name of its mirror, the netdev that "
		 "stands for it in Linux. Not lo or default with control: linux, nor, without a "
		 "netns, the name of a netdev that a port works on"},
	{"device", schema_read_text, SCHEMA_FIELD(config_port, device), 1, 1023, .required = true,
	 .help = "The PCI address of a NIC that is bound for DPDK (0000:05:00.0), or the arguments "
		 "of a virtual device (net_af_packet0,iface=eth1)"},
	{"members", schema_read_list, SCHEMA_LIST(config_port, members, n_members, &arg_item), 1,
	 CONFIG_MAX_MEMBERS, .otherwise = "none",
	 .help = "Devices that the device, a bond (net_bonding0,mode=1), is made of. They are "
		 "ports "
		 "of nothing else"},
	{"mtu", schema_read_uint, SCHEMA_FIELD(config_port, mtu), 68, 9600,
	 .otherwise = "the device's own",
	 .help = "Bytes of the largest IP packet. At least 1280 on a port with IPv6 addresses"},
	{"queues", schema_read_uint, SCHEMA_FIELD(config_port, queues), 1, 1024,
	 .otherwise = "one for each worker, as far as the device has them",
	 .help = "Receive queues, over which the device spreads the flows"},
	TUNING_KEYS(config_port),
	{"mac", schema_read_mac, SCHEMA_FIELD(config_port, mac),
	 .has = offsetof(struct config_port, has_mac), .otherwise = "the device's own",
	 .help = "The MAC address of port and mirror"},
	{"workers", schema_read_list, SCHEMA_LIST(config_port, workers, n_workers, &lcore_item), 1,
	 CONFIG_MAX_WORKERS,
	 .otherwise = "those with the fewest queues, of the port's NUMA node where there is one",
	 .help = "The lcores that poll the port's queues, in turn; each must be one of the file's "
		 "workers"},
	{"addresses", schema_read_list,
	 SCHEMA_LIST(config_port, addresses, n_addresses, &tables_address_item), .max = 1024,
	 .help = "Addresses of the router on this port. With control: linux they are put into the "
		 "kernel at the start. A member of a bridge has none"},
	{"storm", schema_read_struct, SCHEMA_FIELD(config_port, storm), .keys = tables_storm_keys,
	 .help = "Storm control: how many of the frames that come by this port its bridge may "
		 "flood, as a rate (1000pps, 10Mbps). What is above it is dropped and counted"},
	{.name = NULL},
};

static const struct schema_key nexthop_keys[] = {
	{"gateway", schema_read_addr, SCHEMA_FIELD(config_nexthop, gateway),
	 .has = offsetof(struct config_nexthop, has_gateway),
	 .otherwise = "none: the destinations are hosts on the port's own link",
	 .help = "The router that packets go to, of the family of the route's prefix"},
	{"port", schema_read_name, SCHEMA_FIELD(config_nexthop, port),
	 .otherwise = "the one in whose subnet the gateway is",
	 .help = "The port, VLAN interface or bridge that packets leave by. Required without a "
		 "gateway, and with a link-local one"},
	{"weight", schema_read_uint, SCHEMA_FIELD(config_nexthop, weight), 1, 256, .by_default = 1,
	 .help = "The next hop's share of the route's flows, beside the weights of the others"},
	{.name = NULL},
};

static const struct schema_key nexthop_item = {
	.read = read_nexthop,
	.size = sizeof(struct config_nexthop),
	.keys = nexthop_keys,
	.value = "a gateway's address or a mapping",
};

static const struct schema_key route_keys[] = {
	{"to", schema_read_prefix, SCHEMA_FIELD(config_route, to), .required = true,
	 .help = "The destinations"},
	{"type", schema_read_word, SCHEMA_FIELD(config_route, type), .words = route_type_words,
	 .help = "What happens to packets, as in ip-route(8): unicast forwards them, the others "
		 "refuse them, in silence (blackhole) or with an ICMP error, and have no next "
		 "hops"},
	{"port", schema_read_name, SCHEMA_FIELD(config_route, port),
	 .otherwise = "that of the next hops",
	 .help = "The port, VLAN interface or bridge of all next hops that name none. Without via, "
		 "the destinations are hosts on its link"},
	{"via", read_via, SCHEMA_LIST(config_route, via, n_via, &nexthop_item), 1,
	 CONFIG_MAX_NEXTHOPS, .value = "a gateway's address or a list of next hops",
	 .otherwise = "hosts on the link of the route's port",
	 .help = "The next hops. Flows are spread over several of them"},
	{.name = NULL},
};

static const struct schema_key neighbour_keys[] = {
	{"address", schema_read_addr, SCHEMA_FIELD(config_neighbour, address), .required = true,
	 .help = "The address of a host on the port's link"},
	{"port", schema_read_name, SCHEMA_FIELD(config_neighbour, port), .required = true,
	 .help = "The port, VLAN interface or bridge"},
	{"mac", schema_read_mac, SCHEMA_FIELD(config_neighbour, mac), .required = true,
	 .help = "The host's MAC address"},
	{.name = NULL},
};

static const struct schema_key punt_keys[] = {
	{"reason", schema_read_name, SCHEMA_FIELD(config_punt, reason), .required = true,
	 .help = "Why packets are punted: one of the reasons that `sluice show punts` lists"},
	{"class", schema_read_name, SCHEMA_FIELD(config_punt, class_),
	 .otherwise = "each class of the reason",
	 .help = "Which packets among them: one of the reason's classes there"},
	{"rate", schema_read_uint, SCHEMA_FIELD(config_punt, rate_pps), 1, UINT32_MAX,
	 .required = true, .help = "Packets a second"},
	{"burst", schema_read_uint, SCHEMA_FIELD(config_punt, burst), 1, UINT32_MAX,
	 .required = true, .help = "Packets that may come at once"},
	{.name = NULL},
};

static const struct schema_key limit_keys[] = {
	{"routes4", schema_read_uint, SCHEMA_FIELD(config, limits.routes4), 1, 1 << 28,
	 .by_default = 2000000,
	 .help = "IPv4 routes. Own addresses and neighbours have room beyond it"},
	{"routes6", schema_read_uint, SCHEMA_FIELD(config, limits.routes6), 1, 1 << 28,
	 .by_default = 1000000,
	 .help = "IPv6 routes. Own addresses and neighbours have room beyond it"},
	{"neighbours", schema_read_uint, SCHEMA_FIELD(config, limits.neighbours), 1, 1 << 24,
	 .by_default = 65536,
	 .help = "Neighbours. Twice as many groups of next hops can be, with sixteen buckets each "
		 "on average"},
	{"fdb", schema_read_uint, SCHEMA_FIELD(config, limits.fdb), 1, 1 << 24,
	 .by_default = 131072, .help = "MAC addresses that all bridges together may know"},
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
	 CONFIG_MAX_WORKERS, .otherwise = "the second CPU that sluiced may run on",
	 .help = "The lcores that forward: CPUs, of which each has one worker. "
		 "Everything else that sluiced does runs on other CPUs if there are any"},
	{"idle", schema_read_word, SCHEMA_FIELD(config, idle), .words = idle_mode_words,
	 .by_default = IDLE_MODE_INTERRUPT,
	 .help = "What workers do while no packets come. poll: they poll on, and keep their CPUs "
		 "busy. pause: between polls the CPU pauses, which saves power, but no CPU time. "
		 "sleep: after 100 us, sleeps between polls, which grow until they take less than "
		 "a twentieth of the CPU, from 50 us to 500 us. interrupt: the same, and after "
		 "10 ms a wait for interrupts, where all receive queues of a worker have them"},
	{"control", schema_read_word, SCHEMA_FIELD(config, control), .words = control_words,
	 .help = "Who fills the tables. linux: the kernel's links, addresses, neighbours and "
		 "routes "
		 "are followed, and what sluiced does not forward goes to the ports' mirrors "
		 "there. "
		 "none: this file and the client alone; nothing of Sluice is in the kernel"},
	{"netns", schema_read_text, SCHEMA_FIELD(config, netns), 0, 255, .text_by_default = "",
	 .help = "The network namespace of the mirrors: a name as in ip-netns(8), or a path where "
		 "it has a slash; empty: sluiced's own"},
	{"netlink", schema_read_section, .keys = netlink_keys,
	 .help = "How sluiced follows the kernel"},
	{"api", schema_read_text, SCHEMA_FIELD(config, api), 1, API_LEN,
	 .text_by_default = "/run/sluice/sluice.sock",
	 .help = "The path of the socket on which sluice(1) talks to sluiced"},
	{"api_group", schema_read_text, SCHEMA_FIELD(config, api_group), 1, 32,
	 .otherwise = "sluice where the machine has that group, else root's own",
	 .help = "The group, by name or number, that may use the socket, beside root. Who can, "
		 "can do whatever the client can"},
	{"dpdk", schema_read_section, .keys = dpdk_keys, .help = "What DPDK is told"},
	{"drivers_cfg", schema_read_text, SCHEMA_FIELD(config, drivers_cfg), 1, 1023,
	 .otherwise = "the one that was installed",
	 .help = "The directory of the drivers' presets, *.yaml: what ports run with whose driver "
		 "one of them names, but for what is said of them here. `sluice show port config` "
		 "shows it"},
	{"ports", schema_read_list, SCHEMA_LIST(config, ports, n_ports, &port_item), 1,
	 CONFIG_MAX_PORTS, .required = true, .help = "The ports that are forwarded between"},
	{"interfaces", schema_read_list,
	 SCHEMA_LIST(config, interfaces, n_interfaces, &tables_interface_item),
	 .max = CONFIG_MAX_IFACES,
	 .help = "VLAN interfaces: what comes with a tag, as a link of its own"},
	{"bridges", schema_read_list, SCHEMA_LIST(config, bridges, n_bridges, &tables_bridge_item),
	 .max = CONFIG_MAX_IFACES,
	 .help = "Switches between ports, with an interface of their own"},
	{"mirrors", schema_read_list, SCHEMA_LIST(config, mirrors, n_mirrors, &tables_mirror_item),
	 .max = CONFIG_MAX_MIRRORS, .help = "Frames of ports that leave by another one too (SPAN)"},
	{"routes", schema_read_list, SCHEMA_LIST(config, routes, n_routes, &route_item),
	 .max = SCHEMA_NO_LIMIT,
	 .help = "Static routes. With control: linux they are put into the kernel at the start, "
		 "with protocol 83"},
	{"neighbours", schema_read_list,
	 SCHEMA_LIST(config, neighbours, n_neighbours, &neighbour_item), .max = SCHEMA_NO_LIMIT,
	 .help = "Static neighbours. With control: linux they are put into the kernel at the "
		 "start"},
	{"punts", schema_read_list, SCHEMA_LIST(config, punts, n_punts, &punt_item),
	 .max = SCHEMA_NO_LIMIT,
	 .help = "Rate limits of what goes the slow path, where the defaults do not fit"},
	{"limits", schema_read_section, .keys = limit_keys,
	 .help = "Room in the tables, in entries. A full table keeps what it has and refuses what "
		 "is new"},
	{.name = NULL},
};

const struct schema_key tables_root = {.keys = root_keys};
