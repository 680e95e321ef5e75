/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The workers: one for each lcore that forwards, with the receive queues it polls. Context of
 * everything here: control thread.
 */
#ifndef SLUICE_WORKER_CTL_H
#define SLUICE_WORKER_CTL_H

#include "error.h"
#include "idle_mode.h"
#include "node.h"
#include "port_ctl.h"
#include "router.h"

/* What one worker has done, and in which time. */
struct worker_load {
	uint64_t tsc_cycles;
	uint64_t busy_cycles; /* of turns of its loop that brought packets */
	uint64_t loops;
	uint64_t packets; /* received */
	uint64_t sleeps;  /* with waits for interrupts */
	uint64_t asleep_cycles;
};

struct worker_set {
	struct worker **workers;
	unsigned n;
	unsigned n_ifaces; /* length of worker_stats.iface: as many as can be added */
	struct rcu *rcu;
	struct policer *policers;         /* by punt class */
	struct worker_stats *own;         /* what the control thread itself counts */
	struct worker_stats *mirror;      /* what the mirror thread counts, written by it alone */
	struct worker_stats *cleared;     /* the sums at the last `clear stats` */
	struct worker_load *cleared_load; /* of each worker, at the same moment */
	unsigned clears;                  /* how often that was */
	void (*on_clear)(void *ctx);      /* called at that moment; NULL: nobody else counts */
	void *on_clear_ctx;
	bool running;
};

/* Workers for the lcores; limits: token buckets by punt class. NULL and err. */
struct worker_set *worker_set_create(const struct router *r, const unsigned *lcores, unsigned n,
				     const struct policer *policers, struct error *err);
/* What worker i does without packets; without this call it polls on. Before worker_add_port() and
 * worker_set_start(). */
void worker_set_idle(struct worker_set *set, unsigned i, enum idle_mode mode);
/* Must not be running. NULL is allowed. */
void worker_set_destroy(struct worker_set *set);

/* Begin to poll queues 0 to port->n_rxq - 1 of a started port, also while the workers run; lcores:
 * of which workers, in turn; n_lcores 0: of those with the fewest queues, of the port's NUMA node
 * if one is there. 0, or -errno and err: none is polled. */
int worker_add_port(struct worker_set *set, const struct port *port, uint16_t iface,
		    const unsigned *lcores, unsigned n_lcores, struct error *err);
/* No queue of the port is polled any more when this returns: it waits for the workers. 0; -ENOMEM
 * and err: all are. */
int worker_del_port(struct worker_set *set, const struct port *port, struct error *err);
/* What the workers put into their transmit vectors goes to this port: before anything can be sent
 * to it. */
void worker_set_tx_port(struct worker_set *set, const struct port *port, uint16_t iface);

/* From now on the workers ring when they have punted; NULL: no more. They must not be running. The
 * bell is the caller's. */
void worker_set_punt_bell(struct worker_set *set, struct doorbell *bell);
/* Nothing is sent to the port any more when this returns: it is dropped as port_gone. */
void worker_set_gone(struct worker_set *set, const struct port *port);
/* Take over port->no_segments, no_sharing and tx_check. */
void worker_set_chains(struct worker_set *set, const struct port *port);
/* Each has the pool that port_pool_small() says; none allocates from another when this returns. */
void worker_set_small(struct worker_set *set, const struct port_table *ports);

/* Start all; they run until worker_set_stop(), which waits for them. */
int worker_set_start(struct worker_set *set, struct error *err);
void worker_set_stop(struct worker_set *set);

/* Sum over all workers, the mirror and the control thread, since the last clear. out as
 * worker_stats_new(). */
void worker_set_sum(const struct worker_set *set, struct worker_stats *out);
/* The same, in counters that free() frees. NULL and err: out of memory. */
struct worker_stats *worker_set_sums(const struct worker_set *set, struct error *err);
/* From now on the sums begin at zero. The workers' own counters are not touched. */
void worker_set_clear(struct worker_set *set);
/* The same for one interface: its id is that of another from now on. */
void worker_set_clear_iface(struct worker_set *set, uint16_t iface);
/* The same for what storm control counts on a port. */
void worker_set_clear_storm(struct worker_set *set, uint16_t port);
/* Of worker i, since its start or the last clear. */
struct worker_load worker_set_load(const struct worker_set *set, unsigned i);
/* Zeroed counters with room for the interfaces; free() frees them. NULL: out of memory. */
struct worker_stats *worker_stats_new(const struct worker_set *set);

/* The loop of a worker, for rte_eal_remote_launch(). arg: struct worker. */
int worker_main(void *arg);

#endif
