/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of ether_input have in common: frames, and a worker that has one port. Context:
 * the test's thread. */
#ifndef SLUICE_ETHER_TESTING_H
#define SLUICE_ETHER_TESTING_H

#include <rte_ether.h>

#include "iface_vlans.h"
#include "node_testing.h"

#define RX_IFACE 2
#define LEN      200 /* of a frame */
#define ARP      RTE_ETHER_TYPE_ARP
#define IPV4     RTE_ETHER_TYPE_IPV4
#define IPV6     RTE_ETHER_TYPE_IPV6

static const struct mac_addr ours = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x55}},
			     other = {{0x02, 0x11, 0x22, 0x33, 0x44, 0x54}},
			     broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
			     all_routers = {{0x33, 0x33, 0, 0, 0, 2}};
static const struct worker_rxq rxq = {.iface = RX_IFACE};
static struct iface_fwd ifaces[TESTING_IFACES];
static struct worker *w;
static node_fn *ether_input;
static uint8_t frame[LEN];

static inline int ether_setup(void **state)
{
	w = testing_worker_create(64);
	ether_input = TESTING_NODE(ether_input);
	for (unsigned i = 0; i < LEN; i++)
		frame[i] = (uint8_t)i;
	ifaces[RX_IFACE].mac = iface_mac_word(&ours);
	ifaces[RX_IFACE].up = true;
	ifaces[1].mac = iface_mac_word(&other);
	w->ifaces = ifaces;
	w->rxq = &rxq;
	return 0;
}

static inline int ether_teardown(void **state)
{
	testing_worker_destroy(w);
	return 0;
}

static inline void set_frame(const struct mac_addr *dst, uint16_t type)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;

	memcpy(&eth->dst_addr, dst, sizeof(*dst));
	eth->ether_type = rte_cpu_to_be_16(type);
}

/* As port_rx leaves them: without any meta. */
static inline void receive(struct rte_mbuf *const *pkts, unsigned n)
{
	struct burst *b = w->in[NODE_ether_input];

	memcpy(b->pkts, pkts, n * sizeof(*pkts));
	memset(b->meta, 0xff, sizeof(b->meta));
	b->n = n;
	ether_input(w, b);
	testing_assert_empty(w, NODE_ether_input);
}

static inline void empty(void)
{
	for (int node = 0; node < NODE_MAX; node++) {
		rte_pktmbuf_free_bulk(w->in[node]->pkts, w->in[node]->n);
		w->in[node]->n = 0;
	}
	assert_int_equal(testing_mbufs_used(), 0);
}

#endif
