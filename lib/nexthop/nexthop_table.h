/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inside of the tables of next hops, for the files of this folder alone.
 * Context: control thread.
 */
#ifndef SLUICE_NEXTHOP_TABLE_H
#define SLUICE_NEXTHOP_TABLE_H

/* Without memory uthash leaves the element out and tells, instead of ending the process. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

#include "nexthop_ctl.h"

struct nexthop_key {
	struct ip_addr gateway;
	uint16_t iface;
	uint8_t packets; /* enum ip_family */
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
	uint32_t absent; /* of refs: paths of groups that packets do not take */
	bool resolved;
	bool used; /* since the last nexthop_take_used(), by an adjacency that it has no more */
	struct mac_addr mac;
	struct nexthop *native; /* of packets of another family: the gateway's own; a reference */
	struct nexthop *cross;  /* the other way round; no reference */
	struct membership *groups;
	bool left_out; /* of the hash: no memory */
	UT_hash_handle hh;
};

struct nexthop_group {
	uint32_t index;
	uint32_t refs;
	bool shared;                /* in the hash: its paths stay as they are */
	unsigned n;                 /* 0: a fixed adjacency */
	struct nexthop_path *paths; /* the key of a shared one */
	struct nexthop_path *live;  /* those of paths that packets take; NULL: all of them */
	unsigned n_live;
	uint64_t pass; /* the last one that was here */
	bool left_out; /* of the hash: no memory */
	UT_hash_handle hh;
};

struct nexthop_table {
	struct adj_table *adjs;
	struct group_table *groups;
	struct nexthop *nexthops;   /* by key */
	struct nexthop_group *sets; /* by paths */
	struct nexthop_group fixed[ADJ_INDEX_FIXED];
	uint32_t glean[IFACE_MAX]; /* adjacency of each interface; 0: none yet */
	bool unusable[IFACE_MAX];
	struct {
		bool adjs, groups;                         /* of which there was none left */
		uint32_t adj_room, group_room, units_room; /* then */
	} refused;
	uint64_t pass; /* counts the passes over groups, so that each is looked at once */
};

/* Let the group lead to where its next hops lead now. Never fails. */
void nexthop_group_update(struct nexthop_table *t, const struct nexthop_group *group);

#endif
