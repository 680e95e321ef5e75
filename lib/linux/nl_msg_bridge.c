/* SPDX-License-Identifier: BSD-3-Clause */
/* What VLAN netdevs and bridges say of themselves, and what AF_BRIDGE says: ports with their VLANs,
 * the forwarding database. */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl_msg.h"
#include "nl_parse.h"

#define VLAN_ID_MAX 4094

static bool is_kind(const struct nlattr *attr, const char *kind)
{
	size_t len = attr ? strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)) : 0;

	return len == strlen(kind) && !memcmp(mnl_attr_get_payload(attr), kind, len);
}

/* The attributes inside of one. */
static int inner(const struct nlattr *nest, const uint8_t *types, const struct nlattr **tb,
		 unsigned n)
{
	return nl_attrs(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest), types, tb, n);
}

static uint16_t be16(const struct nlattr *attr)
{
	const uint8_t *bytes = attr ? mnl_attr_get_payload(attr) : NULL;

	return bytes ? (uint16_t)(bytes[0] << 8 | bytes[1]) : 0;
}

static int parse_vlan(const struct nlattr *data, struct nl_link *link)
{
	static const uint8_t types[] = {
		[IFLA_VLAN_ID] = MNL_TYPE_U16,
		[IFLA_VLAN_PROTOCOL] = MNL_TYPE_U16,
	};
	const struct nlattr *tb[sizeof(types)];

	if (inner(data, types, tb, sizeof(types)) || !tb[IFLA_VLAN_ID])
		return -EINVAL;
	link->type = NL_LINK_VLAN;
	link->vlan_id = nl_u16(tb[IFLA_VLAN_ID], 0);
	link->tpid = tb[IFLA_VLAN_PROTOCOL] ? be16(tb[IFLA_VLAN_PROTOCOL]) : 0x8100;
	/* VLAN 0 is for priority tags: to Sluice no VLAN at all. */
	if (!link->vlan_id || link->vlan_id > VLAN_ID_MAX)
		link->type = NL_LINK_OTHER;
	return 0;
}

static int parse_bridge(const struct nlattr *data, struct nl_link *link)
{
	static const uint8_t types[] = {
		[IFLA_BR_AGEING_TIME] = MNL_TYPE_U32,       [IFLA_BR_STP_STATE] = MNL_TYPE_U32,
		[IFLA_BR_VLAN_FILTERING] = MNL_TYPE_U8,     [IFLA_BR_VLAN_PROTOCOL] = MNL_TYPE_U16,
		[IFLA_BR_VLAN_DEFAULT_PVID] = MNL_TYPE_U16, [IFLA_BR_GROUP_FWD_MASK] = MNL_TYPE_U16,
	};
	const struct nlattr *tb[sizeof(types)];

	if (inner(data, types, tb, sizeof(types)))
		return -EINVAL;
	link->type = NL_LINK_BRIDGE;
	link->ageing_cs = nl_u32(tb[IFLA_BR_AGEING_TIME], 30000); /* clock_t of 100 Hz */
	link->stp = nl_u32(tb[IFLA_BR_STP_STATE], 0);
	link->group_fwd = nl_u16(tb[IFLA_BR_GROUP_FWD_MASK], 0);
	link->vlan_filtering = nl_u8(tb[IFLA_BR_VLAN_FILTERING], 0);
	link->tpid = tb[IFLA_BR_VLAN_PROTOCOL] ? be16(tb[IFLA_BR_VLAN_PROTOCOL]) : 0x8100;
	link->default_pvid = nl_u16(tb[IFLA_BR_VLAN_DEFAULT_PVID], 0);
	return 0;
}

static int parse_brport(const struct nlattr *data, struct nl_brport *port)
{
	static const uint8_t types[] = {
		[IFLA_BRPORT_STATE] = MNL_TYPE_U8,       [IFLA_BRPORT_MODE] = MNL_TYPE_U8,
		[IFLA_BRPORT_LEARNING] = MNL_TYPE_U8,    [IFLA_BRPORT_UNICAST_FLOOD] = MNL_TYPE_U8,
		[IFLA_BRPORT_MCAST_FLOOD] = MNL_TYPE_U8, [IFLA_BRPORT_BCAST_FLOOD] = MNL_TYPE_U8,
		[IFLA_BRPORT_ISOLATED] = MNL_TYPE_U8,    [IFLA_BRPORT_LOCKED] = MNL_TYPE_U8,
	};
	const struct nlattr *tb[sizeof(types)];

	if (inner(data, types, tb, sizeof(types)))
		return -EINVAL;
	port->state = nl_u8(tb[IFLA_BRPORT_STATE], BR_STATE_FORWARDING);
	if (port->state > BR_STATE_BLOCKING)
		return -EINVAL;
	port->hairpin = nl_u8(tb[IFLA_BRPORT_MODE], 0);
	port->learning = nl_u8(tb[IFLA_BRPORT_LEARNING], 1);
	port->flood = nl_u8(tb[IFLA_BRPORT_UNICAST_FLOOD], 1);
	port->mcast_flood = nl_u8(tb[IFLA_BRPORT_MCAST_FLOOD], 1);
	port->bcast_flood = nl_u8(tb[IFLA_BRPORT_BCAST_FLOOD], 1);
	port->isolated = nl_u8(tb[IFLA_BRPORT_ISOLATED], 0);
	port->locked = nl_u8(tb[IFLA_BRPORT_LOCKED], 0);
	return 0;
}

int nl_parse_linkinfo(const struct nlattr *info, struct nl_link *link)
{
	static const uint8_t types[] = {
		[IFLA_INFO_KIND] = MNL_TYPE_STRING,
		[IFLA_INFO_DATA] = MNL_TYPE_NESTED,
		[IFLA_INFO_SLAVE_KIND] = MNL_TYPE_STRING,
		[IFLA_INFO_SLAVE_DATA] = MNL_TYPE_NESTED,
	};
	const struct nlattr *tb[sizeof(types)];
	int ret = 0;

	if (!info)
		return 0;
	if (inner(info, types, tb, sizeof(types)))
		return -EINVAL;
	if (tb[IFLA_INFO_DATA] && is_kind(tb[IFLA_INFO_KIND], "vlan"))
		ret = parse_vlan(tb[IFLA_INFO_DATA], link);
	else if (tb[IFLA_INFO_DATA] && is_kind(tb[IFLA_INFO_KIND], "bridge"))
		ret = parse_bridge(tb[IFLA_INFO_DATA], link);
	if (ret || !tb[IFLA_INFO_SLAVE_DATA] || !is_kind(tb[IFLA_INFO_SLAVE_KIND], "bridge"))
		return ret;
	link->has_brport = true;
	return parse_brport(tb[IFLA_INFO_SLAVE_DATA], &link->brport);
}

static void add_vlans(struct nl_port *port, unsigned first, unsigned last, uint16_t flags)
{
	for (unsigned vid = first; vid <= last; vid++) {
		port->vlans[vid / 64] |= UINT64_C(1) << vid % 64;
		if (flags & BRIDGE_VLAN_INFO_UNTAGGED)
			port->untagged[vid / 64] |= UINT64_C(1) << vid % 64;
	}
	if (flags & BRIDGE_VLAN_INFO_PVID)
		port->pvid = (uint16_t)last;
}

/* A list of VLANs; of a range the first and the last one. */
static int parse_vlans(const struct nlattr *spec, struct nl_port *port)
{
	const char *end = (const char *)mnl_attr_get_payload(spec) + mnl_attr_get_payload_len(spec);
	const struct nlattr *attr = mnl_attr_get_payload(spec);
	unsigned begin = 0;

	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
		struct bridge_vlan_info info;

		if (mnl_attr_get_type(attr) != IFLA_BRIDGE_VLAN_INFO)
			continue;
		if (mnl_attr_get_payload_len(attr) < sizeof(info))
			return -EINVAL;
		memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
		if (!info.vid || info.vid > VLAN_ID_MAX)
			return -EINVAL;
		if (info.flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
			if (begin)
				return -EINVAL;
			begin = info.vid;
			continue;
		}
		if (!(info.flags & BRIDGE_VLAN_INFO_RANGE_END) != !begin || begin > info.vid)
			return -EINVAL;
		add_vlans(port, begin ? begin : info.vid, info.vid, info.flags);
		begin = 0;
	}
	return begin || (const char *)attr < end ? -EINVAL : 0;
}

int nl_parse_port(const struct nlmsghdr *nlh, struct nl_port *port)
{
	static const uint8_t types[] = {
		[IFLA_MASTER] = MNL_TYPE_U32,
		[IFLA_PROTINFO] = MNL_TYPE_NESTED,
		[IFLA_AF_SPEC] = MNL_TYPE_NESTED,
	};
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[sizeof(types)];

	if (nl_msg_attrs(nlh, sizeof(*head), types, tb, sizeof(types)) || head->ifi_index <= 0)
		return -EINVAL;
	memset(port, 0, sizeof(*port));
	port->index = head->ifi_index;
	if (nl_ifindex(tb[IFLA_MASTER], &port->master))
		return -EINVAL;
	port->has_brport = tb[IFLA_PROTINFO];
	if (port->has_brport && parse_brport(tb[IFLA_PROTINFO], &port->brport))
		return -EINVAL;
	return tb[IFLA_AF_SPEC] ? parse_vlans(tb[IFLA_AF_SPEC], port) : 0;
}

int nl_parse_fdb(const struct nlmsghdr *nlh, struct nl_fdb *fdb)
{
	static const uint8_t types[] = {
		[NDA_LLADDR] = MNL_TYPE_BINARY,
		[NDA_VLAN] = MNL_TYPE_U16,
		[NDA_MASTER] = MNL_TYPE_U32,
	};
	const struct ndmsg *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[sizeof(types)];
	bool has_mac;

	if (nl_msg_attrs(nlh, sizeof(*head), types, tb, sizeof(types)) || head->ndm_ifindex <= 0)
		return -EINVAL;
	/* A netdev's own list (of VXLAN, or of a NIC's filter), not a bridge's. */
	if (head->ndm_flags & NTF_SELF || !tb[NDA_MASTER])
		return -ENOENT;
	fdb->ifindex = head->ndm_ifindex;
	fdb->vid = nl_u16(tb[NDA_VLAN], 0);
	fdb->state = head->ndm_state;
	fdb->ext_learned = head->ndm_flags & NTF_EXT_LEARNED;
	fdb->sticky = head->ndm_flags & NTF_STICKY;
	nl_mac(tb[NDA_LLADDR], &fdb->mac, &has_mac);
	if (nl_ifindex(tb[NDA_MASTER], &fdb->master) || !has_mac || fdb->vid > VLAN_ID_MAX)
		return -EINVAL;
	return 0;
}
