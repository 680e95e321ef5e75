/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Destinations to be looked up, and packets that carry them.
 *
 * Packets: slots as a pool of mbufs lays them out, of which one 64-byte line each is used. A trace
 * goes through them in batches, as many packets as there are slots: first the headers of a batch
 * are written (which is not timed), as a NIC's DMA writes them, then they are processed in the same
 * order. All lines together are a few times the L2, so what is read was written so long ago that it
 * has gone from L2 to L3, where a NIC's DMA would have put it.
 */
#ifndef SLUICE_BENCH_TRACE_H
#define SLUICE_BENCH_TRACE_H

#include <stddef.h>
#include <stdint.h>

#include "routes.h"

/* Bytes from one packet to the next: those of an mbuf of the default size with its pool's header,
 * 37 cache lines. The odd number matters: strides of a power of two share a few sets of a cache. */
#define PACKET_STRIDE 2368

/* Where addresses stand in the first line of a packet, without VLAN tags. */
#define PACKET_MAC  0
#define PACKET_DST4 30
#define PACKET_DST6 38

enum trace_kind {
	TRACE_UNIFORM, /* any IPv4 address, any in 2000::/3 */
	TRACE_ROUTED,  /* a random prefix, in it a random address */
	TRACE_ZIPF,    /* TRACE_ZIPF_N such addresses, the i-th most popular with weight 1/i */
	TRACE_KINDS
};

#define TRACE_ZIPF_N 262144

/* The filtering id of all keys. */
#define TRACE_FID 1

struct trace {
	enum trace_kind kind;
	size_t n;         /* 0: there is no such trace */
	size_t size;      /* bytes of an address */
	size_t at;        /* where it stands in a packet */
	uint8_t *net;     /* addresses in network order; keys of a bridge's table in host order */
	uint32_t *host;   /* IPv4: the same in host order */
	uint32_t *expect; /* their answers; filled by the first method that is checked */
};

struct packets {
	uint8_t **packet; /* in the order of arrival, a random one */
	size_t n;
};

const char *trace_name(enum trace_kind kind);

/* n addresses; n: a multiple of the packets' number. Memory until the program ends. */
void trace_make(struct trace *trace, enum trace_kind kind, const struct routes *routes, size_t n);

/* n: a multiple of BENCH_BURST_MAX. */
void packets_make(struct packets *packets, size_t n);

/* Write the destinations from place `at` of the trace on into the packets, in order; of keys the
 * MAC address, whose bytes are in network order as in the packet. */
void packets_fill(const struct packets *packets, const struct trace *trace, size_t at);

/* Ranks 0 to n - 1, rank i with weight 1/(i + 1): into rank[count]. */
void zipf_ranks(uint32_t *rank, size_t count, uint32_t n, uint64_t seed);

#endif
