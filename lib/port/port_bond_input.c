/* SPDX-License-Identifier: BSD-3-Clause */
/* What a bond needs of the worker that polls it, packets or not: see port_bond.h. */
#include <rte_eth_bond.h>
#include <rte_ethdev.h>

#include "node.h"
#include "port_bond.h"

#define DRAIN_BURSTS 8 /* of one member at most */

/* With LACP the driver sends its own frames when somebody sends. One queue is enough. */
static void empty_tx(struct worker *w, const struct worker_rxq *q)
{
	struct tx_vector *v = &w->tx[q->port];

	if (q->queue || __atomic_load_n(&v->gone, __ATOMIC_RELAXED))
		return;
	if (v->lock)
		rte_spinlock_lock(v->lock);
	rte_eth_tx_burst(q->port, v->queue, NULL, 0);
	if (v->lock)
		rte_spinlock_unlock(v->lock);
}

/* The members that are not in use receive too, at least what a switch floods. If it stayed in their
 * rings, it would come in when one takes over, as old as it may be. */
static void drain(struct worker *w, const struct worker_rxq *q, uint16_t member)
{
	struct rte_mbuf *pkts[BURST_MAX];
	uint16_t n = BURST_MAX;

	for (unsigned i = 0; i < DRAIN_BURSTS && n == BURST_MAX; i++) {
		n = rte_eth_rx_burst(member, q->queue, pkts, BURST_MAX);
		rte_pktmbuf_free_bulk(pkts, n);
		w->stats->drop[DROP_bond_standby] += n;
	}
}

void port_bond_upkeep(struct worker *w, const struct worker_rxq *q)
{
	const struct port *port = q->bond;
	uint16_t used;

	if (port->bond_mode == BONDING_MODE_8023AD)
		empty_tx(w, q);
	if (port->bond_mode != BONDING_MODE_ACTIVE_BACKUP)
		return;
	/* Should it change meanwhile, what the new one has just received is lost with the link. */
	used = (uint16_t)rte_eth_bond_primary_get(port->id);
	for (unsigned i = 0; i < port->n_members; i++)
		if (port->members[i] != used)
			drain(w, q, port->members[i]);
}
