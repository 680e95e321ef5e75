/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rtnetlink is answered within send(): the kernel has handled a request, and queued its answer,
 * when the call returns. A dump's first part is queued then too, the others when the one before has
 * been taken. So nothing here ever waits.
 */
#include "nl_socket.h"

#include <errno.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nl_ask.h"

/* Answers that are not the one waited for: what an abandoned dump had left. */
#define STALE_MAX 64

struct nl_socket {
	struct mnl_socket *mnl;
	uint32_t seq;
	bool lost;    /* the listener's: the kernel had no room, and has none until we are done */
	bool dumping; /* a dump is under way */
	bool interrupted;  /* it is not consistent */
	enum nl_kind kind; /* of the dump */
	struct nl_msg msg;
	_Alignas(struct nlmsghdr) char buf[NL_BUFFER_SIZE];
};

static struct nl_socket *open_failed(struct nl_socket *s, struct error *err, const char *what)
{
	error_set(err, -errno, "netlink: %s: %s", what, strerror(errno));
	nl_close(s);
	return NULL;
}

struct nl_socket *nl_open(struct error *err)
{
	/* Not zeroed: the buffers are large. */
	struct nl_socket *s = malloc(sizeof(*s));
	int one = 1;

	if (!s)
		return open_failed(NULL, err, "no memory");
	s->seq = 0;
	s->lost = s->dumping = s->interrupted = false;
	s->mnl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!s->mnl)
		return open_failed(s, err, "no socket");
	if (mnl_socket_bind(s->mnl, 0, MNL_SOCKET_AUTOPID) < 0)
		return open_failed(s, err, "bind");
	/* Kernels that know none of these answer in fewer words and dump more than is asked for. */
	mnl_socket_setsockopt(s->mnl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(s->mnl, NETLINK_CAP_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(s->mnl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return s;
}

struct nl_socket *nl_listen(unsigned receive_buffer, struct error *err)
{
	static const int groups[] = {RTNLGRP_LINK,        RTNLGRP_NEIGH,      RTNLGRP_IPV4_IFADDR,
				     RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
				     RTNLGRP_NEXTHOP};
	struct nl_socket *s = nl_open(err);
	int size = (int)receive_buffer;

	if (!s)
		return NULL;
	/* Beyond net.core.rmem_max, if the process may. */
	if (setsockopt(nl_fd(s), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(nl_fd(s), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		return open_failed(s, err, "receive buffer");
	for (unsigned i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		int group = groups[i];

		/* Linux before 5.3 has no next hop objects, so that none is missed. */
		if (mnl_socket_setsockopt(s->mnl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) &&
		    group != RTNLGRP_NEXTHOP)
			return open_failed(s, err, "cannot listen");
	}
	return s;
}

void nl_close(struct nl_socket *s)
{
	if (!s)
		return;
	if (s->mnl)
		mnl_socket_close(s->mnl);
	free(s);
}

int nl_fd(const struct nl_socket *s)
{
	return mnl_socket_get_fd(s->mnl);
}

/* One datagram of the kernel's. Its bytes; 0: none waits; -EMSGSIZE: there was no room; -errno. */
static int receive(struct nl_socket *s)
{
	struct sockaddr_nl from;
	socklen_t from_len;
	ssize_t n;

	/* Another process may send to this port as well, if it is privileged: that is not heard. */
	for (unsigned i = 0; i < STALE_MAX; i++) {
		from_len = sizeof(from);
		n = recvfrom(nl_fd(s), s->buf, sizeof(s->buf), MSG_DONTWAIT | MSG_TRUNC,
			     (struct sockaddr *)&from, &from_len);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (from_len == sizeof(from) && !from.nl_pid)
			return n > (ssize_t)sizeof(s->buf) ? -EMSGSIZE : (int)n;
	}
	return 0;
}

static void take(struct nl_socket *s, const struct nlmsghdr *nlh, nl_fn fn, void *ctx,
		 uint64_t *bad)
{
	int status = nl_msg_parse(nlh, &s->msg);

	if (!status)
		fn(ctx, &s->msg);
	else if (status == -EINVAL)
		++*bad;
}

int nl_receive(struct nl_socket *s, unsigned max, nl_fn fn, void *ctx, uint64_t *bad)
{
	unsigned done = 0;

	while (done < max) {
		const struct nlmsghdr *nlh = (const void *)s->buf;
		int n = receive(s);

		if (n == -ENOBUFS || n == -EMSGSIZE) {
			s->lost = true;
			done++;
			continue;
		}
		if (n < 0)
			return n;
		if (!n) {
			if (!s->lost)
				break;
			s->lost = false;
			return -ENOBUFS;
		}
		for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n))
			take(s, nlh, fn, ctx, bad);
		*bad += n > 0;
		done++;
	}
	return (int)done;
}

struct nlmsghdr *nl_request(struct nl_socket *s, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(s->buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return nlh;
}

/* In err what the kernel says of the refusal, else the words for its number. */
static int refused(const struct nlmsghdr *nlh, int code, size_t fixed, struct error *err)
{
	struct nlattr *attr;
	const char *words = NULL;
	size_t words_len = 0;

	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && mnl_nlmsg_get_payload_len(nlh) > fixed)
		mnl_attr_for_each(attr, nlh, fixed)
		{
			if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG)
				continue;
			words = mnl_attr_get_str(attr);
			words_len = strnlen(words, mnl_attr_get_payload_len(attr));
		}
	if (!words_len)
		return error_set(err, code, "%s", strerror(-code));
	return error_set(err, code, "%.*s", (int)words_len, words);
}

/* The kernel's number in an NLMSG_ERROR or NLMSG_DONE, 0 or -errno, and err. */
static int answer_of(const struct nlmsghdr *nlh, struct error *err)
{
	const struct nlmsgerr *head = mnl_nlmsg_get_payload(nlh);
	bool is_error = nlh->nlmsg_type == NLMSG_ERROR;
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	size_t fixed = is_error ? sizeof(*head) : sizeof(head->error);

	if (len < fixed) /* NLMSG_DONE of old kernels has no number */
		return is_error ? error_set(err, -EPROTO, "netlink: an answer is cut short") : 0;
	if (!head->error)
		return 0;
	if (head->error > 0 || head->error < -4095)
		return error_set(err, -EPROTO, "netlink: an answer says %d", head->error);
	/* Behind the head stands the request, unless the kernel has left it out. */
	if (is_error && !(nlh->nlmsg_flags & NLM_F_CAPPED) &&
	    head->msg.nlmsg_len > sizeof(head->msg))
		fixed += head->msg.nlmsg_len - sizeof(head->msg);
	return refused(nlh, head->error, fixed, err);
}

static int send_message(struct nl_socket *s, struct nlmsghdr *nlh, struct error *err)
{
	nlh->nlmsg_seq = ++s->seq;
	if (mnl_socket_sendto(s->mnl, nlh, nlh->nlmsg_len) < 0)
		return error_set(err, -errno, "netlink: send: %s", strerror(errno));
	return 0;
}

int nl_ask(struct nl_socket *s, struct nlmsghdr *nlh, struct error *err)
{
	int status;

	if (s->dumping)
		return error_set(err, -EBUSY, "netlink: a dump is under way");
	status = send_message(s, nlh, err);
	if (status)
		return status;
	for (unsigned i = 0; i < STALE_MAX; i++) {
		int n = receive(s);

		if (!n)
			break;
		if (n < 0)
			return error_set(err, n, "netlink: receive: %s", strerror(-n));
		for (nlh = (void *)s->buf; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n))
			if (nlh->nlmsg_seq == s->seq && nlh->nlmsg_type == NLMSG_ERROR)
				return answer_of(nlh, err);
	}
	return error_set(err, -EPROTO, "netlink: no answer");
}

void *nl_buffer(struct nl_socket *s)
{
	return s->buf;
}

int nl_tell(struct nl_socket *s, size_t len, struct error *err)
{
	int refused = 0, n;

	if (s->dumping)
		return error_set(err, -EBUSY, "netlink: a dump is under way");
	if (mnl_socket_sendto(s->mnl, s->buf, len) < 0)
		return error_set(err, -errno, "netlink: send: %s", strerror(errno));
	/* Only refusals are answered; those that there was no room for are not counted. */
	while ((n = receive(s)) > 0 || n == -ENOBUFS) {
		const struct nlmsghdr *nlh = (const void *)s->buf;

		for (; n > 0 && mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n))
			refused += nlh->nlmsg_type == NLMSG_ERROR;
	}
	return refused;
}

/* Requests that are strictly checked: a head of the right kind, zero but for the family. */
static void dump_head(struct nlmsghdr *nlh, enum nl_kind kind, uint8_t af)
{
	switch (kind) {
	case NL_LINK:
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
		mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
		break;
	case NL_ADDRESS:
		((struct ifaddrmsg *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg)))
			->ifa_family = af;
		break;
	case NL_NEIGHBOUR:
		((struct ndmsg *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg)))
			->ndm_family = af;
		break;
	case NL_ROUTE: /* without RTM_F_CLONED: routes only, no cached exceptions */
		((struct rtmsg *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtmsg)))
			->rtm_family = af;
		break;
	case NL_NEXTHOP:
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct nhmsg));
		break;
	case NL_PORT:
		((struct ifinfomsg *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg)))
			->ifi_family = AF_BRIDGE;
		mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
		break;
	case NL_FDB:
		((struct ndmsg *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg)))
			->ndm_family = AF_BRIDGE;
		break;
	}
}

int nl_dump(struct nl_socket *s, enum nl_kind kind, uint8_t family, struct error *err)
{
	static const uint16_t types[] = {
		[NL_LINK] = RTM_GETLINK,       [NL_ADDRESS] = RTM_GETADDR,
		[NL_NEIGHBOUR] = RTM_GETNEIGH, [NL_ROUTE] = RTM_GETROUTE,
		[NL_NEXTHOP] = RTM_GETNEXTHOP, [NL_PORT] = RTM_GETLINK,
		[NL_FDB] = RTM_GETNEIGH,
	};
	uint8_t af = family == IP4 ? AF_INET : family == IP6 ? AF_INET6 : AF_UNSPEC;
	struct nlmsghdr *nlh;
	int status;

	if (s->dumping)
		return error_set(err, -EBUSY, "netlink: a dump is under way");
	nlh = nl_request(s, types[kind], NLM_F_DUMP);
	dump_head(nlh, kind, af);
	status = send_message(s, nlh, err);
	s->dumping = !status;
	s->interrupted = false;
	s->kind = kind;
	return status;
}

/* What the end of a dump means. */
static int dump_end(struct nl_socket *s, const struct nlmsghdr *nlh)
{
	int status = answer_of(nlh, NULL);

	s->dumping = false;
	if (s->kind == NL_NEXTHOP && (status == -EOPNOTSUPP || status == -EINVAL))
		return 0; /* the kernel has none */
	return !status && s->interrupted ? -EINTR : status;
}

int nl_dump_step(struct nl_socket *s, unsigned max, nl_fn fn, void *ctx, uint64_t *bad)
{
	for (unsigned i = 0; s->dumping && i < max; i++) {
		const struct nlmsghdr *nlh = (const void *)s->buf;
		int n = receive(s);

		if (!n)
			return 1;
		if (n < 0) {
			s->dumping = false;
			return n;
		}
		for (; mnl_nlmsg_ok(nlh, n); nlh = mnl_nlmsg_next(nlh, &n)) {
			if (nlh->nlmsg_seq != s->seq)
				continue;
			s->interrupted |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
			if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
				return dump_end(s, nlh);
			take(s, nlh, fn, ctx, bad);
		}
		*bad += n > 0;
	}
	return s->dumping;
}

int nl_dump_all(struct nl_socket *s, enum nl_kind kind, uint8_t family, nl_fn fn, void *ctx,
		struct error *err)
{
	int ret = nl_dump(s, kind, family, err);
	uint64_t bad = 0;

	if (ret)
		return ret;
	do {
		ret = nl_dump_step(s, UINT_MAX, fn, ctx, &bad);
	} while (ret > 0);
	if (ret && ret != -EINTR)
		return error_set(err, ret, "netlink: a dump has failed: %s", strerror(-ret));
	return 0;
}
