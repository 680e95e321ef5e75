/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one context that all tables hang off, passed to whoever needs more than its own module.
 * Filled by the daemon's start in the order of the members, taken down in the reverse order.
 * Context: control thread (workers have struct worker).
 */
#ifndef SLUICE_ROUTER_H
#define SLUICE_ROUTER_H

#include <stdbool.h>

struct router {
	bool linux_control;  /* `control: linux`: the tables follow those of the kernel */
	const char *netns;   /* then: the namespace of the mirrors, as in the configuration */
	struct turns *turns; /* of the event loop */
	struct rcu *rcu;
	struct port_table *ports;
	struct iface_table *ifaces;
	struct nexthop_table *nexthops;
	struct bridge_table *bridges;
	struct route_table *routes;
	struct neigh_table *neighs;
	struct span *span; /* port mirroring: span_ctl.h */
	struct storm_table *storms;
	struct worker_set *workers;
	struct slowpath *slowpath;   /* NULL where Linux is in control */
	struct linux_ctl *linux_ctl; /* NULL where it is not */
	struct hotplug *hotplug;
	struct retired *retired; /* interfaces that have gone, whose ids are not free yet */
};

#endif
