/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transmit vectors to transmit queues. A queue that is full gets a bounded number of tries; what it
 * then has not taken is dropped, so that one slow port never holds up the others. What is dropped
 * here is counted and freed here: there may be more of it than the burst of the node drop can hold.
 */
#include <rte_ethdev.h>

#include "node.h"
#include "replicate.h"

#define TX_TRIES 8

/* The interface counted it as sent when it was put into the vector: it was not. The vector of no
 * port knows of no interface. */
static void not_sent(struct worker *w, const struct tx_vector *v, struct rte_mbuf *pkt,
		     enum drop_reason reason)
{
	struct iface_stats *s = &w->stats->iface[v->iface];

	if (v < &w->tx[RTE_MAX_ETHPORTS]) {
		s->tx_packets--;
		s->tx_bytes -= pkt->pkt_len;
		s->tx_dropped++;
	}
	w->stats->drop[reason]++;
	rte_pktmbuf_free(pkt);
}

/* A chain in one segment, by moving up its bytes where it may be written and has the room. */
static bool linearize(struct worker *w, struct rte_mbuf *pkt)
{
	uint32_t moved = pkt->pkt_len - pkt->data_len;

	if (replicate_is_shared(pkt) || rte_pktmbuf_linearize(pkt))
		return false;
	w->stats->copy_packets[COPY_linearize]++;
	w->stats->copy_bytes[COPY_linearize] += moved;
	return true;
}

/* The packet as one mbuf of its own, which every PMD takes. NULL: *reason says why not. */
static struct rte_mbuf *copy(struct worker *w, const struct tx_vector *v, struct rte_mbuf *pkt,
			     enum drop_reason *reason)
{
	struct rte_mbuf *copied;

	*reason = DROP_tx_segments;
	if (!v->pool || pkt->pkt_len + RTE_PKTMBUF_HEADROOM > rte_pktmbuf_data_room_size(v->pool))
		return NULL;
	*reason = DROP_replicate_mbufs;
	copied = rte_pktmbuf_copy(pkt, v->pool, 0, UINT32_MAX);
	if (unlikely(!copied))
		return NULL;
	w->stats->copy_packets[COPY_replicate_copy]++;
	w->stats->copy_bytes[COPY_replicate_copy] += pkt->pkt_len;
	rte_pktmbuf_free(pkt);
	return copied;
}

static bool has_shared(const struct rte_mbuf *pkt)
{
	for (; pkt; pkt = pkt->next)
		if (replicate_is_shared(pkt))
			return true;
	return false;
}

/* What the PMD cannot send becomes what it can, or is dropped. */
static void adapt(struct worker *w, struct tx_vector *v)
{
	bool no_segments = __atomic_load_n(&v->no_segments, __ATOMIC_RELAXED);
	bool no_sharing = __atomic_load_n(&v->no_sharing, __ATOMIC_RELAXED);
	uint16_t n = 0;

	for (uint16_t i = 0; i < v->n; i++) {
		struct rte_mbuf *pkt = v->pkts[i];
		bool chained = no_segments && pkt->nb_segs > 1;
		enum drop_reason reason = 0;

		if ((no_sharing && has_shared(pkt)) || (chained && !linearize(w, pkt)))
			v->pkts[n] = copy(w, v, pkt, &reason);
		else
			v->pkts[n] = pkt;
		if (likely(v->pkts[n] != NULL))
			n++;
		else
			not_sent(w, v, pkt, reason);
	}
	v->n = n;
}

static inline bool has_to_adapt(const struct worker *w, const struct tx_vector *v)
{
	uint8_t check = __atomic_load_n(&v->check, __ATOMIC_RELAXED);

	return check == TX_CHECK_ALL || (check && w->replicated);
}

static void drop_all(struct worker *w, struct tx_vector *v)
{
	for (uint16_t i = 0; i < v->n; i++)
		not_sent(w, v, v->pkts[i], DROP_port_gone);
	v->n = 0;
}

void tx_flush(struct worker *w, uint16_t port)
{
	struct tx_vector *v = &w->tx[port];
	uint16_t sent = 0;

	if (unlikely(__atomic_load_n(&v->gone, __ATOMIC_RELAXED)))
		return drop_all(w, v);
	if (unlikely(has_to_adapt(w, v)))
		adapt(w, v);
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
