/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The oracle of bridges: by which ways a frame leaves (IEEE 802.1Q clause 8). It asks the control
 * thread's tables (bridge_ctl.h), not what the workers read.
 */
#ifndef SLUICE_FUZZ_PIPELINE_BRIDGE_H
#define SLUICE_FUZZ_PIPELINE_BRIDGE_H

#include "bridge_ctl.h"
#include "pipeline_router.h"

#define WAYS_MAX 8

/* Out of a port, with these tags in front of the rest. */
struct way {
	uint16_t port;
	uint32_t len;   /* all in all, padding too */
	uint8_t n_tags; /* bytes */
	uint8_t tags[8];
	bool seen; /* it has come out so */
};

struct ways {
	unsigned n;
	unsigned large; /* members that it would leave by, were it not too large for them */
	struct way way[WAYS_MAX];
};

/* A frame in a bridge. */
struct bridged {
	struct bridge *b;
	const struct iface *in; /* a member, or the bridge's own interface */
	const uint8_t *bytes;   /* up to its type, and as far behind as there are tags */
	uint32_t len;
	uint16_t vid; /* 0: the bridge is not VLAN-aware */
	uint8_t skip; /* bytes of tags behind the MAC addresses that do not count */
	uint8_t priority;
};

/* Bytes of the tags of an interface, its priority in the outermost one, at `tags`. */
uint8_t iface_tags(const struct iface *iface, uint8_t priority, uint8_t tags[8]);

/* How long a frame of len bytes must be, with n_tags bytes of tags where it had `had`: no shorter
 * than Ethernet's shortest, if tags were taken off. */
uint32_t padded_len(uint32_t len, unsigned n_tags, unsigned had);

/* The VLAN interface of the parent; NULL. */
const struct iface *vlan_of(const struct pipeline *p, uint16_t parent, unsigned tpid, unsigned vid);

/* The frame's VLAN in its bridge, by its tags: fills in what is behind `len`, where skip is that of
 * the member's own tags. False: it is dropped there. */
bool bridge_enter(struct bridged *f);

/* Whether it is for the very member that it came by: the router takes it, as Linux does. */
bool is_to_member(const struct bridged *f);

/* How it leaves; returns whether the router gets it too. */
bool bridge_leave(const struct pipeline *p, const struct bridged *f, struct ways *ways);

/* The interface that the router gets it by; NULL. */
const struct iface *bridge_l3(const struct pipeline *p, const struct bridged *f);

#endif
