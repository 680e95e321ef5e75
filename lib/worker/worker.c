/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of a worker lcore: poll each of its receive queues and walk with what came, send what
 * the slow path has for the ports, report to RCU. No locks but on a shared transmit queue, no
 * system calls, no allocation.
 */
#include "iface.h"
#include "punt.h"
#include "rcu.h"
#include "walk.h"
#include "worker_ctl.h"

/* Frames that the slow path made, ready to be sent as they are. */
static void inject(struct worker *w)
{
	struct rte_mbuf *pkts[INJECT_BURST];
	unsigned n = rte_ring_sc_dequeue_burst(w->inject_ring, (void **)pkts, INJECT_BURST, NULL);

	for (unsigned i = 0; i < n; i++) {
		uint16_t iface = punt_meta(pkts[i])->iface;

		w->stats->iface[iface].tx_packets++;
		w->stats->iface[iface].tx_bytes += pkts[i]->pkt_len;
		tx_put(w, w->ifaces[iface].port, pkts[i]);
	}
	w->in[NODE_port_tx]->n = n;
	if (n)
		walk(w, rte_rdtsc());
}

int worker_main(void *arg)
{
	struct worker *w = arg;

	w->stats->start_tsc = rte_rdtsc();
	rcu_reader_online(w->rcu, w->id);
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		for (uint16_t i = 0; i < w->n_rxqs; i++)
			walk_rxq(w, &w->rxqs[i]);
		inject(w);
		rcu_reader_quiescent(w->rcu, w->id);
		w->stats->loops++;
	}
	rcu_reader_offline(w->rcu, w->id);
	return 0;
}
