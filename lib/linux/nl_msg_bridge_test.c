/* SPDX-License-Identifier: BSD-3-Clause */
/* VLAN netdevs, bridges, their ports, VLANs and forwarding database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
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

static struct nlmsghdr *link_begin(uint8_t family)
{
	struct ifinfomsg head = {.ifi_family = family, .ifi_index = 7, .ifi_flags = IFF_UP};
	struct nlmsghdr *nlh = nl_testing_begin(RTM_NEWLINK, &head, sizeof(head));

	if (family != AF_BRIDGE)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, "x");
	return nlh;
}

static void put_be16(struct nlmsghdr *nlh, uint16_t type, uint16_t value)
{
	uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};

	mnl_attr_put(nlh, type, sizeof(bytes), bytes);
}

static struct nlmsghdr *vlan_link(uint16_t vid, uint16_t tpid)
{
	struct nlmsghdr *nlh = link_begin(AF_UNSPEC);
	struct nlattr *info, *data;

	mnl_attr_put_u32(nlh, IFLA_LINK, 3);
	mnl_attr_put_u32(nlh, IFLA_MASTER, 9);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "vlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u16(nlh, IFLA_VLAN_ID, vid);
	if (tpid)
		put_be16(nlh, IFLA_VLAN_PROTOCOL, tpid);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return nlh;
}

static void vlan_netdevs(void **state)
{
	struct nlmsghdr *nlh = vlan_link(100, 0x88a8);

	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_LINK);
	assert_int_equal(msg.link.type, NL_LINK_VLAN);
	assert_int_equal(msg.link.parent, 3);
	assert_int_equal(msg.link.master, 9);
	assert_int_equal(msg.link.vlan_id, 100);
	assert_int_equal(msg.link.tpid, 0x88a8);
	assert_false(msg.link.has_brport);
	nl_testing_truncate(nlh);

	assert_int_equal(nl_testing_parse(vlan_link(4094, 0), &msg), 0);
	assert_int_equal(msg.link.tpid, 0x8100);
	assert_int_equal(nl_testing_parse(vlan_link(0, 0), &msg), 0);
	assert_int_equal(msg.link.type, NL_LINK_OTHER);
	/* The parent is in another namespace. */
	nlh = vlan_link(5, 0);
	mnl_attr_put_u32(nlh, IFLA_LINK_NETNSID, 0);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.link.parent, 0);
}

static void put_brport(struct nlmsghdr *nlh, uint16_t type, uint8_t state)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u8(nlh, IFLA_BRPORT_STATE, state);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_MODE, 1);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_LEARNING, 0);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_UNICAST_FLOOD, 0);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_BCAST_FLOOD, 0);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_ISOLATED, 1);
	mnl_attr_put_u8(nlh, IFLA_BRPORT_LOCKED, 1);
	mnl_attr_nest_end(nlh, nest);
}

static void brport_is(const struct nl_brport *port, uint8_t state)
{
	assert_int_equal(port->state, state);
	assert_true(port->hairpin && port->isolated && port->mcast_flood && port->locked);
	assert_false(port->learning || port->flood || port->bcast_flood);
}

static void bridges(void **state)
{
	struct nlmsghdr *nlh = link_begin(AF_UNSPEC);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;

	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_BR_AGEING_TIME, 1001);
	mnl_attr_put_u8(nlh, IFLA_BR_VLAN_FILTERING, 1);
	put_be16(nlh, IFLA_BR_VLAN_PROTOCOL, 0x88a8);
	mnl_attr_put_u16(nlh, IFLA_BR_VLAN_DEFAULT_PVID, 4);
	mnl_attr_put_u32(nlh, IFLA_BR_STP_STATE, 1);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.link.type, NL_LINK_BRIDGE);
	assert_int_equal(msg.link.ageing_cs, 1001);
	assert_true(msg.link.vlan_filtering && msg.link.stp);
	assert_int_equal(msg.link.tpid, 0x88a8);
	assert_int_equal(msg.link.default_pvid, 4);
	nl_testing_truncate(nlh);
}

static void ports_in_their_own_message(void **state)
{
	struct nlmsghdr *nlh = link_begin(AF_UNSPEC);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);

	mnl_attr_put_strz(nlh, IFLA_INFO_SLAVE_KIND, "bridge");
	put_brport(nlh, IFLA_INFO_SLAVE_DATA, BR_STATE_LISTENING);
	mnl_attr_nest_end(nlh, info);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.link.type, NL_LINK_OTHER);
	assert_true(msg.link.has_brport);
	brport_is(&msg.link.brport, BR_STATE_LISTENING);
	nl_testing_truncate(nlh);
}

static void put_vlan(struct nlmsghdr *nlh, uint16_t vid, uint16_t flags)
{
	struct bridge_vlan_info info = {.vid = vid, .flags = flags};

	mnl_attr_put(nlh, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
}

static bool has(const uint64_t *vlans, unsigned vid)
{
	return vlans[vid / 64] >> vid % 64 & 1;
}

static unsigned count(const uint64_t *vlans)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NL_VLANS / 64; i++)
		n += (unsigned)__builtin_popcountll(vlans[i]);
	return n;
}

static void ports_of_bridges(void **state)
{
	struct nlmsghdr *nlh = link_begin(AF_BRIDGE);
	struct nlattr *spec;

	mnl_attr_put_u32(nlh, IFLA_MASTER, 9);
	put_brport(nlh, IFLA_PROTINFO, BR_STATE_FORWARDING);
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	put_vlan(nlh, 5, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	put_vlan(nlh, 100, BRIDGE_VLAN_INFO_RANGE_BEGIN);
	put_vlan(nlh, 200, BRIDGE_VLAN_INFO_RANGE_END);
	put_vlan(nlh, 4094, 0);
	mnl_attr_nest_end(nlh, spec);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_PORT);
	assert_int_equal(msg.port.index, 7);
	assert_int_equal(msg.port.master, 9);
	assert_true(msg.port.has_brport);
	brport_is(&msg.port.brport, BR_STATE_FORWARDING);
	assert_int_equal(msg.port.pvid, 5);
	assert_int_equal(count(msg.port.vlans), 103);
	assert_true(has(msg.port.vlans, 100) && has(msg.port.vlans, 200));
	assert_true(has(msg.port.vlans, 4094) && has(msg.port.untagged, 5));
	assert_int_equal(count(msg.port.untagged), 1);
	nl_testing_truncate(nlh);

	/* The bridge itself. */
	nlh = link_begin(AF_BRIDGE);
	nlh->nlmsg_type = RTM_DELLINK;
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.deleted);
	assert_false(msg.port.has_brport || msg.port.master || msg.port.pvid);
	assert_int_equal(count(msg.port.vlans), 0);
}

static int parse_vlans(unsigned n, const uint16_t (*vlans)[2])
{
	struct nlmsghdr *nlh = link_begin(AF_BRIDGE);
	struct nlattr *spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);

	for (unsigned i = 0; i < n; i++)
		put_vlan(nlh, vlans[i][0], vlans[i][1]);
	mnl_attr_nest_end(nlh, spec);
	return nl_testing_parse(nlh, &msg);
}

static void lists_that_contradict_themselves(void **state)
{
	static const uint16_t begin = BRIDGE_VLAN_INFO_RANGE_BEGIN,
			      end = BRIDGE_VLAN_INFO_RANGE_END;
	const uint16_t zero[][2] = {{0, 0}}, large[][2] = {{4095, 0}}, open[][2] = {{5, begin}},
		       closed[][2] = {{5, end}}, twice[][2] = {{5, begin}, {6, begin}, {7, end}},
		       back[][2] = {{6, begin}, {5, end}}, hole[][2] = {{5, begin}, {6, 0}},
		       one[][2] = {{5, begin}, {5, end}};
	struct nlmsghdr *nlh;

	assert_int_equal(parse_vlans(1, zero), -EINVAL);
	assert_int_equal(parse_vlans(1, large), -EINVAL);
	assert_int_equal(parse_vlans(1, open), -EINVAL);
	assert_int_equal(parse_vlans(1, closed), -EINVAL);
	assert_int_equal(parse_vlans(3, twice), -EINVAL);
	assert_int_equal(parse_vlans(2, back), -EINVAL);
	assert_int_equal(parse_vlans(2, hole), -EINVAL);
	assert_int_equal(parse_vlans(2, one), 0);
	nlh = link_begin(AF_BRIDGE);
	put_brport(nlh, IFLA_PROTINFO, BR_STATE_BLOCKING + 1);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
}

static struct nlmsghdr *fdb_begin(uint16_t state, uint8_t flags)
{
	struct ndmsg head = {
		.ndm_family = AF_BRIDGE, .ndm_ifindex = 7, .ndm_state = state, .ndm_flags = flags};
	struct nlmsghdr *nlh = nl_testing_begin(RTM_NEWNEIGH, &head, sizeof(head));

	mnl_attr_put(nlh, NDA_LLADDR, 6, mac);
	return nlh;
}

static void forwarding_database(void **state)
{
	struct nlmsghdr *nlh = fdb_begin(NUD_NOARP, NTF_STICKY);

	mnl_attr_put_u32(nlh, NDA_MASTER, 9);
	mnl_attr_put_u16(nlh, NDA_VLAN, 20);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_int_equal(msg.kind, NL_FDB);
	assert_int_equal(msg.fdb.ifindex, 7);
	assert_int_equal(msg.fdb.master, 9);
	assert_int_equal(msg.fdb.vid, 20);
	assert_int_equal(msg.fdb.state, NUD_NOARP);
	assert_memory_equal(msg.fdb.mac.bytes, mac, 6);
	assert_true(msg.fdb.sticky);
	assert_false(msg.fdb.ext_learned);
	nl_testing_truncate(nlh);

	nlh = fdb_begin(NUD_REACHABLE, NTF_EXT_LEARNED);
	mnl_attr_put_u32(nlh, NDA_MASTER, 9);
	assert_int_equal(nl_testing_parse(nlh, &msg), 0);
	assert_true(msg.fdb.ext_learned);
	assert_int_equal(msg.fdb.vid, 0);
}

static void entries_that_are_no_bridges(void **state)
{
	struct nlmsghdr *nlh = fdb_begin(NUD_PERMANENT, NTF_SELF);

	mnl_attr_put_u32(nlh, NDA_MASTER, 9);
	assert_int_equal(nl_testing_parse(nlh, &msg), -ENOENT);
	assert_int_equal(nl_testing_parse(fdb_begin(NUD_PERMANENT, 0), &msg), -ENOENT);
	nlh = fdb_begin(NUD_PERMANENT, 0);
	mnl_attr_put_u32(nlh, NDA_MASTER, 9);
	mnl_attr_put_u16(nlh, NDA_VLAN, 4095);
	assert_int_equal(nl_testing_parse(nlh, &msg), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(vlan_netdevs),
		TEST(bridges),
		TEST(ports_in_their_own_message),
		TEST(ports_of_bridges),
		TEST(lists_that_contradict_themselves),
		TEST(forwarding_database),
		TEST(entries_that_are_no_bridges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
