/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The oracles of fuzz_pipeline: which frames must be forwarded, and what they must look like then.
 * They read the bytes by themselves, and find routes in the control thread's store, not in the FIB:
 * so they share no code with what they check. Whatever is wrong is printed, and ends the process.
 */
#ifndef SLUICE_FUZZ_PIPELINE_CHECK_H
#define SLUICE_FUZZ_PIPELINE_CHECK_H

#include "pipeline_router.h"

#define FUZZ_FRAME_MAX 9216

/* A frame as it went in. */
struct frame {
	const struct rte_mbuf *pkt; /* its identity: the same mbuf goes out */
	uint16_t iface;
	bool vouched;       /* the PMD said that the IPv4 checksum is right */
	bool cramped;       /* in segments, and the first one has no room for all of it */
	bool forwarded;     /* has come out again */
	bool short_of_room; /* less than 8 bytes in front of it */
	uint32_t len;
	uint16_t in;    /* the interface that its tags lead to; that of the port if to none */
	uint8_t l2_len; /* Ethernet header and tags as far as they lead */
	bool taken;     /* they lead to an interface, and the type behind is no tag */
	uint8_t bytes[FUZZ_FRAME_MAX];
};

/* Find out `in`, l2_len and `taken` of a frame, by its tags. */
void check_tags(const struct pipeline *p, struct frame *f);

/* The frame has come out of the port, in pkt. Marks it. */
void check_forwarded(const struct pipeline *p, struct frame *f, const struct rte_mbuf *pkt,
		     uint16_t port);

/* The frame has not come out of any port. */
void check_kept(const struct pipeline *p, const struct frame *f);

/* A frame that the router made itself has come out of the port, after frames came in by iface. */
void check_injected(const struct pipeline *p, uint16_t iface, const struct rte_mbuf *pkt,
		    uint16_t port);

/* Print and abort. f: the frame that it is about, or NULL. */
void check_fail(const struct frame *f, const char *what) __attribute__((noreturn));

#endif
