/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node span_tx: mirrored frames go out when everything else has been sent, and each queue gets
 * one try, so that a slow target costs the traffic nothing.
 */
#include <rte_ethdev.h>

#include "span.h"

static void lose(struct worker *w, struct span_queue *q, uint16_t from, enum drop_reason reason)
{
	uint16_t n = q->n - from;

	span_count(&q->dropped, n);
	w->stats->drop[reason] += n;
	rte_pktmbuf_free_bulk(&q->frames[from], n);
}

static uint64_t bytes_of(const struct span_queue *q, uint16_t from)
{
	uint64_t bytes = 0;

	for (uint16_t i = from; i < q->n; i++)
		bytes += q->frames[i]->pkt_len;
	return bytes;
}

static void send_queue(struct worker *w, const struct span_session *session, struct span_queue *q)
{
	struct tx_vector *v = &w->tx[session->port];
	struct iface_stats *s = &w->stats->iface[session->iface];
	uint64_t bytes, lost = 0;
	uint16_t n = q->n, sent;

	if (unlikely(__atomic_load_n(&v->gone, __ATOMIC_RELAXED)))
		return lose(w, q, 0, DROP_port_gone);
	w->replicated = true;
	q->n = tx_adapt(w, v, q->frames, n, &lost);
	span_count(&q->dropped, n - q->n);
	bytes = bytes_of(q, 0);
	if (v->lock)
		rte_spinlock_lock(v->lock);
	sent = rte_eth_tx_burst(session->port, v->queue, q->frames, q->n);
	if (v->lock)
		rte_spinlock_unlock(v->lock);
	s->tx_packets += sent;
	s->tx_bytes += bytes - bytes_of(q, sent);
	span_count(&q->mirrored, sent);
	if (unlikely(sent < q->n))
		lose(w, q, sent, DROP_span_full);
}

void span_flush(struct worker *w, unsigned session)
{
	struct span_worker *s = w->span;
	struct span_queue *q = &s->queues[session];

	if (q->n)
		send_queue(w, &s->sessions[session], q);
	q->n = q->mark = 0;
	s->waiting &= ~(UINT64_C(1) << session);
}

void span_tx(struct worker *w, struct burst *b)
{
	while (w->span->waiting)
		span_flush(w, (unsigned)__builtin_ctzll(w->span->waiting));
	w->replicated = false;
	b->n = 0;
}
