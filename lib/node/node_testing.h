/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the nodes share: a worker that no lcore runs, whose bursts the test fills and
 * reads itself. Tables are the test's to add. Context: the test's thread.
 */
#ifndef SLUICE_NODE_TESTING_H
#define SLUICE_NODE_TESTING_H

#include "node.h"
#include "packet_testing.h"
#include "simd.h"

#define TESTING_IFACES 8

/* Empty bursts, a punt ring of ring_size, buckets that let everything pass. */
struct worker *testing_worker_create(unsigned ring_size);

/* What simd_choose() says; where the CPU has not what is asked for, the test ends as skipped. */
enum simd testing_simd(void);

/* That version of a node. */
#ifdef __x86_64__
#define TESTING_NODE(name) \
	((node_fn *const[]){name##_scalar, name##_avx2, name##_avx512}[testing_simd()])
#else
#define TESTING_NODE(name) (name##_scalar)
#endif

/* Frees all packets that wait in it; checks that then every mbuf is back in the pool. */
void testing_worker_destroy(struct worker *w);

/* Let the packet wait for the node, in from an interface, its IP header behind 14 bytes. */
void testing_put(struct worker *w, enum node_id node, struct rte_mbuf *pkt, uint16_t iface,
		 uint8_t flags);

/* The node that the packet waits for, with its meta; NODE_MAX: none. */
enum node_id testing_where(const struct worker *w, const struct rte_mbuf *pkt,
			   struct pkt_meta *meta);

/* These n packets, and no others, wait for the node in this order. */
void testing_assert_burst(const struct worker *w, enum node_id node, struct rte_mbuf *const *pkts,
			  unsigned n);

/* No packet waits for the node. */
static inline void testing_assert_empty(const struct worker *w, enum node_id node)
{
	assert_int_equal(w->in[node]->n, 0);
}

#endif
