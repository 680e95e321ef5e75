/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * With `control: none` neighbours, addresses and static routes of the interface are taken out of
 * the tables here, routes a slice at a time; with `control: linux` they go by what the kernel says.
 * Its id is free again when the packets that had it have left the rings of the slow path, what was
 * seen on it as a bridge's member has left those of learning, and no next hop has it.
 */
#include "retire.h"

#include <errno.h>
#include <stdlib.h>

#include "address_ctl.h"
#include "bridge_ctl.h"
#include "bridge_learn.h"
#include "neigh_ctl.h"
#include "nexthop_ctl.h"
#include "rcu.h"
#include "route_ctl.h"
#include "worker_ctl.h"

#define SLICE 2000 /* routes: a few milliseconds */

/* How far the rings of a worker had been filled when the interface went. */
struct retired_rings {
	uint32_t punted, injected, learned;
};

/* An interface whose id may still be somewhere. */
struct retired {
	struct retired *next;
	struct iface *iface;
	bool tables;                  /* addresses and neighbours are out of them */
	bool routes;                  /* static ones too */
	struct ip_prefix at;          /* of the routes, how far */
	bool drained;                 /* the rings have passed */
	struct retired_rings rings[]; /* by worker */
};

/* None before the workers are made: no packet is under way then. */
static unsigned workers_of(const struct router *r)
{
	return r->workers ? r->workers->n : 0;
}

struct retired *retired_new(const struct router *r)
{
	return calloc(1, sizeof(struct retired) + workers_of(r) * sizeof(struct retired_rings));
}

static uint32_t filled(const struct rte_ring *ring)
{
	return __atomic_load_n(&ring->prod.tail, __ATOMIC_ACQUIRE);
}

static uint32_t filled_learn(const struct worker *w)
{
	return w->learn ? filled(w->learn->ring) : 0;
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
static bool leave_slice(struct router *r, struct retired *retired)
{
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

void retired_begin(struct router *r, struct retired *retired, struct iface *iface)
{
	retired->iface = iface;
	leave_slice(r, retired);
	if (r->bridges)
		bridge_member_del(r->bridges, iface);
	nexthop_iface_unresolve(r->nexthops, iface);
	iface_del(r->ifaces, iface);
	rcu_synchronize(r->rcu);
	/* From here on nothing with its id enters a ring. */
	for (unsigned i = 0; i < workers_of(r); i++) {
		const struct worker *w = r->workers->workers[i];

		retired->rings[i] = (struct retired_rings){.punted = filled(w->punt_ring),
							   .injected = filled(w->inject_ring),
							   .learned = filled_learn(w)};
	}
	retired->next = r->retired;
	r->retired = retired;
}

static bool rings_have_passed(const struct router *r, const struct retired *retired)
{
	for (unsigned i = 0; i < workers_of(r); i++) {
		const struct worker *w = r->workers->workers[i];

		if (!has_passed(w->punt_ring, retired->rings[i].punted) ||
		    !has_passed(w->inject_ring, retired->rings[i].injected) ||
		    (w->learn && !has_passed(w->learn->ring, retired->rings[i].learned)))
			return false;
	}
	return true;
}

/* The id is nowhere any more. */
static bool is_over(struct router *r, struct retired *retired)
{
	bool more = leave_slice(r, retired);

	retired->drained = retired->drained || rings_have_passed(r, retired);
	return !more && retired->drained && !nexthop_iface_is_used(r->nexthops, retired->iface);
}

void retired_poll(struct router *r)
{
	struct retired **at = &r->retired;

	while (*at) {
		struct retired *retired = *at;

		if (!is_over(r, retired)) {
			at = &retired->next;
			continue;
		}
		*at = retired->next;
		/* A worker may still be about to send what it took from its ring. */
		rcu_synchronize(r->rcu);
		nexthop_iface_forget(r->nexthops, retired->iface);
		iface_free(r->ifaces, retired->iface);
		free(retired);
	}
}

void retired_free_all(struct router *r)
{
	while (r->retired) {
		struct retired *retired = r->retired;

		r->retired = retired->next;
		free(retired); /* the interface goes with its table */
	}
}
