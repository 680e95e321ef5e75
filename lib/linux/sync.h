/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Linux has, applied to Sluice's tables: VLANs, bridges, addresses, neighbours, next hop
 * objects, routes.
 *
 * Messages come from two sources: events, in their order, and dumps. A dump compares (mark and
 * sweep): what it names is put or left where it is, what it did not name is taken out at its
 * end. Events go on while a dump runs. What the dump says of something that an event has touched
 * since its begin is not believed; but a part of a dump may also be newer than events that are
 * still to be read. So whenever an event does not fit what stands here (it deletes what is not
 * there), or follows on others that were lost, another dump is wanted.
 *
 * A route that Sluice cannot forward by itself (its next hop is not on a port, it is for some
 * packets only) leads to the kernel. What a table has no room for is refused, counted, and had
 * again when there is room: neighbours are tried again, for routes and next hops another dump is
 * wanted. Until then packets to a refused route follow the next shorter one that stands, whether
 * or not Linux would send them there too; they are the kernel's only where there is none. (To put
 * it in the kernel's care would take the very entry that there is no room for.)
 *
 * Pure but for the tables: no socket, no file. Context of everything here: control thread.
 */
#ifndef SLUICE_SYNC_H
#define SLUICE_SYNC_H

#include <stdbool.h>

#include "nl_msg.h"
#include "router.h"

struct iface;
struct sync;

/* What the caller does for it. */
struct sync_calls {
	/* The kernel says this of the netdev of an interface. */
	void (*link)(void *ctx, struct iface *iface, const struct nl_link *link, bool deleted);
	/* A next hop is about to become resolved: let the packets that are on their way through the
	 * kernel pass first. */
	void (*settle)(void *ctx);
	/* Ask the kernel to resolve, or to confirm, a neighbour. */
	void (*use)(void *ctx, const struct iface *iface, const struct ip_addr *addr);
	/* The netdev is, or is not any more, a member of a bridge that Sluice forwards for: the
	 * kernel must not do it too. */
	void (*isolate)(void *ctx, int ifindex, bool on);
	/* The kernel has a learned entry on a member that Sluice does not have. */
	void (*fdb_leftover)(void *ctx, const struct nl_fdb *fdb);
	/* An entry was deleted in the kernel: by Sluice itself? */
	bool (*fdb_is_echo)(void *ctx, const struct nl_fdb *fdb);
	/* An entry that an operator has set on this netdev is on another one now: by Sluice itself?
	 * Then it will be put back. */
	bool (*fdb_put_back)(void *ctx, const struct nl_fdb *fdb, int ifindex);
};

/* In Sluice's tables, and among them: left to the kernel, as there was no room for their next hops.
 * refused: of what is in Linux, what is not in Sluice's tables, and among it: for want of room. */
struct sync_count {
	uint64_t in_sluice, to_kernel;
	uint64_t refused, full;
};

enum sync_object {
	SYNC_LINKS,
	SYNC_ADDRESSES,
	SYNC_NEIGHBOURS,
	SYNC_NEXTHOPS,
	SYNC_ROUTES4,
	SYNC_ROUTES6,
	SYNC_OBJECTS
};

/* NULL and errno. */
struct sync *sync_create(struct router *r, const struct sync_calls *calls, void *ctx);
/* What it has put into the tables stays in them. NULL is allowed. */
void sync_destroy(struct sync *s);

/* The interface's netdev has this index; 0: it has none. VLAN interfaces and bridges that stand for
 * netdevs of the kernel see to it themselves. */
void sync_set_ifindex(struct sync *s, struct iface *iface, int ifindex);
int sync_ifindex(const struct sync *s, const struct iface *iface);

/* The netdev is a member of this bridge of the kernel's, which an interface stands for; 0: of none.
 */
int sync_bridge_ifindex(const struct sync *s, const struct iface *member);
/* An interface that was made for a netdev of the kernel; mirrors are not. */
bool sync_is_made(const struct sync *s, const struct iface *iface);

/* Apply an event. */
void sync_event(struct sync *s, const struct nl_msg *msg);

/* A dump of everything begins (overrun: because events were lost); apply what it says; sweep what
 * it did not name, some of it at a time: 1: more is to be swept, 0: the dump is over. A dump that
 * was cut off is begun again. */
void sync_dump_begin(struct sync *s, bool overrun);
void sync_dumped(struct sync *s, const struct nl_msg *msg);
int sync_dump_sweep(struct sync *s);
/* Links and ports are complete: after a part of a dump, or when an interface has gone. */
void sync_settle_links(struct sync *s);

/* Take away what was made for VLAN netdevs over the interface, which is about to go. */
void sync_take_away_on(struct sync *s, const struct iface *iface);

/* Something has happened after which the kernel changes tables without a message (a link went down,
 * say): a dump is needed. Reading it takes the wish away. */
bool sync_take_stale(struct sync *s);

/* Keep next hops alive, and look for room for what was refused; to be called once a second. */
void sync_keepalive(struct sync *s);
/* Go on with what takes longer; to be called some times a second. */
void sync_go_on(struct sync *s);

void sync_counts(const struct sync *s, struct sync_count counts[SYNC_OBJECTS]);

/* Would the object of a message be one that sync_counts() counts, or one that is refused? */
bool sync_is_followed(const struct sync *s, const struct nl_msg *msg, enum sync_object *object);

#endif
