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
	unsigned mbufs; /* in the pool when nothing is under way */
};

/* EAL and everything behind it, once in a process. Prints a sentence and ends the process when it
 * fails. */
void pipeline_start(struct pipeline *p);

/* The counters since the start, summed up; sent: what the interface says has left by it. */
uint64_t pipeline_dropped(const struct pipeline *p);
uint64_t pipeline_punted(const struct pipeline *p);
uint64_t pipeline_sent(const struct pipeline *p, unsigned iface);
uint64_t pipeline_unanswered(const struct pipeline *p);

#endif
