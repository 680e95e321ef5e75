/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst: up to BURST_MAX packets on their way from one node to the next, with what the nodes
 * found out about each (written by one pass, read by the next; the mbuf is not touched for it).
 * A packet stands in exactly one burst, and a walk begins with at most BURST_MAX packets: so no
 * burst can overflow. Context: the worker that owns it.
 */
#ifndef SLUICE_BURST_H
#define SLUICE_BURST_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#define BURST_MAX 64

/* pkt_meta.flags */
#define PKT_L2_MULTICAST 0x01 /* the frame's destination was broadcast or multicast */

struct pkt_meta {
	/* output: index of the adjacency; drop: enum drop_reason; punt: see punt_value() */
	uint32_t value;
	uint16_t iface; /* id of the interface that it came in by */
	uint8_t l2_len; /* bytes before the IP header: Ethernet and tags */
	uint8_t flags;
};

struct burst {
	uint32_t n;
	struct rte_mbuf *pkts[BURST_MAX];
	struct pkt_meta meta[BURST_MAX];
};

static inline void burst_put(struct burst *b, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	b->meta[b->n] = meta;
	b->pkts[b->n++] = pkt;
}

/* The 64-bit mask with a bit for each of n packets (n <= BURST_MAX). */
static inline uint64_t burst_mask(uint32_t n)
{
	return n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0);
}

#endif
