/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is left of an interface whose port has gone. With `control: none` its neighbours, addresses
 * and static routes are taken out of the tables here, routes a slice at a time; with `control:
 * linux` they go by what the kernel says. Its id is free again when the packets that had it have
 * left the rings of the slow path, and no next hop has it.
 */
#include <errno.h>
#include <stdlib.h>

#include "address_ctl.h"
#include "hotplug_own.h"
#include "log.h"
#include "neigh_ctl.h"
#include "nexthop_ctl.h"
#include "rcu.h"
#include "route_ctl.h"
#include "worker_ctl.h"

#define SLICE 2000 /* routes: a few milliseconds */

struct retired *retired_new(const struct hotplug *h)
{
	return calloc(1, sizeof(struct retired) + h->r->workers->n * sizeof(struct retired_rings));
}

static uint32_t filled(const struct rte_ring *ring)
{
	return __atomic_load_n(&ring->prod.tail, __ATOMIC_ACQUIRE);
}

/* What had been put into the ring when it was filled so far has been taken out. */
static bool has_passed(const struct rte_ring *ring, uint32_t then)
{
	return (int32_t)(__atomic_load_n(&ring->cons.tail, __ATOMIC_ACQUIRE) - then) >= 0;
}

/* 0 or -ENOMEM: once more. */
static int leave_tables(struct router *r, struct iface *iface)
{
	unsigned kept = 0;
	struct error err;

	if (neigh_unset_all(r->neighs, iface, &err))
		return -ENOMEM;
	while (kept < iface->n_addrs) {
		const struct ip_prefix addr = iface->addrs[kept];

		if (ip_addr_is_link_local6(&addr.addr))
			kept++;
		else if (address_del(r->routes, r->ifaces, iface, &addr, &err))
			return -ENOMEM;
	}
	return 0;
}

/* True: there is more to do. */
static bool leave_slice(struct hotplug *h, struct retired *retired)
{
	struct router *r = h->r;
	struct error err;
	int ret;

	if (r->linux_control)
		return false;
	if (!retired->tables && leave_tables(r, retired->iface))
		return true;
	retired->tables = true;
	if (!retired->routes) {
		ret = route_static_drop(r->routes, retired->iface, &retired->at, SLICE, &err);
		retired->routes = !ret;
	}
	return !retired->routes;
}

void retired_begin(struct hotplug *h, struct retired *retired, struct iface *iface)
{
	struct router *r = h->r;

	retired->iface = iface;
	leave_slice(h, retired);
	nexthop_iface_unresolve(r->nexthops, iface);
	iface_del(r->ifaces, iface);
	rcu_synchronize(r->rcu);
	/* From here on nothing with its id enters a ring. */
	for (unsigned i = 0; i < r->workers->n; i++) {
		const struct worker *w = r->workers->workers[i];

		retired->rings[i] = (struct retired_rings){.punted = filled(w->punt_ring),
							   .injected = filled(w->inject_ring)};
	}
	retired->next = h->retired;
	h->retired = retired;
}

static bool rings_have_passed(const struct hotplug *h, const struct retired *retired)
{
	for (unsigned i = 0; i < h->r->workers->n; i++) {
		const struct worker *w = h->r->workers->workers[i];

		if (!has_passed(w->punt_ring, retired->rings[i].punted) ||
		    !has_passed(w->inject_ring, retired->rings[i].injected))
			return false;
	}
	return true;
}

/* The id is nowhere any more. */
static bool is_over(struct hotplug *h, struct retired *retired)
{
	bool more = leave_slice(h, retired);

	retired->drained = retired->drained || rings_have_passed(h, retired);
	return !more && retired->drained && !nexthop_iface_is_used(h->r->nexthops, retired->iface);
}

void retired_poll(struct hotplug *h)
{
	struct retired **at = &h->retired;

	while (*at) {
		struct retired *retired = *at;

		if (!is_over(h, retired)) {
			at = &retired->next;
			continue;
		}
		*at = retired->next;
		/* A worker may still be about to send what it took from its ring. */
		rcu_synchronize(h->r->rcu);
		nexthop_iface_forget(h->r->nexthops, retired->iface);
		iface_free(h->r->ifaces, retired->iface);
		free(retired);
	}
}

void retired_free_all(struct hotplug *h)
{
	while (h->retired) {
		struct retired *retired = h->retired;

		h->retired = retired->next;
		free(retired); /* the interface goes with its table */
	}
}
