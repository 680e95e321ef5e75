/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One packet for several: replication by reference. What is copied is headers; the payload is
 * stored once, and stays until the last mbuf that refers to it is freed (DPDK's indirect mbufs).
 *
 * The bytes of a shared mbuf are never written: replicate_is_shared() says whether those in front
 * are, replicate_own_headers() makes them the packet's own. The struct rte_mbuf of a packet, with
 * data_off and lengths, belongs to who has the packet, shared or not: to cut it (rte_pktmbuf_adj(),
 * packet_trim()) is always allowed.
 *
 * Clones and headers come from a pool of small mbufs, with room for the headroom and the headers
 * (REPLICATE_ROOM); when it is empty, there are fewer clones, and the packet itself is as it was.
 * Nodes use it by way of lib/node/replica.h, which counts.
 *
 * Context: the worker that has the packet; the pool's cache is that of its lcore.
 */
#ifndef SLUICE_REPLICATE_H
#define SLUICE_REPLICATE_H

#include <stdbool.h>

#include <rte_mbuf.h>

#include "packet.h"

#define REPLICATE_HEADER_MAX 128 /* bytes of a header mbuf that are the packet's, at most */
/* Data room of the mbufs of the pool. */
#define REPLICATE_ROOM (RTE_PKTMBUF_HEADROOM + REPLICATE_HEADER_MAX)

/* Are there other references to the bytes of the first segment, so that they must not be written?
 * They stay there: what is shared may have become unshared when the answer is used, not the other
 * way round. */
static inline bool replicate_is_shared(const struct rte_mbuf *pkt)
{
	if (likely(rte_mbuf_refcnt_read(pkt) == 1 && RTE_MBUF_DIRECT(pkt)))
		return false;
	return !RTE_MBUF_HAS_EXTBUF(pkt) || rte_mbuf_refcnt_read(pkt) != 1 ||
	       rte_mbuf_ext_refcnt_read(pkt->shinfo) != 1;
}

/*
 * n more packets with the same bytes, into clones[]. The packet itself is shared from then on; it
 * and each of them is freed as any other. One update of the reference count serves all clones of a
 * packet that is in one segment and not indirect; others are cloned segment by segment. The dynamic
 * fields of the mbuf are not copied. Returns how many there are: fewer than n when the pool is
 * empty.
 */
unsigned replicate_clone(struct rte_mempool *pool, struct rte_mbuf *pkt, struct rte_mbuf **clones,
			 unsigned n);

/*
 * n packets that each begin with hdr_len bytes of their own (at most REPLICATE_HEADER_MAX, a copy
 * of hdr, which may lie in the packet), and go on with the packet's from `from` on (at most
 * pkt_len; when nothing is left there, the header mbuf is all). There is a headroom in front of the
 * header, and its bytes may be written. The packet's own bytes before `from` are not shared by
 * them. Returns how many there are.
 */
unsigned replicate_with_header(struct rte_mempool *pool, struct rte_mbuf *pkt, uint32_t from,
			       const void *hdr, uint16_t hdr_len, struct rte_mbuf **copies,
			       unsigned n);

/*
 * Copy-on-write: when the first bytes of *pkt are shared, *pkt becomes another packet of the same
 * bytes, of which the first len (at most REPLICATE_HEADER_MAX; or all, if there are fewer) are its
 * own, in one piece, behind a headroom; the reference that *pkt was is now behind them, or gone
 * when nothing of it is left. A packet that is not shared is left as it is.
 * Returns the bytes copied (0: it was not shared), or -ENOMEM: the packet is unchanged.
 */
int replicate_own_headers(struct rte_mempool *pool, struct rte_mbuf **pkt, uint16_t len);

#endif
