/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "nl_parse.h"

/* Those of a hop stand in the route itself, or with each hop of RTA_MULTIPATH. */
#define HOP_TYPES                                                     \
	[RTA_GATEWAY] = MNL_TYPE_BINARY, [RTA_VIA] = MNL_TYPE_BINARY, \
	[RTA_ENCAP_TYPE] = MNL_TYPE_U16, [RTA_ENCAP] = MNL_TYPE_BINARY

static int via_of(const struct nlattr *attr, struct nl_hop *hop)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	size_t len = mnl_attr_get_payload_len(attr);
	uint8_t family;

	if (len < sizeof(*via) || !(family = nl_family(via->rtvia_family)))
		return -EINVAL;
	hop->gateway = (struct ip_addr){.family = family};
	if (len - sizeof(*via) != ip_bits(&hop->gateway) / 8)
		return -EINVAL;
	memcpy(hop->gateway.bytes, via->rtvia_addr, len - sizeof(*via));
	hop->has_gateway = !ip_addr_is_unspecified(&hop->gateway);
	return 0;
}

static int hop_of(const struct nlattr *const *tb, uint8_t family, struct nl_hop *hop)
{
	if (tb[RTA_GATEWAY] && tb[RTA_VIA])
		return -EINVAL;
	hop->encap = tb[RTA_ENCAP] || tb[RTA_ENCAP_TYPE];
	if (tb[RTA_GATEWAY])
		return nl_gateway(tb[RTA_GATEWAY], family, hop);
	if (tb[RTA_VIA])
		return via_of(tb[RTA_VIA], hop);
	hop->has_gateway = false;
	hop->gateway = (struct ip_addr){0};
	return 0;
}

static int hops_of(const struct nlattr *multipath, struct nl_route *route)
{
	static const uint8_t types[] = {HOP_TYPES};
	const struct nlattr *tb[sizeof(types)];
	const char *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath);

	while (left) {
		const struct rtnexthop *nh = (const void *)at;
		struct nl_hop *hop = &route->hops[route->n_hops];
		size_t step;

		if (left < sizeof(*nh) || nh->rtnh_len < sizeof(*nh) || nh->rtnh_len > left ||
		    nh->rtnh_ifindex < 0 || route->n_hops == NL_HOPS_MAX)
			return -EINVAL;
		if (nl_attrs(nh + 1, nh->rtnh_len - sizeof(*nh), types, tb, sizeof(types)) ||
		    hop_of(tb, route->dst.addr.family, hop))
			return -EINVAL;
		hop->ifindex = nh->rtnh_ifindex;
		hop->weight = nh->rtnh_hops + 1u;
		hop->dead = nh->rtnh_flags & RTNH_F_DEAD;
		hop->linkdown = nh->rtnh_flags & RTNH_F_LINKDOWN;
		route->n_hops++;
		step = RTNH_ALIGN(nh->rtnh_len);
		at += step;
		left = step < left ? left - step : 0;
	}
	return route->n_hops ? 0 : -EINVAL;
}

/* IPv6 lists the loopback interface with a route that leads nowhere. */
static bool leads_nowhere(uint8_t type)
{
	return type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT ||
	       type == RTN_THROW;
}

static int one_hop_of(const struct nlattr *const *tb, uint32_t flags, struct nl_route *route)
{
	struct nl_hop *hop = &route->hops[0];

	if (nl_ifindex(tb[RTA_OIF], &hop->ifindex) || hop_of(tb, route->dst.addr.family, hop))
		return -EINVAL;
	hop->weight = 1;
	hop->dead = flags & RTNH_F_DEAD;
	hop->linkdown = flags & RTNH_F_LINKDOWN;
	route->n_hops = hop->ifindex || hop->has_gateway;
	return 0;
}

static int mtu_of(const struct nlattr *metrics, struct nl_route *route)
{
	static const uint8_t types[] = {[RTAX_MTU] = MNL_TYPE_U32};
	const struct nlattr *tb[sizeof(types)];

	route->mtu = 0;
	if (!metrics)
		return 0;
	if (nl_attrs(mnl_attr_get_payload(metrics), mnl_attr_get_payload_len(metrics), types, tb,
		     sizeof(types)))
		return -EINVAL;
	route->mtu = nl_u32(tb[RTAX_MTU], 0);
	return 0;
}

static int prefix_of(const struct nlattr *addr, struct ip_prefix *prefix)
{
	uint8_t family = prefix->addr.family;

	if (prefix->len > ip_bits(&prefix->addr) || (prefix->len && !addr))
		return -EINVAL;
	if (addr)
		return nl_addr(addr, family, &prefix->addr) || !ip_prefix_mask(prefix) ? -EINVAL
										       : 0;
	prefix->addr = (struct ip_addr){.family = family};
	return 0;
}

static int prefsrc_of(const struct nlattr *addr, struct nl_route *route)
{
	route->prefsrc = (struct ip_addr){0};
	return addr ? nl_addr(addr, route->dst.addr.family, &route->prefsrc) : 0;
}

int nl_parse_route(const struct nlmsghdr *nlh, struct nl_route *route)
{
	static const uint8_t types[] = {
		HOP_TYPES,
		[RTA_DST] = MNL_TYPE_BINARY,
		[RTA_SRC] = MNL_TYPE_BINARY,
		[RTA_PREFSRC] = MNL_TYPE_BINARY,
		[RTA_OIF] = MNL_TYPE_U32,
		[RTA_PRIORITY] = MNL_TYPE_U32,
		[RTA_METRICS] = MNL_TYPE_NESTED,
		[RTA_MULTIPATH] = MNL_TYPE_BINARY,
		[RTA_TABLE] = MNL_TYPE_U32,
		[RTA_NH_ID] = MNL_TYPE_U32,
	};
	const struct rtmsg *head = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[sizeof(types)];

	if (!nl_has(nlh, sizeof(*head)))
		return -EINVAL;
	route->dst.addr.family = nl_family(head->rtm_family);
	if (!route->dst.addr.family)
		return -ENOENT;
	route->dst.len = head->rtm_dst_len;
	route->src.addr.family = route->dst.addr.family;
	route->src.len = head->rtm_src_len;
	if (nl_msg_attrs(nlh, sizeof(*head), types, tb, sizeof(types)) ||
	    prefix_of(tb[RTA_DST], &route->dst) || prefsrc_of(tb[RTA_PREFSRC], route) ||
	    prefix_of(route->src.len ? tb[RTA_SRC] : NULL, &route->src) ||
	    mtu_of(tb[RTA_METRICS], route))
		return -EINVAL;
	route->table = nl_u32(tb[RTA_TABLE], head->rtm_table);
	route->tos = head->rtm_tos;
	route->type = head->rtm_type;
	route->protocol = head->rtm_protocol;
	route->metric = nl_u32(tb[RTA_PRIORITY], 0);
	route->nh_id = nl_u32(tb[RTA_NH_ID], 0);
	route->cloned = head->rtm_flags & RTM_F_CLONED;
	route->n_hops = 0;
	if (leads_nowhere(route->type))
		return 0;
	return tb[RTA_MULTIPATH] ? hops_of(tb[RTA_MULTIPATH], route)
				 : one_hop_of(tb, head->rtm_flags, route);
}
