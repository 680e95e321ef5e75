/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ether.h>

#include "nexthop_table.h"
#include "rcu.h"

struct nexthop_table *nexthop_table_create(uint32_t max_neighbours, int numa_node, struct rcu *rcu)
{
	/* Each neighbour may be the next hop of a host route and a member of groups beside it. */
	uint32_t max_groups = 2 * max_neighbours, max_buckets = 16 * max_neighbours;
	struct nexthop_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	max_buckets = RTE_MAX(max_buckets, (uint32_t)(16 * GROUP_BUCKETS_MAX));
	t->adjs = adj_table_create(max_neighbours + IFACE_MAX, numa_node, rcu);
	t->groups = group_table_create(max_groups + IFACE_MAX, max_buckets, numa_node, rcu);
	if (!t->adjs || !t->groups) {
		nexthop_table_destroy(t);
		errno = ENOMEM;
		return NULL;
	}
	for (uint32_t i = 0; i < ADJ_INDEX_FIXED; i++)
		t->fixed[i].index = i;
	return t;
}

void nexthop_table_destroy(struct nexthop_table *t)
{
	if (!t)
		return;
	group_table_destroy(t->groups);
	adj_table_destroy(t->adjs);
	free(t);
}

void nexthop_usage(const struct nexthop_table *t, struct nexthop_usage *usage)
{
	adj_usage(t->adjs, &usage->adjacencies);
	group_usage(t->groups, &usage->groups, &usage->buckets);
}

bool nexthop_has_room(const struct nexthop_table *t)
{
	return adj_room(t->adjs) && group_room(t->groups);
}

bool nexthop_has_room_again(const struct nexthop_table *t)
{
	return (t->refused.adjs && adj_room(t->adjs) > t->refused.adj_room) ||
	       (t->refused.groups && (group_room(t->groups) > t->refused.group_room ||
				      group_units_room(t->groups) > t->refused.units_room));
}

void nexthop_forget_refused(struct nexthop_table *t)
{
	t->refused.adjs = t->refused.groups = false;
}

void nexthop_set_seed(struct nexthop_table *t, uint32_t seed)
{
	t->groups->seed = seed;
}

struct adj *nexthop_adjs(const struct nexthop_table *t)
{
	return t->adjs->adjs;
}

const struct group_table *nexthop_groups(const struct nexthop_table *t)
{
	return t->groups;
}

void nexthop_regions(const struct nexthop_table *t, region_visit_fn *visit, void *ctx)
{
	visit(ctx, &t->adjs->mem);
	visit(ctx, &t->groups->words_mem);
	visit(ctx, &t->groups->buckets_mem);
}

/* The glean adjacency of an interface is shared and stays: so losing a neighbour cannot fail. */
static uint32_t glean_adj(struct nexthop_table *t, const struct iface *iface)
{
	if (!t->glean[iface->id])
		t->glean[iface->id] = adj_glean(t->adjs, iface);
	return t->glean[iface->id];
}

static struct nexthop *find(const struct nexthop_table *t, const struct nexthop_key *key)
{
	struct nexthop *nh;

	HASH_FIND(hh, t->nexthops, key, sizeof(*key), nh);
	return nh;
}

/* To be called when what was tried is undone. */
static int no_room(struct nexthop_table *t, struct error *err)
{
	t->refused.adjs = true;
	t->refused.adj_room = adj_room(t->adjs);
	return error_set(err, -ENOSPC, "the table of adjacencies is full (limits.neighbours)");
}

/* A next hop that is not resolved, in the hash. */
static struct nexthop *nexthop_new(struct nexthop_table *t, const struct nexthop_key *key,
				   const struct iface *iface, struct error *err)
{
	uint32_t adj = glean_adj(t, iface);
	struct nexthop *nh = calloc(1, sizeof(*nh));

	if (!adj || !nh) {
		free(nh);
		no_room(t, err);
		return NULL;
	}
	memcpy(&nh->key, key, sizeof(*key)); /* padding is hashed too */
	nh->iface = iface;
	nh->adj = adj;
	nh->refs = 1;
	HASH_ADD(hh, t->nexthops, key, sizeof(nh->key), nh);
	if (nh->left_out) {
		free(nh);
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	return nh;
}

static uint32_t rewrite_adj(struct nexthop_table *t, const struct nexthop *nh,
			    const struct mac_addr *mac)
{
	return adj_rewrite(t->adjs, nh->iface, mac,
			   nh->key.packets == IP4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
}

/* Let every group that the next hop is in lead to adj. Where it led before is the caller's. */
static void move_to(struct nexthop_table *t, struct nexthop *nh, uint32_t adj)
{
	nh->adj = adj;
	for (struct membership *m = nh->groups; m; m = m->next)
		nexthop_group_update(t, m->group);
}

/* Give up an adjacency of its own, behind the readers. */
static void drop_adj(struct nexthop_table *t, struct nexthop *nh, uint32_t adj)
{
	nh->used |= adj_take_used(t->adjs, adj);
	adj_free(t->adjs, adj);
}

static void set_rewrite(struct nexthop_table *t, struct nexthop *nh, uint32_t adj,
			const struct mac_addr *mac)
{
	uint32_t old = nh->adj;

	move_to(t, nh, adj);
	if (nh->resolved)
		drop_adj(t, nh, old);
	nh->mac = *mac;
	nh->resolved = true;
}

/* Bind the next hop to that of the gateway's own family, which it follows. */
static int follow(struct nexthop_table *t, struct nexthop *nh, struct error *err)
{
	struct nexthop *native = nexthop_get(t, nh->iface, &nh->key.gateway, err);
	uint32_t adj;

	if (!native)
		return -ENOSPC;
	if (native->resolved) {
		adj = rewrite_adj(t, nh, &native->mac);
		if (!adj) {
			nexthop_put(t, native);
			return no_room(t, err);
		}
		set_rewrite(t, nh, adj, &native->mac);
	}
	nh->native = native;
	native->cross = nh;
	return 0;
}

struct nexthop *nexthop_get_via(struct nexthop_table *t, const struct iface *iface,
				const struct ip_addr *gateway, enum ip_family packets,
				struct error *err)
{
	struct nexthop_key key;
	struct nexthop *nh;

	memset(&key, 0, sizeof(key)); /* padding is hashed too */
	key.gateway = *gateway;
	key.iface = iface->id;
	key.packets = packets;
	nh = find(t, &key);
	if (nh) {
		nh->refs++;
		return nh;
	}
	nh = nexthop_new(t, &key, iface, err);
	if (nh && packets != gateway->family && follow(t, nh, err)) {
		nexthop_put(t, nh);
		return NULL;
	}
	return nh;
}

struct nexthop *nexthop_get(struct nexthop_table *t, const struct iface *iface,
			    const struct ip_addr *gateway, struct error *err)
{
	return nexthop_get_via(t, iface, gateway, gateway->family, err);
}

void nexthop_put(struct nexthop_table *t, struct nexthop *nh)
{
	if (--nh->refs)
		return;
	if (nh->resolved)
		adj_free(t->adjs, nh->adj);
	HASH_DEL(t->nexthops, nh);
	if (nh->native) {
		nh->native->cross = NULL;
		nexthop_put(t, nh->native);
	}
	free(nh);
}

int nexthop_resolve(struct nexthop_table *t, struct nexthop *nh, const struct mac_addr *mac,
		    struct error *err)
{
	uint32_t adj, cross_adj = 0;

	if (nh->native)
		nh = nh->native;
	if (nh->resolved && !memcmp(&nh->mac, mac, sizeof(*mac)))
		return 0;
	adj = rewrite_adj(t, nh, mac);
	if (adj && nh->cross) {
		cross_adj = rewrite_adj(t, nh->cross, mac);
		if (!cross_adj) {
			adj_free(t->adjs, adj);
			adj = 0;
		}
	}
	if (!adj)
		return no_room(t, err);
	set_rewrite(t, nh, adj, mac);
	if (nh->cross)
		set_rewrite(t, nh->cross, cross_adj, mac);
	return 0;
}

static void unresolve(struct nexthop_table *t, struct nexthop *nh)
{
	uint32_t old = nh->adj;

	if (!nh->resolved)
		return;
	move_to(t, nh, t->glean[nh->iface->id]);
	drop_adj(t, nh, old);
	nh->resolved = false;
}

void nexthop_unresolve(struct nexthop_table *t, struct nexthop *nh)
{
	if (nh->native)
		nh = nh->native;
	unresolve(t, nh);
	if (nh->cross)
		unresolve(t, nh->cross);
}

/* Give the interface another glean adjacency, with all next hops that are not resolved. */
static int renew_glean(struct nexthop_table *t, const struct iface *iface)
{
	uint32_t old = t->glean[iface->id], adj;

	if (!old)
		return 0;
	adj = adj_glean(t->adjs, iface);
	if (!adj)
		return -ENOSPC;
	t->glean[iface->id] = adj;
	for (struct nexthop *nh = t->nexthops; nh; nh = nh->hh.next)
		if (nh->iface == iface && !nh->resolved)
			move_to(t, nh, adj);
	adj_free(t->adjs, old);
	return 0;
}

int nexthop_iface_changed(struct nexthop_table *t, const struct iface *iface, struct error *err)
{
	int ret = renew_glean(t, iface);

	for (struct nexthop *nh = t->nexthops; nh; nh = nh->hh.next) {
		const struct mac_addr mac = nh->mac;
		uint32_t adj;

		if (nh->iface != iface || !nh->resolved)
			continue;
		adj = rewrite_adj(t, nh, &mac);
		if (!adj) { /* and none of those behind it gets one */
			ret = -ENOSPC;
			break;
		}
		set_rewrite(t, nh, adj, &mac);
	}
	return ret ? no_room(t, err) : 0;
}

void nexthop_iface_set_usable(struct nexthop_table *t, const struct iface *iface, bool usable)
{
	if (t->unusable[iface->id] == !usable)
		return;
	t->unusable[iface->id] = !usable;
	t->pass++;
	for (struct nexthop *nh = t->nexthops; nh; nh = nh->hh.next)
		for (struct membership *m = nh->iface == iface ? nh->groups : NULL; m;
		     m = m->next) {
			if (m->group->n > 1 && m->group->pass != t->pass)
				nexthop_group_update(t, m->group);
			m->group->pass = t->pass;
		}
}

void nexthop_iface_unresolve(struct nexthop_table *t, const struct iface *iface)
{
	for (struct nexthop *nh = t->nexthops; nh; nh = nh->hh.next)
		if (nh->iface == iface)
			unresolve(t, nh);
}

bool nexthop_iface_is_used(const struct nexthop_table *t, const struct iface *iface)
{
	const struct nexthop *nh = t->nexthops;

	while (nh && nh->iface != iface)
		nh = nh->hh.next;
	return nh;
}

void nexthop_iface_forget(struct nexthop_table *t, const struct iface *iface)
{
	if (t->glean[iface->id])
		adj_free(t->adjs, t->glean[iface->id]);
	t->glean[iface->id] = 0;
	t->unusable[iface->id] = false;
}

static bool take_used(struct nexthop_table *t, struct nexthop *nh)
{
	bool used = nh->used;

	nh->used = false;
	return nh->resolved ? adj_take_used(t->adjs, nh->adj) || used : used;
}

void nexthop_take_used(struct nexthop_table *t, nexthop_used_fn fn, void *ctx)
{
	for (struct nexthop *nh = t->nexthops; nh; nh = nh->hh.next) {
		bool used;

		if (nh->native || ip_addr_is_unspecified(&nh->key.gateway) ||
		    nh->refs == nh->absent)
			continue;
		used = take_used(t, nh);
		if (nh->cross)
			used |= take_used(t, nh->cross);
		fn(ctx, nh, used);
	}
}

const struct iface *nexthop_iface(const struct nexthop *nh)
{
	return nh->iface;
}

const struct ip_addr *nexthop_gateway(const struct nexthop *nh)
{
	return &nh->key.gateway;
}

const struct mac_addr *nexthop_mac(const struct nexthop *nh)
{
	return nh->resolved ? &nh->mac : NULL;
}
