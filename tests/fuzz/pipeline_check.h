/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The oracles of fuzz_pipeline: which frames must be forwarded, and what they must look like then.
 * They read the bytes by themselves, and find routes in the control thread's store, not in the FIB:
 * so they share no code with what they check. Whatever is wrong is printed, and ends the process.
 */
#ifndef SLUICE_FUZZ_PIPELINE_CHECK_H
#define SLUICE_FUZZ_PIPELINE_CHECK_H

#include "pipeline_router.h"

#include "pipeline_bridge.h"

#define FUZZ_FRAME_MAX 9216

/* A frame as it went in, and what has come out of it. */
struct frame {
	uint16_t iface;
	bool vouched;       /* the PMD said that the IPv4 checksum is right */
	bool cramped;       /* in segments, and the first one has no room for all of it */
	bool short_of_room; /* less than 8 bytes in front of it */
	bool unpadded;      /* there may be no room behind it to pad it */
	uint32_t len;
	uint16_t in;    /* the interface that its tags lead to; that of the port if to none */
	uint8_t l2_len; /* Ethernet header and tags as far as they lead */
	bool taken;     /* they lead to an interface, and the type behind is no tag */
	bool bridged;   /* it came in by a member of a bridge */
	bool to_router; /* and goes to the router, besides its ways or alone */
	struct bridged in_bridge;
	struct ways ways; /* by which it leaves the bridge; or, once some have come, its path */
	bool routed;      /* what has come out came from the router */
	unsigned outs;
	unsigned mirrored_rx, mirrored_tx; /* still to come out of a mirror's target */
	uint64_t mirrored_sum;             /* over the bytes of those as sent */
	uint8_t bytes[FUZZ_FRAME_MAX];
};

/* In how many packets, sent, punted or dropped, a frame ends. */
struct ends {
	unsigned min, max;
};

/* Find out by the tags where a frame goes: `in` to `ways`. */
void check_tags(const struct pipeline *p, struct frame *f);

/* The frame, or a copy of it, has come out of the port, in pkt. */
void check_forwarded(const struct pipeline *p, struct frame *f, const struct rte_mbuf *pkt,
		     uint16_t port);

/* The same of the target of a mirror. */
void check_mirrored(struct frame *f, const struct rte_mbuf *pkt);

/* All that comes of the frame has come. short_of_mbufs: there were none for some copies. */
struct ends check_ends(const struct pipeline *p, const struct frame *f, bool short_of_mbufs);

/* A frame that the router made itself has come out of the port, after frames came in by iface.
 * Returns whether it went through a bridge. */
bool check_injected(const struct pipeline *p, uint16_t iface, const struct rte_mbuf *pkt,
		    uint16_t port);

/* Print and abort. f: the frame that it is about, or NULL. */
void check_fail(const struct frame *f, const char *what) __attribute__((noreturn));

#endif
