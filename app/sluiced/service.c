/* SPDX-License-Identifier: BSD-3-Clause */
#include "service.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <rte_eal.h>

#include "api.h"
#include "log.h"
#include "netns.h"
#include "notify.h"
#include "port_ctl.h"
#include "privileges.h"
#include "worker_watch.h"

/* DPDK's thread for what devices report may have to reach them; that of the mirrors' namespace
 * makes mirrors there, and sets their sysctls. */
static const struct privileges_keeper keepers[] = {
	{"eal-intr-thread", UINT64_MAX}, {NETNS_THREAD, UINT64_C(1) << CAP_NET_ADMIN}, {0}};

#define READY_TICK_US 1000

struct service {
	struct notify notify;
	const struct router *r;
	struct worker_watch *watch;
	struct event *on_ready, *on_watchdog;
	bool stuck; /* a worker was, at the last look */
};

struct service *service_create(void)
{
	struct service *s = calloc(1, sizeof(*s));
	struct error err;
	int ret;

	if (!s)
		return NULL;
	if (notify_open(&s->notify, &err))
		log_warn("%s", err.msg);
	ret = notify_send(&s->notify, "STATUS=starting");
	if (ret)
		log_warn("NOTIFY_SOCKET: the service manager is not told: %s", strerror(-ret));
	return s;
}

void service_stop(struct service *s)
{
	if (s->on_ready)
		event_free(s->on_ready);
	if (s->on_watchdog)
		event_free(s->on_watchdog);
	worker_watch_destroy(s->watch);
	s->on_ready = s->on_watchdog = NULL;
	s->watch = NULL;
}

void service_destroy(struct service *s)
{
	if (!s)
		return;
	notify_close(&s->notify);
	free(s);
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

int service_api_group(const struct config *cfg, const char *path, gid_t *group, struct error *err)
{
	const char *name = cfg->api_group ? cfg->api_group : CONFIG_API_GROUP;
	const struct group *found;
	unsigned long long number;

	*group = API_GROUP_OWN;
	if (is_number(name)) {
		errno = 0;
		number = strtoull(name, NULL, 10);
		if (errno || number >= API_GROUP_OWN)
			return error_set(err, -EINVAL, "%s: api_group: there is no group %s", path,
					 name);
		*group = (gid_t)number;
		return 0;
	}
	found = getgrnam(name);
	if (!found && cfg->api_group)
		return error_set(err, -EINVAL,
				 "%s: api_group: there is no group %s; this makes it: groupadd "
				 "--system %s",
				 path, name, name);
	if (found)
		*group = found->gr_gid;
	else
		log_warn("there is no group %s: only root may use the API's socket (`groupadd "
			 "--system %s` makes it)",
			 name, name);
	return 0;
}

static unsigned conditions(const struct router *r)
{
	unsigned when = PRIVILEGE_ALWAYS;

	if (rte_eal_iova_mode() == RTE_IOVA_PA)
		when |= PRIVILEGE_PHYSICAL;
	for (unsigned i = 0; i < r->ports->n; i++)
		if (!strcmp(r->ports->ports[i]->info.driver_name, "net_af_xdp"))
			when |= PRIVILEGE_XDP;
	return when;
}

static int drop_privileges(const struct router *r, struct error *err)
{
	uint64_t needed = privileges_needed(conditions(r));
	char names[256] = "";
	size_t len = 0;
	int ret = privileges_drop(needed, keepers, err);

	if (ret)
		return ret;
	for (unsigned i = 0; i < n_privileges && len < sizeof(names); i++)
		if (privileges_have() >> privileges[i].cap & 1)
			len += (size_t)snprintf(names + len, sizeof(names) - len, " %s",
						privileges[i].name);
	log_info("capabilities kept:%s", *names ? names : " none");
	return 0;
}

static int add_timer(struct event *timer, uint64_t period_us)
{
	const struct timeval period = {.tv_sec = (time_t)(period_us / 1000000),
				       .tv_usec = (suseconds_t)(period_us % 1000000)};

	return timer && !event_add(timer, &period) ? 0 : -ENOMEM;
}

static const struct worker *look(struct service *s)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return worker_watch_stuck(s->watch,
				  (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

static void on_watchdog(evutil_socket_t fd, short what, void *ctx)
{
	struct service *s = ctx;
	const struct worker *w = look(s);

	if (w && !s->stuck)
		log_err("the worker on lcore %u makes no progress: the watchdog waits", w->lcore);
	else if (!w && s->stuck)
		log_info("all workers make progress again");
	s->stuck = w;
	if (!w)
		notify_send(&s->notify, "WATCHDOG=1");
}

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
	struct service *s = ctx;
	uint64_t half_us = (s->notify.watchdog_us + 1) / 2;

	if (look(s) ||
	    notify_send(&s->notify, "READY=1\nSTATUS=forwarding: %u port(s), %u worker(s)",
			s->r->ports->n, s->r->workers->n) == -EAGAIN)
		return;
	event_del(s->on_ready);
	/* From now on the manager waits for it. */
	if (half_us && add_timer(s->on_watchdog, half_us))
		log_err("no memory for a timer: the watchdog waits");
}

int service_start(struct service *s, struct event_base *base, const struct router *r,
		  const struct config *cfg, struct error *err)
{
	int ret = drop_privileges(r, err);

	if (ret || s->notify.fd < 0)
		return ret;
	s->r = r;
	s->watch = worker_watch_create(r->workers);
	s->on_ready = event_new(base, -1, EV_PERSIST, on_ready, s);
	s->on_watchdog = event_new(base, -1, EV_PERSIST, on_watchdog, s);
	ret = s->watch && s->on_watchdog ? add_timer(s->on_ready, READY_TICK_US) : -ENOMEM;
	return ret ? error_set(err, ret, "no memory for a timer") : 0;
}

void service_failed(const struct service *s, int ret, const struct error *err)
{
	notify_send(&s->notify, "STATUS=%s\nERRNO=%d", err->msg, -ret);
}

void service_stopping(const struct service *s)
{
	notify_send(&s->notify, "STOPPING=1\nSTATUS=stopping");
}
