/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walker: calls the nodes of pipeline.def in order, each when packets wait for it, and counts
 * calls, packets and cycles for all of them in one place. A walk begins with what stands in the
 * bursts and ends with all of them empty. Context: worker.
 */
#ifndef SLUICE_WALK_H
#define SLUICE_WALK_H

#include <rte_cycles.h>
#include <rte_ether.h>

#include "iface.h"
#include "node.h"
#include "punt.h"
#include "replicate.h"

/* After so many timed walks with large bursts in a row, it is load: then so many are not timed
 * between two that are, and a number below the spread more, by chance. */
#define WALK_LOAD       64
#define WALK_GAP_MIN    7
#define WALK_GAP_SPREAD 16

/* A node has had n packets. */
static inline void walk_count(struct worker *w, int id, uint32_t n)
{
	w->stats->node[id].calls++;
	w->stats->node[id].packets += n;
}

static inline void walk(struct worker *w)
{
	for (int id = 0; id < NODE_MAX; id++) {
		struct burst *b = w->in[id];
		uint32_t n = b->n;

		if (!n)
			continue;
		w->nodes[id](w, b);
		walk_count(w, id, n);
	}
}

/* The same, where each node's time counts so many times. `now`: the tsc at the begin; the end of
 * one node's time is the begin of the next one's. */
static __rte_noinline void walk_timed(struct worker *w, uint64_t now, uint64_t weight)
{
	for (int id = 0; id < NODE_MAX; id++) {
		struct burst *b = w->in[id];
		uint64_t begin = now;
		uint32_t n = b->n;

		if (!n)
			continue;
		w->nodes[id](w, b);
		walk_count(w, id, n);
		now = rte_rdtsc();
		w->stats->node[id].cycles += (now - begin) * weight;
	}
}

/*
 * How many walks are not to be timed after this one of n packets.
 *
 * To read the clock after each node would cost a twentieth of the speed. So under load only now and
 * then a walk is timed, and stands for those that were not since the last one. How many is left to
 * chance, so that no regular order of the queues is favoured.
 */
static inline uint32_t walk_gap(struct worker *w, uint32_t n)
{
	/* Knuth's linear congruential generator (MMIX), of which the upper bits are good. */
	w->chance = w->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	w->large = n < BURST_MAX / 2 ? 0 : w->large + 1;
	return w->large < WALK_LOAD ? 0 : WALK_GAP_MIN + (w->chance >> 32) % WALK_GAP_SPREAD;
}

/* Poll a receive queue and walk with what it brought. Returns the number of packets. */
static inline uint32_t walk_rxq(struct worker *w, const struct worker_rxq *rxq)
{
	bool timed = w->untimed >= w->gap;
	uint64_t begin = timed ? rte_rdtsc() : 0;
	uint32_t n;

	w->rxq = rxq;
	w->nodes[NODE_port_rx](w, w->in[NODE_port_rx]);
	n = w->in[NODE_ether_input]->n;
	if (!n)
		return 0;
	walk_count(w, NODE_port_rx, n);
	if (likely(!timed)) {
		walk(w);
		w->untimed++;
	} else {
		uint64_t now = rte_rdtsc(), weight = w->untimed + 1;

		w->stats->node[NODE_port_rx].cycles += (now - begin) * weight;
		walk_timed(w, now, weight);
		w->untimed = 0;
		w->gap = walk_gap(w, n);
	}
	return n;
}

/* Put the tags of the interface behind the MAC addresses. False: there is no room. */
static inline bool inject_tags(const struct iface_fwd *fwd, struct rte_mbuf *pkt)
{
	uint16_t len = (uint16_t)(fwd->n_tags * RTE_VLAN_HLEN);
	const uint8_t *macs = rte_pktmbuf_mtod(pkt, const uint8_t *);
	uint8_t *frame = (uint8_t *)rte_pktmbuf_prepend(pkt, len);

	if (!frame)
		return false;
	memmove(frame, macs, 2 * RTE_ETHER_ADDR_LEN);
	memcpy(frame + 2 * RTE_ETHER_ADDR_LEN, fwd->tags, len);
	frame[RTE_ETHER_HDR_LEN] |= punt_meta(pkt)->priority;
	return true;
}

/* Count it for the interface, and for those that this is a VLAN of. */
static inline void inject_count(struct worker *w, uint16_t iface, uint32_t bytes)
{
	w->stats->iface[iface].injected++;
	for (;; iface = w->ifaces[iface].parent) {
		w->stats->iface[iface].tx_packets++;
		w->stats->iface[iface].tx_bytes += bytes;
		if (w->ifaces[iface].kind != IFACE_VLAN)
			break;
	}
}

static inline void inject_one(struct worker *w, struct rte_mbuf *pkt)
{
	struct pkt_meta meta = {.iface = punt_meta(pkt)->iface};
	const struct iface_fwd *fwd = &w->ifaces[meta.iface];

	if (fwd->n_tags && !inject_tags(fwd, pkt)) {
		node_drop(w, pkt, meta, DROP_tx_headroom);
		return;
	}
	inject_count(w, meta.iface, pkt->pkt_len);
	/* Answers may be made of packets that were replicated. */
	w->replicated |= pkt->nb_segs > 1 || replicate_is_shared(pkt);
	if (unlikely(iface_fwd_port(fwd) == IFACE_PORT_BRIDGE)) {
		meta.l2_len = (uint8_t)(RTE_ETHER_HDR_LEN + fwd->n_tags * RTE_VLAN_HLEN);
		return node_put(w, NODE_bridge_output, pkt, meta);
	}
	tx_put(w, iface_fwd_port(fwd), pkt);
	w->in[NODE_port_tx]->n++;
}

/* Send what the slow path has for the interfaces, frames that are ready but for the tags of a VLAN
 * interface: INJECT_BURST at most. Returns the number of packets. */
static inline uint32_t walk_inject(struct worker *w)
{
	struct rte_mbuf *pkts[INJECT_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(w->inject_ring, (void **)pkts, INJECT_BURST, NULL);

	for (unsigned i = 0; i < n; i++)
		inject_one(w, pkts[i]);
	if (n)
		walk_timed(w, rte_rdtsc(), 1);
	return n;
}

#endif
