/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many objects Linux has, by dumps of its tables beside those of linux_dump.c. With a full
 * Internet table that takes half a second of work, so it is done some datagrams at a time, and once
 * for all who have asked before it began.
 *
 * Who asks has a ticket, and goes on with whatever count is under way. So one whose client has gone
 * needs no end: the next to ask carries it on.
 */
#include <errno.h>
#include <string.h>

#include "linux_own.h"

static void count_one(void *ctx, const struct nl_msg *msg)
{
	struct linux_ctl *l = ctx;
	enum sync_object object;

	if (sync_is_followed(l->sync, msg, &object))
		l->count.sums[object]++;
}

static bool is_counted(enum nl_kind kind)
{
	return kind != NL_PORT && kind != NL_FDB;
}

static void count_end(struct linux_count *c)
{
	nl_close(c->socket);
	c->socket = NULL;
}

static int dump_kind(struct linux_count *c, struct error *err)
{
	return nl_dump(c->socket, linux_dumps[c->step].kind, linux_dumps[c->step].family, err);
}

static int count_begin(struct linux_ctl *l, struct error *err)
{
	struct linux_count *c = &l->count;

	c->socket = linux_nl_open(l, err);
	if (!c->socket)
		return -errno;
	memset(c->sums, 0, sizeof(c->sums));
	c->step = 0;
	c->counts_for = c->last_ticket;
	return dump_kind(c, err);
}

/* 1: there is more. */
static int count_step(struct linux_ctl *l, struct error *err)
{
	struct linux_count *c = &l->count;
	int ret =
		nl_dump_step(c->socket, LINUX_DUMPS_PER_TURN, count_one, l, &l->counters.malformed);

	if (ret > 0)
		return 1;
	/* -EINTR: it has changed under the count, which is as good as any other then. */
	if (ret && ret != -EINTR)
		return error_set(err, ret, "netlink: Linux's tables cannot be counted: %s",
				 strerror(-ret));
	while (++c->step < LINUX_DUMPS && !is_counted(linux_dumps[c->step].kind))
		;
	if (c->step < LINUX_DUMPS) {
		ret = dump_kind(c, err);
		return ret ? ret : 1;
	}
	c->counted_for = c->counts_for;
	memcpy(c->result, c->sums, sizeof(c->result));
	return 0;
}

int linux_count(struct linux_ctl *l, uint64_t *ticket, uint64_t in_linux[SYNC_OBJECTS],
		struct error *err)
{
	struct linux_count *c = &l->count;
	int ret = 0;

	if (!*ticket)
		*ticket = ++c->last_ticket;
	if (*ticket > c->counted_for) {
		if (!c->socket)
			ret = count_begin(l, err);
		if (!ret)
			ret = count_step(l, err);
		if (ret <= 0)
			count_end(c);
		if (ret < 0)
			return ret;
	}
	if (*ticket > c->counted_for)
		return 1;
	memcpy(in_linux, c->result, sizeof(c->result));
	return 0;
}

void linux_count_stop(struct linux_ctl *l)
{
	count_end(&l->count);
}
