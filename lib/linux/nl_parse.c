/* SPDX-License-Identifier: BSD-3-Clause */
#include "nl_parse.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int nl_attrs(const void *payload, size_t len, const uint8_t *types, const struct nlattr **tb,
	     unsigned n)
{
	const char *end = (const char *)payload + len;
	const struct nlattr *attr = payload;

	memset(tb, 0, n * sizeof(*tb));
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr)); attr = mnl_attr_next(attr)) {
		unsigned type = mnl_attr_get_type(attr);

		if (type >= n || types[type] == MNL_TYPE_UNSPEC)
			continue;
		if (mnl_attr_validate(attr, types[type]) < 0)
			return -EINVAL;
		tb[type] = attr;
	}
	return (const char *)attr < end ? -EINVAL : 0;
}

bool nl_has(const struct nlmsghdr *nlh, size_t fixed)
{
	return nlh->nlmsg_len >= MNL_NLMSG_HDRLEN + MNL_ALIGN(fixed);
}

int nl_msg_attrs(const struct nlmsghdr *nlh, size_t fixed, const uint8_t *types,
		 const struct nlattr **tb, unsigned n)
{
	if (!nl_has(nlh, fixed))
		return -EINVAL;
	return nl_attrs(mnl_nlmsg_get_payload_offset(nlh, fixed),
			mnl_nlmsg_get_payload_len(nlh) - MNL_ALIGN(fixed), types, tb, n);
}

uint8_t nl_family(unsigned af)
{
	return af == AF_INET ? IP4 : af == AF_INET6 ? IP6 : 0;
}

int nl_addr(const struct nlattr *attr, uint8_t family, struct ip_addr *addr)
{
	size_t len = family == IP4 ? 4 : 16;

	if (mnl_attr_get_payload_len(attr) != len)
		return -EINVAL;
	*addr = (struct ip_addr){.family = family};
	memcpy(addr->bytes, mnl_attr_get_payload(attr), len);
	return 0;
}

int nl_ifindex(const struct nlattr *attr, int *ifindex)
{
	*ifindex = (int)nl_u32(attr, 0);
	return *ifindex < 0 ? -EINVAL : 0;
}

int nl_gateway(const struct nlattr *attr, uint8_t family, struct nl_hop *hop)
{
	if (nl_addr(attr, family, &hop->gateway))
		return -EINVAL;
	hop->has_gateway = !ip_addr_is_unspecified(&hop->gateway);
	return 0;
}

void nl_mac(const struct nlattr *attr, struct mac_addr *mac, bool *has_mac)
{
	*has_mac = attr && mnl_attr_get_payload_len(attr) == sizeof(mac->bytes);
	if (*has_mac)
		memcpy(mac->bytes, mnl_attr_get_payload(attr), sizeof(mac->bytes));
	else
		memset(mac, 0, sizeof(*mac));
}
