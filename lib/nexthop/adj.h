/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Adjacencies: what happens to a packet once its next hop is known. One cache line each.
 *
 * An adjacency never changes after it was published: a neighbour with a new MAC address gets a
 * new adjacency, the groups that lead to the old one are switched over, and the old one is freed
 * behind the readers. So a worker may read the line without a thought. The one exception is its use
 * mark, a byte for itself: workers set it, only if it is not set, so that they nearly always just
 * read the line; the control thread clears it.
 *
 * Owner: the control thread creates, frees; workers read, and set the mark.
 */
#ifndef SLUICE_ADJ_H
#define SLUICE_ADJ_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_ether.h>

#include "region.h"
#include "usage.h"

struct iface;
struct mac_addr;
struct rcu;

enum adj_kind {
	ADJ_REWRITE,     /* store the header over the packet, send it */
	ADJ_GLEAN,       /* the next hop is not resolved: punt glean */
	ADJ_LOCAL,       /* an address of the router, or a broadcast address: punt local */
	ADJ_BLACKHOLE,   /* drop */
	ADJ_NO_ROUTE,    /* punt no_route */
	ADJ_UNREACHABLE, /* likewise; the slow path answers by the kind */
	ADJ_PROHIBIT,    /* likewise */
	ADJ_KERNEL,      /* leaves by an interface that is not a port: punt kernel */
	ADJ_KIND_MAX
};

/* The indices of adjacencies that always stand, one for each kind that has no interface. Index 0
 * is what a lookup that found nothing leads to. */
enum adj_fixed {
	ADJ_INDEX_NO_ROUTE,
	ADJ_INDEX_UNREACHABLE,
	ADJ_INDEX_PROHIBIT,
	ADJ_INDEX_BLACKHOLE,
	ADJ_INDEX_LOCAL,
	ADJ_INDEX_KERNEL,
	ADJ_INDEX_FIXED
};

/* More than any mtu_out. */
#define ADJ_MTU_NONE (UINT16_MAX + 1u)

/* Ethernet header with two tags. */
#define ADJ_L2_MAX 22

struct adj {
	/* Ready to be stored in front of the IP header, whose begin is its end: MAC addresses,
	 * tags, EtherType. l2_len bytes, the last ones of the array. */
	uint8_t l2[ADJ_L2_MAX];
	uint16_t mtu_out;    /* bytes of IP packet that can leave by it; 0 unless ADJ_REWRITE */
	uint16_t iface;      /* outgoing interface id */
	uint8_t l2_len;      /* 14, 18 or 22; ADJ_REWRITE only */
	bool insert;         /* the device puts a tag behind the MAC addresses: then l2_len is 14 */
	uint16_t insert_vid; /* its VID */
	uint16_t port;       /* outgoing ethdev port id */
	uint16_t mtu;        /* bytes of IP packet; 0 unless ADJ_REWRITE or ADJ_GLEAN */
	uint8_t kind;        /* enum adj_kind */
	uint8_t used;        /* atomic: a packet went by it since the mark was last taken */
} __rte_cache_aligned;

_Static_assert(sizeof(struct adj) == 64, "one cache line");
_Static_assert(offsetof(struct adj, iface) % 4 == 0, "adj_way() is one load");

/* What of an adjacency decides how and where output sends: iface (in the low half), l2_len and
 * insert in one word. */
static inline uint32_t adj_way(const struct adj *adj)
{
	uint32_t way;

	__builtin_memcpy(&way, &adj->iface, sizeof(way));
	return way;
}

/* other: how the ways of some differ. Whether they do in the form of their headers. */
static inline bool adj_ways_mix_forms(uint32_t other)
{
	const struct adj all = {.l2_len = UINT8_MAX, .insert = true};

	return other & adj_way(&all);
}

/* Without tags. */
static inline bool adj_is_plain(const struct adj *adj)
{
	return adj->l2_len == sizeof(struct rte_ether_hdr) && !adj->insert;
}

/* Bytes before the IP header on the wire. */
static inline uint32_t adj_wire_len(const struct adj *adj)
{
	return adj->l2_len + (adj->insert ? (uint32_t)sizeof(uint32_t) : 0);
}

/* Where the header begins: the MAC addresses; the EtherType is there without tags only. */
static inline const struct rte_ether_hdr *adj_hdr(const struct adj *adj)
{
	return (const struct rte_ether_hdr *)(adj->l2 + sizeof(adj->l2) - adj->l2_len);
}

/* A packet goes by it. Context: worker. */
static inline void adj_mark_used(struct adj *adj)
{
	if (unlikely(!__atomic_load_n(&adj->used, __ATOMIC_RELAXED)))
		__atomic_store_n(&adj->used, 1, __ATOMIC_RELAXED);
}

struct adj_table {
	struct adj *adjs; /* by index */
	uint32_t *free;   /* stack of free indices */
	uint32_t n_free;
	uint32_t max;
	uint32_t leaving; /* freed, and their readers have not passed */
	uint64_t refused; /* requests for which there was no room */
	struct rcu *rcu;
	struct region mem; /* of adjs */
};

/* max: adjacencies beside the fixed ones. NULL and errno. Context of all: control thread. */
struct adj_table *adj_table_create(uint32_t max, int numa_node, struct rcu *rcu);
void adj_table_destroy(struct adj_table *t);

/* A new adjacency by which packets of ether_type (host order) reach mac on the interface.
 * Returns its index, or 0 when the table is full. */
uint32_t adj_rewrite(struct adj_table *t, const struct iface *iface, const struct mac_addr *mac,
		     uint16_t ether_type);

/* A new adjacency for a next hop on the interface that is not resolved. Index, or 0: full. */
uint32_t adj_glean(struct adj_table *t, const struct iface *iface);

/* Whether a packet went by it since the last call (or ever). */
bool adj_take_used(struct adj_table *t, uint32_t index);

/* Free it once no reader can hold it. Fixed ones are left alone. */
void adj_free(struct adj_table *t, uint32_t index);

/* How many more there is room for when the readers have passed. */
uint32_t adj_room(const struct adj_table *t);

/* The fixed ones do not count. */
void adj_usage(const struct adj_table *t, struct usage *usage);

const char *adj_kind_name(enum adj_kind kind);

#endif
