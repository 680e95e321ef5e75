/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The responder of the standalone mode (`control: none`): what a host of the network must hear from
 * a router when no kernel stands behind it. A punted frame goes in, the answer frame comes out: ARP
 * replies, neighbour advertisements, echo replies, and the ICMP errors that make traceroute and
 * path MTU discovery work.
 *
 * A function over byte buffers and one token bucket: no mbufs, no sockets, no clock of its own.
 * Nothing in a frame is trusted: any length, any content, any alignment. What the RFCs leave open
 * is decided as Linux decides it.
 *
 * Context: control, all functions (the responder has no lock).
 */
#ifndef SLUICE_RESPONDER_H
#define SLUICE_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"

/* Bytes that an answer buffer must have: a full Ethernet frame, without its FCS, and a tag. */
#define RESPONDER_ROOM_MIN 1518

/* Errors per second, and how many at once after a pause: Linux's icmp_msgs_per_sec and
 * icmp_msgs_burst. Those about the path MTU are not limited here. */
#define RESPONDER_ERRORS_PER_SECOND 1000
#define RESPONDER_ERRORS_BURST      50

/* Why the worker punted the frame. */
enum responder_why {
	RESPOND_ETHERTYPE,   /* not IP: ARP is answered */
	RESPOND_LOCAL,       /* to an address of the router */
	RESPOND_MULTICAST,   /* to a multicast or broadcast address */
	RESPOND_TTL,         /* TTL or hop limit would reach 0 */
	RESPOND_MTU,         /* larger than the MTU of the outgoing interface */
	RESPOND_SCOPE,       /* IPv6 link-local source in transit */
	RESPOND_NO_ROUTE,    /* no route at all */
	RESPOND_UNREACHABLE, /* route of type unreachable */
	RESPOND_PROHIBIT,    /* route of type prohibit */
	RESPOND_GLEAN,       /* the next hop has no neighbour entry */
};

/* What an error message says; the codes of both families stand in icmp4.c and icmp6.c. */
enum responder_error {
	RESPONDER_ERROR_TTL, /* time exceeded */
	RESPONDER_ERROR_TOO_BIG,
	RESPONDER_ERROR_SCOPE,
	RESPONDER_ERROR_NO_ROUTE,
	RESPONDER_ERROR_UNREACHABLE,
	RESPONDER_ERROR_PROHIBIT,
	RESPONDER_ERROR_HOST,     /* the neighbour did not resolve */
	RESPONDER_ERROR_PROTOCOL, /* unreachable; IPv6: unrecognized next header */
	RESPONDER_ERROR_PORT,     /* unreachable */
	RESPONDER_ERROR_COUNT,
};

/* The interface that a frame came in by. */
struct responder_iface {
	struct mac_addr mac;
	uint16_t mtu;                  /* bytes of IP packet that it takes; no answer is larger */
	const struct ip_prefix *addrs; /* with host bits; the link-local address included */
	unsigned n_addrs;
};

struct responder_query {
	enum responder_why why;
	const struct responder_iface *iface;
	unsigned out_mtu; /* RESPOND_MTU: bytes of IP packet that the outgoing interface takes */
	const uint8_t *frame; /* from the destination MAC on */
	size_t len;           /* bytes of frame; padding behind the packet is allowed */
	uint16_t l2_len;      /* Ethernet header and tags: 14, 18 or 22 bytes */
};

/* Every query counts in exactly one of these, which are all of the same type. */
struct responder_stats {
	uint64_t arp_replies;
	uint64_t neighbour_adverts;
	uint64_t echo_replies;
	uint64_t errors_sent[RESPONDER_ERROR_COUNT];
	uint64_t errors_limited; /* errors that the token bucket held back */
	uint64_t unfragmented; /* too big and without DF: a router would fragment, this does not */
	uint64_t unanswered;   /* everything else */
};

/* What the responder asks about the router as a whole. */
struct responder_router {
	/* Is this an address of the router, on any of its interfaces? Any address of a frame may be
	 * asked for, multicast too; not IPv6 link-local ones, which are looked up in the query's
	 * interface. */
	bool (*is_local)(void *ctx, const struct ip_addr *addr);
	/* The first address of the family, no IPv6 link-local one, to speak from where the
	 * interface has none. Valid until the answer is made; NULL: there is none. */
	const struct ip_addr *(*address)(void *ctx, enum ip_family family);
};

struct responder;

/* A responder with a full token bucket; *router is copied, ctx is what its functions get. NULL and
 * errno ENOMEM. */
struct responder *responder_create(const struct responder_router *router, void *ctx);

/* NULL is allowed. */
void responder_destroy(struct responder *r);

/* Build the answer to q->frame in out, a whole frame to be sent out of the interface that the frame
 * came in by: without tags, which are the interface's own, and padded to 60 bytes.
 * now_ns: a monotonic clock, nanoseconds. room: bytes at out, at least RESPONDER_ROOM_MIN; an echo
 * request whose answer needs more, or exceeds the MTU, is not answered. out and q->frame do not
 * overlap. Returns the length of the answer in bytes, or 0 when there is none to send. */
size_t responder_answer(struct responder *r, const struct responder_query *q, uint64_t now_ns,
			uint8_t *out, size_t room);

/* The counters, valid until responder_destroy(). */
const struct responder_stats *responder_stats(const struct responder *r);

#endif
