/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Groups of next hops. A shared one is found by its paths, and keeps them. One of its own, for a
 * next hop object of the kernel, may get other paths at any time: routes hold the group, and so
 * follow by one word.
 *
 * The kernel takes a next hop that dies out of its groups, and a routing daemon puts it back. To
 * share the buckets anew among those that are left would move most flows. So a path that goes keeps
 * its place as one that is dead: its buckets are lent to the others, as group.h tells, until the
 * group gets a path that it has not had, or another weight. So long it also keeps its adjacency:
 * a group that has shrunk for good from 64 paths to one holds 63 of limits.neighbours and the
 * buckets of all 64.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nexthop_table.h"

/* The path over the next hop, or NULL. */
static const struct nexthop_path *find_path(const struct nexthop_path *paths, unsigned n,
					    const struct nexthop *nh)
{
	for (unsigned i = 0; i < n; i++)
		if (paths[i].nh == nh)
			return &paths[i];
	return NULL;
}

static bool is_absent(const struct nexthop_group *group, const struct nexthop *nh)
{
	return group->live && !find_path(group->live, group->n_live, nh);
}

/* What group.h wants to know of these paths. */
static void describe(const struct nexthop_table *t, const struct nexthop_path *paths, unsigned n,
		     struct group_path *out)
{
	for (unsigned i = 0; i < n; i++)
		out[i] = (struct group_path){.adj = paths[i].nh->adj,
					     .weight = n == 1 ? 1 : paths[i].weight,
					     .dead = t->unusable[paths[i].nh->iface->id]};
}

/* Those that are absent take no packets, whatever the others do. */
static void mark_absent(const struct nexthop_group *group, struct group_path *paths)
{
	bool all_dead = true;

	for (unsigned i = 0; i < group->n; i++)
		all_dead &= paths[i].dead || is_absent(group, group->paths[i].nh);
	for (unsigned i = 0; i < group->n; i++) {
		bool absent = is_absent(group, group->paths[i].nh);

		paths[i].dead = absent || (paths[i].dead && !all_dead);
	}
}

void nexthop_group_update(struct nexthop_table *t, const struct nexthop_group *group)
{
	struct group_path paths[GROUP_PATHS_MAX] = {0};

	describe(t, group->paths, group->n, paths);
	if (group->live)
		mark_absent(group, paths);
	group_update(t->groups, group->index, paths, group->n);
}

/* Take the group out of the lists of these next hops, and put them back. */
static void leave(struct nexthop_table *t, const struct nexthop_group *group,
		  const struct nexthop_path *paths, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct nexthop *nh = paths[i].nh;
		struct membership **at = &nh->groups, *gone;

		while ((*at)->group != group)
			at = &(*at)->next;
		gone = *at;
		*at = gone->next;
		free(gone);
		nexthop_put(t, nh);
	}
}

/* Enter the group into the list of each of these next hops. 0 or -ENOMEM: nothing has changed. */
static int join(struct nexthop_table *t, struct nexthop_group *group,
		const struct nexthop_path *paths, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct nexthop *nh = paths[i].nh;
		struct membership *m = malloc(sizeof(*m));

		if (!m) {
			leave(t, group, paths, i);
			return -ENOMEM;
		}
		*m = (struct membership){.next = nh->groups, .group = group};
		nh->groups = m;
		nh->refs++;
	}
	return 0;
}

/* To be called when what was tried is undone. */
static int no_room(struct nexthop_table *t, struct error *err)
{
	t->refused.groups = true;
	t->refused.group_room = group_room(t->groups);
	t->refused.units_room = group_units_room(t->groups);
	return error_set(err, -ENOSPC,
			 "no room for another group of next hops (limits.neighbours)");
}

/* Without paths: the fixed adjacency `kernel`. */
static struct nexthop_group *group_new(struct nexthop_table *t)
{
	static const struct group_path kernel = {.adj = ADJ_INDEX_KERNEL, .weight = 1};
	struct nexthop_group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->refs = 1;
	group->index = group_add(t->groups, &kernel, 1);
	if (!group->index) {
		free(group);
		return NULL;
	}
	return group;
}

/* Let only these of its paths be taken (NULL: all), in memory that it takes over. */
static void set_live(struct nexthop_group *group, struct nexthop_path *live, unsigned n)
{
	for (unsigned i = 0; i < group->n; i++)
		group->paths[i].nh->absent -= is_absent(group, group->paths[i].nh);
	free(group->live);
	group->live = live;
	group->n_live = n;
	for (unsigned i = 0; i < group->n; i++)
		group->paths[i].nh->absent += is_absent(group, group->paths[i].nh);
}

static void group_destroy(struct nexthop_table *t, struct nexthop_group *group)
{
	group_free(t->groups, group->index);
	set_live(group, NULL, 0);
	leave(t, group, group->paths, group->n);
	free(group->paths);
	free(group);
}

static int set_paths(struct nexthop_table *t, struct nexthop_group *group,
		     const struct nexthop_path *paths, unsigned n)
{
	struct nexthop_path *copy = calloc(n, sizeof(*copy));
	struct group_path described[GROUP_PATHS_MAX] = {0};

	if (!copy)
		return -ENOSPC;
	for (unsigned i = 0; i < n; i++) { /* member by member: padding stays zero */
		copy[i].nh = paths[i].nh;
		copy[i].weight = paths[i].weight;
	}
	describe(t, copy, n, described);
	if (join(t, group, copy, n))
		goto fail;
	if (group_replace(t->groups, group->index, described, n))
		goto fail_joined;
	/* After the new ones are in use: a next hop in both does not go in between. */
	set_live(group, NULL, 0);
	leave(t, group, group->paths, group->n);
	free(group->paths);
	group->paths = copy;
	group->n = n;
	return 0;
fail_joined:
	leave(t, group, copy, n);
fail:
	free(copy);
	return -ENOSPC;
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
	group = group_new(t);
	if (!group || set_paths(t, group, key, n)) {
		if (group)
			group_destroy(t, group);
		no_room(t, err);
		return NULL;
	}
	group->shared = true;
	HASH_ADD_KEYPTR(hh, t->sets, group->paths, n * sizeof(*key), group);
	if (group->left_out) {
		group_destroy(t, group);
		error_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	return group;
}

struct nexthop_group *nexthop_group_fixed(struct nexthop_table *t, enum adj_fixed which)
{
	return &t->fixed[which];
}

struct nexthop_group *nexthop_group_create(struct nexthop_table *t, struct error *err)
{
	struct nexthop_group *group = group_new(t);

	if (!group)
		no_room(t, err);
	return group;
}

/* All of these are paths that the group has a place for, with these weights. */
static bool has_places(const struct nexthop_group *group, const struct nexthop_path *paths,
		       unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct nexthop_path *path = find_path(group->paths, group->n, paths[i].nh);

		if (!path || path->weight != paths[i].weight)
			return false;
	}
	return true;
}

/* Some of its paths, or all of them. */
static int take_some(struct nexthop_table *t, struct nexthop_group *group,
		     const struct nexthop_path *paths, unsigned n)
{
	struct nexthop_path *live = NULL;

	if (n < group->n) {
		live = malloc(n * sizeof(*live));
		if (!live)
			return -ENOMEM;
		memcpy(live, paths, n * sizeof(*live));
	}
	set_live(group, live, live ? n : 0);
	nexthop_group_update(t, group);
	return 0;
}

int nexthop_group_set(struct nexthop_table *t, struct nexthop_group *group,
		      const struct nexthop_path *paths, unsigned n, struct error *err)
{
	if (has_places(group, paths, n) && !take_some(t, group, paths, n))
		return 0;
	return set_paths(t, group, paths, n) ? no_room(t, err) : 0;
}

void nexthop_group_set_fixed(struct nexthop_table *t, struct nexthop_group *group,
			     enum adj_fixed which)
{
	const struct group_path fixed = {.adj = which, .weight = 1};

	group_replace(t->groups, group->index, &fixed, 1); /* one path needs no room */
	set_live(group, NULL, 0);
	leave(t, group, group->paths, group->n);
	free(group->paths);
	group->paths = NULL;
	group->n = 0;
}

void nexthop_group_hold(struct nexthop_group *group)
{
	if (group->index >= ADJ_INDEX_FIXED)
		group->refs++;
}

void nexthop_group_put(struct nexthop_table *t, struct nexthop_group *group)
{
	if (group->index < ADJ_INDEX_FIXED || --group->refs)
		return;
	if (group->shared)
		HASH_DEL(t->sets, group);
	group_destroy(t, group);
}

uint32_t nexthop_group_index(const struct nexthop_group *group)
{
	return group->index;
}

unsigned nexthop_group_paths(const struct nexthop_group *group, const struct nexthop_path **paths)
{
	*paths = group->live ? group->live : group->paths;
	return group->live ? group->n_live : group->n;
}
