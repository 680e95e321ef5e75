/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bridging of one frame, whatever it is: all rules in their order, floods, tags. The nodes
 * bridge_input and bridge_output do the common cases of whole bursts, and give the rest to these.
 * Context: worker.
 */
#ifndef SLUICE_BRIDGE_SLOW_H
#define SLUICE_BRIDGE_SLOW_H

#include <string.h>

#include "bridge_fwd.h"
#include "fdb.h"
#include "iface_vlans.h"
#include "node.h"

/* A frame that came in by the member meta.iface, whose own tags end meta.l2_len - 14 bytes behind
 * the MAC addresses. */
void bridge_from_member(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta);

/* A frame of the router, by the interface of a bridge or a VLAN interface on one (meta.iface), with
 * the tags that it has there. */
void bridge_from_router(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta);

/* Flood the frames of the mask, which came in by a plain member for hosts that nobody knows, by
 * reference: those of one burst at once, where all of them leave as they came, by plain members,
 * and none is for the member itself. dst: the keys of their destinations. longest: of the largest
 * frame, the bytes behind its Ethernet header. Returns the mask of those that have to go one by
 * one: all of them, or none. */
uint64_t bridge_flood(struct worker *w, const struct burst *b, uint64_t mask, const uint64_t *dst,
		      uint32_t longest, const struct bridge_member *in);

/* n frames have left by a member (or come in by an interface): count them for it, and for the
 * interfaces below it. */
static inline void bridge_count_tx(struct worker *w, uint16_t iface, uint32_t n, uint64_t bytes)
{
	for (;; iface = w->ifaces[iface].parent) {
		w->stats->iface[iface].tx_packets += n;
		w->stats->iface[iface].tx_bytes += bytes;
		if (w->ifaces[iface].kind != IFACE_VLAN)
			break;
	}
}

static inline void bridge_count_rx(struct worker *w, uint16_t iface, uint32_t n, uint64_t bytes)
{
	for (;; iface = w->ifaces[iface].parent) {
		w->stats->iface[iface].rx_packets += n;
		w->stats->iface[iface].rx_bytes += bytes;
		if (w->ifaces[iface].kind != IFACE_VLAN)
			break;
	}
}

/* The bytes of tags at `type`, where n bytes of tags are in front already, that belong to the
 * header. Of a frame that is longer than they. */
static inline uint32_t tags_beyond(const uint8_t *type, uint32_t n)
{
	uint32_t beyond = 0;
	rte_be16_t word;

	for (; n + beyond < IFACE_TAGS_MAX * RTE_VLAN_HLEN; beyond += RTE_VLAN_HLEN) {
		memcpy(&word, type + beyond, sizeof(word));
		if (!vlan_is_tpid(word))
			break;
	}
	return beyond;
}

/* fdb_key() of the member's own MAC address, fid 0. */
static inline uint64_t bridge_member_key(const struct worker *w, const struct bridge_member *m)
{
	uint64_t mac = iface_fwd_mac(&w->ifaces[m->iface]);
	struct rte_ether_addr addr;

	memcpy(&addr, &mac, sizeof(addr));
	return fdb_key(&addr, 0);
}

/* Whether what came in by one member may leave by the other; on no, *reason. */
static inline bool bridge_may_pass(const struct bridge_member *in, const struct bridge_member *out,
				   enum drop_reason *reason)
{
	if (unlikely(out == in))
		*reason = DROP_bridge_same_port;
	else if (unlikely(in->flags & out->flags & BRIDGE_ISOLATED))
		*reason = DROP_bridge_isolated;
	else if (unlikely(out->state != BRIDGE_FORWARDING))
		*reason = DROP_bridge_blocked;
	else
		return true;
	return false;
}

#endif
