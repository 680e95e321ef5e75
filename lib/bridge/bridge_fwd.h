/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges as the workers see them: one immutable snapshot of each. A change makes another snapshot,
 * which is published with one store (iface_fwd.bridge of the bridge's own interface and of the
 * VLAN interfaces on it, iface_fwd.member of the members, which points into it); the old one is
 * freed behind the readers. A packet uses one snapshot from its beginning to its end.
 *
 * A frame in a bridge is its MAC addresses, `skip` bytes of tags that do not count any more (those
 * of the VLAN interface that it came in by, and that of its VLAN in the bridge), and the rest. They
 * stay where they are until the frame leaves with other ones.
 *
 * Owner: bridge_publish.c, by the control thread. Context of all functions: worker (or control).
 */
#ifndef SLUICE_BRIDGE_FWD_H
#define SLUICE_BRIDGE_FWD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "iface.h"

#define BRIDGE_VIDS      4096 /* 1 to 4094 are VLANs */
#define BRIDGE_VID_WORDS (BRIDGE_VIDS / 64)

/* IEEE 802.1Q 8.4, with the numbers of Linux (BR_STATE_...). */
enum bridge_state {
	BRIDGE_DISABLED,   /* nothing but reserved addresses */
	BRIDGE_LISTENING,  /* likewise */
	BRIDGE_LEARNING,   /* learns, forwards nothing */
	BRIDGE_FORWARDING, /* all of it */
	BRIDGE_BLOCKING,   /* as listening */
	BRIDGE_STATE_MAX
};

/* bridge_member.flags and bridge_member_conf.flags */
#define BRIDGE_LEARN       0x01 /* source addresses are learned */
#define BRIDGE_FLOOD       0x02 /* unknown unicast leaves by it */
#define BRIDGE_MCAST_FLOOD 0x04 /* multicast likewise */
#define BRIDGE_BCAST_FLOOD 0x08 /* broadcast likewise */
#define BRIDGE_ISOLATED    0x10 /* nothing goes between it and other isolated members */
#define BRIDGE_DEFAULTS    (BRIDGE_LEARN | BRIDGE_FLOOD | BRIDGE_MCAST_FLOOD | BRIDGE_BCAST_FLOOD)

/* The VLANs of a member of a VLAN-aware bridge: bit VID. */
struct bridge_vlans {
	uint64_t member[BRIDGE_VID_WORDS];   /* may come in and leave by it */
	uint64_t untagged[BRIDGE_VID_WORDS]; /* leave without the bridge's tag */
};

struct bridge_member {
	const struct bridge_fwd *bridge;
	const struct bridge_vlans *vlans; /* NULL: the bridge is not VLAN-aware */
	uint16_t iface;                   /* the member's id */
	uint16_t port;                    /* the ethdev port that it is, or is on */
	uint16_t pvid;  /* of frames without a tag; 0: they are dropped; if VLAN-aware */
	uint8_t state;  /* enum bridge_state; BRIDGE_DISABLED when it is down, has no carrier, or no
			 * room for the tag of a VLAN */
	uint8_t flags;  /* BRIDGE_... */
	uint8_t n_tags; /* that the member's own interface puts on and takes off: 0 to 2 */
	bool plain;     /* a port, and its bridge is not VLAN-aware: frames leave as they are */
	uint16_t mtu;   /* bytes behind the Ethernet header and its tags that may leave by it */
	uint32_t tags[IFACE_TAGS_MAX]; /* as iface_fwd.tags */
} __rte_cache_aligned;

struct bridge_fwd {
	uint64_t own_key; /* fdb_key() of the bridge's own MAC, fid 0 */
	uint16_t iface;   /* the bridge's own interface */
	uint16_t fid;     /* of all frames, if it is not VLAN-aware */
	rte_be16_t tpid;  /* of its VLANs, if it is */
	bool vlan_aware;
	bool in_kernel;       /* it is one of Linux's */
	uint8_t foreign;      /* as bridge_conf.foreign */
	uint16_t reserved;    /* bit X: 01-80-C2-00-00-0X is forwarded as any multicast address */
	uint16_t n;           /* members */
	const uint16_t *fids; /* by VID, 0: no such VLAN; NULL: not VLAN-aware */
	struct bridge_member self;     /* the bridge's own interface, as if it were a member */
	uint16_t slot[IFACE_MAX];      /* by interface id: index of the member + 1, 0: is none */
	struct bridge_member member[]; /* n */
};

static inline bool bridge_vlan_has(const uint64_t words[BRIDGE_VID_WORDS], uint16_t vid)
{
	return words[vid / 64] >> vid % 64 & 1;
}

/* What the interface is a member of a bridge as; NULL: of none. */
static inline const struct bridge_member *bridge_member_of(const struct iface_fwd *fwd)
{
	return __atomic_load_n(&fwd->member, __ATOMIC_ACQUIRE);
}

/* The bridge that the interface is, or is a VLAN of; NULL: of none (any more). */
static inline const struct bridge_fwd *bridge_of(const struct iface_fwd *fwd)
{
	return __atomic_load_n(&fwd->bridge, __ATOMIC_ACQUIRE);
}

/* The member with this interface id, in this snapshot; NULL: it has none, or is the bridge's own.
 */
static inline const struct bridge_member *bridge_slot(const struct bridge_fwd *b, uint16_t iface)
{
	uint16_t slot = b->slot[iface];

	return slot ? &b->member[slot - 1] : NULL;
}

#endif
