/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replication for nodes: lib/packet/replicate.h with the worker's pool, and the counters.
 *
 * To flood a packet to m ports: node_clone() with n = m - 1, then tx_put_clone() of each clone and,
 * in the end, of the packet itself; the caller counts tx_packets and tx_bytes of the interfaces.
 * Nothing of the packet's bytes may be written from then on: who has to takes node_own_headers(),
 * or node_with_header() for each form that it leaves in.
 *
 * Context: worker.
 */
#ifndef SLUICE_REPLICA_H
#define SLUICE_REPLICA_H

#include "node.h"
#include "replicate.h"

/* n clones of the packet. Fewer when there are no mbufs: those that are missing are counted as
 * dropped (replicate_mbufs), and the packet itself is as it was. */
unsigned node_clone(struct worker *w, struct rte_mbuf *pkt, struct rte_mbuf **clones, unsigned n);

/* n packets, each of a header of its own and the packet's bytes from `from` on by reference: see
 * replicate_with_header(). */
unsigned node_with_header(struct worker *w, struct rte_mbuf *pkt, uint32_t from, const void *hdr,
			  uint16_t hdr_len, struct rte_mbuf **copies, unsigned n);

/* Copy-on-write, when the packet's headers are shared; the first PACKET_HEADERS_LEN bytes are in
 * one piece then, as the IP nodes want them. Returns the packet with headers of its own, which may
 * be another mbuf than before; NULL: there are no mbufs, the packet is as it was and the caller's
 * to drop (as replicate_mbufs). */
struct rte_mbuf *node_own_headers_slow(struct worker *w, struct rte_mbuf *pkt);

static inline struct rte_mbuf *node_own_headers(struct worker *w, struct rte_mbuf *pkt)
{
	return likely(!replicate_is_shared(pkt)) ? pkt : node_own_headers_slow(w, pkt);
}

#endif
