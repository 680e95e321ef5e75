/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node output: write the Ethernet header of the adjacency over that of the packet, and sort
 * the packets into the transmit vectors of their ports.
 */
#include "adj.h"
#include "node.h"

void output(struct worker *w, struct burst *b)
{
	for (uint32_t i = 0; i < b->n;) {
		uint16_t iface = w->adjs[b->meta[i].value].iface;
		uint64_t packets = 0, bytes = 0;

		/* A run of packets for one interface is counted once. */
		for (; i < b->n; i++) {
			struct adj *adj = &w->adjs[b->meta[i].value];
			struct rte_mbuf *pkt = b->pkts[i];

			if (adj->iface != iface)
				break;
			adj_mark_used(adj);
			memcpy(rte_pktmbuf_mtod(pkt, void *), &adj->hdr, sizeof(adj->hdr));
			packets++;
			bytes += pkt->pkt_len;
			tx_put(w, adj->port, pkt);
		}
		w->stats->iface[iface].tx_packets += packets;
		w->stats->iface[iface].tx_bytes += bytes;
		w->in[NODE_port_tx]->n += (uint32_t)packets;
	}
	b->n = 0;
}
