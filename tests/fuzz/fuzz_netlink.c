/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as netlink messages, one after the other: each is refused, or what was parsed is fit
 * for tables, and applied to some. A message stands in memory of exactly its length, so that ASan
 * guards its end.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink_tables.h"
#include "nl_msg.h"

#define MESSAGES_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(truth)                                                         \
	do {                                                                   \
		if (!(truth)) {                                                \
			fprintf(stderr, "fuzz_netlink: not so: %s\n", #truth); \
			abort();                                               \
		}                                                              \
	} while (0)

static void check_addr(const struct ip_addr *addr)
{
	static const uint8_t zeroes[12];

	REQUIRE(addr->family == IP4 || addr->family == IP6);
	REQUIRE(addr->family == IP6 || !memcmp(addr->bytes + 4, zeroes, sizeof(zeroes)));
}

static void check_prefix(const struct ip_prefix *prefix)
{
	check_addr(&prefix->addr);
	REQUIRE(prefix->len <= ip_bits(&prefix->addr));
}

static void check_hop(const struct nl_hop *hop)
{
	REQUIRE(hop->ifindex >= 0);
	REQUIRE(hop->weight >= 1 && hop->weight <= 256);
	if (!hop->has_gateway)
		return;
	check_addr(&hop->gateway);
	REQUIRE(!ip_addr_is_unspecified(&hop->gateway));
}

static void check_link(const struct nl_link *link, bool deleted)
{
	REQUIRE(link->index > 0);
	REQUIRE(strnlen(link->name, NL_NAME_LEN) < NL_NAME_LEN);
	REQUIRE(strnlen(link->alias, NL_ALIAS_LEN) < NL_ALIAS_LEN);
	REQUIRE(deleted || *link->name);
	REQUIRE(link->master >= 0 && link->parent >= 0);
	REQUIRE(link->type != NL_LINK_VLAN || (link->vlan_id >= 1 && link->vlan_id <= 4094));
	REQUIRE(!link->has_brport || link->brport.state <= BR_STATE_BLOCKING);
}

static void check_port(const struct nl_port *port)
{
	REQUIRE(port->index > 0 && port->master >= 0);
	REQUIRE(port->brport.state <= BR_STATE_BLOCKING);
	REQUIRE(!(port->vlans[0] & 1) && !(port->vlans[NL_VLANS / 64 - 1] >> 63));
	REQUIRE(!port->pvid || port->vlans[port->pvid / 64] >> port->pvid % 64 & 1);
	for (unsigned i = 0; i < NL_VLANS / 64; i++)
		REQUIRE(!(port->untagged[i] & ~port->vlans[i]));
}

static void check_fdb(const struct nl_fdb *fdb)
{
	REQUIRE(fdb->ifindex > 0 && fdb->master >= 0);
	REQUIRE(fdb->vid <= 4094);
}

static void check_route(const struct nl_route *route)
{
	struct ip_prefix dst = route->dst;

	check_prefix(&dst);
	REQUIRE(ip_prefix_mask(&dst));
	REQUIRE(route->n_hops <= NL_HOPS_MAX);
	REQUIRE(!route->n_hops || (route->type != RTN_BLACKHOLE && route->type != RTN_PROHIBIT &&
				   route->type != RTN_UNREACHABLE && route->type != RTN_THROW));
	for (unsigned i = 0; i < route->n_hops; i++)
		check_hop(&route->hops[i]);
}

static void check_nexthop(const struct nl_nexthop *nexthop, bool deleted)
{
	REQUIRE(nexthop->id);
	REQUIRE(nexthop->n_members <= NL_HOPS_MAX);
	REQUIRE(nexthop->n_members ? !nexthop->family
				   : nexthop->family == IP4 || nexthop->family == IP6);
	for (unsigned i = 0; i < nexthop->n_members; i++)
		REQUIRE(nexthop->members[i].id && nexthop->members[i].weight >= 1 &&
			nexthop->members[i].weight <= 256);
	if (nexthop->n_members || nexthop->blackhole) {
		REQUIRE(!nexthop->hop.ifindex && !nexthop->hop.has_gateway);
		return;
	}
	check_hop(&nexthop->hop);
	REQUIRE(nexthop->hop.ifindex || nexthop->fdb || deleted);
}

static void check(const struct nl_msg *msg)
{
	switch (msg->kind) {
	case NL_LINK:
		check_link(&msg->link, msg->deleted);
		break;
	case NL_ADDRESS:
		REQUIRE(msg->address.ifindex > 0);
		check_prefix(&msg->address.addr);
		break;
	case NL_NEIGHBOUR:
		REQUIRE(msg->neighbour.ifindex > 0);
		check_addr(&msg->neighbour.addr);
		break;
	case NL_ROUTE:
		check_route(&msg->route);
		break;
	case NL_NEXTHOP:
		check_nexthop(&msg->nexthop, msg->deleted);
		break;
	case NL_PORT:
		check_port(&msg->port);
		break;
	case NL_FDB:
		check_fdb(&msg->fdb);
		break;
	default:
		abort();
	}
}

static void parse(const uint8_t *data, size_t len)
{
	static struct nl_msg msg;
	struct nlmsghdr *nlh = malloc(len);
	int status;

	memcpy(nlh, data, len);
	/* What the parser does not set, and what an earlier message left, must not matter. */
	memset(&msg, 0xa5, sizeof(msg));
	status = nl_msg_parse(nlh, &msg);
	if (!status) {
		check(&msg);
		netlink_tables_apply(&msg);
	} else {
		REQUIRE(status == -EINVAL || status == -ENOENT);
	}
	free(nlh);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned i = 0; size >= MNL_NLMSG_HDRLEN && i < MESSAGES_MAX; i++) {
		struct nlmsghdr head;
		size_t step;

		memcpy(&head, data, sizeof(head));
		if (head.nlmsg_len < MNL_NLMSG_HDRLEN || head.nlmsg_len > size)
			break;
		parse(data, head.nlmsg_len);
		step = MNL_ALIGN(head.nlmsg_len);
		if (step >= size)
			break;
		data += step;
		size -= step;
	}
	netlink_tables_empty();
	return 0;
}
