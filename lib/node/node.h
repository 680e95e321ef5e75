/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a node works on: the context of one worker, and how packets are handed on.
 *
 * A node is a function of type node_fn in a file of its name. It is called when there is a packet
 * in its burst, and disposes of all: to nodes below it in pipeline.def. It never allocates from the
 * heap, blocks, logs or calls the system. Counters of calls, packets and cycles are kept by the
 * walker, not by the nodes.
 *
 * Packets that are flooded or mirrored are replicated by reference (replica.h). The clones go into
 * the transmit vectors and the mirror's queues, which are sent when they are full. Into bursts goes
 * at most one mbuf for each packet that was received, be it a clone: so they keep their bound (see
 * flood() in bridge_slow.c, where a clone goes up to the router).
 *
 * A struct worker belongs to its lcore. The control thread fills it before the lcore starts; after
 * that it writes to the tables that the pointers lead to, to what is said to be atomic, and to the
 * transmit vectors of ports that nothing can be sent to yet.
 */
#ifndef SLUICE_NODE_H
#define SLUICE_NODE_H

#include <rte_ring.h>
#include <rte_spinlock.h>

#include "burst.h"
#include "doorbell.h"
#include "policer.h"
#include "stats.h"

struct adj;
struct bridge_learn;
struct fdb;
struct fib4;
struct fib6;
struct group_table;
struct idle;
struct iface_fwd;
struct port;
struct rcu;
struct span_worker;
struct storm_limits;
struct worker;

#define PUNT_RING_SIZE   8192 /* of each worker */
#define INJECT_RING_SIZE 1024 /* likewise */
#define INJECT_BURST     32

/* A receive queue that this worker polls. */
struct worker_rxq {
	uint16_t port;
	uint16_t queue;
	uint16_t iface; /* the port's own interface */
	uint16_t burst; /* packets of one poll at most: 1 to BURST_MAX */
	bool interrupt; /* the queue can end a wait */
	const struct port
		*bond;    /* to be looked after now and then, also without packets; or NULL */
	uint32_t fill_ns; /* its ring holds what comes in so long at the least: port_fill_ns() */
};

/* All of them. Never changed: the control thread publishes another, and frees this one when the
 * worker has passed a quiescent state. */
struct worker_rxqs {
	uint16_t n;
	bool bonds; /* there are some */
	struct worker_rxq rxq[];
};

/* What a transmit vector is looked through for before it is sent. */
enum tx_check {
	TX_TAKES_ALL,      /* nothing: the port takes every mbuf that there can be */
	TX_CHECK_REPLICAS, /* once something was replicated: chains and shared mbufs */
	TX_CHECK_ALL,      /* always: there are chains that were received as such */
};

/* What leaves by one port, collected during a walk: at most BURST_MAX packets by tx_put() and
 * tx_put_all() in all, and any number by tx_put_clone(), of which BURST_MAX wait at most. */
struct tx_vector {
	uint16_t n;
	uint16_t queue;           /* the transmit queue of this worker */
	uint8_t check;            /* atomic: enum tx_check */
	bool no_segments;         /* atomic: the PMD cannot send chained mbufs */
	bool no_sharing;          /* atomic: it cannot send shared ones */
	bool gone;                /* atomic: the port is not there any more */
	uint16_t iface;           /* the port's own interface, for its counters */
	rte_spinlock_t *lock;     /* of the queue, when it is shared by workers; else NULL */
	struct rte_mempool *pool; /* for copies of what the PMD cannot send */
	uint64_t mirrors;         /* atomic: the mirroring sessions of what is sent, by number */
	struct rte_mbuf *pkts[2 * BURST_MAX];
} __rte_cache_aligned;

/* Called with a vector whose packets are mirrored, before they are sent, and with how many of them
 * were taken, in their order. */
struct tx_tap {
	void (*before)(struct worker *w, const struct tx_vector *v, uint64_t mirrors);
	void (*after)(struct worker *w, uint64_t mirrors, uint16_t sent);
};

typedef void node_fn(struct worker *w, struct burst *b);

struct worker {
	node_fn *nodes[NODE_MAX]; /* those for this CPU */

	/* The tables: read-only here. */
	const struct iface_fwd *ifaces; /* by interface id */
	const struct fib4 *fib4;
	const struct fib6 *fib6;
	const struct group_table *groups;
	struct adj *adjs;           /* by adjacency index; only the use marks are written */
	const uint32_t *own4;       /* filter of the router's own IPv4 addresses: own4.h */
	struct fdb *fdb;            /* MAC addresses; only stamps are written */
	struct bridge_learn *learn; /* what this worker tells of them */

	const struct worker_rxq *rxq; /* the queue of this walk */
	uint32_t untimed;             /* walks since the last one that was timed */
	uint32_t gap;                 /* how many there are to be */
	uint32_t large;               /* timed walks with large bursts in a row */
	uint64_t chance;              /* the state of a generator of numbers */
	struct burst *in[NODE_MAX];   /* what waits for each node */
	struct worker_stats *stats;

	struct tx_vector *tx; /* by port id, and behind them one that leads nowhere */
	uint16_t *tx_dirty;   /* ports whose vector is not empty, each once */
	uint16_t n_tx_dirty;
	bool replicated; /* in this walk: transmit vectors may hold shared and chained mbufs */
	struct rte_mempool *small; /* mbufs of REPLICATE_ROOM; atomic; NULL: none */

	struct span_worker *span;    /* mirroring; NULL: none */
	const struct tx_tap *tx_tap; /* of it; not NULL where a vector has mirrors */

	struct policer *policers; /* by punt class, shared by all workers */
	/* By port id, each atomic: its limits of what is flooded, or NULL; NULL: no port has any.
	 */
	struct storm_limits *const *storms;
	struct rte_ring *punt_ring;   /* to the slow path: this worker enqueues, alone */
	struct rte_ring *inject_ring; /* from the slow path: this worker dequeues, alone */

	unsigned lcore;
	unsigned id; /* 0 to the number of workers - 1; also its RCU reader id */
	int numa_node;
	struct rcu *rcu;
	const struct worker_rxqs *rxqs; /* atomic: published by the control thread */
	bool stop;                      /* atomic: set by the control thread */
	struct idle *idle;              /* what it does without packets, and since when */
	int epoll_fd;                   /* what ends a wait for interrupts */
	bool cpu_pauses;                /* the CPU can pause until a time */
	uint64_t upkeep_every;          /* tsc cycles between two looks after bonds */
	uint64_t upkeep_tsc;            /* when the last one was */
	struct doorbell *punt_bell; /* of who empties punt_ring, to be rung; NULL: he has none */
	struct burst bursts[NODE_MAX];
	/* Rung after each change that it must not sleep through: of inject_ring, rxqs, stop. */
	struct doorbell bell;
} __rte_cache_aligned;

#define NODE(name, next, what)      node_fn name;
#define SIMD_NODE(name, next, what) node_fn name##_scalar, name##_avx2, name##_avx512;
#include "pipeline.def"
#undef SIMD_NODE
#undef NODE

/* The queues to poll in this turn of the loop: valid until the next quiescent state. */
static inline const struct worker_rxqs *worker_rxqs(const struct worker *w)
{
	return __atomic_load_n(&w->rxqs, __ATOMIC_ACQUIRE);
}

/* Hand one packet on. */
static inline void node_put(struct worker *w, enum node_id next, struct rte_mbuf *pkt,
			    struct pkt_meta meta)
{
	burst_put(w->in[next], pkt, meta);
}

/* Hand the whole burst of `node` on: when nothing waits there yet, by swapping the two pointers. */
static inline void node_put_all(struct worker *w, enum node_id node, enum node_id next)
{
	struct burst *b = w->in[node], *to = w->in[next];

	if (likely(to->n == 0)) {
		w->in[next] = b;
		w->in[node] = to;
		return;
	}
	for (uint32_t i = 0; i < b->n; i++)
		burst_copy(to, to->n++, b, i);
	to->flags |= b->flags;
	to->one_adj = false;
	b->n = 0;
}

static inline void node_drop(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta,
			     enum drop_reason reason)
{
	meta.value = reason;
	node_put(w, NODE_drop, pkt, meta);
}

/* detail: for the one who answers it, see struct punt_meta. */
static inline uint32_t punt_value(enum punt_reason reason, uint8_t kind, uint16_t mtu)
{
	return (uint32_t)reason | (uint32_t)kind << 8 | (uint32_t)mtu << 16;
}

static inline void node_punt(struct worker *w, struct rte_mbuf *pkt, struct pkt_meta meta,
			     uint32_t value)
{
	meta.value = value;
	node_put(w, NODE_punt, pkt, meta);
}

/* Disposes of a packet and returns true, or leaves it in the burst and returns false. */
typedef bool (*node_decide_fn)(struct worker *w, struct rte_mbuf *pkt, const struct pkt_meta *meta);

/* Take out the packets of the mask that `decide` sends elsewhere; the others, which it may have
 * made shorter, close up. */
static inline void node_settle(struct worker *w, struct burst *b, uint64_t odd,
			       node_decide_fn decide)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		if (odd >> i & 1) {
			if (decide(w, b->pkts[i], &b->meta[i]))
				continue;
			b->len[i] = b->pkts[i]->pkt_len - b->meta[i].l2_len;
		}
		burst_copy(b, n++, b, i);
	}
	b->n = n;
}

/* One more packet for a port, within this walk. The caller adds what it put to
 * in[NODE_port_tx]->n, whose packets wait in the vectors. */
static inline void tx_put(struct worker *w, uint16_t port, struct rte_mbuf *pkt)
{
	struct tx_vector *v = &w->tx[port];

	if (v->n == 0)
		w->tx_dirty[w->n_tx_dirty++] = port;
	v->pkts[v->n++] = pkt;
}

/* The same for n packets (1 or more). */
static inline void tx_put_all(struct worker *w, uint16_t port, struct rte_mbuf *const *pkts,
			      uint32_t n)
{
	struct tx_vector *v = &w->tx[port];

	if (v->n == 0)
		w->tx_dirty[w->n_tx_dirty++] = port;
	memcpy(&v->pkts[v->n], pkts, n * sizeof(*pkts));
	v->n = (uint16_t)(v->n + n);
}

/* Make of n packets what the port's PMD can send, where it is told to look: what cannot be is
 * counted and freed, its bytes are added to *lost. Returns how many are left. */
uint16_t tx_adapt(struct worker *w, const struct tx_vector *v, struct rte_mbuf **pkts, uint16_t n,
		  uint64_t *lost);

/* Hand what waits for the port to its transmit queue: of what that does not take, after some tries,
 * each packet is counted and freed. The port stays in tx_dirty. */
void tx_flush(struct worker *w, uint16_t port);

/*
 * One more packet for a port, of which there may be more in this walk than packets were received:
 * clones, and the packet itself that they were made of. What has been put already is sent first
 * when a burst is full. Counts and bounds otherwise as for tx_put().
 */
static inline void tx_put_clone(struct worker *w, uint16_t port, struct rte_mbuf *pkt)
{
	struct tx_vector *v = &w->tx[port];

	w->replicated = true;
	if (v->n == 0)
		w->tx_dirty[w->n_tx_dirty++] = port;
	else if (unlikely(v->n >= BURST_MAX))
		tx_flush(w, port);
	v->pkts[v->n++] = pkt;
}

#endif
