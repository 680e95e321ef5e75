/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listening, and dumps beside it. A dump of everything is eight dumps of the kernel one after the
 * other, then the sweep; each step handles a bounded number of datagrams, so that the event loop
 * comes round. Events are taken first.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "linux_own.h"
#include "log.h"

#define FAILED_PAUSE_NS 1000000000u
#define EVENTS_PER_TURN 64  /* datagrams */
#define EVENTS_HEARD    256 /* where all of them are wanted */
#define EVENTS_AT_ONCE  4   /* of them, before the clock is looked at */
#define EVENTS_NS       3000000
#define DUMP_TRIES      5 /* of a kind that is interrupted */
/* Between two dumps, times what one takes: links that flap are not to bury the control thread. */
#define PAUSE_FACTOR 4

const struct linux_dump_kind linux_dumps[LINUX_DUMPS] = {
	{NL_LINK, 0},    {NL_PORT, 0},    {NL_NEXTHOP, 0},   {NL_ADDRESS, 0},
	{NL_ROUTE, IP4}, {NL_ROUTE, IP6}, {NL_NEIGHBOUR, 0}, {NL_FDB, 0},
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void on_event_msg(void *ctx, const struct nl_msg *msg)
{
	struct linux_ctl *l = ctx;

	l->counters.messages++;
	l->may_retry |= msg->kind == NL_ADDRESS;
	sync_event(l->sync, msg);
}

static void on_dump_msg(void *ctx, const struct nl_msg *msg)
{
	struct linux_ctl *l = ctx;

	sync_dumped(l->sync, msg);
}

void linux_dump_want(struct linux_ctl *l)
{
	l->dump_again = true;
}

/* What is waiting in the socket for events, as far as one turn has time for it, `max` datagrams at
 * most. True: all of it. */
static bool take_events(struct linux_ctl *l, int max)
{
	const struct timeval at_once = {0};
	uint64_t begin = now_ns();
	int ret = EVENTS_AT_ONCE;

	l->settled = false;
	for (int n = 0; n < max && ret == EVENTS_AT_ONCE; n += EVENTS_AT_ONCE) {
		ret = nl_receive(l->events, EVENTS_AT_ONCE, on_event_msg, l,
				 &l->counters.malformed);
		if (now_ns() - begin > EVENTS_NS)
			break;
	}
	if (ret < EVENTS_AT_ONCE && l->fdb)
		linux_fdb_heard(l);
	/* What is left may be no more than the news of an overrun, of which poll() says nothing. */
	if (ret == EVENTS_AT_ONCE && l->on_more)
		event_add(l->on_more, &at_once);
	if (ret == -ENOBUFS) {
		l->counters.overruns++;
		l->overrun = true;
		linux_dump_want(l);
	} else if (ret < 0) {
		log_err("netlink: %s", strerror(-ret));
		linux_dump_want(l);
	}
	if (sync_take_stale(l->sync))
		linux_dump_want(l);
	return ret < EVENTS_AT_ONCE;
}

bool linux_dump_hear(struct linux_ctl *l)
{
	return take_events(l, EVENTS_HEARD);
}

static void on_events(evutil_socket_t fd, short what, void *ctx)
{
	struct linux_ctl *l = ctx;

	take_events(l, EVENTS_PER_TURN);
	linux_dump_poll(l);
}

/* 1, or -errno. */
static int dump_kind(struct linux_ctl *l)
{
	int ret = nl_dump(l->dumps, linux_dumps[l->dump_step].kind,
			  linux_dumps[l->dump_step].family, NULL);

	return ret ? ret : 1;
}

static int dump_begin(struct linux_ctl *l)
{
	int ret;

	l->dump_begun_ns = now_ns();
	l->dump_again = false;
	l->dump_interrupted = false;
	l->dump_step = l->dump_tries = 0;
	l->dump = DUMP_RUNS;
	linux_mirrors_unseen(l);
	sync_dump_begin(l->sync, l->overrun);
	l->overrun = false;
	ret = dump_kind(l);
	return RTE_MIN(ret, 0);
}

/* One step; 1: there is more to do, 0: the dump is over, -errno: given up. */
static int dump_step(struct linux_ctl *l)
{
	int ret;

	if (l->dump == DUMP_SWEEPS) {
		if (sync_dump_sweep(l->sync))
			return 1;
		l->dump = DUMP_NONE;
		linux_mirrors_check(l);
		return 0;
	}
	ret = nl_dump_step(l->dumps, LINUX_DUMPS_PER_TURN, on_dump_msg, l, &l->counters.malformed);
	if (ret > 0)
		return 1;
	/* Of what changed under the dump some may be missing: this kind once more. */
	if (ret == -EINTR && l->dump_tries++ < DUMP_TRIES)
		return dump_kind(l);
	if (ret == -EINTR)
		l->dump_interrupted = true;
	else if (ret < 0)
		return ret;
	l->dump_tries = 0;
	if (linux_dumps[l->dump_step].kind == NL_PORT)
		sync_settle_links(l->sync);
	if (++l->dump_step < LINUX_DUMPS)
		return dump_kind(l);
	/* It may lack what still stands: nothing is swept by it. */
	if (l->dump_interrupted) {
		l->dump_again = true;
		l->dump = DUMP_NONE;
		return 0;
	}
	l->dump = DUMP_SWEEPS;
	return 1;
}

/* The socket may hold half a dump: another one is opened. */
static void dump_failed(struct linux_ctl *l, int ret)
{
	struct error err;
	struct nl_socket *fresh;

	log_err("netlink: the dump of Linux's tables has failed: %s; it is repeated",
		strerror(-ret));
	fresh = linux_nl_open(l, &err);
	if (fresh) {
		nl_close(l->dumps);
		l->dumps = fresh;
	}
	l->dump = DUMP_NONE;
	l->dump_again = true;
	l->dump_not_before_ns = now_ns() + FAILED_PAUSE_NS;
}

static void after_dump(struct linux_ctl *l)
{
	uint64_t now = now_ns();

	l->dump_not_before_ns = now + (now - l->dump_begun_ns) * PAUSE_FACTOR;
	if (!l->dump_interrupted)
		l->counters.resyncs++;
	if (sync_take_stale(l->sync))
		linux_dump_want(l);
}

static void on_step(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval at_once = {0};
	struct linux_ctl *l = ctx;
	int ret;

	if (l->dump == DUMP_NONE)
		return;
	take_events(l, EVENTS_PER_TURN);
	ret = dump_step(l);
	if (ret > 0) {
		event_add(l->on_step, &at_once);
		return;
	}
	if (ret < 0)
		dump_failed(l, ret);
	else
		after_dump(l);
}

void linux_dump_poll(struct linux_ctl *l)
{
	static const struct timeval at_once = {0};
	int ret;

	if (!l->dump_again || l->dump != DUMP_NONE || now_ns() < l->dump_not_before_ns)
		return;
	ret = dump_begin(l);
	if (ret)
		dump_failed(l, ret);
	else
		event_add(l->on_step, &at_once);
}

int linux_dump_all(struct linux_ctl *l, struct error *err)
{
	int ret = 0;

	for (int tries = 0; tries < 5; tries++) {
		ret = dump_begin(l);
		if (ret)
			break;
		while ((ret = dump_step(l)) > 0)
			take_events(l, EVENTS_PER_TURN);
		if (ret || !l->dump_again)
			break;
		l->counters.resyncs++;
	}
	if (ret)
		return error_set(err, ret, "netlink: Linux's tables cannot be read: %s",
				 strerror(-ret));
	return 0;
}

int linux_dump_start_events(struct linux_ctl *l)
{
	l->on_events = event_new(l->base, nl_fd(l->events), EV_READ | EV_PERSIST, on_events, l);
	l->on_step = event_new(l->base, -1, 0, on_step, l);
	l->on_more = evtimer_new(l->base, on_events, l);
	if (!l->on_events || !l->on_more || !l->on_step || event_add(l->on_events, NULL))
		return -ENOMEM;
	return 0;
}
