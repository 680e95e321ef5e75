/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A burst: up to BURST_MAX packets on their way from one node to the next, with what the nodes
 * found out about each (written by one pass, read by the next; the mbuf is not touched for it).
 * A packet stands in exactly one burst, it or one clone of it, and a walk begins with at most
 * BURST_MAX packets: so no burst can overflow. Context: the worker that owns it.
 */
#ifndef SLUICE_BURST_H
#define SLUICE_BURST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_mbuf.h>

#include "simd.h"

#if SLUICE_SIMD_LEVEL == 2
#include <immintrin.h>
#endif

#define BURST_MAX 64

/* pkt_meta.flags */
#define PKT_L2_MULTICAST 0x01 /* the frame's destination was broadcast or multicast */
/* It came with tags that node output has to know of: l2_len is not that of an Ethernet header
 * alone, or the NIC took off the tag, and left it shorter than the shortest frame. */
#define PKT_TAGGED 0x02

struct pkt_meta {
	/* output: index of the adjacency; drop: enum drop_reason; punt: see punt_value() */
	uint32_t value;
	uint16_t iface; /* id of the interface that it came in by */
	uint8_t l2_len; /* bytes before the IP header: Ethernet and tags */
	uint8_t flags;
};

/*
 * What the nodes ask most is in arrays of its own, for vectors, which may read (not use) what
 * stands behind the last packet.
 *
 * Whoever hands a packet to an IP node has seen to it that its first segment holds
 * PACKET_HEADERS_LEN bytes of it, or all if it has less: so what `len` says is there up to the
 * ports is in one piece behind `ip`.
 */
struct burst {
	uint32_t n;
	uint8_t flags; /* of all packets together, and maybe of some that have left */
	bool one_adj;  /* of output: all packets have the same value */
	struct rte_mbuf *pkts[BURST_MAX];
	uint8_t *ip[BURST_MAX];  /* where the IP header begins, or would */
	uint32_t len[BURST_MAX]; /* bytes from there to the packet's end; wrapped if it ends before
				  */
	struct pkt_meta meta[BURST_MAX];
} __rte_cache_aligned;

static inline void burst_put(struct burst *b, struct rte_mbuf *pkt, struct pkt_meta meta)
{
	b->flags = (uint8_t)((b->n ? b->flags : 0) | meta.flags);
	b->one_adj = false;
	b->meta[b->n] = meta;
	b->ip[b->n] = rte_pktmbuf_mtod_offset(pkt, uint8_t *, meta.l2_len);
	b->len[b->n] = pkt->pkt_len - meta.l2_len;
	b->pkts[b->n++] = pkt;
}

/* Packet i of `from` as packet n of `to`. */
static inline void burst_copy(struct burst *to, uint32_t n, const struct burst *from, uint32_t i)
{
	to->pkts[n] = from->pkts[i];
	to->ip[n] = from->ip[i];
	to->len[n] = from->len[i];
	to->meta[n] = from->meta[i];
}

/* The 64-bit mask with a bit for each of n packets (n <= BURST_MAX). */
static inline uint64_t burst_mask(uint32_t n)
{
	return n < 64 ? (UINT64_C(1) << n) - 1 : ~UINT64_C(0);
}

/* Packets of `from` that the mask has, in their order, as packets n and following of `to`, but for
 * their meta. Returns n of the next one. */
static inline uint32_t burst_take(struct burst *to, uint32_t n, const struct burst *from,
				  uint64_t mask)
{
#if SLUICE_SIMD_LEVEL == 2
	for (uint32_t i = 0; i < from->n; i += 8, mask >>= 8) {
		__mmask8 m = (__mmask8)mask;
		uint32_t taken = (uint32_t)__builtin_popcount(m);
		__mmask8 first = (__mmask8)((1u << taken) - 1);

		_mm512_mask_storeu_epi64(
			&to->pkts[n], first,
			_mm512_maskz_compress_epi64(m, _mm512_loadu_si512(&from->pkts[i])));
		_mm512_mask_storeu_epi64(
			&to->ip[n], first,
			_mm512_maskz_compress_epi64(m, _mm512_loadu_si512(&from->ip[i])));
		_mm256_mask_storeu_epi32(
			&to->len[n], first,
			_mm256_maskz_compress_epi32(
				m, _mm256_loadu_si256((const __m256i *)&from->len[i])));
		n += taken;
	}
#else
	for (; mask; mask &= mask - 1) {
		int i = __builtin_ctzll(mask);

		to->pkts[n] = from->pkts[i];
		to->ip[n] = from->ip[i];
		to->len[n++] = from->len[i];
	}
#endif
	return n;
}

/* The mask of the first n (at most BURST_MAX) numbers that are this one; behind them there is room
 * for vectors to read. */
static inline uint64_t burst_equal(const uint16_t numbers[BURST_MAX], uint32_t n, uint16_t number)
{
#if SLUICE_SIMD_LEVEL == 2
	__m512i wanted = _mm512_set1_epi16((short)number);
	uint64_t low = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(numbers), wanted);
	uint64_t high = _mm512_cmpeq_epi16_mask(_mm512_loadu_si512(numbers + 32), wanted);

	return (low | high << 32) & burst_mask(n);
#else
	uint64_t mask = 0;

	for (uint32_t i = 0; i < n; i++)
		mask |= (uint64_t)(numbers[i] == number) << i;
	return mask;
#endif
}

/* The value of all packets. */
static inline void burst_set_value(struct burst *b, uint32_t value)
{
	uint32_t n = b->n;

	for (uint32_t i = 0; i < n; i++)
		b->meta[i].value = value;
}

/* The meta of all packets. */
static inline void burst_set_meta(struct burst *b, struct pkt_meta meta)
{
	uint64_t word;

	_Static_assert(sizeof(meta) == sizeof(word), "one store");
	memcpy(&word, &meta, sizeof(word));
	b->flags = meta.flags;
	for (uint32_t i = 0; i < BURST_MAX; i++)
		memcpy(&b->meta[i], &word, sizeof(word));
}

#endif
