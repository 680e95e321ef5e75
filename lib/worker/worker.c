/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loop of a worker lcore: poll each of its receive queues and walk with what came, send what
 * the slow path has for the ports, report to RCU. No locks but on a shared transmit queue, no
 * allocation; and no system calls, but to pass the time after turns that brought nothing.
 */
#include "idle.h"
#include "port_bond.h"
#include "rcu.h"
#include "wait.h"
#include "walk.h"
#include "worker_ctl.h"

static bool stopped(const struct worker *w)
{
	return __atomic_load_n(&w->stop, __ATOMIC_RELAXED);
}

static __rte_noinline void look_after_bonds(struct worker *w, const struct worker_rxqs *rxqs,
					    uint64_t now)
{
	if (now - w->upkeep_tsc < w->upkeep_every)
		return;
	w->upkeep_tsc = now;
	for (uint16_t i = 0; i < rxqs->n; i++)
		if (rxqs->rxq[i].bond)
			port_bond_upkeep(w, &rxqs->rxq[i]);
}

/* Look at everything that may bring packets, and dispose of those that came. *last: the end of the
 * turn before, then of this one. Returns the number of packets. */
static inline uint32_t turn(struct worker *w, uint64_t *last)
{
	const struct worker_rxqs *rxqs = worker_rxqs(w);
	uint32_t packets = 0, injected;
	uint64_t now;

	for (uint16_t i = 0; i < rxqs->n; i++)
		packets += walk_rxq(w, &rxqs->rxq[i]);
	injected = walk_inject(w);
	now = rte_rdtsc();
	if (packets)
		w->stats->busy_cycles += now - *last;
	*last = now;
	if (unlikely(rxqs->bonds))
		look_after_bonds(w, rxqs, now);
	rcu_reader_quiescent(w->rcu, w->id);
	w->stats->loops++;
	return packets + injected;
}

/* The last look comes after the interrupts are enabled: what came before raises none. Returns
 * whether there is something to do, or may be. */
static bool wait_rx(struct worker *w, uint64_t *last)
{
	bool awake;

	if (!wait_arm(w)) {
		wait_sleep(w);
		return false;
	}
	awake = turn(w, last) || stopped(w) || wait_for_interrupt(w);
	wait_disarm(w);
	return awake;
}

/* After a turn that brought nothing. `since`: the end of the last one that did. */
static __rte_noinline void rest(struct worker *w, uint64_t *last, uint64_t *since)
{
	bool awake = false;

	switch (idle_next(w->idle, *since, *last)) {
	case IDLE_POLL:
		return;
	case IDLE_PAUSE:
		wait_pause(w, *last + w->idle->pause);
		break;
	case IDLE_SLEEP:
		wait_sleep(w);
		break;
	case IDLE_WAIT:
		awake = wait_rx(w, last);
		break;
	}
	/* What has passed is not part of the next turn, which may be a busy one. */
	*last = rte_rdtsc();
	if (awake)
		*since = *last;
}

int worker_main(void *arg)
{
	struct worker *w = arg;
	uint64_t last = rte_rdtsc(), since = last;

	w->stats->start_tsc = last;
	wait_begin();
	rcu_reader_online(w->rcu, w->id);
	while (!stopped(w)) {
		if (likely(turn(w, &last)))
			since = last;
		else
			rest(w, &last, &since);
	}
	rcu_reader_offline(w->rcu, w->id);
	return 0;
}
