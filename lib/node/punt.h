/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What travels in an mbuf beside its bytes, between a worker and the slow path: a dynamic field of
 * the mbuf, because the mbuf goes through a ring.
 */
#ifndef SLUICE_PUNT_H
#define SLUICE_PUNT_H

#include <stdbool.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "stats.h"

struct punt_meta {
	uint16_t iface;   /* punted: came in by; injected: goes out by */
	uint16_t mtu;     /* reason mtu: of the outgoing interface, bytes of IP packet */
	uint8_t cls;      /* enum punt_class */
	uint8_t kind;     /* reason no_route: enum adj_kind that says why */
	uint8_t l2_len;   /* bytes before the IP header */
	uint8_t tags;     /* punted: bytes behind the MAC addresses that `tap` does not show */
	uint8_t own_tags; /* punted: in their place, so many of the last tags of `iface` */
	uint8_t priority; /* PCP and DEI, as in the upper byte of a TCI: punted: of the outer tag;
			   * injected: for the tags that are pushed */
	uint16_t tap;     /* punted: the interface whose TAP gets it */
};

extern int punt_meta_offset;

/* Register the dynamic field. Init only, after EAL. 0 or -errno. */
int punt_init(void);

static inline struct punt_meta *punt_meta(struct rte_mbuf *pkt)
{
	return RTE_MBUF_DYNFIELD(pkt, punt_meta_offset, struct punt_meta *);
}

/* IEEE 802.1Q 8.6.3: 01-80-C2-00-00-0X, of protocols between neighbours on a link. */
static inline bool ether_is_reserved(const struct rte_ether_addr *mac)
{
	static const uint8_t group[] = {0x01, 0x80, 0xc2, 0, 0};

	return !memcmp(mac, group, sizeof(group)) && mac->addr_bytes[5] < 0x10;
}

#endif
