/* SPDX-License-Identifier: BSD-3-Clause */
#include "upkeep.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "iface.h"
#include "port_ctl.h"
#include "port_link.h"
#include "rcu.h"
#include "route_ctl.h"
#include "router.h"

#define TICK_US 20000
#define SLICE   10000 /* words looked at */

struct upkeep {
	struct event *timer;
	struct router *r;
};

static bool wants_all(const struct router *r, const struct iface *iface, const struct port *port)
{
	return iface_fwd_flags(&r->ifaces->fwd[iface->id]) & IFACE_FWD_MEMBER ||
	       memcmp(&iface->mac, &port->mac, sizeof(port->mac)) != 0;
}

void upkeep_filters(const struct router *r)
{
	bool all[RTE_MAX_ETHPORTS] = {false};
	const struct iface *iface = NULL;

	while ((iface = iface_next(r->ifaces, iface))) {
		const struct port *port = port_by_id(r->ports, iface->port);

		if (port)
			all[port->id] |= wants_all(r, iface, port);
	}
	for (unsigned i = 0; i < r->ports->n; i++)
		port_want_all(r->ports->ports[i], all[r->ports->ports[i]->id]);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct upkeep *u = ctx;
	struct timeval next = {.tv_usec = TICK_US};

	rcu_reclaim(u->r->rcu);
	upkeep_filters(u->r);
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
