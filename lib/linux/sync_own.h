/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of sync.h among themselves: a file for each kind of object. Context: control thread. */
#ifndef SLUICE_SYNC_OWN_H
#define SLUICE_SYNC_OWN_H

/* Without memory uthash leaves the element out and tells, instead of ending the process. */
#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->left_out = true)
#include <uthash.h>

#include "iface.h"
#include "nexthop_ctl.h"
#include "sync.h"

/* The keys are hashed as bytes: every one begins zeroed. */
struct sync_if_addr {
	int ifindex;
	struct ip_prefix addr; /* of neighbours: a host's */
};

struct sync_address {
	struct sync_if_addr key;
	uint16_t mark;
	bool left_out;
	UT_hash_handle hh;
};

struct sync_neigh {
	struct sync_if_addr key;
	uint16_t state; /* NUD_* */
	uint16_t mark;
	struct mac_addr mac;
	bool refused;
	bool full; /* because a table was */
	bool left_out;
	UT_hash_handle hh;
};

struct sync_nexthop {
	uint32_t id;
	uint16_t mark;
	bool blackhole;
	bool no_room[2]; /* its group for IPv4, for IPv6 packets leads to the kernel for want of
			    room */
	bool left_out;
	struct nl_hop hop;
	struct nl_nexthop_member *members; /* NULL: no group */
	unsigned n_members;
	struct nexthop_group *groups[2]; /* for IPv4 and IPv6 packets; NULL: no route has asked */
	UT_hash_handle hh;
};

/* A route as the kernel tells it from all others; with id 0 all of its run (route_linux.h). */
struct sync_route_key {
	struct ip_prefix prefix;
	uint8_t source; /* enum route_source */
	uint32_t metric;
	uint32_t id;
};

/* The VLANs that a link has as a port of a bridge, or as the bridge itself. */
struct sync_vlans {
	uint16_t pvid;
	uint64_t vlans[NL_VLANS / 64], untagged[NL_VLANS / 64];
};

/* A link, mirror or not, as last heard of. */
struct sync_link {
	int ifindex;
	uint16_t mark;
	bool left_out;
	bool gone;                /* as soon as nothing is left that was made for it */
	struct nl_link said;      /* with what AF_BRIDGE says of it as a port */
	struct sync_vlans *vlans; /* NULL: none */
	struct iface *iface;      /* that was made for it: a VLAN's or a bridge's; NULL */
	bool wanted;              /* it should have one */
	bool refused;             /* it cannot be followed; it is tried again with each message */
	char *refused_why;        /* as it has been said; NULL */
	bool hairpin_said, locked_said;
	UT_hash_handle hh;
};

/* A route that is in Linux and not in Sluice. */
struct sync_refused {
	struct sync_route_key key;
	uint16_t mark;
	bool full; /* the table was; else it is dead, or there was no memory */
	bool left_out;
	UT_hash_handle hh;
};

/* An entry of a bridge that an operator has set, or that is on a foreign member. */
struct sync_fdb_key {
	int bridge; /* ifindex */
	uint16_t vid;
	struct mac_addr mac;
};

struct sync_fdb {
	struct sync_fdb_key key;
	int ifindex; /* of the member */
	uint16_t mark;
	uint8_t flags; /* that it has in Sluice's table */
	bool local;    /* one of the bridge's own */
	bool foreign;
	bool neighs_foreign; /* neighbours with this address are the kernel's, as far as is known */
	bool left_out;
	UT_hash_handle hh;
};

/* The interface of a netdev. */
struct sync_index {
	int ifindex;
	struct iface *iface;
	bool left_out;
	UT_hash_handle hh;
};

/* What an event has touched while a dump runs. */
struct sync_touched {
	struct {
		enum nl_kind kind;
		union {
			struct sync_if_addr if_addr;
			struct sync_route_key route;
			uint32_t id; /* of a next hop object */
			int ifindex; /* of a link, a port */
			struct sync_fdb_key fdb;
		};
	} key;
	bool left_out;
	UT_hash_handle hh;
};

struct sync {
	struct router *r;
	const struct sync_calls *calls;
	void *ctx;
	unsigned n_ifaces;
	struct sync_index *by_ifindex; /* hash of indices[] */
	struct sync_index *indices;    /* by interface id */
	bool links_changed;            /* sync_bridges_settle() has to look */
	uint16_t mark;
	bool dumping;
	bool stale;
	bool gateways_new; /* next hops that nobody has asked for */
	unsigned ticks;    /* of keepalive */
	struct ip_prefix sweep_at;
	int sweep_family; /* 0: not begun */
	bool overrun;     /* events were lost before this dump */
	bool said;        /* a warning, since the last keepalive */
	struct sync_link *links;
	struct sync_address *addresses;
	struct sync_neigh *neighs;
	unsigned neighs_refused;
	struct sync_nexthop *nexthops;
	struct sync_refused *refused;
	struct sync_fdb *fdb;
	struct sync_fdb *fdb_refresh; /* the next one to refresh; NULL: no round is under way */
	bool fdb_known;               /* what an earlier run had told has been taken over */
	struct sync_touched *touched;
	uint32_t n_refused[2]; /* of routes: IPv4, IPv6 */
	uint32_t n_full[2];    /* of these: the table was full */
	unsigned memory_in;    /* seconds until what found no memory is tried again; 0: nothing */
};

/* A warning may be said: once in a while, not for each of a million routes. */
bool sync_may_say(struct sync *s);

/* The link is up and has carrier, as far as is known. */
bool sync_link_runs(const struct sync *s, int ifindex);
/* Remember it. True when it has come, gone, or changed. */
bool sync_link_changed(struct sync *s, const struct nl_link *link, bool deleted);
void sync_link_sweep(struct sync *s);
void sync_link_free(struct sync *s);
/* Those that are gone, and for which no interface stands. */
void sync_link_forget_gone(struct sync *s);
/* NULL: there is none. */
struct sync_link *sync_link_find(const struct sync *s, int ifindex);
/* What AF_BRIDGE says of a link. */
void sync_link_port(struct sync *s, const struct nl_msg *msg);

/* Make, change and take away VLAN interfaces, bridges and their members so that they are as the
 * links are, if links have changed. */
void sync_bridges_settle(struct sync *s);

void sync_fdb_apply(struct sync *s, const struct nl_msg *msg, bool dumped);
void sync_fdb_sweep(struct sync *s);
void sync_fdb_free(struct sync *s);
/* What is kept of an entry; NULL: an operator has not set it, and it is on no foreign member. */
const struct sync_fdb *sync_fdb_find(const struct sync *s, const struct sync_fdb_key *key);
/* The key, zeroed, of an entry. */
void sync_fdb_key(const struct nl_fdb *fdb, struct sync_fdb_key *key);
/* The bridge that stands for this one of the kernel's; NULL. */
struct bridge *sync_fdb_bridge(const struct sync *s, int ifindex);
/* Entries of foreign members do not age here: some of them; begin: from the first one, if no round
 * is under way. */
void sync_fdb_refresh(struct sync *s, bool begin);
/* What the interface sends to this address is for a foreign member of its bridge. */
bool sync_fdb_is_foreign(const struct sync *s, const struct iface *iface,
			 const struct mac_addr *mac);
/* By an operator; or by the kernel for the address of a netdev. */
bool sync_fdb_is_set(const struct nl_fdb *fdb);

struct iface *sync_iface(const struct sync *s, int ifindex);

void sync_address_apply(struct sync *s, const struct nl_msg *msg);
void sync_address_sweep(struct sync *s);
void sync_address_free(struct sync *s);
/* Those of a netdev that is not there any more; of one that has an interface now. */
void sync_address_gone(struct sync *s, int ifindex);
void sync_address_come(struct sync *s, int ifindex);
/* Its packets are for the router. */
bool sync_address_stands(const struct sync *s, const struct sync_address *a);
void sync_neigh_apply(struct sync *s, const struct nl_msg *msg);
void sync_neigh_sweep(struct sync *s);
void sync_neigh_free(struct sync *s);
/* Those with this MAC address, on this bridge: whether it is foreign has changed. */
void sync_neigh_moved(struct sync *s, const struct iface *bridge, const struct mac_addr *mac);
/* Try again those that were refused for want of room. */
void sync_neigh_retry(struct sync *s);
void sync_neigh_gone(struct sync *s, int ifindex);
/* Packets can be sent to a neighbour in this state (NUD_*). */
bool sync_neigh_is_usable(uint16_t state);
/* Those of mirrors, and of one host each. */
bool sync_neigh_is_followed(const struct sync *s, const struct nl_neighbour *n);
/* NULL: the kernel has no entry. */
const struct sync_neigh *sync_neigh_find(const struct sync *s, int ifindex,
					 const struct ip_addr *addr);
/* dumped: said by a dump, not by an event. */
void sync_nexthop_apply(struct sync *s, const struct nl_msg *msg, bool dumped);
void sync_nexthop_sweep(struct sync *s);
/* Let every group follow its members: at the end of a dump of next hops, whose order is by id. */
void sync_nexthop_settle(struct sync *s);
void sync_nexthop_free(struct sync *s);
/* Objects that are left to the kernel for want of room. */
unsigned sync_nexthop_no_room(const struct sync *s);
bool sync_nexthop_is_known(const struct sync *s, uint32_t id);
/* A reference to the group of an object that is known, for packets of the family; NULL: no room. */
struct nexthop_group *sync_nexthop_group(struct sync *s, uint32_t id, uint8_t packets);
/* Of the tables that are followed, and looked up at all. */
bool sync_route_is_followed(const struct sync *s, const struct nl_route *route);
/* The key of the run of a route, into a zeroed one. False: it is not followed. */
bool sync_route_key(const struct sync *s, const struct nl_route *route, struct sync_route_key *key);
void sync_route_apply(struct sync *s, const struct nl_msg *msg, bool dumped);
/* 1: more. */
int sync_route_sweep(struct sync *s);
void sync_route_free(struct sync *s);

/* The paths of n next hops for packets of a family: their number, next hops as references; 0: only
 * the kernel can take these; -errno: no room. */
int sync_paths(struct sync *s, const struct nl_hop *hops, unsigned n, uint8_t packets,
	       struct nexthop_path *paths, struct error *err);
void sync_paths_put(struct sync *s, const struct nexthop_path *paths, int n);

#endif
