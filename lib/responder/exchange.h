/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private to lib/responder: one frame and the answer being made to it.
 *
 * Each protocol is one function that gets the exchange and returns how many bytes of layer 3 it
 * wrote to out, 0 for no answer. responder.c puts the Ethernet header before it. Whatever stands
 * in x->count when the answer is finished is counted up, so a protocol only says which it is.
 */
#ifndef SLUICE_RESPONDER_EXCHANGE_H
#define SLUICE_RESPONDER_EXCHANGE_H

#include <string.h>

#include "responder.h"

struct responder {
	struct responder_router router;
	void *ctx;
	uint64_t spent_ns; /* token bucket of the errors, what is missing in it; see icmp.c */
	uint64_t last_ns;  /* when spent_ns was last reckoned */
	uint16_t ip_id;    /* identification of the next IPv4 answer */
	struct responder_stats stats;
};

struct exchange {
	struct responder *r;
	const struct responder_query *q;
	uint64_t now_ns;
	const uint8_t *in; /* layer 3 of the frame */
	size_t in_len;     /* bytes; the IP handlers cut the padding off */
	uint8_t *out;      /* layer 3 of the answer */
	size_t room;       /* bytes at out, within the MTU of the interface */
	uint64_t *count;
	struct mac_addr to; /* Ethernet destination of the answer; the frame's source by default */
};

/* The protocols: layer 3 bytes written to x->out, or 0. */
size_t responder_arp(struct exchange *x);
size_t responder_icmp4(struct exchange *x);
size_t responder_icmp6(struct exchange *x);
/* A neighbour solicitation of len bytes (8 or more) at msg, ICMPv6 checksum verified. */
size_t responder_nd(struct exchange *x, const uint8_t *msg, size_t len);

/* The sum over a pseudo header (both addresses, side by side at addrs) and the data, without the
 * last complement: 0xffff over data with a right checksum in it. RFC 1071, RFC 8200 8.1. */
uint16_t responder_sum(const uint8_t *addrs, size_t addrs_len, uint8_t proto, const uint8_t *data,
		       size_t len);

/* Is len bytes of UDP at udp a whole datagram with a right checksum? Between addrs as above. */
bool responder_udp_valid(const uint8_t *addrs, size_t addrs_len, const uint8_t *udp, size_t len);

/* The error that tells why a packet in transit was not forwarded; RESPONDER_ERROR_COUNT for what is
 * not in transit. */
enum responder_error responder_error_of(enum responder_why why);

/* Take one error from the token bucket at x->now_ns, and point x->count at what to count. False:
 * the bucket is empty. "Too big" needs no token. */
bool responder_error_allowed(struct exchange *x, enum responder_error error);

/* The IPv6 header before payload_len bytes of ICMPv6, which stand at x->out behind it, and their
 * checksum. Returns the length of the packet. */
size_t responder_icmp6_close(struct exchange *x, const struct ip_addr *src,
			     const struct ip_addr *dst, uint8_t tclass, uint8_t hop_limit,
			     size_t payload_len);

/* Does the frame's Ethernet destination say one host? */
static inline bool exchange_l2_unicast(const struct exchange *x)
{
	return !(x->q->frame[0] & 1);
}

static inline struct ip_addr exchange_addr4(uint32_t be)
{
	struct ip_addr addr = {.family = IP4};

	memcpy(addr.bytes, &be, 4);
	return addr;
}

static inline struct ip_addr exchange_addr6(const uint8_t *bytes)
{
	struct ip_addr addr = {.family = IP6};

	memcpy(addr.bytes, bytes, 16);
	return addr;
}

/* An address of the interface itself. */
bool responder_iface_has(const struct exchange *x, const struct ip_addr *addr);

/* An address of the router, as seen on the interface. */
bool responder_own(const struct exchange *x, const struct ip_addr *addr);

/* ff02::1:ffXX:XXXX (RFC 4291 2.7.1). */
bool responder_solicited_node(const struct ip_addr *addr);

/* An IPv6 multicast group that a router is member of on the interface (RFC 4291 2.8). */
bool responder_joined(const struct exchange *x, const struct ip_addr *group);

/* Can an answer be sent to addr: is it the address of one host, and of another one? RFC 1122
 * 3.2.1.3 and 3.2.2, RFC 4443 2.4 (e.6). */
bool responder_one_host(const struct exchange *x, const struct ip_addr *addr);

/* The subnet-router anycast address of a subnet of the interface (RFC 4291 2.6.1). */
bool responder_anycast(const struct exchange *x, const struct ip_addr *addr);

/* The address to speak to peer from: of the interface, or another of the router's when it has none
 * that fits; NULL when there is none of the family. */
const struct ip_addr *responder_source(const struct exchange *x, const struct ip_addr *peer);

#endif
