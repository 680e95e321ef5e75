/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Logical interfaces: what has a name, a MAC address, an MTU and IP addresses. Ports, VLANs on a
 * port, on a bridge or within another VLAN, and bridges. Ids begin at 1.
 *
 * An interface has two halves: struct iface is the control thread's, struct iface_fwd is what
 * the workers read. What of it changes while they run is written word by word, atomically.
 */
#ifndef SLUICE_IFACE_H
#define SLUICE_IFACE_H

#include <stdbool.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "addr.h"
#include "error.h"
#include "region.h"

#define IFACE_NAME_LEN 16
#define IFACE_MAX      1024 /* ids are below */
#define IFACE_NONE     0    /* the id of no interface */
#define IFACE_TAGS_MAX 2

/* In the place of an ethdev port id: packets for it are dropped ... */
#define IFACE_PORT_NONE RTE_MAX_ETHPORTS
/* ... or leave by a member of the bridge that the interface is, or is a VLAN of. */
#define IFACE_PORT_BRIDGE (RTE_MAX_ETHPORTS + 1)
#define IFACE_PORTS       (RTE_MAX_ETHPORTS + 2)

enum iface_kind { IFACE_PORT, IFACE_VLAN, IFACE_BRIDGE };

/* iface_fwd.flags: what has to be looked at beside the plain way of a packet; 0 is that way. */
#define IFACE_FWD_VLANS  0x01 /* it has VLAN interfaces */
#define IFACE_FWD_MEMBER 0x02 /* of a bridge */
#define IFACE_FWD_SPAN   0x04 /* what comes in is mirrored */
#define IFACE_FWD_STRIP  0x08 /* the device takes 802.1Q tags off what comes in */

struct bridge_fwd;
struct bridge_member;
struct iface_vlans;

struct iface_fwd {
	uint64_t mac;           /* atomic: the 6 bytes as loaded from a frame, in the low 48 bits */
	uint64_t link_local[2]; /* atomic: the IPv6 address fe80::..., network order */
	/* Atomic, valid until the next quiescent state. NULL: none. */
	const struct iface_vlans *vlans;    /* its VLAN interfaces */
	const struct bridge_member *member; /* what it is in its bridge */
	const struct bridge_fwd *bridge;    /* that it is, or is a VLAN of */
	/* Atomic: the ethdev port id of the port that it is, or is on; or IFACE_PORT_... */
	uint16_t port;
	uint16_t parent;    /* of a VLAN interface: the id of the one that it is on */
	bool up;            /* atomic: what comes in by it is taken */
	uint8_t flags;      /* atomic: IFACE_FWD_... */
	bool own_tap;       /* atomic: it has a TAP netdev of its own in Linux */
	uint8_t kind : 4;   /* enum iface_kind */
	uint8_t n_tags : 4; /* that a VLAN interface puts on what leaves by it: to IFACE_TAGS_MAX */
	uint32_t tags[IFACE_TAGS_MAX]; /* those, as in a frame, the outer one first */
} __rte_cache_aligned;

_Static_assert(sizeof(struct iface_fwd) == 64, "one cache line");

struct iface {
	char name[IFACE_NAME_LEN];
	uint16_t id;
	uint8_t kind;  /* enum iface_kind */
	uint16_t port; /* as in iface_fwd */
	uint16_t mtu;  /* bytes of IP packet */
	bool up;       /* the administrator's will */
	bool gone;     /* by iface_del() */
	struct mac_addr mac;
	char mirror[IFACE_NAME_LEN]; /* its netdev in Linux; "": none */
	bool carrier;                /* of that netdev */
	struct iface *parent;        /* of a VLAN interface; else NULL */
	uint16_t vid, tpid;          /* of a VLAN interface: 1 to 4094; 0x8100 or 0x88a8 */
	bool own_mac;                /* of a VLAN interface: it does not follow the parent's */
	bool inserts_tags;           /* of a port: its device does, of one 802.1Q tag */
	struct ip_prefix *addrs;     /* as assigned, with host bits; the link-local first */
	unsigned n_addrs;
};

struct iface_table {
	struct iface_fwd *fwd; /* by id */
	struct region mem;     /* of fwd */
	struct iface **ifaces; /* by id; NULL: the id is free, or IFACE_NONE */
	unsigned n;            /* all ids are below */
	unsigned max;
};

/* max: interfaces, below IFACE_MAX. NULL and errno. Context of all functions: control thread. */
struct iface_table *iface_table_create(unsigned max, int numa_node);
void iface_table_destroy(struct iface_table *t);

/* A new interface, which is down, with its link-local address. port: as in iface_fwd. NULL and err:
 * the name is taken, or no room is left. */
struct iface *iface_new(struct iface_table *t, const char *name, enum iface_kind kind,
			uint16_t port, const struct mac_addr *mac, uint16_t mtu, struct error *err);

/* The same of a port, and it is up. */
struct iface *iface_add(struct iface_table *t, const char *name, uint16_t port,
			const struct mac_addr *mac, uint16_t mtu, struct error *err);

/* Take it away: nothing finds it any more but by its id, and what workers would still send by it is
 * dropped. The id may be in packets and tables, so it stays taken until iface_free(). */
void iface_del(struct iface_table *t, struct iface *iface);
/* Nothing has its id or the pointer any more. */
void iface_free(struct iface_table *t, struct iface *iface);

/* The interface with the next id after this one's (NULL: the first), gone ones left out; NULL at
 * the end. */
struct iface *iface_next(const struct iface_table *t, const struct iface *after);

/* Changes while workers run; they see each within a burst. The adjacencies of the interface follow
 * by nexthop_iface_changed(), its addresses do not follow: as in Linux, the link-local one stays.
 */
void iface_set_mac(struct iface_table *t, struct iface *iface, const struct mac_addr *mac);
void iface_set_mtu(struct iface *iface, uint16_t mtu);
/* The administrator's will; while it is down, so is every VLAN interface on it. */
void iface_set_up(struct iface_table *t, struct iface *iface, bool up);
/* Whether it is, and all that it is on are. */
bool iface_is_up(const struct iface *iface);
/* What it is on in the end: the port or the bridge; itself, if it is one. */
const struct iface *iface_root(const struct iface *iface);
/* Whether it (NULL-able) is `below`, or a VLAN of it, or within one. */
bool iface_is_on(const struct iface *iface, const struct iface *below);
/* The address of this link that is the router's own; all zeroes: none. A reader may meet half of
 * each when the upper halves differ too (they do not below fe80::/64). */
void iface_set_link_local(struct iface_table *t, struct iface *iface, const struct ip_addr *addr);

/* NULL when there is none. */
struct iface *iface_by_name(const struct iface_table *t, const char *name);
/* The same for what a person named. NULL and err: -ENODEV. */
struct iface *iface_named(const struct iface_table *t, const char *name, struct error *err);

/* What the interface of this name is called in Linux: by its netdev, which may have another name by
 * now; or the name itself, if there is none. Valid until the next change. */
const char *iface_netdev(const struct iface_table *t, const char *name);

/* Keep an address in the interface's list. 0, -EEXIST, -ENOMEM. */
int iface_addr_add(struct iface *iface, const struct ip_prefix *addr);
/* 0 or -ENOENT. */
int iface_addr_del(struct iface *iface, const struct ip_prefix *addr);

/* The interface that has this very address, or NULL. */
struct iface *iface_by_addr(const struct iface_table *t, const struct ip_addr *addr);

/* Set or clear one of IFACE_FWD_... */
void iface_fwd_flag(struct iface_fwd *fwd, uint8_t flag, bool set);

#define VLAN_TPID_8021Q  0x8100
#define VLAN_TPID_8021AD 0x88a8

/* The tag of a VLAN interface as in a frame, priority 0. */
static inline uint32_t iface_tag(const struct iface *iface)
{
	return rte_cpu_to_be_32((uint32_t)iface->tpid << 16 | iface->vid);
}

/* Context of these: worker. */
static inline uint64_t iface_fwd_mac(const struct iface_fwd *fwd)
{
	return __atomic_load_n(&fwd->mac, __ATOMIC_RELAXED);
}

static inline uint16_t iface_fwd_port(const struct iface_fwd *fwd)
{
	return __atomic_load_n(&fwd->port, __ATOMIC_RELAXED);
}

static inline bool iface_fwd_is_up(const struct iface_fwd *fwd)
{
	return __atomic_load_n(&fwd->up, __ATOMIC_RELAXED);
}

static inline bool iface_fwd_has_tap(const struct iface_fwd *fwd)
{
	return __atomic_load_n(&fwd->own_tap, __ATOMIC_RELAXED);
}

static inline uint8_t iface_fwd_flags(const struct iface_fwd *fwd)
{
	return __atomic_load_n(&fwd->flags, __ATOMIC_RELAXED);
}

static inline bool iface_fwd_is_link_local(const struct iface_fwd *fwd, const uint8_t *addr)
{
	uint64_t words[2];

	__builtin_memcpy(words, addr, sizeof(words));
	return words[0] == __atomic_load_n(&fwd->link_local[0], __ATOMIC_RELAXED) &&
	       words[1] == __atomic_load_n(&fwd->link_local[1], __ATOMIC_RELAXED);
}

/* A MAC address as iface_fwd.mac holds it. */
static inline uint64_t iface_mac_word(const struct mac_addr *mac)
{
	uint64_t word = 0;

	__builtin_memcpy(&word, mac->bytes, 6);
	return word;
}

#endif
