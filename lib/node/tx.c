/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Transmit vectors to transmit queues. A queue that is full gets a bounded number of tries; what it
 * then has not taken is dropped, so that one slow port never holds up the others. What is dropped
 * here is counted and freed here: there may be more of it than the burst of the node drop can hold.
 */
#include <rte_ethdev.h>
#include <rte_ether.h>

#include "node.h"
#include "replicate.h"

#define TX_TRIES 8

/* With the tag that the device would have put on. */
static inline uint32_t wire_len(const struct rte_mbuf *pkt)
{
	return pkt->pkt_len + (pkt->ol_flags & RTE_MBUF_F_TX_VLAN ? (uint32_t)RTE_VLAN_HLEN : 0);
}

/* The interface counted n packets as sent when they were put into the vector: they were not. The
 * vector of no port knows of no interface. */
static void uncount(struct worker *w, const struct tx_vector *v, uint16_t n, uint64_t bytes)
{
	struct iface_stats *s = &w->stats->iface[v->iface];

	if (v >= &w->tx[RTE_MAX_ETHPORTS])
		return;
	s->tx_packets -= n;
	s->tx_bytes -= bytes;
	s->tx_dropped += n;
}

/* Those from `from` on. */
static void not_sent(struct worker *w, struct tx_vector *v, uint16_t from, enum drop_reason reason)
{
	uint16_t n = v->n - from;
	uint64_t bytes = 0;

	for (uint16_t i = from; i < v->n; i++)
		bytes += wire_len(v->pkts[i]);
	uncount(w, v, n, bytes);
	w->stats->drop[reason] += n;
	rte_pktmbuf_free_bulk(&v->pkts[from], n);
	v->n = from;
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

static inline bool has_to_adapt(const struct worker *w, const struct tx_vector *v)
{
	uint8_t check = __atomic_load_n(&v->check, __ATOMIC_RELAXED);

	return check == TX_CHECK_ALL || (check && w->replicated);
}

/* The tag of a shared mbuf into its bytes: drivers that do so in software refuse it there
 * (rte_vlan_insert). The headers are written for this frame alone, whatever refers to the rest.
 * Without the headroom it is left to the driver. */
static void write_tag(struct rte_mbuf *pkt)
{
	const uint16_t macs = 2 * RTE_ETHER_ADDR_LEN;
	const rte_be16_t tag[] = {rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN),
				  rte_cpu_to_be_16(pkt->vlan_tci)};
	char *frame = rte_pktmbuf_prepend(pkt, sizeof(tag));

	if (unlikely(!frame))
		return;
	memmove(frame, frame + sizeof(tag), macs);
	memcpy(frame + macs, tag, sizeof(tag));
	pkt->ol_flags &= ~RTE_MBUF_F_TX_VLAN;
}

static void write_tags(const struct tx_vector *v)
{
	for (uint16_t i = 0; i < v->n; i++) {
		struct rte_mbuf *pkt = v->pkts[i];

		if (unlikely(pkt->ol_flags & RTE_MBUF_F_TX_VLAN) && replicate_is_shared(pkt))
			write_tag(pkt);
	}
}

static uint16_t adapt(struct worker *w, const struct tx_vector *v, struct rte_mbuf **pkts,
		      uint16_t n, uint64_t *lost)
{
	bool no_segments = __atomic_load_n(&v->no_segments, __ATOMIC_RELAXED);
	bool no_sharing = __atomic_load_n(&v->no_sharing, __ATOMIC_RELAXED);
	uint16_t kept = 0;

	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *pkt = pkts[i], *sent = pkt;
		bool chained = no_segments && pkt->nb_segs > 1;
		enum drop_reason reason = 0;

		if ((no_sharing && has_shared(pkt)) || (chained && !linearize(w, pkt)))
			sent = copy(w, v, pkt, &reason);
		if (likely(sent != NULL)) {
			pkts[kept++] = sent;
			continue;
		}
		*lost += wire_len(pkt);
		w->stats->drop[reason]++;
		rte_pktmbuf_free(pkt);
	}
	return kept;
}

uint16_t tx_adapt(struct worker *w, const struct tx_vector *v, struct rte_mbuf **pkts, uint16_t n,
		  uint64_t *lost)
{
	return has_to_adapt(w, v) ? adapt(w, v, pkts, n, lost) : n;
}

static void adapt_all(struct worker *w, struct tx_vector *v)
{
	uint16_t n = v->n;
	uint64_t lost = 0;

	v->n = adapt(w, v, v->pkts, n, &lost);
	if (v->n < n)
		uncount(w, v, n - v->n, lost);
}

/* Returns how many were taken: the first ones. */
static inline uint16_t hand_over(const struct tx_vector *v, uint16_t port, struct rte_mbuf **pkts)
{
	uint16_t sent = 0;

	if (unlikely(v->lock != NULL))
		rte_spinlock_lock(v->lock);
	for (int tries = 0; sent < v->n && tries < TX_TRIES; tries++)
		sent += rte_eth_tx_burst(port, v->queue, pkts + sent, v->n - sent);
	if (unlikely(v->lock != NULL))
		rte_spinlock_unlock(v->lock);
	return sent;
}

void tx_flush(struct worker *w, uint16_t port)
{
	struct tx_vector *v = &w->tx[port];
	uint64_t mirrors = __atomic_load_n(&v->mirrors, __ATOMIC_ACQUIRE);
	uint16_t sent;

	if (unlikely(__atomic_load_n(&v->gone, __ATOMIC_RELAXED)))
		return not_sent(w, v, 0, DROP_port_gone);
	if (unlikely(has_to_adapt(w, v)))
		adapt_all(w, v);
	if (unlikely(mirrors))
		w->tx_tap->before(w, v, mirrors);
	if (unlikely(w->replicated))
		write_tags(v);
	sent = hand_over(v, port, v->pkts);
	if (unlikely(mirrors))
		w->tx_tap->after(w, mirrors, sent);
	if (unlikely(sent < v->n))
		not_sent(w, v, sent, DROP_tx_full);
	v->n = 0;
}
