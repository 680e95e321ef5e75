/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Of the node ether_input: 802.1Q tags that the NIC has taken off, and told in the mbuf. A burst of
 * one VLAN interface goes on without them: nobody needs more of the tag than its priority, which
 * node output and node punt find in the mbuf. All others get their tags back into the headroom, so
 * that there is one form of frame for everything else. Context: worker.
 */
#ifndef SLUICE_ETHER_STRIP_H
#define SLUICE_ETHER_STRIP_H

#include "iface_vlans.h"
#include "node.h"
#include "packet.h"

static inline bool strip_was(const struct rte_mbuf *pkt)
{
	return pkt->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED;
}

static inline bool strip_any(const struct burst *b)
{
	uint64_t flags = 0;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		flags |= b->pkts[i]->ol_flags;
	return flags & RTE_MBUF_F_RX_VLAN_STRIPPED;
}

/* The VLAN interface of the port whose frames all are, by the tags taken off; IFACE_NONE. */
static inline uint16_t strip_iface(const struct burst *b, const struct iface_fwd *port)
{
	uint16_t first = b->pkts[0]->vlan_tci, other = 0;
	uint64_t flags = ~UINT64_C(0);

	for (uint32_t i = 0; i < b->n; i++) {
		flags &= b->pkts[i]->ol_flags;
		other |= b->pkts[i]->vlan_tci ^ first;
	}
	if (!(flags & RTE_MBUF_F_RX_VLAN_STRIPPED) || other & VLAN_VID_MASK)
		return IFACE_NONE;
	first &= VLAN_VID_MASK;
	return first ? iface_fwd_vlan(port, RTE_BE16(VLAN_TPID_8021Q), first) : IFACE_NONE;
}

/* Whether some are shorter without it than the shortest frame. */
static inline bool strip_shortens(const struct burst *b)
{
	bool any = false;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		any |= b->len[i] < PACKET_FRAME_MIN - RTE_ETHER_HDR_LEN;
	return any;
}

/* The tags of all back; what has no room for its own is dropped. */
static inline void strip_undo_all(struct worker *w, struct burst *b, struct pkt_meta meta)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		struct rte_mbuf *pkt = b->pkts[i];

		if (strip_was(pkt) && unlikely(!vlan_unstrip(pkt)))
			node_drop(w, pkt, meta, DROP_tx_headroom);
		else
			b->pkts[n++] = pkt;
	}
	b->n = n;
}

#endif
