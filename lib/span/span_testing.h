/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports that are rings, with their interfaces and a worker, for the tests of mirroring. */
#ifndef SLUICE_SPAN_TESTING_H
#define SLUICE_SPAN_TESTING_H

#include <errno.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "iface.h"
#include "node_testing.h"
#include "rcu.h"
#include "replica.h"
#include "span.h"

#define PORTS 3
#define RING  32 /* holds one less */

static struct rte_ring *ring[PORTS]; /* what a port sent */
static uint16_t port[PORTS];
static struct iface_table *ifaces;
static struct iface *p[PORTS];
static struct rcu *rcu;
static struct span *span;

static inline int ports_setup(void **state)
{
	const struct rte_eth_conf conf = {0};

	if (testing_eal_setup(state))
		return -1;
	for (unsigned i = 0; i < PORTS; i++) {
		char name[] = {'r', (char)('0' + i), '\0'};

		ring[i] = rte_ring_create(name, RING, SOCKET_ID_ANY, 0);
		assert_non_null(ring[i]);
		port[i] = (uint16_t)rte_eth_from_rings(name, &ring[i], 1, &ring[i], 1, 0);
		assert_int_equal(rte_eth_dev_configure(port[i], 1, 1, &conf), 0);
		assert_int_equal(rte_eth_rx_queue_setup(port[i], 0, RING, SOCKET_ID_ANY, NULL,
							testing_pool()),
				 0);
		assert_int_equal(rte_eth_tx_queue_setup(port[i], 0, RING, SOCKET_ID_ANY, NULL), 0);
		assert_int_equal(rte_eth_dev_start(port[i]), 0);
	}
	return 0;
}

static inline void span_setup(unsigned n_workers)
{
	const struct mac_addr mac = {{2, 0, 0, 0, 0, 1}};

	rcu = rcu_create(n_workers, 16);
	ifaces = iface_table_create(16, 0);
	assert_non_null(ifaces);
	for (unsigned i = 0; i < PORTS; i++) {
		char name[] = {'p', (char)('0' + i), '\0'};

		p[i] = iface_add(ifaces, name, port[i], &mac, 1500, NULL);
		assert_non_null(p[i]);
	}
	span = span_create(ifaces, rcu, n_workers);
	assert_non_null(span);
}

static inline struct worker *span_worker_create(unsigned id)
{
	struct worker *w = testing_worker_create(64);

	w->id = id;
	w->ifaces = ifaces->fwd;
	w->rcu = rcu;
	w->span = rte_zmalloc("span", sizeof(*w->span), 64);
	assert_non_null(w->span);
	for (unsigned i = 0; i < PORTS; i++)
		w->tx[port[i]].iface = p[i]->id;
	span_attach(span, w);
	return w;
}

static inline void span_teardown(void)
{
	span_destroy(span);
	iface_table_destroy(ifaces);
	rcu_destroy(rcu);
}

#endif
