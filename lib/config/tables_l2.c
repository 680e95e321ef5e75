/* SPDX-License-Identifier: BSD-3-Clause */
#include "tables_l2.h"

#include "config.h"
#include "rate.h"

#define VLANS_FORM "a list of VLANs and ranges of them ([10, 20-30])"

/* At the places of enum config_protocol and enum config_direction. */
static const char *const protocol_words[] = {"802.1Q", "802.1ad", NULL};
static const char *const direction_words[] = {"rx", "tx", "both", NULL};
static const char *const fdb_words[] = {"static", "sticky", NULL};

const struct schema_key tables_address_item = {
	.read = schema_read_address,
	.size = sizeof(struct ip_prefix),
};

#define RATE(member)                                                                   \
	schema_read_rate, SCHEMA_FIELD(config_storm, member), .otherwise = "no limit", \
							      .value = RATE_FORM

const struct schema_key tables_storm_keys[] = {
	{"broadcast", RATE(broadcast), .help = "Frames to ff:ff:ff:ff:ff:ff"},
	{"unknown_unicast", RATE(unknown_unicast),
	 .help = "Frames to a MAC address that the bridge does not know"},
	{"multicast", RATE(multicast), .help = "Frames to other group addresses"},
	{.name = NULL},
};

#define ADDRESSES(type, what)                                                            \
	{                                                                                \
		"addresses", schema_read_list,                                           \
			SCHEMA_LIST(type, addresses, n_addresses, &tables_address_item), \
			.max = 1024, .help = "Addresses of the router on this " what     \
	}

static const struct schema_key interface_keys[] = {
	{"name", schema_read_name, SCHEMA_FIELD(config_interface, name), .required = true,
	 .help = "What it is called in commands, and with control: linux the name of the netdev "
		 "that stands for it, under the rules for names of ports"},
	{"parent", schema_read_name, SCHEMA_FIELD(config_interface, parent), .required = true,
	 .help = "Where its frames come and go with its tag: a port, a bridge with vlans, or a "
		 "VLAN interface of a port, for two tags (QinQ)"},
	{"vlan", schema_read_uint, SCHEMA_FIELD(config_interface, vlan), 1, CONFIG_MAX_VID,
	 .required = true, .help = "The VLAN identifier in the tag"},
	{"protocol", schema_read_word, SCHEMA_FIELD(config_interface, protocol),
	 .words = protocol_words,
	 .help = "The kind of tag: 802.1Q (0x8100), or 802.1ad (0x88a8), which can only be the "
		 "outer one of two"},
	{"mtu", schema_read_uint, SCHEMA_FIELD(config_interface, mtu), 68, 9600,
	 .otherwise = "the parent's",
	 .help = "Bytes of the largest IP packet, no more than the parent's. At least 1280 with "
		 "IPv6 addresses"},
	{"mac", schema_read_mac, SCHEMA_FIELD(config_interface, mac),
	 .has = offsetof(struct config_interface, has_mac), .otherwise = "the parent's",
	 .help = "The MAC address of the interface"},
	ADDRESSES(config_interface, "VLAN"),
	{.name = NULL},
};

const struct schema_key tables_interface_item = {
	.read = schema_read_item,
	.size = sizeof(struct config_interface),
	.keys = interface_keys,
};

static const struct schema_key member_keys[] = {
	{"name", schema_read_name, SCHEMA_FIELD(config_member, port), .required = true,
	 .help = "A port, or a VLAN interface of one, that has no addresses. It is in one bridge "
		 "only"},
	{"isolated", schema_read_bool, SCHEMA_FIELD(config_member, isolated),
	 .help = "No frame goes from it to another isolated member"},
	{"learning", schema_read_bool, SCHEMA_FIELD(config_member, learning), .by_default = true,
	 .help = "The bridge learns from whom frames come by it"},
	{"flood", schema_read_bool, SCHEMA_FIELD(config_member, flood), .by_default = true,
	 .help = "It gets frames to MAC addresses that the bridge does not know"},
	{"mcast_flood", schema_read_bool, SCHEMA_FIELD(config_member, mcast_flood),
	 .by_default = true, .help = "It gets frames to group addresses but broadcast"},
	{"bcast_flood", schema_read_bool, SCHEMA_FIELD(config_member, bcast_flood),
	 .by_default = true, .help = "It gets broadcast"},
	{"max_macs", schema_read_uint, SCHEMA_FIELD(config_member, max_macs), .max = 1 << 24,
	 .or_zero = true,
	 .help = "How many MAC addresses may be learned by it; 0: as many as the bridge may have"},
	{"access", schema_read_uint, SCHEMA_FIELD(config_member, access), 1, CONFIG_MAX_VID,
	 .otherwise = "none: it is a trunk",
	 .help = "Its only VLAN, of the bridge's vlans: frames come and go without a tag"},
	{"trunk", schema_read_vlans, SCHEMA_FIELD(config_member, trunk), .value = VLANS_FORM,
	 .has = offsetof(struct config_member, has_trunk), .otherwise = "all of the bridge",
	 .help = "Which of the bridge's vlans it has, with tags"},
	{"native", schema_read_uint, SCHEMA_FIELD(config_member, native), 1, CONFIG_MAX_VID,
	 .or_zero = true, .has = offsetof(struct config_member, has_native),
	 .otherwise = "the bridge's, where the trunk has it",
	 .help = "On a trunk, the VLAN whose frames have no tag, whether it is among those of the "
		 "trunk or not; 0: frames without a tag are dropped"},
	{.name = NULL},
};

/* A member is a mapping, or a name alone. */
static int read_member(struct reader *r, int node, const struct schema_key *key, void *base)
{
	struct config_member *member = base;

	if (!schema_scalar(r, node))
		return schema_read_item(r, node, key, base);
	member->line = reader_line(r, node);
	return schema_read_name(r, node, &member_keys[0], base);
}

static const struct schema_key member_item = {
	.read = read_member,
	.size = sizeof(struct config_member),
	.keys = member_keys,
	.value = "the name of a port or interface, or a mapping",
};

static const struct schema_key fdb_keys[] = {
	{"mac", schema_read_mac, SCHEMA_FIELD(config_fdb, mac), .required = true,
	 .help = "The MAC address of a host"},
	{"port", schema_read_name, SCHEMA_FIELD(config_fdb, port), .required = true,
	 .help = "The member that it is behind"},
	{"vlan", schema_read_uint, SCHEMA_FIELD(config_fdb, vlan), 1, CONFIG_MAX_VID,
	 .otherwise = "none",
	 .help = "The VLAN, of those that the member has. Required where the bridge has vlans, and "
		 "only there"},
	{"type", schema_read_word, SCHEMA_FIELD(config_fdb, sticky), .words = fdb_words,
	 .help = "How long it stays. static: it neither ages nor moves. sticky: it ages, but does "
		 "not move to another "
		 "member before"},
	{.name = NULL},
};

static const struct schema_key fdb_item = {
	.read = schema_read_item,
	.size = sizeof(struct config_fdb),
	.keys = fdb_keys,
};

static const struct schema_key bridge_keys[] = {
	{"name", schema_read_name, SCHEMA_FIELD(config_bridge, name), .required = true,
	 .help = "What the bridge, and its own interface, is called in commands; with control: "
		 "linux the name of the netdev that stands for it, under the rules for names of "
		 "ports"},
	{"ports", schema_read_list, SCHEMA_LIST(config_bridge, members, n_members, &member_item),
	 .max = CONFIG_MAX_IFACES, .help = "The members"},
	ADDRESSES(config_bridge, "bridge: what is routed enters and leaves it there"),
	{"mac", schema_read_mac, SCHEMA_FIELD(config_bridge, mac),
	 .has = offsetof(struct config_bridge, has_mac), .otherwise = "the first member's",
	 .help = "The MAC address of the bridge's own interface"},
	{"mtu", schema_read_uint, SCHEMA_FIELD(config_bridge, mtu), 68, 9600,
	 .otherwise = "the smallest of the members",
	 .help = "Bytes of the largest IP packet that is routed into the bridge, no more than that "
		 "of a member. At least 1280 with IPv6 addresses"},
	{"ageing", schema_read_uint, SCHEMA_FIELD(config_bridge, ageing_s), .max = 1000000,
	 .or_zero = true, .by_default = 300,
	 .help = "Seconds after which a learned MAC address is forgotten that sends nothing any "
		 "more; 0: never"},
	{"max_macs", schema_read_uint, SCHEMA_FIELD(config_bridge, max_macs), .max = 1 << 24,
	 .or_zero = true,
	 .help = "How many MAC addresses the bridge may learn; 0: as many as limits.fdb has room "
		 "for"},
	{"vlans", schema_read_vlans, SCHEMA_FIELD(config_bridge, vlans), .value = VLANS_FORM,
	 .has = offsetof(struct config_bridge, vlan_aware),
	 .otherwise = "none: the bridge does not look at tags",
	 .help = "The VLANs that the bridge has. Each has MAC addresses of its own, and frames of "
		 "others are dropped"},
	{"native", schema_read_uint, SCHEMA_FIELD(config_bridge, native), 1, CONFIG_MAX_VID,
	 .or_zero = true,
	 .help = "The VLAN that the bridge's own interface is in, and that trunks which say "
		 "nothing else have without a tag; 0: none. Other VLANs are routed by interfaces "
		 "whose parent is the bridge"},
	{"protocol", schema_read_word, SCHEMA_FIELD(config_bridge, protocol),
	 .words = protocol_words, .help = "The kind of the tags of vlans"},
	{"fdb", schema_read_list, SCHEMA_LIST(config_bridge, fdb, n_fdb, &fdb_item),
	 .max = SCHEMA_NO_LIMIT, .help = "MAC addresses that need not be learned"},
	{.name = NULL},
};

const struct schema_key tables_bridge_item = {
	.read = schema_read_item,
	.size = sizeof(struct config_bridge),
	.keys = bridge_keys,
};

static const struct schema_key from_item = {
	.read = schema_read_name,
	.size = CONFIG_NAME_LEN,
};

static const struct schema_key mirror_keys[] = {
	{"from", schema_read_list, SCHEMA_LIST(config_mirror, from, n_from, &from_item), 1,
	 CONFIG_MAX_PORTS, .required = true, .help = "The ports whose frames are mirrored"},
	{"direction", schema_read_word, SCHEMA_FIELD(config_mirror, direction),
	 .words = direction_words, .by_default = CONFIG_BOTH,
	 .help = "Frames as they were received (rx), as they are sent (tx), or both"},
	{"to", schema_read_name, SCHEMA_FIELD(config_mirror, to), .required = true,
	 .help = "The port by which they leave, none of those in from"},
	{"sample", schema_read_uint, SCHEMA_FIELD(config_mirror, sample), 1, 1000000,
	 .by_default = 1, .help = "One frame of so many is mirrored"},
	{.name = NULL},
};

const struct schema_key tables_mirror_item = {
	.read = schema_read_item,
	.size = sizeof(struct config_mirror),
	.keys = mirror_keys,
};
