/* SPDX-License-Identifier: BSD-3-Clause */
/* Links, addresses, neighbours, next hop objects; routes: nl_msg_route_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "nl_testing.h"

static const uint8_t mac[] = {2, 0, 0, 0, 0, 9, 1, 1};
static struct nl_msg msg;

/* What is left of a message before must not show. */
static int set_up(void **state)
{
	memset(&msg, 0xa5, sizeof(msg));
	return 0;
}

static struct nlmsghdr *link_begin(uint16_t type, uint8_t family, int index, unsigned flags)
{
	struct ifinfomsg head = {.ifi_family = family, .ifi_index = index, .ifi_flags = flags};

	return nl_testing_begin(type, &head, sizeof(head));
}

static void links(void **state)
{
	struct nlmsghdr *nlh = link_begin(RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP | 1 << 16);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, "port0");
	mnl_attr_put_strz(nlh, IFLA_IFALIAS, "sluice /run/s");
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	mnl_attr_put_u32(nlh, IFLA_MTU, 9000);
	mnl_attr_put_u32(nlh, 4000, 1);
	nlh->nlmsg_flags = NLM_F_MULTI;
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_LINK);
	assert_int_equal(msg.flags, NLM_F_MULTI);
	assert_false(msg.deleted);
	assert_int_equal(msg.link.index, 7);
	assert_string_equal(msg.link.name, "port0");
	assert_string_equal(msg.link.alias, "sluice /run/s");
	assert_true(msg.link.has_mac);
	assert_memory_equal(msg.link.mac.bytes, mac, 6);
	assert_int_equal(msg.link.mtu, 9000);
	assert_true(msg.link.up);
	assert_true(msg.link.carrier);
	nl_testing_truncate(nlh);
}

/* To the last byte, as who compares them looks. */
static void the_same_link_again(void **state)
{
	struct nlmsghdr *nlh = link_begin(RTM_NEWLINK, AF_UNSPEC, 7, IFF_UP);
	struct nl_link first;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, "port0");
	mnl_attr_put(nlh, IFLA_ADDRESS, 8, mac);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	memcpy(&first, &msg.link, sizeof(first));
	memset(&msg, 0x5a, sizeof(msg));
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_memory_equal(&msg.link, &first, sizeof(first));
}

static void odd_links(void **state)
{
	struct nlmsghdr *nlh = link_begin(RTM_DELLINK, AF_UNSPEC, 7, 0);
	char longest[300];

	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.deleted);
	assert_string_equal(msg.link.name, "");
	assert_string_equal(msg.link.alias, "");
	assert_false(msg.link.has_mac || msg.link.up || msg.link.carrier);
	assert_int_equal(msg.link.mtu, 0);

	memset(longest, 'x', sizeof(longest));
	mnl_attr_put(nlh, IFLA_IFALIAS, sizeof(longest), longest);
	mnl_attr_put(nlh, IFLA_ADDRESS, 8, mac);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(strlen(msg.link.alias), NL_ALIAS_LEN - 1);
	assert_false(msg.link.has_mac);
	mnl_attr_put(nlh, IFLA_IFNAME, 16, longest);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);

	/* A bridge lost a port. */
	assert_int_equal(nl_testing_parse(link_begin(RTM_DELLINK, AF_BRIDGE, 7, 0), &msg), 0);
	assert_int_equal(msg.kind, NL_PORT);
	assert_int_equal(nl_testing_parse(link_begin(RTM_NEWLINK, AF_UNSPEC, 7, 0), &msg), -EINVAL);
	assert_int_equal(nl_testing_parse(link_begin(RTM_DELLINK, AF_UNSPEC, 0, 0), &msg), -EINVAL);
	nlh = link_begin(RTM_DELLINK, AF_UNSPEC, 7, 0);
	mnl_attr_put_u16(nlh, IFLA_MTU, 1500);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
}

static struct nlmsghdr *address_begin(uint8_t family, uint8_t len, uint8_t flags)
{
	struct ifaddrmsg head = {
		.ifa_family = family, .ifa_prefixlen = len, .ifa_index = 3, .ifa_flags = flags};

	return nl_testing_begin(RTM_NEWADDR, &head, sizeof(head));
}

static void address_is(const struct nlmsghdr *nlh, const char *prefix)
{
	char buf[IP_PREFIX_STRLEN];

	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_ADDRESS);
	assert_int_equal(msg.address.ifindex, 3);
	assert_string_equal(ip_prefix_print(&msg.address.addr, buf), prefix);
	nl_testing_truncate(nlh);
}

static void addresses(void **state)
{
	struct nlmsghdr *nlh = address_begin(AF_INET, 24, IFA_F_PERMANENT | IFA_F_TENTATIVE);

	nl_testing_addr(nlh, IFA_ADDRESS, "192.0.2.1");
	address_is(nlh, "192.0.2.1/24");
	assert_false(msg.address.tentative);
	assert_int_equal(msg.address.protocol, 0);
	nl_testing_addr(nlh, IFA_LOCAL, "192.0.2.1");
	mnl_attr_put_u8(nlh, IFA_PROTO, 83);
	address_is(nlh, "192.0.2.1/24");
	assert_int_equal(msg.address.protocol, 83);

	nlh = address_begin(AF_INET6, 64, IFA_F_TENTATIVE);
	nl_testing_addr(nlh, IFA_ADDRESS, "2001:db8::1");
	address_is(nlh, "2001:db8::1/64");
	assert_true(msg.address.tentative);
	/* The wide flags count, where they are. */
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
	address_is(nlh, "2001:db8::1/64");
	assert_false(msg.address.tentative);
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NOPREFIXROUTE | IFA_F_DADFAILED);
	address_is(nlh, "2001:db8::1/64");
	assert_true(msg.address.tentative);
}

static void addresses_with_peers(void **state)
{
	struct nlmsghdr *nlh = address_begin(AF_INET, 32, 0);

	nl_testing_addr(nlh, IFA_ADDRESS, "198.51.100.2");
	nl_testing_addr(nlh, IFA_LOCAL, "192.0.2.1");
	address_is(nlh, "192.0.2.1/32");
	nlh = address_begin(AF_INET, 24, 0);
	nl_testing_addr(nlh, IFA_ADDRESS, "198.51.100.2");
	nl_testing_addr(nlh, IFA_LOCAL, "192.0.2.1");
	address_is(nlh, "192.0.2.1/32");
	nlh = address_begin(AF_INET, 30, 0);
	nl_testing_addr(nlh, IFA_ADDRESS, "192.0.2.2");
	nl_testing_addr(nlh, IFA_LOCAL, "192.0.2.1");
	address_is(nlh, "192.0.2.1/30");
	nlh = address_begin(AF_INET6, 64, 0);
	nl_testing_addr(nlh, IFA_ADDRESS, "2001:db8:1::2");
	nl_testing_addr(nlh, IFA_LOCAL, "2001:db8::1");
	address_is(nlh, "2001:db8::1/128");
}

static void odd_addresses(void **state)
{
	struct nlmsghdr *nlh = address_begin(AF_INET, 24, 0);

	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nl_testing_addr(nlh, IFA_ADDRESS, "2001:db8::1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = address_begin(AF_INET, 33, 0);
	nl_testing_addr(nlh, IFA_ADDRESS, "192.0.2.1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = address_begin(AF_INET6, 64, 0);
	nl_testing_addr(nlh, IFA_ADDRESS, "192.0.2.1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = address_begin(AF_PACKET, 24, 0);
	nl_testing_addr(nlh, IFA_ADDRESS, "192.0.2.1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -ENOENT);
}

static struct nlmsghdr *neighbour_begin(uint8_t family, uint8_t flags)
{
	struct ndmsg head = {.ndm_family = family,
			     .ndm_ifindex = 4,
			     .ndm_state = NUD_REACHABLE,
			     .ndm_flags = flags};

	return nl_testing_begin(RTM_NEWNEIGH, &head, sizeof(head));
}

static void neighbours(void **state)
{
	struct nlmsghdr *nlh = neighbour_begin(AF_INET6, NTF_ROUTER);
	struct ip_addr addr = nl_testing_ip("fe80::9");

	nl_testing_addr(nlh, NDA_DST, "fe80::9");
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_false(msg.neighbour.has_mac);
	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	mnl_attr_put_u8(nlh, NDA_PROTOCOL, 83);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_NEIGHBOUR);
	assert_int_equal(msg.neighbour.ifindex, 4);
	assert_true(ip_addr_equal(&msg.neighbour.addr, &addr));
	assert_int_equal(msg.neighbour.state, NUD_REACHABLE);
	assert_true(msg.neighbour.has_mac);
	assert_memory_equal(msg.neighbour.mac.bytes, mac, 6);
	assert_int_equal(msg.neighbour.protocol, 83);
	nl_testing_truncate(nlh);

	nlh = neighbour_begin(AF_INET, 0);
	nl_testing_addr(nlh, NDA_DST, "192.0.2.9");
	mnl_attr_put(nlh, NDA_LLADDR, 8, mac);
	nlh->nlmsg_type = RTM_DELNEIGH;
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.deleted);
	assert_false(msg.neighbour.has_mac);
	assert_int_equal(msg.neighbour.protocol, 0);
}

static void odd_neighbours(void **state)
{
	struct nlmsghdr *nlh = neighbour_begin(AF_INET, 0);

	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nl_testing_addr(nlh, NDA_DST, "2001:db8::1");
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	assert_int_equal(nl_testing_parse(neighbour_begin(AF_BRIDGE, 0), &msg), -ENOENT);
	nlh = neighbour_begin(AF_INET, NTF_PROXY);
	nl_testing_addr(nlh, NDA_DST, "192.0.2.9");
	assert_int_equal(nl_testing_parse(nlh, &msg), -ENOENT);
}

static struct nlmsghdr *nexthop_begin(uint8_t family, uint32_t id)
{
	struct nhmsg head = {.nh_family = family};
	struct nlmsghdr *nlh = nl_testing_begin(RTM_NEWNEXTHOP, &head, sizeof(head));

	mnl_attr_put_u32(nlh, NHA_ID, id);
	return nlh;
}

static void nexthops(void **state)
{
	struct nlmsghdr *nlh = nexthop_begin(AF_INET6, 12);
	struct ip_addr gateway = nl_testing_ip("fe80::1");

	mnl_attr_put_u32(nlh, NHA_OIF, 5);
	nl_testing_addr(nlh, NHA_GATEWAY, "fe80::1");
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_NEXTHOP);
	assert_int_equal(msg.nexthop.id, 12);
	assert_int_equal(msg.nexthop.family, IP6);
	assert_false(msg.nexthop.blackhole || msg.nexthop.fdb || msg.nexthop.hop.encap);
	assert_int_equal(msg.nexthop.n_members, 0);
	assert_int_equal(msg.nexthop.hop.ifindex, 5);
	assert_int_equal(msg.nexthop.hop.weight, 1);
	assert_true(msg.nexthop.hop.has_gateway);
	assert_true(ip_addr_equal(&msg.nexthop.hop.gateway, &gateway));
	nl_testing_truncate(nlh);
	mnl_attr_put_u16(nlh, NHA_ENCAP_TYPE, 1);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.nexthop.hop.encap);

	nlh = nexthop_begin(AF_INET, 13);
	mnl_attr_put(nlh, NHA_BLACKHOLE, 0, NULL);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.nexthop.blackhole);
	assert_int_equal(msg.nexthop.hop.ifindex, 0);
	assert_int_equal(msg.nexthop.family, IP4);

	nlh = nexthop_begin(AF_INET, 14);
	mnl_attr_put(nlh, NHA_FDB, 0, NULL);
	nl_testing_addr(nlh, NHA_GATEWAY, "192.0.2.1");
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.nexthop.fdb);
}

static struct nlmsghdr *group_begin(const struct nexthop_grp *grp, size_t len, uint16_t type)
{
	struct nlmsghdr *nlh = nexthop_begin(AF_UNSPEC, 20);

	mnl_attr_put(nlh, NHA_GROUP, len, grp);
	mnl_attr_put_u16(nlh, NHA_GROUP_TYPE, type);
	return nlh;
}

static void groups(void **state)
{
	struct nexthop_grp grp[] = {{.id = 1, .weight = 0}, {.id = 2, .weight = 255, .resvd1 = 7}};

	for (uint16_t type = NEXTHOP_GRP_TYPE_MPATH; type <= NEXTHOP_GRP_TYPE_RES; type++) {
		struct nlmsghdr *nlh = group_begin(grp, sizeof(grp), type);

		assert_int_equal(nl_testing_parse(nlh, &msg), 0);
		assert_int_equal(msg.nexthop.family, 0);
		assert_int_equal(msg.nexthop.n_members, 2);
		assert_int_equal(msg.nexthop.members[0].id, 1);
		assert_int_equal(msg.nexthop.members[0].weight, 1);
		assert_int_equal(msg.nexthop.members[1].id, 2);
		/* The byte behind the weight is whatever it was, if the kernel does not vouch. */
		assert_int_equal(msg.nexthop.members[1].weight, 256);
		nl_testing_truncate(nlh);
	}
}

static void wide_weights(void **state)
{
	/* 1, 512, 1024 */
	struct nexthop_grp grp[] = {{.id = 1, .weight = 0},
				    {.id = 2, .weight = 255, .resvd1 = 1},
				    {.id = 3, .weight = 255, .resvd1 = 3}};
	static const unsigned want[] = {1, 128, 256};
	struct nlmsghdr *nlh = group_begin(grp, sizeof(grp), NEXTHOP_GRP_TYPE_MPATH);

	mnl_attr_put_u32(nlh, 14, 1u << 31);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(msg.nexthop.members[i].weight, want[i]);
}

static void odd_nexthops(void **state)
{
	static struct nexthop_grp many[NL_HOPS_MAX + 1];
	struct nlmsghdr *nlh;

	for (unsigned i = 0; i <= NL_HOPS_MAX; i++)
		many[i].id = i + 1;
	nlh = group_begin(many, sizeof(many) - sizeof(*many), 0);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.nexthop.n_members, NL_HOPS_MAX);
	assert_int_equal(nl_testing_parse(group_begin(many, sizeof(many), 0), &msg), -EINVAL);
	assert_int_equal(nl_testing_parse(group_begin(many, 12, 0), &msg), -EINVAL);
	assert_int_equal(nl_testing_parse(group_begin(many, 0, 0), &msg), -EINVAL);
	assert_int_equal(nl_testing_parse(group_begin(many, 8, 2), &msg), -ENOENT);
	many[0].id = 0;
	assert_int_equal(nl_testing_parse(group_begin(many, 8, 0), &msg), -EINVAL);

	nlh = nexthop_begin(AF_INET, 0);
	mnl_attr_put_u32(nlh, NHA_OIF, 5);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = nexthop_begin(AF_INET, 1);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh->nlmsg_type = RTM_DELNEXTHOP;
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.deleted);
	mnl_attr_put_u32(nlh, NHA_OIF, 0x80000001);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
	nlh = nexthop_begin(AF_MPLS, 1);
	mnl_attr_put_u32(nlh, NHA_OIF, 5);
	assert_int_equal(nl_testing_parse(nlh, &msg), -ENOENT);
}

static void other_kinds(void **state)
{
	static const uint16_t types[] = {NLMSG_NOOP,     NLMSG_ERROR,  NLMSG_DONE,
					 RTM_GETROUTE,   RTM_NEWRULE,  RTM_NEWNEXTHOPBUCKET,
					 RTM_NEWNETCONF, RTM_GETNEIGH, 65535};
	struct rtmsg head = {.rtm_family = AF_INET};

	for (unsigned i = 0; i < sizeof(types) / sizeof(*types); i++)
		assert_int_equal(
			nl_testing_parse(nl_testing_begin(types[i], &head, sizeof(head)), &msg),
			-ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(links, set_up),
		cmocka_unit_test_setup(the_same_link_again, set_up),
		cmocka_unit_test_setup(odd_links, set_up),
		cmocka_unit_test_setup(addresses, set_up),
		cmocka_unit_test_setup(addresses_with_peers, set_up),
		cmocka_unit_test_setup(odd_addresses, set_up),
		cmocka_unit_test_setup(neighbours, set_up),
		cmocka_unit_test_setup(odd_neighbours, set_up),
		cmocka_unit_test_setup(nexthops, set_up),
		cmocka_unit_test_setup(groups, set_up),
		cmocka_unit_test_setup(wide_weights, set_up),
		cmocka_unit_test_setup(odd_nexthops, set_up),
		cmocka_unit_test_setup(other_kinds, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
