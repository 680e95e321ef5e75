/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the nodes that look routes up share: a worker over tables of next hops, and
 * what became of a packet. Context: the test's thread.
 */
#ifndef SLUICE_FORWARD_TESTING_H
#define SLUICE_FORWARD_TESTING_H

#include "nexthop_testing.h"
#include "node_testing.h"

#define TESTING_NEXTHOPS  8
#define TESTING_RX_IFACE  3    /* by which all packets came in */
#define TESTING_SMALL_MTU 1300 /* of port 3 */

struct testing_forward {
	struct worker *w;
	struct testing_tables *t;
	/* nhs[i] leads to MAC address i by port i % 4, but nhs[0] is not resolved. */
	struct nexthop *nhs[TESTING_NEXTHOPS];
	struct nexthop_group *held[16];
	unsigned n_held;
};

/* A worker whose tables are empty but for next hops; the FIB is the test's. family: IP4 or IP6. */
struct testing_forward *testing_forward_create(uint8_t family);
void testing_forward_destroy(struct testing_forward *f);

/* The index of a group over n next hops from `first` on, held until the end. */
uint32_t testing_forward_group(struct testing_forward *f, unsigned first, unsigned n);

/* What became of a packet: to be sent by the next hop with a MAC address, dropped, punted. */
struct testing_fate {
	enum node_id node;
	uint32_t value;
};

#define OUT(mac)                 \
	{                        \
		NODE_output, mac \
	}
#define DROPPED(reason)                  \
	{                                \
		NODE_drop, DROP_##reason \
	}
#define PUNTED(reason)                   \
	{                                \
		NODE_punt, PUNT_##reason \
	}
#define PUNTED_KIND(r, kind)                                \
	{                                                   \
		NODE_punt, PUNT_##r | (uint32_t)(kind) << 8 \
	}
#define PUNTED_MTU(r, mtu)                                  \
	{                                                   \
		NODE_punt, PUNT_##r | (uint32_t)(mtu) << 16 \
	}

bool testing_has_fate(const struct testing_forward *f, const struct rte_mbuf *pkt,
		      const struct testing_fate *fate);

/* Packets to be sent stay in the order in which they came, pkts; so do others of the same kind. */
void testing_assert_order(const struct testing_forward *f, struct rte_mbuf *const *pkts,
			  const unsigned *kinds);

/* Free what waits for any node. */
void testing_forward_empty(struct testing_forward *f);

#endif
