/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node ether_input: is the frame for us, and what is in it? IEEE 802.3 clause 3.
 *
 * The common burst is all unicast to this port and all IPv4 (or all IPv6): one pass finds that
 * out, and the whole burst is handed on by swapping two pointers.
 */
#include <rte_ether.h>
#include <rte_prefetch.h>

#include "iface.h"
#include "node.h"
#include "packet.h"

#define PREFETCH_AHEAD 6

/* Where a frame goes when it is not plain, or not of the burst's type. */
static void sort_one(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(pkt, const struct rte_ether_hdr *);
	uint64_t mac = iface_fwd_mac(&w->ifaces[meta.iface]);
	uint16_t want;

	if (unlikely(pkt->pkt_len < sizeof(*eth)))
		return node_drop(w, pkt, meta, DROP_ether_short);
	want = RTE_MIN(pkt->pkt_len, (uint32_t)PACKET_HEADERS_LEN);
	if (unlikely(pkt->data_len < want)) {
		int copied = packet_pull_up(pkt, want);

		if (copied < 0)
			return node_drop(w, pkt, meta, DROP_pull_up);
		w->stats->copy_packets[COPY_pull_up]++;
		w->stats->copy_bytes[COPY_pull_up] += (uint64_t)copied;
	}
	if (rte_is_multicast_ether_addr(&eth->dst_addr)) {
		if (!memcmp(&eth->src_addr, &mac, sizeof(eth->src_addr)))
			return node_drop(w, pkt, meta, DROP_ether_src_own);
		meta.flags |= PKT_L2_MULTICAST;
	} else if (memcmp(&eth->dst_addr, &mac, sizeof(eth->dst_addr))) {
		return node_drop(w, pkt, meta, DROP_ether_not_mine);
	}
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		node_put(w, NODE_ip4_input, pkt, meta);
	else if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		node_put(w, NODE_ip6_input, pkt, meta);
	else
		node_punt(w, pkt, meta, punt_value(PUNT_ethertype, 0, 0));
}

/* The interface is down: as in Linux, nothing comes in by it. */
static void drop_all(struct worker *w, struct burst *b, struct pkt_meta meta)
{
	for (uint32_t i = 0; i < b->n; i++) {
		w->stats->iface[meta.iface].rx_bytes += b->pkts[i]->pkt_len;
		node_drop(w, b->pkts[i], meta, DROP_iface_down);
	}
	w->stats->iface[meta.iface].rx_packets += b->n;
	b->n = 0;
}

void ether_input(struct worker *w, struct burst *b)
{
	const struct pkt_meta plain = {.iface = w->rxq->iface, .l2_len = RTE_ETHER_HDR_LEN};
	const uint64_t mac = iface_fwd_mac(&w->ifaces[plain.iface]);
	uint64_t not4 = 0, not6 = 0, bytes = 0;
	uint32_t n = b->n;

	if (unlikely(!iface_fwd_is_up(&w->ifaces[plain.iface])))
		return drop_all(w, b, plain);
	for (uint32_t i = 0; i < n && i < PREFETCH_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(b->pkts[i], void *));
	for (uint32_t i = 0; i < n; i++) {
		struct rte_mbuf *pkt = b->pkts[i];
		uint64_t head, odd;
		uint16_t type;

		if (i + PREFETCH_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(b->pkts[i + PREFETCH_AHEAD], void *));
		b->meta[i] = plain;
		bytes += pkt->pkt_len;
		if (unlikely(pkt->data_len < RTE_ETHER_HDR_LEN)) {
			not4 = not6 = 1;
			continue;
		}
		memcpy(&head, rte_pktmbuf_mtod(pkt, void *), 8);
		memcpy(&type, rte_pktmbuf_mtod_offset(pkt, void *, 12), 2);
		/* Zero when it is for our MAC and in one segment. */
		odd = (head << 16 ^ mac << 16) | (uint64_t)(pkt->nb_segs - 1);
		not4 |= odd | (uint64_t)(type ^ RTE_BE16(RTE_ETHER_TYPE_IPV4));
		not6 |= odd | (uint64_t)(type ^ RTE_BE16(RTE_ETHER_TYPE_IPV6));
	}
	w->stats->iface[plain.iface].rx_packets += n;
	w->stats->iface[plain.iface].rx_bytes += bytes;
	if (likely(!not4))
		return node_put_all(w, NODE_ether_input, NODE_ip4_input);
	if (!not6)
		return node_put_all(w, NODE_ether_input, NODE_ip6_input);
	for (uint32_t i = 0; i < n; i++)
		sort_one(w, b->pkts[i], plain);
	b->n = 0;
}
