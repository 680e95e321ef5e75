/* SPDX-License-Identifier: BSD-3-Clause */
#include "nexthop_ctl.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_ether.h>

/* Without memory uthash leaves the element out and tells, instead of ending the process. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

#include "rcu.h"

struct nexthop_key {
	struct ip_addr gateway;
	uint16_t iface;
};

/* A group that a next hop is in. */
struct membership {
	struct membership *next;
	struct nexthop_group *group;
};

struct nexthop {
	struct nexthop_key key;
	const struct iface *iface;
	uint32_t adj; /* where its packets go now */
	uint32_t refs;
	bool resolved;
	struct mac_addr mac;
	struct membership *groups;
	bool left_out; /* of the hash: no memory */
	UT_hash_handle hh;
};

struct nexthop_group {
	uint32_t index;
	uint32_t refs;
	unsigned n;
	bool left_out; /* of the hash: no memory */
	UT_hash_handle hh;
	struct nexthop_path paths[]; /* the key */
};

struct nexthop_table {
	struct adj_table *adjs;
	struct group_table *groups;
	struct nexthop *nexthops;   /* by key */
	struct nexthop_group *sets; /* by paths */
	struct nexthop_group fixed[ADJ_INDEX_FIXED];
	uint32_t glean[IFACE_MAX]; /* adjacency of each interface; 0: none yet */
};

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

void nexthop_set_seed(struct nexthop_table *t, uint32_t seed)
{
	t->groups->seed = seed;
}

const struct adj *nexthop_adjs(const struct nexthop_table *t)
{
	return t->adjs->adjs;
}

const struct group_table *nexthop_groups(const struct nexthop_table *t)
{
	return t->groups;
}

/* The glean adjacency of an interface is shared and stays: so losing a neighbour cannot fail. */
static uint32_t glean_adj(struct nexthop_table *t, const struct iface *iface)
{
	if (!t->glean[iface->id])
		t->glean[iface->id] = adj_glean(t->adjs, iface);
	return t->glean[iface->id];
}

struct nexthop *nexthop_get(struct nexthop_table *t, const struct iface *iface,
			    const struct ip_addr *gateway, struct error *err)
{
	struct nexthop_key key;
	struct nexthop *nh;
	uint32_t adj;

	memset(&key, 0, sizeof(key)); /* padding is hashed too */
	key.gateway = *gateway;
	key.iface = iface->id;
	HASH_FIND(hh, t->nexthops, &key, sizeof(key), nh);
	if (nh) {
		nh->refs++;
		return nh;
	}
	adj = glean_adj(t, iface);
	nh = calloc(1, sizeof(*nh));
	if (!adj || !nh) {
		free(nh);
		error_set(err, -ENOSPC, "no room for another next hop");
		return NULL;
	}
	memcpy(&nh->key, &key, sizeof(key));
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

void nexthop_put(struct nexthop_table *t, struct nexthop *nh)
{
	if (--nh->refs)
		return;
	if (nh->resolved)
		adj_free(t->adjs, nh->adj);
	HASH_DEL(t->nexthops, nh);
	free(nh);
}

/* The weights of a group's paths, as group_add() wants them. */
static void weights_of(const struct nexthop_group *group, uint32_t *weights)
{
	for (unsigned i = 0; i < group->n; i++)
		weights[i] = group->paths[i].weight;
}

static void group_move(struct nexthop_table *t, const struct nexthop_group *group,
		       const struct nexthop *nh, uint32_t adj)
{
	uint32_t weights[GROUP_PATHS_MAX] = {0};
	unsigned i = 0;

	weights_of(group, weights);
	while (group->paths[i].nh != nh)
		i++;
	group_set_path(t->groups, group->index, weights, group->n, i, adj);
}

/* Let every group that the next hop is in lead to adj; the old adjacency goes, unless shared. */
static void move_to(struct nexthop_table *t, struct nexthop *nh, uint32_t adj)
{
	for (struct membership *m = nh->groups; m; m = m->next)
		group_move(t, m->group, nh, adj);
	if (nh->resolved)
		adj_free(t->adjs, nh->adj);
	nh->adj = adj;
}

int nexthop_resolve(struct nexthop_table *t, struct nexthop *nh, const struct mac_addr *mac,
		    struct error *err)
{
	uint16_t type = nh->key.gateway.family == IP4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6;
	uint32_t adj;

	if (nh->resolved && !memcmp(&nh->mac, mac, sizeof(*mac)))
		return 0;
	adj = adj_rewrite(t->adjs, nh->iface, mac, type);
	if (!adj)
		return error_set(err, -ENOSPC, "the table of %u adjacencies is full", t->adjs->max);
	move_to(t, nh, adj);
	nh->mac = *mac;
	nh->resolved = true;
	return 0;
}

void nexthop_unresolve(struct nexthop_table *t, struct nexthop *nh)
{
	if (!nh->resolved)
		return;
	move_to(t, nh, t->glean[nh->iface->id]);
	nh->resolved = false;
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

static void leave(struct nexthop_table *t, struct nexthop_group *group, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct nexthop *nh = group->paths[i].nh;
		struct membership **at = &nh->groups, *gone;

		while ((*at)->group != group)
			at = &(*at)->next;
		gone = *at;
		*at = gone->next;
		free(gone);
		nexthop_put(t, nh);
	}
}

/* Enter the group into the list of each of its next hops. 0 or -ENOMEM: nothing has changed. */
static int join(struct nexthop_table *t, struct nexthop_group *group)
{
	for (unsigned i = 0; i < group->n; i++) {
		struct nexthop *nh = group->paths[i].nh;
		struct membership *m = malloc(sizeof(*m));

		if (!m) {
			leave(t, group, i);
			return -ENOMEM;
		}
		*m = (struct membership){.next = nh->groups, .group = group};
		nh->groups = m;
		nh->refs++;
	}
	return 0;
}

static struct nexthop_group *group_new(struct nexthop_table *t, const struct nexthop_path *paths,
				       unsigned n)
{
	struct nexthop_group *group = calloc(1, sizeof(*group) + n * sizeof(*paths));
	uint32_t adjs[GROUP_PATHS_MAX] = {0}, weights[GROUP_PATHS_MAX] = {0};

	if (!group)
		return NULL;
	group->refs = 1;
	group->n = n;
	for (unsigned i = 0; i < n; i++) {
		group->paths[i].nh = paths[i].nh; /* member by member: padding stays zero */
		group->paths[i].weight = paths[i].weight;
		adjs[i] = paths[i].nh->adj;
	}
	weights_of(group, weights);
	if (join(t, group))
		goto fail;
	group->index = group_add(t->groups, adjs, weights, n);
	if (!group->index)
		goto fail_joined;
	return group;
fail_joined:
	leave(t, group, n);
fail:
	free(group);
	return NULL;
}

struct nexthop_group *nexthop_group_get(struct nexthop_table *t, const struct nexthop_path *paths,
					unsigned n, struct error *err)
{
	struct nexthop_path key[GROUP_PATHS_MAX];
	struct nexthop_group *group;

	memset(key, 0, n * sizeof(*key));
	for (unsigned i = 0; i < n; i++) {
		key[i].nh = paths[i].nh;
		key[i].weight = n == 1 ? 1 : paths[i].weight;
	}
	HASH_FIND(hh, t->sets, key, n * sizeof(*key), group);
	if (group) {
		group->refs++;
		return group;
	}
	group = group_new(t, key, n);
	if (!group) {
		error_set(err, -ENOSPC, "no room for another group of next hops");
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, t->sets, group->paths, n * sizeof(*key), group);
	if (group->left_out) {
		group_free(t->groups, group->index);
		leave(t, group, group->n);
		free(group);
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	return group;
}

struct nexthop_group *nexthop_group_fixed(struct nexthop_table *t, enum adj_fixed which)
{
	return &t->fixed[which];
}

void nexthop_group_put(struct nexthop_table *t, struct nexthop_group *group)
{
	if (group->n == 0 || --group->refs)
		return;
	HASH_DEL(t->sets, group);
	group_free(t->groups, group->index);
	leave(t, group, group->n);
	free(group);
}

uint32_t nexthop_group_index(const struct nexthop_group *group)
{
	return group->index;
}

unsigned nexthop_group_paths(const struct nexthop_group *group, const struct nexthop_path **paths)
{
	*paths = group->paths;
	return group->n;
}
