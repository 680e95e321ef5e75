/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridges (IEEE 802.1Q, with the rules and names of Linux's), as the control thread knows them: the
 * only way in for the configuration, the API and netlink. What the workers read is published from
 * here (bridge_fwd.h, fdb.h); what they have seen and nobody knows yet comes back here, is learned,
 * and told to a listener.
 *
 * Own addresses, whose frames are the router's, are those of the bridge's interface and of the VLAN
 * interfaces on it, and what was set by hand. The MAC address of a member is the router's for what
 * comes by that member, as in Linux, and is never learned; by another member it is one that nobody
 * knows (Linux drops such frames). It is no entry: one for each member and VLAN would fill the
 * table.
 *
 * Each bridge has an interface of its own (kind IFACE_BRIDGE) with a MAC address, an MTU and IP
 * addresses. Members are ports, and VLAN interfaces on ports. A bridge runs while a member does.
 *
 * All functions that return int return 0, or -errno and a sentence in err (which may be NULL): then
 * nothing has changed. Errors are -EINVAL (asks for what cannot be), -ENOENT, -EEXIST, -EBUSY (a
 * member of another bridge), -ENOSPC (a table or a limit is full), -ENOMEM.
 * Context of everything here: control thread.
 */
#ifndef SLUICE_BRIDGE_CTL_H
#define SLUICE_BRIDGE_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"
#include "bridge_fwd.h"
#include "error.h"
#include "fdb.h"
#include "iface.h"
#include "router.h"
#include "usage.h"

struct bridge;
struct bridge_table;
struct event_base;
struct worker;

#define BRIDGE_AGEING_DEFAULT_CS 30000     /* 300 s */
#define BRIDGE_AGEING_MAX_CS     100000000 /* 1,000,000 s */

struct bridge_conf {
	bool has_mac;        /* else: that of the first member, as long as it is one */
	struct mac_addr mac; /* then; unicast */
	uint16_t mtu;        /* bytes of IP packet; 0: the smallest of the members, 1500 without */
	uint32_t ageing_cs;  /* 1/100 s, 0: entries do not age; 100 to BRIDGE_AGEING_MAX_CS */
	uint32_t max_macs;   /* learned entries; 0: no limit but the table's */
	bool vlan_aware;     /* frames belong to VLANs, by tag or by the member's pvid */
	uint16_t tpid;       /* of those tags: 0x8100 (also for 0) or 0x88a8 */
	bool in_kernel;      /* it follows one of Linux's, which gets what only Linux can deliver */
	uint8_t foreign;     /* then: what of BRIDGE_..._FLOOD its members outside of Sluice take */
	bool stp;            /* somebody runs STP for it: BPDUs are theirs, else forwarded */
	uint16_t group_fwd;  /* as group_fwd_mask of Linux: bit X: 01-80-C2-00-00-0X is forwarded;
			      * bits 0 to 2 do not count */
	bool own_tap;        /* its interface has a TAP of its own (made by configuration) */
};

struct bridge_member_conf {
	uint8_t state;     /* enum bridge_state */
	uint8_t flags;     /* BRIDGE_LEARN ... */
	uint32_t max_macs; /* learned entries; 0: no limit of its own */
};

/* What a member is when nobody says otherwise. */
#define BRIDGE_MEMBER_DEFAULT \
	((struct bridge_member_conf){.state = BRIDGE_FORWARDING, .flags = BRIDGE_DEFAULTS})

/* As BRIDGE_VLAN_INFO_... of Linux. */
#define BRIDGE_VLAN_PVID     0x02 /* of frames without a tag; it replaces the one before */
#define BRIDGE_VLAN_UNTAGGED 0x04 /* leaves without a tag */

/*
 * The table for up to limit_fdb MAC addresses over all bridges (1 to FDB_ENTRIES_MAX). r: rcu,
 * ifaces and nexthops stand. numa_node: where workers read it, or SOCKET_ID_ANY. NULL and errno.
 */
struct bridge_table *bridge_table_create(struct router *r, uint32_t limit_fdb, int numa_node);
/* The n workers stand and do not run yet: from now on they report, and the event loop learns and
 * ages. 0 or -ENOMEM and err. */
int bridge_table_start(struct bridge_table *t, struct event_base *base,
		       struct worker *const *workers, unsigned n, struct error *err);
/* No worker runs any more. Interfaces stay (iface_table_destroy() frees them). NULL is allowed. */
void bridge_table_destroy(struct bridge_table *t);

/* --- bridges --- */

/* A bridge without members, and its interface, up. NULL and err: the name is that of an interface
 * already, no room is left, conf is wrong. */
struct bridge *bridge_add(struct bridge_table *t, const char *name, const struct bridge_conf *conf,
			  struct error *err);
/* Members leave, entries are flushed. The interface stays, no bridge's: iface_del(), to free its id
 * and to take away its addresses and neighbours is the caller's. VLAN interfaces on it have gone
 * before. */
void bridge_del(struct bridge_table *t, struct bridge *b);
/* Another configuration; what depends on it follows (MAC address and MTU of the interface, its
 * adjacencies, ageing). When vlan_aware or tpid change, what was learned is flushed; when
 * vlan_aware is set, also what was set by hand, which was in no VLAN. own_tap stays.
 * A member with two tags has no room for that of a VLAN: -EINVAL, if the bridge was not VLAN-aware
 * and is to be; one of Linux is so all the same, and that member forwards nothing as long. */
int bridge_set(struct bridge_table *t, struct bridge *b, const struct bridge_conf *conf,
	       struct error *err);
const struct bridge_conf *bridge_conf(const struct bridge *b);

/* NULL: there is none. */
struct bridge *bridge_by_name(const struct bridge_table *t, const char *name);
/* The bridge whose own interface this is; NULL. */
struct bridge *bridge_by_iface(const struct bridge_table *t, const struct iface *iface);
/* The bridge that this interface is a member of; NULL. */
struct bridge *bridge_of_member(const struct bridge_table *t, const struct iface *iface);
/* The next one (after NULL: the first), in the order of their making; NULL at the end. */
struct bridge *bridge_next(const struct bridge_table *t, const struct bridge *after);
struct iface *bridge_iface(const struct bridge *b);
/* A member forwards, is up and has carrier: as the carrier of a Linux bridge. */
bool bridge_is_running(const struct bridge *b);

/* --- members --- */

/* iface: a port, or a VLAN interface on one (in a VLAN-aware bridge with one tag at most), that
 * is no member yet; with `control: none` one without addresses. In a VLAN-aware bridge it has no
 * VLANs at first. */
int bridge_member_add(struct bridge_table *t, struct bridge *b, struct iface *iface,
		      const struct bridge_member_conf *conf, struct error *err);
/* The same for one that is a member. When it stops learning or forwarding, its learned entries
 * are flushed. */
int bridge_member_set(struct bridge_table *t, struct iface *iface,
		      const struct bridge_member_conf *conf, struct error *err);
/* It leaves its bridge, if it is in one; all its entries go. */
void bridge_member_del(struct bridge_table *t, struct iface *iface);
const struct bridge_member_conf *bridge_member_conf(const struct bridge_table *t,
						    const struct iface *iface);
/* The next member's interface (after NULL: the first), as they came; NULL at the end. */
struct iface *bridge_member_next(const struct bridge *b, const struct iface *after);

/* The interface has changed: up, carrier, MAC address, MTU, or it is going to be deleted
 * (iface->gone, after iface_del(), which makes it leave). To be called for any interface by who
 * changed it, whether it has to do with a bridge or not: a member's running, the bridge's MAC, MTU,
 * carrier and the local entries follow, those learned on a member that does not run any more are
 * flushed. */
void bridge_iface_changed(struct bridge_table *t, const struct iface *iface);

/* --- VLANs, of a VLAN-aware bridge --- */

/* The member `iface` (or the bridge's own interface) is in VLANs first to last (1 to 4094) from now
 * on, with these flags (BRIDGE_VLAN_...; PVID with one VLAN only). That it was already is no error:
 * the flags change. They may also be set while the bridge is not VLAN-aware yet. -ENOSPC: there are
 * 65535 VLANs in all bridges. */
int bridge_vlan_add(struct bridge_table *t, struct bridge *b, struct iface *iface, uint16_t first,
		    uint16_t last, unsigned flags, struct error *err);
/* It is not any more; its entries in them are flushed. That it was not is no error. */
int bridge_vlan_del(struct bridge_table *t, struct bridge *b, struct iface *iface, uint16_t first,
		    uint16_t last, struct error *err);
/* Its VLANs and its pvid (0: none), both NULL-able. False: it is in none. Valid until the next
 * change. */
bool bridge_vlans_of(const struct bridge *b, const struct iface *iface,
		     const struct bridge_vlans **vlans, uint16_t *pvid);

/* --- MAC addresses --- */

/* Set an entry by hand: the MAC address is behind the member `iface`; or, with the bridge's own
 * interface, it is one of the bridge's own. flags: FDB_STATIC, FDB_STICKY, both, or 0 (as if
 * learned). vid: 0 in a bridge that is not VLAN-aware, else a VLAN that the interface is in. It
 * replaces what stands there, of whatever kind but addresses of interfaces (-EEXIST). */
int bridge_fdb_add(struct bridge_table *t, struct bridge *b, struct iface *iface,
		   const struct mac_addr *mac, uint16_t vid, uint8_t flags, struct error *err);
/* The address is behind a member that the kernel's bridge has and Sluice has not (`foreign`). Such
 * an entry stands on the bridge's own interface without FDB_STATIC, moves when the address is seen
 * at a member (unless it is sticky), and ages: add it again in time. It replaces what stands there,
 * without telling the listener, but addresses of interfaces (-EEXIST). */
int bridge_fdb_add_foreign(struct bridge_table *t, struct bridge *b, const struct mac_addr *mac,
			   uint16_t vid, bool sticky, struct error *err);
/* -ENOENT: no such entry; -EINVAL: it is an own address of the bridge. */
int bridge_fdb_del(struct bridge_table *t, struct bridge *b, const struct mac_addr *mac,
		   uint16_t vid, struct error *err);
/* Take out what was learned: of one member (NULL: of all), in one VLAN (0: in all). Entries set by
 * hand stay, unless all is said; own addresses stay always. Returns how many went. */
unsigned bridge_fdb_flush(struct bridge_table *t, struct bridge *b, const struct iface *iface,
			  uint16_t vid, bool all);

struct bridge_entry {
	struct bridge *bridge;
	struct iface
		*iface; /* a member's; or the bridge's own: an own address (static), or foreign */
	struct mac_addr mac;
	uint16_t vid;    /* 0: the bridge is not VLAN-aware */
	uint8_t flags;   /* enum fdb_flags */
	uint32_t age_cs; /* 1/100 s since it was seen as a source, about; 0 if static */
};

/* Walk as fdb_walk(): entries of one bridge (NULL: of all), in no order. May be paused. At most
 * max (up to 64) into `entries`, *n of them; *cursor 0 begins. False: the end has been reached. */
bool bridge_fdb_walk(struct bridge_table *t, const struct bridge *b, uint64_t *cursor,
		     struct bridge_entry *entries, unsigned max, unsigned *n);
/* *cursor of a walk that goes on behind this entry. False: there is no such entry. */
bool bridge_fdb_walk_after(const struct bridge_table *t, const struct bridge *b,
			   const struct mac_addr *mac, uint16_t vid, uint64_t *cursor);
/* False: there is no such entry. */
bool bridge_fdb_get(struct bridge_table *t, struct bridge *b, const struct mac_addr *mac,
		    uint16_t vid, struct bridge_entry *entry);

/* --- who follows --- */

/* Called when something has happened, from within the functions above and the event loop; a
 * listener must not change bridges. Each may be NULL. */
struct bridge_listener {
	void *ctx;
	/* By learning, not by hand. */
	void (*learned)(void *ctx, const struct bridge_entry *entry);
	/* A learned one is behind another member now, which entry says. */
	void (*moved)(void *ctx, const struct bridge_entry *entry, struct iface *from);
	/* A learned one has gone: aged, flushed, deleted or replaced by hand. */
	void (*forgotten)(void *ctx, const struct bridge_entry *entry);
	/* A learned one is still being seen: once in about a third of the ageing time. */
	void (*refreshed)(void *ctx, const struct bridge_entry *entry);
	/* bridge_is_running() has changed, or the MAC address or MTU of the bridge's interface. */
	void (*changed)(void *ctx, struct bridge *b);
};

/* Called with the bridge's own interface when its MAC address, MTU or carrier has changed: what is
 * on it follows. Init only. */
void bridge_set_follow(struct bridge_table *t, void (*fn)(struct router *, const struct iface *));

/* One listener (NULL: none any more); borrowed. What stands already is not told: walk. */
void bridge_listen(struct bridge_table *t, const struct bridge_listener *listener);

/* --- numbers --- */

struct bridge_counts {
	uint32_t entries; /* all of the bridge */
	uint32_t learned; /* of them */
	uint32_t members;
	uint64_t moves;   /* learned addresses that changed their member */
	uint64_t limited; /* times that an address was not learned: max_macs of bridge or member */
	uint64_t full;    /* likewise: the table was full */
};

void bridge_counts(const struct bridge *b, struct bridge_counts *counts);
/* Learned entries of a member. */
uint32_t bridge_member_learned(const struct bridge_table *t, const struct iface *iface);
/* MAC addresses of all bridges, but the bridges' own, which have room beyond the limit. */
void bridge_fdb_usage(const struct bridge_table *t, struct usage *usage);

#endif
