/* SPDX-License-Identifier: BSD-3-Clause */
#include <assert.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "nl_ask.h"

#define ADD_OR_CHANGE (NLM_F_CREATE | NLM_F_REPLACE)

static uint8_t af_of(const struct ip_addr *addr)
{
	return addr->family == IP4 ? AF_INET : AF_INET6;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct ip_addr *addr)
{
	mnl_attr_put(nlh, type, ip_bits(addr) / 8, addr->bytes);
}

static struct nlmsghdr *address_request(struct nl_socket *s, uint16_t type, uint16_t flags,
					int ifindex, const struct ip_prefix *addr)
{
	struct nlmsghdr *nlh = nl_request(s, type, flags);
	struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->ifa_family = af_of(&addr->addr);
	head->ifa_prefixlen = addr->len;
	head->ifa_index = (unsigned)ifindex;
	put_addr(nlh, IFA_LOCAL, &addr->addr);
	put_addr(nlh, IFA_ADDRESS, &addr->addr);
	return nlh;
}

int nl_address_put(struct nl_socket *s, int ifindex, const struct ip_prefix *addr,
		   struct error *err)
{
	struct nlmsghdr *nlh = address_request(s, RTM_NEWADDR, ADD_OR_CHANGE, ifindex, addr);

	mnl_attr_put_u8(nlh, IFA_PROTO, NL_PROTOCOL);
	return nl_ask(s, nlh, err);
}

int nl_address_del(struct nl_socket *s, int ifindex, const struct ip_prefix *addr,
		   struct error *err)
{
	return nl_ask(s, address_request(s, RTM_DELADDR, 0, ifindex, addr), err);
}

static struct nlmsghdr *neighbour_request(struct nl_socket *s, uint16_t type, uint16_t flags,
					  int ifindex, const struct ip_addr *addr)
{
	struct nlmsghdr *nlh = nl_request(s, type, flags);
	struct ndmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->ndm_family = af_of(addr);
	head->ndm_ifindex = ifindex;
	put_addr(nlh, NDA_DST, addr);
	return nlh;
}

static struct ndmsg *head_of(struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload(nlh);
}

int nl_neighbour_put(struct nl_socket *s, int ifindex, const struct ip_addr *addr,
		     const struct mac_addr *mac, struct error *err)
{
	struct nlmsghdr *nlh = neighbour_request(s, RTM_NEWNEIGH, ADD_OR_CHANGE, ifindex, addr);

	head_of(nlh)->ndm_state = NUD_PERMANENT;
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(mac->bytes), mac->bytes);
	mnl_attr_put_u8(nlh, NDA_PROTOCOL, NL_PROTOCOL);
	return nl_ask(s, nlh, err);
}

int nl_neighbour_del(struct nl_socket *s, int ifindex, const struct ip_addr *addr,
		     struct error *err)
{
	return nl_ask(s, neighbour_request(s, RTM_DELNEIGH, 0, ifindex, addr), err);
}

int nl_neighbour_use(struct nl_socket *s, int ifindex, const struct ip_addr *addr,
		     struct error *err)
{
	/* Without NLM_F_REPLACE: what is known of it stays. */
	struct nlmsghdr *nlh = neighbour_request(s, RTM_NEWNEIGH, NLM_F_CREATE, ifindex, addr);

	head_of(nlh)->ndm_flags = NTF_USE;
	return nl_ask(s, nlh, err);
}

static void put_gateway(struct nlmsghdr *nlh, uint8_t family, const struct nl_hop *hop)
{
	struct {
		uint16_t family;
		uint8_t bytes[16];
	} via;

	if (!hop->has_gateway)
		return;
	if (hop->gateway.family == family) {
		put_addr(nlh, RTA_GATEWAY, &hop->gateway);
		return;
	}
	via.family = af_of(&hop->gateway);
	memcpy(via.bytes, hop->gateway.bytes, sizeof(via.bytes));
	mnl_attr_put(nlh, RTA_VIA, sizeof(via.family) + ip_bits(&hop->gateway) / 8, &via);
}

static void put_hops(struct nlmsghdr *nlh, const struct nl_route *route)
{
	struct nlattr *multipath = mnl_attr_nest_start(nlh, RTA_MULTIPATH);

	multipath->nla_type &= NLA_TYPE_MASK; /* not nested: struct rtnexthop stands between */
	for (unsigned i = 0; i < route->n_hops; i++) {
		const struct nl_hop *hop = &route->hops[i];
		struct rtnexthop *nh = mnl_nlmsg_get_payload_tail(nlh);

		*nh = (struct rtnexthop){.rtnh_hops = hop->weight - 1,
					 .rtnh_ifindex = hop->ifindex};
		nlh->nlmsg_len += sizeof(*nh);
		put_gateway(nlh, route->dst.addr.family, hop);
		nh->rtnh_len = (char *)mnl_nlmsg_get_payload_tail(nlh) - (char *)nh;
	}
	mnl_attr_nest_end(nlh, multipath);
}

/* IPv4 looks gateways up only among routes with a narrower scope. */
static uint8_t scope_of(const struct nl_route *route)
{
	if (route->type == RTN_LOCAL)
		return RT_SCOPE_HOST;
	if (route->type != RTN_UNICAST)
		return RT_SCOPE_UNIVERSE;
	for (unsigned i = 0; i < route->n_hops; i++)
		if (route->hops[i].has_gateway)
			return RT_SCOPE_UNIVERSE;
	return RT_SCOPE_LINK;
}

static int check_route(const struct nl_route *route, struct error *err)
{
	if (route->n_hops > NL_HOPS_MAX)
		return error_set(err, -EINVAL, "%u next hops, more than %u", route->n_hops,
				 NL_HOPS_MAX);
	for (unsigned i = 0; i < route->n_hops; i++) {
		if (route->hops[i].encap)
			return error_set(err, -EINVAL, "next hop %u has an encapsulation", i + 1);
		if (route->hops[i].weight < 1 || route->hops[i].weight > 256)
			return error_set(err, -EINVAL, "next hop %u has weight %u, not 1 to 256",
					 i + 1, route->hops[i].weight);
	}
	return 0;
}

static int route_request(struct nl_socket *s, uint16_t type, uint16_t flags, uint8_t scope,
			 const struct nl_route *route, struct error *err)
{
	struct rtmsg *head;
	struct nlmsghdr *nlh;
	int status = check_route(route, err);

	if (status)
		return status;
	nlh = nl_request(s, type, flags);
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->rtm_family = af_of(&route->dst.addr);
	head->rtm_dst_len = route->dst.len;
	head->rtm_table = RT_TABLE_MAIN;
	head->rtm_protocol = NL_PROTOCOL;
	head->rtm_scope = scope;
	head->rtm_type = route->type;
	if (route->dst.len)
		put_addr(nlh, RTA_DST, &route->dst.addr);
	if (route->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
	if (route->n_hops > 1) {
		put_hops(nlh, route);
	} else if (route->n_hops == 1) {
		if (route->hops[0].ifindex)
			mnl_attr_put_u32(nlh, RTA_OIF, (unsigned)route->hops[0].ifindex);
		put_gateway(nlh, route->dst.addr.family, &route->hops[0]);
	}
	return nl_ask(s, nlh, err);
}

int nl_route_put(struct nl_socket *s, const struct nl_route *route, struct error *err)
{
	return route_request(s, RTM_NEWROUTE, ADD_OR_CHANGE, scope_of(route), route, err);
}

int nl_route_add(struct nl_socket *s, const struct nl_route *route, struct error *err)
{
	return route_request(s, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, scope_of(route), route,
			     err);
}

int nl_route_del(struct nl_socket *s, const struct nl_route *route, struct error *err)
{
	return route_request(s, RTM_DELROUTE, 0, RT_SCOPE_NOWHERE, route, err);
}

int nl_link_set(struct nl_socket *s, int ifindex, const struct nl_link_change *change,
		struct error *err)
{
	struct nlmsghdr *nlh = nl_request(s, RTM_NEWLINK, 0);
	struct ifinfomsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->ifi_index = ifindex;
	if (change->up)
		head->ifi_change = IFF_UP;
	if (change->up > 0)
		head->ifi_flags = IFF_UP;
	if (change->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, change->mtu);
	if (change->mac)
		mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(change->mac->bytes), change->mac->bytes);
	if (change->alias) {
		if (strlen(change->alias) >= NL_ALIAS_LEN)
			return error_set(err, -EINVAL, "an alias of more than %u bytes",
					 NL_ALIAS_LEN - 1);
		mnl_attr_put_str(nlh, IFLA_IFALIAS, change->alias);
	}
	if (change->group)
		mnl_attr_put_u32(nlh, IFLA_GROUP, change->group);
	return nl_ask(s, nlh, err);
}

int nl_link_del_group(struct nl_socket *s, uint32_t group, struct error *err)
{
	struct nlmsghdr *nlh = nl_request(s, RTM_DELLINK, 0);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	return nl_ask(s, nlh, err);
}

#define FDB_CHANGE_SIZE 48

static_assert(NL_FDB_CHANGES * FDB_CHANGE_SIZE <= NL_BUFFER_SIZE, "changes fit into the buffer");

/* At most FDB_CHANGE_SIZE. */
static size_t put_fdb_change(void *at, const struct nl_fdb_change *change)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);
	struct ndmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	nlh->nlmsg_type = change->del ? RTM_DELNEIGH : RTM_NEWNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST | (change->del ? 0 : ADD_OR_CHANGE);
	head->ndm_family = AF_BRIDGE;
	head->ndm_ifindex = change->ifindex;
	head->ndm_state = NUD_REACHABLE;
	head->ndm_flags = NTF_MASTER | (change->del ? 0 : NTF_EXT_LEARNED);
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(change->mac.bytes), change->mac.bytes);
	if (change->vid)
		mnl_attr_put_u16(nlh, NDA_VLAN, change->vid);
	return MNL_ALIGN(nlh->nlmsg_len);
}

int nl_fdb_change(struct nl_socket *s, const struct nl_fdb_change *changes, unsigned n,
		  struct error *err)
{
	char *buf = nl_buffer(s);
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += put_fdb_change(buf + len, &changes[i]);
	return nl_tell(s, len, err);
}
