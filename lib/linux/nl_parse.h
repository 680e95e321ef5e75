/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the parsers of nl_msg.h share, and no one else sees: attributes looked up and checked before
 * any is read. Context: any thread.
 */
#ifndef SLUICE_NL_PARSE_H
#define SLUICE_NL_PARSE_H

#include <libmnl/libmnl.h>
#include <stddef.h>

#include "nl_msg.h"

/*
 * The attributes in len bytes: tb[type] for each type that types[] wants (an enum
 * mnl_attr_data_type, MNL_TYPE_UNSPEC: skipped) and that is there, the last one if there are
 * several, as in the kernel. n: entries of types and tb. What tb points to is at least as long as
 * its type. 0, or -EINVAL: one too short for its type, or the attributes do not end where they
 * should.
 */
int nl_attrs(const void *payload, size_t len, const uint8_t *types, const struct nlattr **tb,
	     unsigned n);

/* The same behind the message's fixed part of `fixed` bytes, which the message must have. */
int nl_msg_attrs(const struct nlmsghdr *nlh, size_t fixed, const uint8_t *types,
		 const struct nlattr **tb, unsigned n);

/* Whether the message has a fixed part of that length. */
bool nl_has(const struct nlmsghdr *nlh, size_t fixed);

/* AF_INET, AF_INET6 as enum ip_family; 0: another. */
uint8_t nl_family(unsigned af);

/* An address of the family, of exactly its length. 0 or -EINVAL. */
int nl_addr(const struct nlattr *attr, uint8_t family, struct ip_addr *addr);

/* An interface's number, 0 without attribute. 0, or -EINVAL: it is negative. */
int nl_ifindex(const struct nlattr *attr, int *ifindex);

/* A gateway of the family, none if it is the unspecified address. 0 or -EINVAL. */
int nl_gateway(const struct nlattr *attr, uint8_t family, struct nl_hop *hop);

static inline uint32_t nl_u32(const struct nlattr *attr, uint32_t without)
{
	return attr ? mnl_attr_get_u32(attr) : without;
}

static inline uint8_t nl_u8(const struct nlattr *attr, uint8_t without)
{
	return attr ? mnl_attr_get_u8(attr) : without;
}

static inline uint16_t nl_u16(const struct nlattr *attr, uint16_t without)
{
	return attr ? mnl_attr_get_u16(attr) : without;
}

/* The six bytes of a MAC address; else zeroes, and *has_mac is false. */
void nl_mac(const struct nlattr *attr, struct mac_addr *mac, bool *has_mac);

/* IFLA_LINKINFO, which may be NULL, into the members of the link that say what it is. 0 or -EINVAL.
 */
int nl_parse_linkinfo(const struct nlattr *info, struct nl_link *link);
/* AF_BRIDGE: links and neighbours. */
int nl_parse_port(const struct nlmsghdr *nlh, struct nl_port *port);
int nl_parse_fdb(const struct nlmsghdr *nlh, struct nl_fdb *fdb);
int nl_parse_route(const struct nlmsghdr *nlh, struct nl_route *route);
int nl_parse_nexthop(const struct nlmsghdr *nlh, bool deleted, struct nl_nexthop *nexthop);

#endif
