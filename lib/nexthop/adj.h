/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Adjacencies: what happens to a packet once its next hop is known. One cache line each.
 *
 * An adjacency never changes after it was published: a neighbour with a new MAC address gets a
 * new adjacency, the groups that lead to the old one are switched over, and the old one is freed
 * behind the readers. So a worker may read the line without a thought.
 *
 * Owner: the control thread creates, frees; workers read.
 */
#ifndef SLUICE_ADJ_H
#define SLUICE_ADJ_H

#include <stdint.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "region.h"

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

struct adj {
	struct rte_ether_hdr hdr; /* ready to be stored over the packet's */
	uint8_t kind;             /* enum adj_kind */
	uint16_t iface;           /* outgoing interface id */
	uint16_t port;            /* outgoing ethdev port id */
	uint16_t mtu;             /* bytes of IP packet; 0 unless ADJ_REWRITE or ADJ_GLEAN */
} __rte_cache_aligned;

_Static_assert(sizeof(struct adj) == 64, "one cache line");

struct adj_table {
	struct adj *adjs; /* by index */
	uint32_t *free;   /* stack of free indices */
	uint32_t n_free;
	uint32_t max;
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

/* Free it once no reader can hold it. Fixed ones are left alone. */
void adj_free(struct adj_table *t, uint32_t index);

const char *adj_kind_name(enum adj_kind kind);

#endif
