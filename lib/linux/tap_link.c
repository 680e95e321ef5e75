/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#define BUF_SIZE 32768 /* as the kernel advises for dumps */

struct each {
	int (*fn)(void *ctx, const struct tap_link *link);
	void *ctx;
	int ret;
};

static void copy_text(char *to, size_t room, const struct nlattr *attr)
{
	snprintf(to, room, "%.*s", (int)mnl_attr_get_payload_len(attr), mnl_attr_get_str(attr));
}

static void parse_info(const struct nlattr *info, struct tap_link *link)
{
	const struct nlattr *attr, *data = NULL;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			copy_text(link->kind, sizeof(link->kind), attr);
		else if (mnl_attr_get_type(attr) == IFLA_INFO_DATA)
			data = attr;
	}
	/* TUN and TAP are one kind. */
	if (!data || strcmp(link->kind, "tun"))
		return;
	mnl_attr_for_each_nested(attr, data) if (mnl_attr_get_type(attr) == IFLA_TUN_TYPE &&
						 mnl_attr_get_u8(attr) == IFF_TAP)
		strcpy(link->kind, "tap");
}

static int on_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct tap_link link = {.ifindex = ifi->ifi_index};
	const struct nlattr *attr;
	struct each *each = data;

	if (nlh->nlmsg_type != RTM_NEWLINK || each->ret)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			copy_text(link.name, sizeof(link.name), attr);
			break;
		case IFLA_IFALIAS:
			copy_text(link.alias, sizeof(link.alias), attr);
			break;
		case IFLA_LINKINFO:
			parse_info(attr, &link);
			break;
		}
	}
	each->ret = each->fn(each->ctx, &link);
	return MNL_CB_OK;
}

/* Send the request and hand on what comes back. -errno. */
static int talk(struct nlmsghdr *nlh, struct each *each)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char *buf = malloc(BUF_SIZE);
	int ret = -1;

	nlh->nlmsg_seq = 1;
	if (nl && buf && !mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) >= 0) {
		do {
			ssize_t n = mnl_socket_recvfrom(nl, buf, BUF_SIZE);

			ret = n < 0 ? -1
				    : mnl_cb_run(buf, (size_t)n, nlh->nlmsg_seq,
						 mnl_socket_get_portid(nl), on_link, each);
		} while (ret > 0);
	}
	if (ret < 0)
		ret = -errno;
	free(buf);
	if (nl)
		mnl_socket_close(nl);
	return ret;
}

static struct nlmsghdr *request(char *buf, uint16_t type, uint16_t flags, int ifindex)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	ifi->ifi_index = ifindex;
	return nlh;
}

static int keep_link(void *ctx, const struct tap_link *link)
{
	*(struct tap_link *)ctx = *link;
	return 0;
}

int tap_link_get(const char *name, struct tap_link *link, struct error *err)
{
	char buf[512];
	/* With an acknowledgement: the end is seen whatever comes. */
	struct nlmsghdr *nlh = request(buf, RTM_GETLINK, NLM_F_ACK, 0);
	struct each each = {.fn = keep_link, .ctx = link};
	int ret;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	ret = talk(nlh, &each);
	if (ret && ret != -ENODEV)
		error_set(err, ret, "netdev %s: %s", name, strerror(-ret));
	return ret;
}

int tap_link_each(int (*fn)(void *ctx, const struct tap_link *link), void *ctx, struct error *err)
{
	char buf[512];
	struct each each = {.fn = fn, .ctx = ctx};
	int ret = talk(request(buf, RTM_GETLINK, NLM_F_DUMP, 0), &each);

	if (ret)
		return error_set(err, ret, "list of netdevs: %s", strerror(-ret));
	return each.ret;
}

int tap_link_set_alias(int ifindex, const char *alias, struct error *err)
{
	char buf[1024];
	struct nlmsghdr *nlh = request(buf, RTM_NEWLINK, NLM_F_ACK, ifindex);
	struct each each = {0};
	int ret;

	mnl_attr_put_strz(nlh, IFLA_IFALIAS, alias);
	ret = talk(nlh, &each);
	return ret ? error_set(err, ret, "alias of netdev %d: %s", ifindex, strerror(-ret)) : 0;
}
