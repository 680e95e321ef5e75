/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A whole router in this process, set up from pipeline.yaml by the daemon's own functions, without
 * threads: who uses it calls the worker's walk and the slow path's turn by hand.
 */
#ifndef SLUICE_FUZZ_PIPELINE_ROUTER_H
#define SLUICE_FUZZ_PIPELINE_ROUTER_H

#include <stdint.h>

#include <rte_mempool.h>

#include "router.h"
#include "worker_ctl.h"

struct pipeline {
	struct router r;
	struct worker *w; /* the only one; polls the ports in the order of the interfaces */
	struct rte_mempool *pool;
	unsigned mbufs;          /* in the pool when nothing is under way */
	unsigned small;          /* likewise in that of the worker's small ones */
	struct event_base *base; /* of bridges, which learn in it */
};

/* EAL and everything behind it, once in a process. Prints a sentence and ends the process when it
 * fails. */
void pipeline_start(struct pipeline *p);

/* The counters since the start, summed up; sent: what the interface says has left by it. */
uint64_t pipeline_dropped(const struct pipeline *p);
uint64_t pipeline_punted(const struct pipeline *p);
uint64_t pipeline_sent(const struct pipeline *p, unsigned iface);
uint64_t pipeline_unanswered(const struct pipeline *p);
/* Answers: to bridges, or straight to ports. */
uint64_t pipeline_injected(const struct pipeline *p, bool bridged);
/* Copies that were not made, for want of mbufs. */
uint64_t pipeline_missed(const struct pipeline *p);

/* The bridges learn what the worker has told them, and forget it: no input depends on another. */
void pipeline_learn(const struct pipeline *p);

/* The interface of an ethdev port. */
uint16_t pipeline_iface(const struct pipeline *p, uint16_t port);

/* How often it is mirrored what a port receives (SPAN_RX) or sends (SPAN_TX). */
unsigned pipeline_mirrors(const struct pipeline *p, uint16_t port, int direction);

#endif
