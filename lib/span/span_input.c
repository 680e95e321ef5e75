/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames are taken: as they were received, and as they are sent. */
#include <rte_ether.h>
#include <rte_ip.h>

#include "replica.h"
#include "span.h"

/* Tags that the NIC has taken off, or is to put in, at most. */
#define TAGS_MAX 2

/* Is this one left out? */
static inline bool is_skipped(struct span_queue *q, uint32_t sample)
{
	if (q->skip) {
		q->skip--;
		span_count(&q->sampled_out, 1);
		return true;
	}
	q->skip = sample - 1;
	return false;
}

static void put(struct worker *w, unsigned session, struct rte_mbuf *frame, uint8_t index)
{
	struct span_worker *s = w->span;
	struct span_queue *q = &s->queues[session];

	/* The target's driver is to send it as it is. */
	frame->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	q->index[q->n] = index;
	q->frames[q->n++] = frame;
	s->waiting |= UINT64_C(1) << session;
	w->in[NODE_span_tx]->n++;
}

static uint16_t put_tag(uint8_t *at, uint16_t type, uint16_t tci)
{
	const rte_be16_t tag[] = {rte_cpu_to_be_16(type), rte_cpu_to_be_16(tci)};

	memcpy(at, tag, sizeof(tag));
	return sizeof(tag);
}

/* The tags that are in the mbuf, not in its bytes. Returns their length. */
static uint16_t tags_of(const struct rte_mbuf *pkt, uint64_t one, uint64_t two, uint8_t *tags)
{
	uint16_t len = 0;

	if (unlikely(pkt->ol_flags & two)) {
		len = put_tag(tags, RTE_ETHER_TYPE_QINQ, pkt->vlan_tci_outer);
		return len + put_tag(tags + len, RTE_ETHER_TYPE_VLAN, pkt->vlan_tci);
	}
	if (unlikely(pkt->ol_flags & one))
		len = put_tag(tags, RTE_ETHER_TYPE_VLAN, pkt->vlan_tci);
	return len;
}

/* The bytes that the router may write, of the first len of a frame: Ethernet with its tags, and the
 * IP header. */
static uint16_t headers_len(const uint8_t *frame, uint16_t len)
{
	uint16_t at = 2 * RTE_ETHER_ADDR_LEN;
	rte_be16_t type = 0;

	for (unsigned tags = 0; at + sizeof(type) <= len; tags++, at += RTE_VLAN_HLEN) {
		memcpy(&type, frame + at, sizeof(type));
		if (tags == TAGS_MAX || (type != RTE_BE16(RTE_ETHER_TYPE_VLAN) &&
					 type != RTE_BE16(RTE_ETHER_TYPE_QINQ)))
			break;
	}
	at += sizeof(type);
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && at < len)
		at += (frame[at] & RTE_IPV4_HDR_IHL_MASK) * RTE_IPV4_IHL_MULTIPLIER;
	else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		at += sizeof(struct rte_ipv6_hdr);
	return RTE_MIN(at, len);
}

/*
 * The frame, with a copy of the headers that the router may write. What comes behind them nobody
 * writes. NULL: no mbufs.
 */
static struct rte_mbuf *with_headers(struct worker *w, struct rte_mbuf *pkt, const uint8_t *tags,
				     uint16_t tags_len)
{
	const uint16_t macs = 2 * RTE_ETHER_ADDR_LEN;
	const uint8_t *frame = rte_pktmbuf_mtod(pkt, const uint8_t *);
	uint16_t len = headers_len(frame, RTE_MIN(pkt->data_len, PACKET_HEADERS_LEN));
	uint8_t hdr[PACKET_HEADERS_LEN + TAGS_MAX * RTE_VLAN_HLEN];
	struct rte_mbuf *copy;

	if (likely(!tags_len || len < macs))
		return node_with_header(w, pkt, len, frame, len, &copy, 1) ? copy : NULL;
	memcpy(hdr, frame, macs);
	memcpy(hdr + macs, tags, tags_len);
	memcpy(hdr + macs + tags_len, frame + macs, len - macs);
	return node_with_header(w, pkt, len, hdr, len + tags_len, &copy, 1) ? copy : NULL;
}

/* v: the vector that it leaves by, or NULL. Returns NULL when there are no mbufs. */
typedef struct rte_mbuf *take_fn(struct worker *w, const struct tx_vector *v, struct rte_mbuf *pkt);

static struct rte_mbuf *as_received(struct worker *w, const struct tx_vector *v,
				    struct rte_mbuf *pkt)
{
	uint8_t tags[TAGS_MAX * RTE_VLAN_HLEN];
	uint16_t len = tags_of(pkt, RTE_MBUF_F_RX_VLAN_STRIPPED, RTE_MBUF_F_RX_QINQ_STRIPPED, tags);

	return with_headers(w, pkt, tags, len);
}

static struct rte_mbuf *as_sent(struct worker *w, const struct tx_vector *v, struct rte_mbuf *pkt)
{
	uint8_t tags[TAGS_MAX * RTE_VLAN_HLEN];
	uint16_t len = tags_of(pkt, RTE_MBUF_F_TX_VLAN, RTE_MBUF_F_TX_QINQ, tags);
	struct rte_mbuf *clone;

	if (unlikely(len))
		return with_headers(w, pkt, tags, len);
	return node_clone(w, pkt, &clone, 1) ? clone : NULL;
}

/* The tags of a frame that nobody else has into its bytes. False: there is no room. */
static bool insert_tags(struct rte_mbuf *frame, const uint8_t *tags, uint16_t len)
{
	const uint16_t macs = 2 * RTE_ETHER_ADDR_LEN;
	char *start = frame->data_len < macs ? NULL : rte_pktmbuf_prepend(frame, len);

	if (unlikely(!start))
		return false;
	memmove(start, start + len, macs);
	memcpy(start + macs, tags, len);
	return true;
}

/* The port that sends it must not have shared ones. */
static struct rte_mbuf *as_copied(struct worker *w, const struct tx_vector *v, struct rte_mbuf *pkt)
{
	uint8_t tags[TAGS_MAX * RTE_VLAN_HLEN];
	uint16_t len = tags_of(pkt, RTE_MBUF_F_TX_VLAN, RTE_MBUF_F_TX_QINQ, tags);
	struct rte_mbuf *copy = rte_pktmbuf_copy(pkt, v->pool, 0, UINT32_MAX);

	if (unlikely(copy && len && !insert_tags(copy, tags, len))) {
		rte_pktmbuf_free(copy);
		copy = NULL;
	}
	if (likely(copy != NULL)) {
		w->stats->copy_packets[COPY_replicate_copy]++;
		w->stats->copy_bytes[COPY_replicate_copy] += copy->pkt_len;
	} else {
		w->stats->drop[DROP_replicate_mbufs]++;
	}
	return copy;
}

static void take(struct worker *w, unsigned session, const struct tx_vector *v,
		 struct rte_mbuf *const *pkts, uint16_t n, take_fn *how)
{
	struct span_queue *q = &w->span->queues[session];
	uint32_t sample = w->span->sessions[session].sample;

	if (unlikely(q->n + n > SPAN_ROOM))
		span_flush(w, session);
	q->mark = q->n;
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *frame;

		if (is_skipped(q, sample))
			continue;
		frame = how(w, v, pkts[i]);
		if (likely(frame != NULL))
			put(w, session, frame, (uint8_t)i);
		else
			span_count(&q->dropped, 1);
	}
}

void span_rx(struct worker *w, const struct burst *b, uint16_t iface)
{
	uint64_t sessions = __atomic_load_n(&w->span->rx[iface], __ATOMIC_ACQUIRE);

	for (; sessions; sessions &= sessions - 1)
		take(w, (unsigned)__builtin_ctzll(sessions), NULL, b->pkts, (uint16_t)b->n,
		     as_received);
}

static void before(struct worker *w, const struct tx_vector *v, uint64_t mirrors)
{
	take_fn *how = __atomic_load_n(&v->no_sharing, __ATOMIC_RELAXED) ? as_copied : as_sent;

	for (; mirrors; mirrors &= mirrors - 1)
		take(w, (unsigned)__builtin_ctzll(mirrors), v, v->pkts, v->n, how);
}

/* Of what was not sent there is no mirrored frame either. */
static void after(struct worker *w, uint64_t mirrors, uint16_t sent)
{
	for (; mirrors; mirrors &= mirrors - 1) {
		struct span_queue *q = &w->span->queues[__builtin_ctzll(mirrors)];

		while (unlikely(q->n > q->mark && q->index[q->n - 1] >= sent)) {
			rte_pktmbuf_free(q->frames[--q->n]);
			w->in[NODE_span_tx]->n--;
		}
	}
}

const struct tx_tap span_tap = {.before = before, .after = after};
