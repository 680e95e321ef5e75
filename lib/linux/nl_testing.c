/* SPDX-License-Identifier: BSD-3-Clause */
#include "nl_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/rtnetlink.h>

struct nlmsghdr *nl_testing_begin(uint16_t type, const void *head, size_t head_len)
{
	static _Alignas(struct nlmsghdr) char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	memcpy(mnl_nlmsg_put_extra_header(nlh, head_len), head, head_len);
	return nlh;
}

struct ip_addr nl_testing_ip(const char *text)
{
	struct ip_addr addr;

	assert_int_equal(ip_addr_parse(text, &addr), 0);
	return addr;
}

struct ip_prefix nl_testing_prefix(const char *text)
{
	struct ip_prefix prefix;

	assert_int_equal(ip_prefix_parse(text, &prefix), 0);
	return prefix;
}

void nl_testing_addr(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	struct ip_addr addr = nl_testing_ip(text);

	mnl_attr_put(nlh, type, ip_bits(&addr) / 8, addr.bytes);
}

void nl_testing_via(struct nlmsghdr *nlh, uint16_t af, const char *text)
{
	struct ip_addr addr = nl_testing_ip(text);
	uint8_t via[18];

	memcpy(via, &af, 2);
	memcpy(via + 2, addr.bytes, 16);
	mnl_attr_put(nlh, RTA_VIA, 2 + ip_bits(&addr) / 8, via);
}

static int parse_cut(const struct nlmsghdr *nlh, uint32_t len, struct nl_msg *msg)
{
	struct nlmsghdr *copy = malloc(len);
	int status;

	assert_non_null(copy);
	memcpy(copy, nlh, len);
	copy->nlmsg_len = len;
	status = nl_msg_parse(copy, msg);
	free(copy);
	return status;
}

int nl_testing_parse(const struct nlmsghdr *nlh, struct nl_msg *msg)
{
	return parse_cut(nlh, nlh->nlmsg_len, msg);
}

/* Whether an attribute of the message, or its fixed part, ends at len, padding or not. */
static bool ends_at(const struct nlmsghdr *nlh, size_t head_len, uint32_t len)
{
	struct nlattr *attr;

	if (len == MNL_NLMSG_HDRLEN + MNL_ALIGN(head_len))
		return true;
	mnl_attr_for_each(attr, nlh, head_len)
	{
		uint32_t end = (uint32_t)((const char *)attr - (const char *)nlh) + attr->nla_len;

		if (len >= end && len <= MNL_ALIGN(end))
			return true;
	}
	return false;
}

static size_t head_len_of(const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		return sizeof(struct ifinfomsg);
	case RTM_NEWADDR:
	case RTM_NEWNEXTHOP:
		return 8;
	default:
		return 12;
	}
}

void nl_testing_truncate(const struct nlmsghdr *nlh)
{
	struct nl_msg *msg = malloc(sizeof(*msg));

	assert_non_null(msg);
	assert_int_equal(nl_testing_parse(nlh, msg), 0);
	for (uint32_t len = MNL_NLMSG_HDRLEN; len < nlh->nlmsg_len; len++) {
		int status = parse_cut(nlh, len, msg);

		if (!ends_at(nlh, head_len_of(nlh), len))
			assert_int_equal(status, -EINVAL);
	}
	free(msg);
}
