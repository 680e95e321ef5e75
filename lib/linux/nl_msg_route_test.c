/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "nl_testing.h"

static struct nl_msg msg;

static int set_up(void **state)
{
	memset(&msg, 0xa5, sizeof(msg));
	return 0;
}

static struct nlmsghdr *begin_as(uint8_t family, uint8_t len, uint8_t type)
{
	struct rtmsg head = {.rtm_family = family,
			     .rtm_dst_len = len,
			     .rtm_table = RT_TABLE_MAIN,
			     .rtm_protocol = RTPROT_BGP,
			     .rtm_type = type};

	return nl_testing_begin(RTM_NEWROUTE, &head, sizeof(head));
}

static struct rtmsg *head_of(struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload(nlh);
}

/* A route to a prefix as people write it. */
static struct nlmsghdr *begin(const char *to)
{
	struct ip_prefix prefix = nl_testing_prefix(to);
	struct nlmsghdr *nlh =
		begin_as(prefix.addr.family == IP4 ? AF_INET : AF_INET6, prefix.len, RTN_UNICAST);

	mnl_attr_put(nlh, RTA_DST, ip_bits(&prefix.addr) / 8, prefix.addr.bytes);
	return nlh;
}

static void parses(const struct nlmsghdr *nlh, const char *to, unsigned n_hops)
{
	char buf[IP_PREFIX_STRLEN];

	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_ROUTE);
	assert_string_equal(ip_prefix_print(&msg.route.dst, buf), to);
	assert_int_equal(msg.route.n_hops, n_hops);
	nl_testing_truncate(nlh);
}

static void hop_is(unsigned i, int ifindex, const char *gateway, unsigned weight)
{
	const struct nl_hop *hop = &msg.route.hops[i];
	char buf[IP_ADDR_STRLEN];

	assert_int_equal(hop->ifindex, ifindex);
	assert_int_equal(hop->weight, weight);
	assert_int_equal(hop->has_gateway, gateway != NULL);
	if (gateway)
		assert_string_equal(ip_addr_print(&hop->gateway, buf), gateway);
}

static void one_hop(void **state)
{
	struct nlmsghdr *nlh = begin("198.51.100.0/24");

	mnl_attr_put_u32(nlh, RTA_OIF, 3);
	parses(nlh, "198.51.100.0/24", 1);
	hop_is(0, 3, NULL, 1);
	nl_testing_addr(nlh, RTA_GATEWAY, "192.0.2.1");
	parses(nlh, "198.51.100.0/24", 1);
	hop_is(0, 3, "192.0.2.1", 1);
	assert_false(msg.route.hops[0].encap || msg.route.cloned || msg.route.mtu);
	assert_int_equal(msg.route.table, RT_TABLE_MAIN);
	assert_int_equal(msg.route.protocol, RTPROT_BGP);
	assert_int_equal(msg.route.type, RTN_UNICAST);
	assert_int_equal(msg.route.metric, 0);
	assert_int_equal(msg.route.nh_id, 0);
	assert_int_equal(msg.route.mtu, 0);

	head_of(nlh)->rtm_tos = 16;
	head_of(nlh)->rtm_flags = RTM_F_CLONED;
	mnl_attr_put_u32(nlh, RTA_TABLE, 1000);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, 20);
	mnl_attr_put_u32(nlh, RTA_NH_ID, 77);
	mnl_attr_put(nlh, RTA_ENCAP, 0, NULL);
	nlh->nlmsg_type = RTM_DELROUTE;
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.deleted && msg.route.cloned && msg.route.hops[0].encap);
	assert_int_equal(msg.route.table, 1000);
	assert_int_equal(msg.route.metric, 20);
	assert_int_equal(msg.route.nh_id, 77);
	assert_int_equal(msg.route.tos, 16);
}

static void default_routes(void **state)
{
	struct nlmsghdr *nlh = begin_as(AF_INET6, 0, RTN_UNICAST);

	nl_testing_addr(nlh, RTA_GATEWAY, "fe80::1");
	mnl_attr_put_u32(nlh, RTA_OIF, 3);
	parses(nlh, "::/0", 1);
	hop_is(0, 3, "fe80::1", 1);
	nlh = begin_as(AF_INET, 0, RTN_UNICAST);
	nl_testing_via(nlh, AF_INET6, "fe80::1");
	mnl_attr_put_u32(nlh, RTA_OIF, 3);
	parses(nlh, "0.0.0.0/0", 1);
	hop_is(0, 3, "fe80::1", 1);
	nlh = begin_as(AF_INET6, 0, RTN_UNICAST);
	nl_testing_addr(nlh, RTA_GATEWAY, "::");
	mnl_attr_put_u32(nlh, RTA_OIF, 3);
	parses(nlh, "::/0", 1);
	hop_is(0, 3, NULL, 1);
}

static void nowhere(void **state)
{
	static const uint8_t types[] = {RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW};

	for (unsigned i = 0; i < sizeof(types); i++) {
		struct nlmsghdr *nlh = begin("2001:db8::/32");

		head_of(nlh)->rtm_type = types[i];
		mnl_attr_put_u32(nlh, RTA_OIF, 1);
		parses(nlh, "2001:db8::/32", 0);
		assert_int_equal(msg.route.type, types[i]);
	}
	parses(begin("2001:db8::/32"), "2001:db8::/32", 0);
}

/* The next hop's place in RTA_MULTIPATH. */
static struct rtnexthop *hop_begin(struct nlmsghdr *nlh, int ifindex, unsigned weight)
{
	struct rtnexthop *nh = mnl_nlmsg_get_payload_tail(nlh);

	*nh = (struct rtnexthop){
		.rtnh_len = sizeof(*nh), .rtnh_hops = weight - 1, .rtnh_ifindex = ifindex};
	nlh->nlmsg_len += sizeof(*nh);
	return nh;
}

static void hop_end(struct nlmsghdr *nlh, struct rtnexthop *nh)
{
	nh->rtnh_len = (char *)mnl_nlmsg_get_payload_tail(nlh) - (char *)nh;
}

static void multipath(void **state)
{
	struct nlmsghdr *nlh = begin("198.51.100.0/24");
	struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	struct rtnexthop *nh = hop_begin(nlh, 3, 1);

	nl_testing_addr(nlh, RTA_GATEWAY, "192.0.2.1");
	mnl_attr_put_u32(nlh, RTA_FLOW, 9);
	hop_end(nlh, nh);
	nh = hop_begin(nlh, 4, 256);
	nl_testing_via(nlh, AF_INET6, "fe80::1");
	mnl_attr_put_u16(nlh, RTA_ENCAP_TYPE, 1);
	hop_end(nlh, nh);
	hop_begin(nlh, 5, 7);
	nh = hop_begin(nlh, 6, 7);
	nl_testing_via(nlh, AF_INET, "192.0.2.9");
	hop_end(nlh, nh);
	mnl_attr_nest_end(nlh, nest);
	parses(nlh, "198.51.100.0/24", 4);
	hop_is(0, 3, "192.0.2.1", 1);
	hop_is(1, 4, "fe80::1", 256);
	hop_is(2, 5, NULL, 7);
	hop_is(3, 6, "192.0.2.9", 7);
	assert_true(msg.route.hops[1].encap);
	assert_false(msg.route.hops[0].encap || msg.route.hops[2].encap);
	/* Beside a next hop object the hops are listed too. */
	mnl_attr_put_u32(nlh, RTA_NH_ID, 5);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.route.nh_id, 5);
}

static int parse_hops(unsigned n, int ifindex, unsigned len_of_last)
{
	struct nlmsghdr *nlh = begin("198.51.100.0/24");
	struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);

	for (unsigned i = 0; i < n; i++) {
		struct rtnexthop *nh = hop_begin(nlh, ifindex, 1);

		if (i == n - 1)
			nh->rtnh_len = len_of_last;
	}
	mnl_attr_nest_end(nlh, nest);
	return nl_testing_parse(nlh, &msg);
}

static void odd_multipath(void **state)
{
	static const unsigned lens[] = {0, 1, 4, 7, 9, 12, 65535};
	struct nlmsghdr *nlh;
	struct nlattr *nest;

	assert_int_equal(parse_hops(NL_HOPS_MAX, 3, 8), 0);
	assert_int_equal(msg.route.n_hops, NL_HOPS_MAX);
	assert_int_equal(parse_hops(NL_HOPS_MAX + 1, 3, 8), -EINVAL);
	assert_int_equal(parse_hops(0, 3, 8), -EINVAL);
	assert_int_equal(parse_hops(2, -1, 8), -EINVAL);
	for (unsigned i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		assert_int_equal(parse_hops(1, 3, lens[i]), -EINVAL);
		assert_int_equal(parse_hops(2, 3, lens[i]), -EINVAL);
	}
	/* An attribute that reaches beyond its hop, though not beyond the message. */
	nlh = begin("198.51.100.0/24");
	nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);
	hop_begin(nlh, 3, 1)->rtnh_len = 12;
	nl_testing_addr(nlh, RTA_GATEWAY, "192.0.2.1");
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
}

static void odd_destinations(void **state)
{
	struct nlmsghdr *nlh;

	assert_int_equal(nl_testing_parse(begin_as(AF_INET, 24, RTN_UNICAST), &msg), -EINVAL);
	assert_int_equal(nl_testing_parse(begin("192.0.2.1/24"), &msg), -EINVAL);
	assert_int_equal(nl_testing_parse(begin("2001:db8::1/64"), &msg), -EINVAL);
	nlh = begin("192.0.2.0/24");
	head_of(nlh)->rtm_dst_len = 33;
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	head_of(nlh)->rtm_dst_len = 129;
	head_of(nlh)->rtm_family = AF_INET6;
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	head_of(nlh)->rtm_dst_len = 24;
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = begin("2001:db8::/64");
	head_of(nlh)->rtm_src_len = 64;
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nl_testing_addr(nlh, RTA_SRC, "2001:db8:7::");
	nl_testing_addr(nlh, RTA_PREFSRC, "2001:db8:8::1");
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.route.src.len, 64);
	assert_int_equal(msg.route.src.addr.bytes[5], 7);
	assert_int_equal(msg.route.prefsrc.bytes[5], 8);
	assert_int_equal(nl_testing_parse(begin_as(AF_MPLS, 20, RTN_UNICAST), &msg), -ENOENT);
	assert_int_equal(nl_testing_parse(begin_as(AF_BRIDGE, 0, RTN_UNICAST), &msg), -ENOENT);
	assert_int_equal(nl_testing_parse(begin_as(RTNL_FAMILY_IPMR, 32, RTN_MULTICAST), &msg),
			 -ENOENT);
}

static void odd_gateways(void **state)
{
	struct nlmsghdr *nlh = begin("192.0.2.0/24");

	nl_testing_addr(nlh, RTA_GATEWAY, "2001:db8::1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = begin("192.0.2.0/24");
	nl_testing_via(nlh, AF_PACKET, "192.0.2.1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = begin("192.0.2.0/24");
	nl_testing_via(nlh, AF_INET, "2001:db8::1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = begin("192.0.2.0/24");
	mnl_attr_put_u8(nlh, RTA_VIA, AF_INET);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = begin("192.0.2.0/24");
	nl_testing_via(nlh, AF_INET6, "fe80::1");
	nl_testing_addr(nlh, RTA_GATEWAY, "192.0.2.1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = begin("192.0.2.0/24");
	mnl_attr_put_u32(nlh, RTA_OIF, 0xffffffff);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
}

static void metrics(void **state)
{
	struct nlmsghdr *nlh = begin("198.51.100.0/24");
	struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_METRICS);

	mnl_attr_put_u32(nlh, RTAX_MTU, 1300);
	mnl_attr_put_u32(nlh, RTAX_LOCK, 1u << RTAX_WINDOW);
	mnl_attr_nest_end(nlh, nest);
	parses(nlh, "198.51.100.0/24", 0);
	assert_int_equal(msg.route.mtu, 1300);
	nest = mnl_attr_nest_start(nlh, RTA_METRICS);
	mnl_attr_put_u32(nlh, RTAX_LOCK, 1u << RTAX_MTU);
	mnl_attr_nest_end(nlh, nest);
	parses(nlh, "198.51.100.0/24", 0);
	nest = mnl_attr_nest_start(nlh, RTA_METRICS);
	mnl_attr_put_u32(nlh, RTAX_LOCK, 1u << RTAX_MTU);
	mnl_attr_put_u32(nlh, RTAX_MTU, 1400);
	mnl_attr_nest_end(nlh, nest);
	parses(nlh, "198.51.100.0/24", 0);
	assert_int_equal(msg.route.mtu, 1400);
	nest = mnl_attr_nest_start(nlh, RTA_METRICS);
	mnl_attr_put_u16(nlh, RTAX_MTU, 1400);
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_hop, set_up),
		cmocka_unit_test_setup(default_routes, set_up),
		cmocka_unit_test_setup(nowhere, set_up),
		cmocka_unit_test_setup(multipath, set_up),
		cmocka_unit_test_setup(odd_multipath, set_up),
		cmocka_unit_test_setup(odd_destinations, set_up),
		cmocka_unit_test_setup(odd_gateways, set_up),
		cmocka_unit_test_setup(metrics, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
