/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ports come and go while workers run: for each worker a new set of receive queues is made, and
 * published with one store. All are made before the first is published, so that without memory
 * nothing changes.
 */
#include "worker_ports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_malloc.h>

#include "idle.h"
#include "log.h"
#include "port_link.h"
#include "rcu.h"
#include "wait.h"
#include "worker_ctl.h"

static size_t rxqs_size(unsigned n)
{
	return sizeof(struct worker_rxqs) + n * sizeof(struct worker_rxq);
}

struct worker_rxqs *worker_rxqs_none(const struct worker *w)
{
	return rte_zmalloc_socket("rxqs", rxqs_size(0), 0, w->numa_node);
}

static void free_rxqs(void *ctx, uint64_t arg)
{
	rte_free(ctx);
}

static void discard(const struct worker_set *set, struct worker_rxqs **next)
{
	for (unsigned i = 0; next && i < set->n; i++)
		rte_free(next[i]);
	free(next);
}

/* What each worker polls, with room for n more. NULL: no memory. */
static struct worker_rxqs **copy_all(const struct worker_set *set, unsigned n)
{
	struct worker_rxqs **next = calloc(set->n, sizeof(*next));

	for (unsigned i = 0; next && i < set->n; i++) {
		const struct worker *w = set->workers[i];

		next[i] = rte_malloc_socket("rxqs", rxqs_size(w->rxqs->n + n), 0, w->numa_node);
		if (!next[i]) {
			discard(set, next);
			return NULL;
		}
		memcpy(next[i], w->rxqs, rxqs_size(w->rxqs->n));
	}
	return next;
}

/* Every worker polls these from its next turn on. */
static void publish_all(const struct worker_set *set, struct worker_rxqs **next)
{
	for (unsigned i = 0; i < set->n; i++) {
		struct worker *w = set->workers[i];
		void *old = (void *)(uintptr_t)w->rxqs;

		__atomic_store_n(&w->rxqs, next[i], __ATOMIC_RELEASE);
		doorbell_ring(&w->bell);
		rcu_defer(set->rcu, free_rxqs, old, 0);
	}
	free(next);
}

/* The number of the worker with the fewest queues. numa_node -1: of any node. */
static unsigned least_loaded(const struct worker_set *set, struct worker_rxqs *const *next,
			     int numa_node)
{
	unsigned best = set->n;

	for (unsigned i = 0; i < set->n; i++) {
		if (numa_node >= 0 && set->workers[i]->numa_node != numa_node)
			continue;
		if (best == set->n || next[i]->n < next[best]->n)
			best = i;
	}
	return best < set->n || numa_node < 0 ? best : least_loaded(set, next, -1);
}

/* set->n: there is none. */
static unsigned worker_by_lcore(const struct worker_set *set, unsigned lcore)
{
	unsigned i = 0;

	while (i < set->n && set->workers[i]->lcore != lcore)
		i++;
	return i;
}

static void warn_of_node(const struct port *port, const struct worker *w, uint16_t queue)
{
	if (port->numa_node >= 0 && port->numa_node != w->numa_node)
		log_warn("port %s is on NUMA node %d, but lcore %u on node %d polls its queue %u: "
			 "slower",
			 port->conf.name, port->numa_node, w->lcore, w->numa_node, queue);
}

/* Once the port is closed, the kernel forgets what of it the workers wait for. */
static void add_interrupts(const struct worker_set *set, struct worker_rxqs **next, uint16_t port)
{
	for (unsigned i = 0; i < set->n; i++) {
		struct worker *w = set->workers[i];

		if (w->idle->mode != IDLE_MODE_INTERRUPT)
			continue;
		for (uint16_t j = 0; j < next[i]->n; j++) {
			struct worker_rxq *q = &next[i]->rxq[j];

			/* Bonds have none, and must not wait so long. */
			if (q->port == port && !q->bond)
				q->interrupt = wait_add_queue(w, port, q->queue);
		}
	}
}

int worker_add_port(struct worker_set *set, const struct port *port, uint16_t iface,
		    const unsigned *lcores, unsigned n_lcores, struct error *err)
{
	struct worker_rxqs **next = copy_all(set, port->n_rxq);

	if (!next)
		return error_set(err, -ENOMEM, "port %s: no memory for its queues",
				 port->conf.name);
	for (uint16_t q = 0; q < port->n_rxq; q++) {
		unsigned i = n_lcores ? worker_by_lcore(set, lcores[q % n_lcores])
				      : least_loaded(set, next, port->numa_node);

		if (i == set->n) {
			discard(set, next);
			return error_set(err, -EINVAL, "port %s: lcore %u is not a worker",
					 port->conf.name, lcores[q % n_lcores]);
		}
		warn_of_node(port, set->workers[i], q);
		next[i]->rxq[next[i]->n++] = (struct worker_rxq){
			.port = port->id,
			.queue = q,
			.iface = iface,
			.burst = port->tune.burst,
			.fill_ns = port_fill_ns(port),
			.bond = port->n_members ? port : NULL,
		};
		next[i]->bonds |= port->n_members;
	}
	add_interrupts(set, next, port->id);
	publish_all(set, next);
	return 0;
}

static void leave_out(struct worker_rxqs *rxqs, uint16_t port)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < rxqs->n; i++)
		if (rxqs->rxq[i].port != port)
			rxqs->rxq[n++] = rxqs->rxq[i];
	rxqs->n = n;
	rxqs->bonds = false;
	for (uint16_t i = 0; i < n; i++)
		rxqs->bonds |= rxqs->rxq[i].bond != NULL;
}

int worker_del_port(struct worker_set *set, const struct port *port, struct error *err)
{
	struct worker_rxqs **next = copy_all(set, 0);

	if (!next)
		return error_set(err, -ENOMEM, "port %s: no memory for the queues of the others",
				 port->conf.name);
	for (unsigned i = 0; i < set->n; i++)
		leave_out(next[i], port->id);
	publish_all(set, next);
	rcu_synchronize(set->rcu);
	return 0;
}

static void set_checks(struct tx_vector *v, const struct port *port)
{
	__atomic_store_n(&v->no_segments, port->no_segments, __ATOMIC_RELAXED);
	__atomic_store_n(&v->no_sharing, port->no_sharing, __ATOMIC_RELAXED);
	__atomic_store_n(&v->check, port->tx_check, __ATOMIC_RELAXED);
}

void worker_set_tx(struct worker *w, const struct port *port, uint16_t iface)
{
	struct tx_vector *v = &w->tx[port->id];

	v->queue = w->id % port->n_txq;
	v->lock = port->tx_locks ? &port->tx_locks[v->queue] : NULL;
	v->pool = port->pool;
	set_checks(v, port);
	v->iface = iface;
	__atomic_store_n(&v->gone, false, __ATOMIC_RELAXED);
}

void worker_set_gone(struct worker_set *set, const struct port *port)
{
	for (unsigned i = 0; i < set->n; i++)
		__atomic_store_n(&set->workers[i]->tx[port->id].gone, true, __ATOMIC_RELAXED);
	rcu_synchronize(set->rcu);
}

void worker_set_chains(struct worker_set *set, const struct port *port)
{
	for (unsigned i = 0; i < set->n; i++)
		set_checks(&set->workers[i]->tx[port->id], port);
}

void worker_set_small(struct worker_set *set, const struct port_table *ports)
{
	for (unsigned i = 0; i < set->n; i++) {
		struct worker *w = set->workers[i];

		__atomic_store_n(&w->small, port_pool_small(ports, w->numa_node), __ATOMIC_RELEASE);
	}
	rcu_synchronize(set->rcu);
}

void worker_set_tx_port(struct worker_set *set, const struct port *port, uint16_t iface)
{
	for (unsigned i = 0; i < set->n; i++)
		worker_set_tx(set->workers[i], port, iface);
}
