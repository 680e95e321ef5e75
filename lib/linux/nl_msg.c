/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links, addresses and neighbours; bridges, routes and next hop objects have files of their own.
 * Every parser sets every member of its struct, and of an array no more than is used: struct nl_msg
 * is large, and a table has a million routes.
 */
#include "nl_msg.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "nl_parse.h"

#ifndef IFF_LOWER_UP /* <linux/if.h>, which <net/if.h> does not suffer beside it */
#define IFF_LOWER_UP (1 << 16)
#endif

/* A text that may lack its final zero, cut to the room. Returns false if it was cut. */
static bool text_of(const struct nlattr *attr, char *text, size_t room)
{
	size_t len = attr ? strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)) : 0;
	bool fits = len < room;

	if (!fits)
		len = room - 1;
	if (len)
		memcpy(text, mnl_attr_get_payload(attr), len);
	text[len] = '\0';
	return fits;
}

static int parse_link(const struct nlmsghdr *nlh, bool deleted, struct nl_link *link)
{
	static const uint8_t types[] = {
		[IFLA_ADDRESS] = MNL_TYPE_BINARY,   [IFLA_IFNAME] = MNL_TYPE_STRING,
		[IFLA_MTU] = MNL_TYPE_U32,          [IFLA_IFALIAS] = MNL_TYPE_STRING,
		[IFLA_MASTER] = MNL_TYPE_U32,       [IFLA_LINK] = MNL_TYPE_U32,
		[IFLA_LINK_NETNSID] = MNL_TYPE_U32, [IFLA_LINKINFO] = MNL_TYPE_NESTED,
	};
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[sizeof(types)];

	if (!nl_has(nlh, sizeof(*head)))
		return -EINVAL;
	if (head->ifi_family != AF_UNSPEC)
		return -ENOENT;
	if (nl_msg_attrs(nlh, sizeof(*head), types, tb, sizeof(types)) || head->ifi_index <= 0)
		return -EINVAL;
	memset(link, 0, sizeof(*link)); /* links are compared as bytes */
	link->index = head->ifi_index;
	if (!text_of(tb[IFLA_IFNAME], link->name, sizeof(link->name)) || (!*link->name && !deleted))
		return -EINVAL;
	text_of(tb[IFLA_IFALIAS], link->alias, sizeof(link->alias));
	nl_mac(tb[IFLA_ADDRESS], &link->mac, &link->has_mac);
	link->mtu = nl_u32(tb[IFLA_MTU], 0);
	link->up = head->ifi_flags & IFF_UP;
	link->carrier = head->ifi_flags & IFF_LOWER_UP;
	link->running = head->ifi_flags & IFF_RUNNING;
	if (nl_ifindex(tb[IFLA_MASTER], &link->master) || nl_ifindex(tb[IFLA_LINK], &link->parent))
		return -EINVAL;
	if (tb[IFLA_LINK_NETNSID])
		link->parent = 0;
	return nl_parse_linkinfo(tb[IFLA_LINKINFO], link);
}

/*
 * With a peer (IFA_ADDRESS beside another IFA_LOCAL) the prefix length is the peer's. It is that of
 * the own address too if both are in it; else that is a host's.
 */
static int address_of(const struct nlattr *local, const struct nlattr *address,
		      struct ip_prefix *addr)
{
	uint8_t family = addr->addr.family;
	struct ip_prefix peer;

	if ((!local && !address) || nl_addr(local ? local : address, family, &addr->addr))
		return -EINVAL;
	if (addr->len > ip_bits(&addr->addr))
		return -EINVAL;
	if (!local || !address)
		return 0;
	peer.len = addr->len;
	if (nl_addr(address, family, &peer.addr))
		return -EINVAL;
	if (!ip_prefix_contains(&peer, &addr->addr))
		addr->len = ip_bits(&addr->addr);
	return 0;
}

static int parse_address(const struct nlmsghdr *nlh, struct nl_address *address)
{
	static const uint8_t types[] = {
		[IFA_ADDRESS] = MNL_TYPE_BINARY,
		[IFA_LOCAL] = MNL_TYPE_BINARY,
		[IFA_FLAGS] = MNL_TYPE_U32,
		[IFA_PROTO] = MNL_TYPE_U8,
	};
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[sizeof(types)];
	uint32_t flags;

	if (!nl_has(nlh, sizeof(*head)))
		return -EINVAL;
	address->addr.addr.family = nl_family(head->ifa_family);
	if (!address->addr.addr.family)
		return -ENOENT;
	if (nl_msg_attrs(nlh, sizeof(*head), types, tb, sizeof(types)))
		return -EINVAL;
	address->ifindex = (int)head->ifa_index;
	address->addr.len = head->ifa_prefixlen;
	if (address->ifindex <= 0 || address_of(tb[IFA_LOCAL], tb[IFA_ADDRESS], &address->addr))
		return -EINVAL;
	flags = nl_u32(tb[IFA_FLAGS], head->ifa_flags);
	address->tentative =
		address->addr.addr.family == IP6 && (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
	address->protocol = nl_u8(tb[IFA_PROTO], 0);
	return 0;
}

static int parse_neighbour(const struct nlmsghdr *nlh, struct nl_neighbour *neighbour)
{
	static const uint8_t types[] = {
		[NDA_DST] = MNL_TYPE_BINARY,
		[NDA_LLADDR] = MNL_TYPE_BINARY,
		[NDA_PROTOCOL] = MNL_TYPE_U8,
	};
	const struct ndmsg *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[sizeof(types)];
	uint8_t family;

	if (!nl_has(nlh, sizeof(*head)))
		return -EINVAL;
	family = nl_family(head->ndm_family);
	/* A proxy entry answers for an address, it does not say where that is. */
	if (!family || head->ndm_flags & NTF_PROXY)
		return -ENOENT;
	if (nl_msg_attrs(nlh, sizeof(*head), types, tb, sizeof(types)) || head->ndm_ifindex <= 0 ||
	    !tb[NDA_DST] || nl_addr(tb[NDA_DST], family, &neighbour->addr))
		return -EINVAL;
	neighbour->ifindex = head->ndm_ifindex;
	neighbour->state = head->ndm_state;
	nl_mac(tb[NDA_LLADDR], &neighbour->mac, &neighbour->has_mac);
	neighbour->protocol = nl_u8(tb[NDA_PROTOCOL], 0);
	return 0;
}

/* AF_BRIDGE tells of a bridge's port: its "deleted" is not the netdev's end. */
static int link_or_port(const struct nlmsghdr *nlh, struct nl_msg *msg)
{
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(nlh);
	bool port = nl_has(nlh, sizeof(*head)) && head->ifi_family == AF_BRIDGE;

	msg->kind = port ? NL_PORT : NL_LINK;
	return port ? nl_parse_port(nlh, &msg->port) : parse_link(nlh, msg->deleted, &msg->link);
}

static int neighbour_or_fdb(const struct nlmsghdr *nlh, struct nl_msg *msg)
{
	const struct ndmsg *head = mnl_nlmsg_get_payload(nlh);
	bool fdb = nl_has(nlh, sizeof(*head)) && head->ndm_family == AF_BRIDGE;

	msg->kind = fdb ? NL_FDB : NL_NEIGHBOUR;
	return fdb ? nl_parse_fdb(nlh, &msg->fdb) : parse_neighbour(nlh, &msg->neighbour);
}

int nl_msg_parse(const struct nlmsghdr *nlh, struct nl_msg *msg)
{
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN)
		return -EINVAL;
	msg->flags = nlh->nlmsg_flags;
	msg->deleted = false;
	switch (nlh->nlmsg_type) {
	case RTM_DELLINK:
		msg->deleted = true;
		/* fallthrough */
	case RTM_NEWLINK:
		return link_or_port(nlh, msg);
	case RTM_DELADDR:
		msg->deleted = true;
		/* fallthrough */
	case RTM_NEWADDR:
		msg->kind = NL_ADDRESS;
		return parse_address(nlh, &msg->address);
	case RTM_DELNEIGH:
		msg->deleted = true;
		/* fallthrough */
	case RTM_NEWNEIGH:
		return neighbour_or_fdb(nlh, msg);
	case RTM_DELROUTE:
		msg->deleted = true;
		/* fallthrough */
	case RTM_NEWROUTE:
		msg->kind = NL_ROUTE;
		return nl_parse_route(nlh, &msg->route);
	case RTM_DELNEXTHOP:
		msg->deleted = true;
		/* fallthrough */
	case RTM_NEWNEXTHOP:
		msg->kind = NL_NEXTHOP;
		return nl_parse_nexthop(nlh, msg->deleted, &msg->nexthop);
	default:
		return -ENOENT;
	}
}
