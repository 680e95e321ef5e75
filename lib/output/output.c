/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node output: write the Ethernet header of the adjacency, with its tags, in front of the
 * packet, and sort the packets into the transmit vectors of their ports; what leaves by a bridge
 * is the node bridge_output's.
 *
 * The header ends where the IP header begins. Where it is as long as that of the frame that came,
 * the mbuf stays as it is; else the frame begins further ahead in the headroom, or further behind.
 * The priority of the frame that came, in its outer tag, is that of the outer tag now (IEEE 802.1Q
 * 6.9.3: without one it is 0). What is too short without the tags that it came with is padded.
 *
 * Frames count for the interface that they leave by, and for those below it: a VLAN's for its port
 * too; as on the wire, with all tags. What the port then does not send is taken back from the
 * port's counters only.
 */
#include "adj.h"
#include "iface_vlans.h"
#include "node.h"
#include "replica.h"
#include "simd.h"

/* So many interfaces of a burst are served one by one; for each all packets are looked at. */
#define FEW_IFACES 4

static inline void count(struct worker *w, const struct adj *adj, uint32_t n, uint64_t bytes)
{
	uint16_t iface = adj->iface;

	w->stats->iface[iface].tx_packets += n;
	w->stats->iface[iface].tx_bytes += bytes;
	if (likely(adj_is_plain(adj)))
		return;
	while (w->ifaces[iface].kind == IFACE_VLAN) {
		iface = w->ifaces[iface].parent;
		w->stats->iface[iface].tx_packets += n;
		w->stats->iface[iface].tx_bytes += bytes;
	}
}

/* By a bridge. */
static void to_bridge(struct worker *w, const struct adj *adj, struct rte_mbuf *pkt)
{
	node_put(w, NODE_bridge_output, pkt,
		 (struct pkt_meta){.iface = adj->iface, .l2_len = adj->l2_len});
}

static void send_one(struct worker *w, const struct adj *adj, struct rte_mbuf *pkt, uint32_t len)
{
	count(w, adj, 1, len + adj_wire_len(adj));
	if (unlikely(adj->port == IFACE_PORT_BRIDGE))
		return to_bridge(w, adj, pkt);
	tx_put(w, adj->port, pkt);
	w->in[NODE_port_tx]->n++;
}

/* All leave by the interface of this adjacency, though maybe by others of the same. */
static void send_all(struct worker *w, const struct burst *b, const struct adj *adj)
{
	uint64_t bytes = 0;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		bytes += b->len[i];
	count(w, adj, n, bytes + (uint64_t)n * adj_wire_len(adj));
	if (unlikely(adj->port == IFACE_PORT_BRIDGE)) {
		for (uint32_t i = 0; i < n; i++)
			to_bridge(w, adj, b->pkts[i]);
		return;
	}
	tx_put_all(w, adj->port, b->pkts, n);
	w->in[NODE_port_tx]->n += n;
}

/* ifaces: those that the packets leave by. */
static void send_parted(struct worker *w, const struct burst *b, const uint16_t *ifaces)
{
	uint64_t left = burst_mask(b->n);

	for (int k = 0; left && k < FEW_IFACES; k++) {
		int i = __builtin_ctzll(left);
		uint64_t mask = burst_equal(ifaces, b->n, ifaces[i]);
		struct burst part;

		part.n = burst_take(&part, 0, b, mask);
		send_all(w, &part, &w->adjs[b->meta[i].value]);
		left &= ~mask;
	}
	for (; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		send_one(w, &w->adjs[b->meta[i].value], b->pkts[i], b->len[i]);
	}
}

/* The header without tags. */
static inline void write_header(uint8_t *ip, const struct adj *adj)
{
	memcpy(ip - sizeof(struct rte_ether_hdr),
	       adj->l2 + sizeof(adj->l2) - sizeof(struct rte_ether_hdr),
	       sizeof(struct rte_ether_hdr));
}

/* PCP and DEI of the outer tag that the frame came with, in bytes, where they stand in the upper
 * one of its TCI. */
static inline uint8_t priority_of(const uint8_t *ip, uint8_t l2_len)
{
	if (l2_len == RTE_ETHER_HDR_LEN)
		return 0;
	return ip[RTE_ETHER_HDR_LEN - l2_len] & VLAN_TAG_PRIORITY >> 8;
}

/* The header of l2_len bytes, with tags, over that of a frame of as many. */
static inline void rewrite_tags(uint8_t *ip, const struct adj *adj, uint8_t l2_len)
{
	uint8_t priority = priority_of(ip, l2_len);

	memcpy(ip - l2_len, adj->l2 + sizeof(adj->l2) - l2_len, l2_len);
	ip[RTE_ETHER_HDR_LEN - l2_len] |= priority;
}

/* The device puts the tag on. */
static inline void leave_tag(struct rte_mbuf *pkt, const struct adj *adj, uint8_t priority)
{
	pkt->ol_flags |= RTE_MBUF_F_TX_VLAN;
	pkt->vlan_tci = (uint16_t)(adj->insert_vid | priority << 8);
}

/* The header of a frame that came with another one. False: there is no room for it. */
static bool write_any(struct burst *b, uint32_t i, const struct adj *adj)
{
	struct rte_mbuf *pkt = b->pkts[i];
	uint8_t *ip = b->ip[i], priority = priority_of(ip, b->meta[i].l2_len);
	int more = adj->l2_len - b->meta[i].l2_len;

	if (unlikely(more > pkt->data_off))
		return false;
	if (unlikely(pkt->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED))
		priority = (uint8_t)((pkt->vlan_tci & VLAN_TAG_PRIORITY) >> 8);
	memcpy(ip - adj->l2_len, adj->l2 + sizeof(adj->l2) - adj->l2_len, adj->l2_len);
	if (adj->l2_len != RTE_ETHER_HDR_LEN)
		ip[RTE_ETHER_HDR_LEN - adj->l2_len] |= priority;
	else if (adj->insert)
		leave_tag(pkt, adj, priority);
	pkt->data_off = (uint16_t)(pkt->data_off - more);
	pkt->data_len = (uint16_t)(pkt->data_len + more);
	pkt->pkt_len = (uint32_t)((int)pkt->pkt_len + more);
	return true;
}

/* A frame that is short in its mbuf: what has fewer tags on the wire than it came with is made as
 * long as the shortest frame. Behind what is shared there may be others' bytes: then it gets an
 * mbuf of its own, which holds all of it. Without room or mbufs it stays short. */
static __rte_noinline void pad(struct worker *w, struct burst *b, uint32_t i, const struct adj *adj)
{
	struct rte_mbuf *pkt = b->pkts[i];
	uint32_t len = b->len[i] + adj_wire_len(adj), came = b->meta[i].l2_len;

	if (pkt->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		came += RTE_VLAN_HLEN;
	if (came <= adj_wire_len(adj) || len >= PACKET_FRAME_MIN)
		return;
	pkt = node_own_headers(w, pkt);
	if (unlikely(!pkt))
		return;
	b->pkts[i] = pkt;
	b->ip[i] = rte_pktmbuf_mtod_offset(pkt, uint8_t *, adj->l2_len);
	b->len[i] += packet_pad(pkt, pkt->pkt_len + PACKET_FRAME_MIN - len);
}

/* Some came with tags, or leave with some. What has no room for them is dropped, and the others
 * close up. */
static __rte_noinline void write_tags(struct worker *w, struct burst *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct adj *adj = &w->adjs[b->meta[i].value];

		if (unlikely(!write_any(b, i, adj))) {
			node_drop(w, b->pkts[i], b->meta[i], DROP_tx_headroom);
			continue;
		}
		if (unlikely(b->pkts[i]->pkt_len < PACKET_FRAME_MIN))
			pad(w, b, i, adj);
		burst_copy(b, n++, b, i);
	}
	b->n = n;
}

/* Whether all came with a header of this length. */
static inline bool came_with(const struct burst *b, uint8_t l2_len)
{
	uint8_t other = 0;
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		other |= b->meta[i].l2_len ^ l2_len;
	return !other;
}

/* The same, where all leave by one adjacency: often there are as many tags as there were. */
static __rte_noinline void write_tags_one(struct worker *w, struct burst *b, const struct adj *adj)
{
	uint32_t n = b->n;

	if (adj->l2_len == RTE_ETHER_HDR_LEN || !came_with(b, adj->l2_len))
		return write_tags(w, b);
	if (adj->l2_len == RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN)
		for (uint32_t i = 0; i < n; i++)
			rewrite_tags(b->ip[i], adj, RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN);
	else
		for (uint32_t i = 0; i < n; i++)
			rewrite_tags(b->ip[i], adj, RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN);
}

/* All leave by one adjacency. */
static void output_one(struct worker *w, struct burst *b, struct adj *adj)
{
	uint32_t n = b->n;

	adj_mark_used(adj);
	if (likely(!(b->flags & PKT_TAGGED) && adj_is_plain(adj))) {
		for (uint32_t i = 0; i < n; i++)
			write_header(b->ip[i], adj);
	} else {
		write_tags_one(w, b, adj);
		if (!b->n)
			return;
	}
	send_all(w, b, adj);
}

/* Each by its interface. */
static __rte_noinline void output_tags(struct worker *w, struct burst *b)
{
	uint16_t ifaces[BURST_MAX] = {0};

	for (uint32_t i = 0; i < b->n; i++)
		adj_mark_used(&w->adjs[b->meta[i].value]);
	write_tags(w, b);
	for (uint32_t i = 0; i < b->n; i++)
		ifaces[i] = w->adjs[b->meta[i].value].iface;
	send_parted(w, b, ifaces);
}

static void output_each(struct worker *w, struct burst *b)
{
	struct adj *adjs = w->adjs, *first = &adjs[b->meta[0].value];
	uint32_t way = adj_way(first), other = 0, n = b->n;
	uint16_t ifaces[BURST_MAX] = {0};

	for (uint32_t i = 0; i < n; i++) {
		struct adj *adj = &adjs[b->meta[i].value];
		uint32_t its;

		adj_mark_used(adj);
		its = adj_way(adj);
		write_header(b->ip[i], adj);
		ifaces[i] = (uint16_t)its;
		other |= its ^ way;
	}
	if (likely(!other && adj_is_plain(first)))
		send_all(w, b, first);
	else if (likely(!adj_ways_mix_forms(other) && adj_is_plain(first)))
		send_parted(w, b, ifaces);
	else
		output_tags(w, b); /* what was written is not read, and written over */
}

void SIMD_NAMED(output)(struct worker *w, struct burst *b)
{
	if (b->one_adj)
		output_one(w, b, &w->adjs[b->meta[0].value]);
	else if (unlikely(b->flags & PKT_TAGGED))
		output_tags(w, b);
	else
		output_each(w, b);
	b->n = 0;
}
