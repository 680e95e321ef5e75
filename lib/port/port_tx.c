/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node port_tx: hand what was collected for each port to its transmit queue. A queue that is
 * full gets a bounded number of tries; what it then has not taken is dropped, so that one
 * slow port never holds up the others.
 */
#include <rte_ethdev.h>

#include "iface.h"
#include "node.h"

#define TX_TRIES 8

/* The interface counted it as sent when it was put into the vector: it was not. */
static void not_sent(struct worker *w, const struct tx_vector *v, struct rte_mbuf *pkt,
		     enum drop_reason reason)
{
	struct iface_stats *s = &w->stats->iface[v->iface];

	s->tx_packets--;
	s->tx_bytes -= pkt->pkt_len;
	s->tx_dropped++;
	node_drop(w, pkt, (struct pkt_meta){0}, reason);
}

/* Make chained packets one segment, for a port that cannot send chains. What cannot is dropped. */
static void linearize(struct worker *w, struct tx_vector *v)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < v->n; i++) {
		struct rte_mbuf *pkt = v->pkts[i];
		uint32_t moved = pkt->pkt_len - pkt->data_len;

		if (pkt->nb_segs > 1) {
			if (rte_pktmbuf_linearize(pkt)) {
				not_sent(w, v, pkt, DROP_tx_segments);
				continue;
			}
			w->stats->copy_packets[COPY_linearize]++;
			w->stats->copy_bytes[COPY_linearize] += moved;
		}
		v->pkts[n++] = pkt;
	}
	v->n = n;
}

/* The vector of no port knows of no interface. */
static void drop_all(struct worker *w, uint16_t port, struct tx_vector *v)
{
	for (uint16_t i = 0; i < v->n; i++)
		if (port == IFACE_PORT_NONE)
			node_drop(w, v->pkts[i], (struct pkt_meta){0}, DROP_port_gone);
		else
			not_sent(w, v, v->pkts[i], DROP_port_gone);
	v->n = 0;
}

static void flush(struct worker *w, uint16_t port, struct tx_vector *v)
{
	uint16_t sent = 0;

	if (unlikely(__atomic_load_n(&v->gone, __ATOMIC_RELAXED))) {
		drop_all(w, port, v);
		return;
	}
	if (unlikely(__atomic_load_n(&v->no_segments, __ATOMIC_RELAXED)))
		linearize(w, v);
	if (unlikely(v->lock != NULL))
		rte_spinlock_lock(v->lock);
	for (int tries = 0; sent < v->n && tries < TX_TRIES; tries++)
		sent += rte_eth_tx_burst(port, v->queue, v->pkts + sent, v->n - sent);
	if (unlikely(v->lock != NULL))
		rte_spinlock_unlock(v->lock);
	for (; unlikely(sent < v->n); sent++)
		not_sent(w, v, v->pkts[sent], DROP_tx_full);
	v->n = 0;
}

void port_tx(struct worker *w, struct burst *b)
{
	for (uint16_t i = 0; i < w->n_tx_dirty; i++)
		flush(w, w->tx_dirty[i], &w->tx[w->tx_dirty[i]]);
	w->n_tx_dirty = 0;
	b->n = 0;
}
