/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of bridge_ctl.h share. Context: control thread. */
#ifndef SLUICE_BRIDGE_OWN_H
#define SLUICE_BRIDGE_OWN_H

#include "bridge_ctl.h"
#include "bridge_learn.h"

#define BRIDGE_FIDS 65536
/* The bridges' own addresses in the table, beyond the limit. */
#define BRIDGE_OWN_ROOM 8192
#define BRIDGE_TICK_CS  25 /* of the table's clock: 1/100 s */

struct event;

/* A member; or the bridge's own interface. */
struct bridge_port {
	struct bridge_port *next; /* as they came */
	struct bridge *bridge;
	struct iface *iface;
	struct bridge_member_conf conf;
	bool running; /* up, with carrier */
	uint16_t pvid;
	uint32_t learned;
	struct bridge_vlans vlans;
};

struct bridge {
	struct bridge *next;
	struct iface *iface;
	struct bridge_conf conf;
	struct bridge_port *ports;
	unsigned n_ports;
	struct bridge_port self;
	uint16_t fids[BRIDGE_VIDS]; /* by VID; [0]: while it is not VLAN-aware */
	struct bridge_fwd *fwd;     /* published */
	uint64_t *own;              /* keys of its own addresses that are in the table, sorted */
	unsigned n_own;
	uint64_t *
		macs; /* of its members, as keys of FID 0, sorted: nobody else is learned by them */
	unsigned n_macs;
	bool running;
	bool stale;     /* the snapshot is older than what it is of */
	bool following; /* what is on it follows; own_sync() and a snapshot come then */
	struct bridge_counts counts;
};

struct fid_owner {
	struct bridge *bridge; /* NULL: the FID is free */
	uint16_t vid;
};

struct bridge_table {
	struct router *r;
	struct fdb *fdb;
	uint32_t limit; /* entries beside own addresses */
	uint32_t n_own;
	uint64_t refused; /* entries for which there was no room */
	struct bridge *bridges;
	struct bridge_port *port_of[IFACE_MAX]; /* by interface id */
	uint64_t own_of[IFACE_MAX]; /* the key in `own` of a VLAN interface on a bridge; 0: none */
	struct fid_owner *fids;
	uint32_t last_fid; /* that was given out */
	struct bridge_listener listener;
	void (*follow)(struct router *, const struct iface *); /* or NULL */

	/* Learning and ageing: bridge_learn.c. */
	struct bridge_learn **learn; /* by worker */
	unsigned n_learn;
	struct doorbell bell;
	struct event *rung, *clock, *more;
	uint64_t clock_ms;   /* of the last tick */
	uint64_t full_ms;    /* when it was said that the table is full; 0: never */
	uint64_t full_count; /* since then */
};

/* The root of a VLAN interface: a port, or a bridge. */
static inline const struct iface *bridge_root(const struct iface *iface)
{
	while (iface->kind == IFACE_VLAN)
		iface = iface->parent;
	return iface;
}

/* With its own tags, a frame that leaves by the interface has room for that of a bridge's VLAN. */
static inline bool bridge_has_room_for_tag(const struct bridge_table *t, const struct iface *iface)
{
	return t->r->ifaces->fwd[iface->id].n_tags < IFACE_TAGS_MAX;
}

static inline struct bridge_port *bridge_port_of(const struct bridge_table *t,
						 const struct iface *iface)
{
	return t->port_of[iface->id];
}

/* bridge_publish.c */
/* Memory for a snapshot with room for n members, and their VLANs; NULL. */
struct bridge_fwd *snapshot_new(unsigned n, bool vlan_aware);
/* Fill it with what the bridge is now, and publish it. */
void snapshot_publish(struct bridge_table *t, struct bridge *b, struct bridge_fwd *fwd);
/* A VLAN interface on the bridge has come. */
void snapshot_set_vlan(struct bridge_table *t, const struct bridge *b, const struct iface *iface);
/* The interface belongs to no bridge for the workers any more. */
void snapshot_forget_iface(struct bridge_table *t, const struct iface *iface);
/* Without memory for another snapshot: a member leaves the one that stands. */
void snapshot_leave(struct bridge *b, const struct iface *iface);
/* Unpublish, and free behind the readers. */
void snapshot_del(struct bridge_table *t, struct bridge *b);

/* bridge_vlan.c */
/* A FID for a VLAN, or for 0. 0; -ENOSPC: none is free. */
int fid_take(struct bridge_table *t, struct bridge *b, uint16_t vid);
/* The FIDs that a bridge has to have by its VLANs; those that have been taken are to be released
 * when it fails: -ENOSPC. */
int fids_take(struct bridge_table *t, struct bridge *b);
/* Those of VLANs that nobody is in any more; their entries go. Workers do not see them any more.
 * all: of a bridge that goes. */
void fids_release(struct bridge_table *t, struct bridge *b, bool all);
/* All entries of one, own addresses too. */
void fid_flush(struct bridge_table *t, const struct bridge *b, uint16_t vid);
void fids_set_ageing(struct bridge_table *t, struct bridge *b);

/* bridge_fdb.c */
/* By the bridge's VLAN-awareness: what the FDB has it under; 0: no such VLAN. */
static inline uint16_t bridge_fid(const struct bridge *b, uint16_t vid)
{
	return b->fids[b->conf.vlan_aware ? vid : 0];
}

bool is_own(const struct bridge_table *t, const struct fdb_entry *e);
bool is_learned(const struct bridge_table *t, const struct fdb_entry *e);
uint64_t key_of(const struct mac_addr *mac, uint16_t fid);
/* For qsort() and bsearch(). */
int key_order(const void *a, const void *b);
void entry_describe(const struct bridge_table *t, const struct fdb_entry *e,
		    struct bridge_entry *out);
/* Add, or replace what is there, with the accounts. -ENOSPC, -ENOMEM. */
int entry_set(struct bridge_table *t, uint64_t key, struct iface *iface, uint8_t flags);
/* It has gone from the FDB, or is going to be taken out. */
void entry_gone(struct bridge_table *t, const struct fdb_entry *e);
void entry_del(struct bridge_table *t, const struct fdb_entry *e);
typedef bool entry_match(const struct bridge_entry *entry, const void *arg);
/* Take out the entries of a bridge that match, but own addresses. How many. */
unsigned entries_flush(struct bridge_table *t, const struct bridge *b, entry_match *match,
		       const void *arg);

/* bridge_self.c */
/* Whether all that it has to have by now have room in the FDB: 0, or -ENOSPC and err. */
int own_check(const struct bridge_table *t, const struct bridge *b, struct error *err);
/* Bring the bridge's own addresses in the FDB up to date. */
void own_sync(struct bridge_table *t, struct bridge *b);
/* The same for the address of a VLAN interface on it, which is all that may have changed. */
void own_sync_vlan(struct bridge_table *t, struct bridge *b, const struct iface *iface);

/* bridge_member.c */
/* What follows from members, their state and MTU, and from the configuration: the interface's MAC,
 * MTU and carrier. */
void bridge_follow(struct bridge_table *t, struct bridge *b);
/* One snapshot of a bridge, however much of it has changed. One that finds no memory stays stale:
 * the clock tries again. */
void publish_stale(struct bridge_table *t);

/* bridge_learn.c */
/* Learn what was reported, if it is to be. */
void learn_one(struct bridge_table *t, const struct learn_report *report);
/* Undo bridge_table_start(), as far as it came. */
void learn_stop(struct bridge_table *t);

#endif
