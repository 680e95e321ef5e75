/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of a worker lcore: poll each of its receive queues and walk with what came, send what
 * the slow path has for the ports, report to RCU. No locks but on a shared transmit queue, no
 * system calls, no allocation.
 */
#include "rcu.h"
#include "walk.h"
#include "worker_ctl.h"

int worker_main(void *arg)
{
	struct worker *w = arg;

	uint64_t last = rte_rdtsc();

	w->stats->start_tsc = last;
	rcu_reader_online(w->rcu, w->id);
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		const struct worker_rxqs *rxqs = worker_rxqs(w);
		uint32_t packets = 0;
		uint64_t now;

		for (uint16_t i = 0; i < rxqs->n; i++)
			packets += walk_rxq(w, &rxqs->rxq[i]);
		walk_inject(w);
		now = rte_rdtsc();
		if (packets)
			w->stats->busy_cycles += now - last;
		last = now;
		rcu_reader_quiescent(w->rcu, w->id);
		w->stats->loops++;
	}
	rcu_reader_offline(w->rcu, w->id);
	return 0;
}
