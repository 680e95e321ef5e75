/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Next hop objects (ip-nexthop(8)). Routes point to the object's group, whose content follows the
 * object: so a change of an object moves all its routes by one write. The kernel says nothing of
 * groups when a member changes; they are made anew here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "sync_own.h"

static struct sync_nexthop *find(const struct sync *s, uint32_t id)
{
	struct sync_nexthop *nh;

	HASH_FIND(hh, s->nexthops, &id, sizeof(id), nh);
	return nh;
}

int sync_paths(struct sync *s, const struct nl_hop *hops, unsigned n, uint8_t packets,
	       struct nexthop_path *paths, struct error *err)
{
	struct nexthop_table *t = s->r->nexthops;
	unsigned n_paths = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct ip_addr on_link = {.family = packets};
		const struct iface *iface = sync_iface(s, hops[i].ifindex);
		struct nexthop *nh;
		unsigned j = 0;

		if (!iface || hops[i].encap) {
			sync_paths_put(s, paths, (int)n_paths);
			return 0;
		}
		nh = nexthop_get_via(t, iface, hops[i].has_gateway ? &hops[i].gateway : &on_link,
				     packets, err);
		if (!nh) {
			sync_paths_put(s, paths, (int)n_paths);
			return -ENOSPC;
		}
		s->gateways_new |= hops[i].has_gateway && !nexthop_mac(nh);
		while (j < n_paths && paths[j].nh != nh)
			j++;
		if (j < n_paths) {
			paths[j].weight += hops[i].weight;
			nexthop_put(t, nh);
		} else {
			paths[n_paths++] =
				(struct nexthop_path){.nh = nh, .weight = hops[i].weight};
		}
	}
	return (int)n_paths;
}

void sync_paths_put(struct sync *s, const struct nexthop_path *paths, int n)
{
	for (int i = 0; i < n; i++)
		nexthop_put(s->r->nexthops, paths[i].nh);
}

/* The hops of an object, those of its members for a group; 0: only the kernel can take them. A
 * member that is not known is about to leave the group: the kernel tells of its end before that. */
static unsigned hops_of(const struct sync *s, const struct sync_nexthop *nh, struct nl_hop *hops)
{
	unsigned n = 0;

	if (!nh->members) {
		hops[0] = nh->hop;
		return 1;
	}
	for (unsigned i = 0; i < nh->n_members; i++) {
		const struct sync_nexthop *member = find(s, nh->members[i].id);

		if (!member)
			continue;
		if (member->members || member->blackhole)
			return 0;
		hops[n] = member->hop;
		hops[n++].weight = nh->members[i].weight;
	}
	return n;
}

/* Let the object's group for the packets of a family follow the object. */
static void follow(struct sync *s, struct sync_nexthop *nh, struct nexthop_group *group,
		   uint8_t packets)
{
	struct nexthop_path paths[NL_HOPS_MAX];
	struct nl_hop hops[NL_HOPS_MAX];
	struct error err;
	int n;

	nh->no_room[packets == IP6] = false;
	if (nh->blackhole) {
		nexthop_group_set_fixed(s->r->nexthops, group, ADJ_INDEX_BLACKHOLE);
		return;
	}
	n = sync_paths(s, hops, hops_of(s, nh, hops), packets, paths, &err);
	if (n > 0 && nexthop_group_set(s->r->nexthops, group, paths, (unsigned)n, &err)) {
		sync_paths_put(s, paths, n);
		n = -ENOSPC;
	} else {
		sync_paths_put(s, paths, n);
	}
	nh->no_room[packets == IP6] = n < 0;
	if (n < 0 && sync_may_say(s))
		log_warn("next hop object %u is left to the kernel: %s", nh->id, err.msg);
	if (n <= 0)
		nexthop_group_set_fixed(s->r->nexthops, group, ADJ_INDEX_KERNEL);
}

static void follow_both(struct sync *s, struct sync_nexthop *nh)
{
	for (int i = 0; i < 2; i++)
		if (nh->groups[i])
			follow(s, nh, nh->groups[i], i ? IP6 : IP4);
}

static bool has_member(const struct sync_nexthop *group, uint32_t id)
{
	for (unsigned i = 0; i < group->n_members; i++)
		if (group->members[i].id == id)
			return true;
	return false;
}

static void follow_groups_of(struct sync *s, uint32_t id)
{
	struct sync_nexthop *nh, *next;

	HASH_ITER (hh, s->nexthops, nh, next) {
		if (has_member(nh, id))
			follow_both(s, nh);
	}
}

void sync_nexthop_settle(struct sync *s)
{
	struct sync_nexthop *nh, *next;

	HASH_ITER (hh, s->nexthops, nh, next) {
		if (nh->members)
			follow_both(s, nh);
	}
}

unsigned sync_nexthop_no_room(const struct sync *s)
{
	struct sync_nexthop *nh, *next;
	unsigned n = 0;

	HASH_ITER (hh, s->nexthops, nh, next)
		n += nh->no_room[0] || nh->no_room[1];
	return n;
}

bool sync_nexthop_is_known(const struct sync *s, uint32_t id)
{
	return find(s, id);
}

struct nexthop_group *sync_nexthop_group(struct sync *s, uint32_t id, uint8_t packets)
{
	struct sync_nexthop *nh = find(s, id);
	struct nexthop_group **group = &nh->groups[packets == IP6];
	struct error err;

	if (!*group) {
		*group = nexthop_group_create(s->r->nexthops, &err);
		if (!*group) {
			if (sync_may_say(s))
				log_warn("routes by next hop object %u are left to the kernel: %s",
					 id, err.msg);
			return NULL;
		}
		follow(s, nh, *group, packets);
	}
	nexthop_group_hold(*group);
	return *group;
}

/* The routes that still have its group are led to the kernel, which will take them out too. */
static void nexthop_free(struct sync *s, struct sync_nexthop *nh)
{
	for (int i = 0; i < 2; i++) {
		if (!nh->groups[i])
			continue;
		nexthop_group_set_fixed(s->r->nexthops, nh->groups[i], ADJ_INDEX_KERNEL);
		nexthop_group_put(s->r->nexthops, nh->groups[i]);
	}
	free(nh->members);
	free(nh);
}

static void take_out(struct sync *s, struct sync_nexthop *nh)
{
	uint32_t id = nh->id;

	HASH_DEL(s->nexthops, nh);
	nexthop_free(s, nh);
	follow_groups_of(s, id);
	s->stale = true; /* its routes go without a word */
}

static struct sync_nexthop *keep(struct sync *s, uint32_t id)
{
	struct sync_nexthop *nh = calloc(1, sizeof(*nh));

	if (!nh)
		return NULL;
	nh->id = id;
	HASH_ADD(hh, s->nexthops, id, sizeof(nh->id), nh);
	if (!nh->left_out)
		return nh;
	free(nh);
	return NULL;
}

static int fill(struct sync_nexthop *nh, const struct nl_nexthop *said)
{
	struct nl_nexthop_member *members = NULL;

	if (said->n_members) {
		members = malloc(said->n_members * sizeof(*members));
		if (!members)
			return -ENOMEM;
		memcpy(members, said->members, said->n_members * sizeof(*members));
	}
	free(nh->members);
	nh->members = members;
	nh->n_members = said->n_members;
	nh->blackhole = said->blackhole;
	nh->hop = said->n_members ? (struct nl_hop){0} : said->hop;
	nh->hop.weight = 1;
	return 0;
}

void sync_nexthop_apply(struct sync *s, const struct nl_msg *msg, bool dumped)
{
	const struct nl_nexthop *said = &msg->nexthop;
	struct sync_nexthop *nh = find(s, said->id);

	if (msg->deleted || said->fdb) {
		if (nh)
			take_out(s, nh);
		return;
	}
	if (!nh)
		nh = keep(s, said->id);
	if (!nh || fill(nh, said)) {
		log_warn("next hop object %u is not kept: out of memory", said->id);
		return;
	}
	nh->mark = s->mark;
	if (dumped && nh->members)
		return; /* when all members are known */
	follow_both(s, nh);
	if (!nh->members)
		follow_groups_of(s, said->id);
}

void sync_nexthop_sweep(struct sync *s)
{
	struct sync_nexthop *nh, *next;

	HASH_ITER (hh, s->nexthops, nh, next) {
		if (nh->mark != s->mark)
			take_out(s, nh);
	}
}

void sync_nexthop_free(struct sync *s)
{
	struct sync_nexthop *nh, *next;

	HASH_ITER (hh, s->nexthops, nh, next) {
		HASH_DEL(s->nexthops, nh);
		nexthop_free(s, nh);
	}
}
