/* SPDX-License-Identifier: BSD-3-Clause */
#include "upkeep.h"

#include <stdlib.h>

#include <event2/event.h>

#include "port_filter.h"
#include "rcu.h"
#include "route_ctl.h"
#include "router.h"

#define TICK_US 20000
#define SLICE   10000 /* words looked at */

struct upkeep {
	struct event *timer;
	struct router *r;
};

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct upkeep *u = ctx;
	struct timeval next = {.tv_usec = TICK_US};

	rcu_reclaim(u->r->rcu);
	port_filter_follow(u->r->ports, u->r->ifaces);
	/* At once again, but others have their turn between. */
	if (route_maintain(u->r->routes, SLICE))
		next.tv_usec = 0;
	event_add(u->timer, &next);
}

struct upkeep *upkeep_create(struct event_base *base, struct router *r)
{
	const struct timeval first = {.tv_usec = TICK_US};
	struct upkeep *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->r = r;
	u->timer = event_new(base, -1, 0, on_timer, u);
	if (!u->timer || event_add(u->timer, &first)) {
		upkeep_destroy(u);
		return NULL;
	}
	return u;
}

void upkeep_destroy(struct upkeep *u)
{
	if (!u)
		return;
	if (u->timer)
		event_free(u->timer);
	free(u);
}
