/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The counters of one worker, and the names of what is counted. Written by their worker only,
 * with plain adds; read by the control thread at any time with stat_read(). They only grow:
 * clearing is a baseline that the reader subtracts.
 */
#ifndef SLUICE_STATS_H
#define SLUICE_STATS_H

#include <stdint.h>

#include <rte_common.h>
#include <rte_config.h>

enum node_id {
#define NODE(name, next, what) NODE_##name,
#define SIMD_NODE              NODE
#include "pipeline.def"
#undef SIMD_NODE
#undef NODE
	NODE_MAX
};

enum drop_reason {
#define DROP(name, what) DROP_##name,
#include "drop_reasons.def"
#undef DROP
	DROP_MAX
};

enum punt_reason {
	PUNT_ethertype,
	PUNT_scope,
	PUNT_local,
	PUNT_multicast,
	PUNT_options,
	PUNT_ttl,
	PUNT_mtu,
	PUNT_glean,
	PUNT_no_route,
	PUNT_kernel,
	PUNT_bridge,
	PUNT_REASON_MAX
};

/* Each line of punts.def: a reason, or a part of one that has a token bucket of its own. */
enum punt_class {
#define PUNT(reason, class_, rate, burst, what) PUNT_##reason##_##class_,
#include "punts.def"
#undef PUNT
	PUNT_CLASS_MAX
};

/* Places that copy packet bytes (the copy ledger). */
enum copy_site {
	COPY_pull_up,           /* headers gathered into the first segment */
	COPY_linearize,         /* segments made one for a port that cannot send them */
	COPY_tap_write,         /* punted, to Linux */
	COPY_tap_read,          /* from Linux, to be sent */
	COPY_replicate_headers, /* headers of replicated packets: copied on write, or written new */
	COPY_replicate_copy,    /* replicated packets, whole, for ports that take no references */
	COPY_MAX
};

/* Frames that a bridge floods, as storm control tells them apart. */
enum storm_kind { STORM_BROADCAST, STORM_UNKNOWN_UNICAST, STORM_MULTICAST, STORM_KINDS };

struct node_info {
	const char *name;
	const char *next;
	const char *what;
};

struct drop_info {
	const char *name;
	const char *what;
};

struct punt_info {
	enum punt_reason reason;
	const char *reason_name;
	const char *class_name;
	uint32_t rate_pps; /* default */
	uint32_t burst;    /* default */
	const char *what;
};

extern const struct node_info node_info[NODE_MAX];
extern const struct drop_info drop_info[DROP_MAX];
extern const struct punt_info punt_info[PUNT_CLASS_MAX];
extern const char *const copy_name[COPY_MAX];

struct node_stats {
	uint64_t calls;
	uint64_t packets;
	uint64_t cycles; /* of the tsc; under load made up from the calls that were timed */
};

struct iface_stats {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t tx_dropped; /* not taken by the transmit queue */
	uint64_t punted;     /* of those received: handed to the slow path */
	uint64_t injected;   /* of those sent: from the slow path */
};

/* Of the frames that came by a port and were to be flooded, where a limit stood. */
struct storm_stats {
	uint64_t passed[STORM_KINDS];
	uint64_t dropped[STORM_KINDS];
};

struct worker_stats {
	struct node_stats node[NODE_MAX];
	uint64_t drop[DROP_MAX];
	uint64_t punted[PUNT_CLASS_MAX];
	uint64_t limited[PUNT_CLASS_MAX]; /* over the rate limit, dropped */
	uint64_t copy_packets[COPY_MAX];
	uint64_t copy_bytes[COPY_MAX];
	struct storm_stats storm[RTE_MAX_ETHPORTS]; /* by port id */
	uint64_t loops;                             /* turns of the loop */
	uint64_t busy_cycles;                       /* of turns that brought packets */
	uint64_t sleeps;                            /* times asleep, or waiting for interrupts */
	uint64_t asleep;                            /* tsc cycles of those: see stat_asleep() */
	uint64_t start_tsc;
	struct iface_stats iface[]; /* by interface id */
} __rte_cache_aligned;

/* Read a counter that another thread writes. */
static inline uint64_t stat_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/*
 * The time asleep, in one word that can be read at any moment: while the worker sleeps, the tsc at
 * which it fell asleep is subtracted. As that is more than the time asleep before, it is then below
 * zero.
 */
static inline void stat_asleep_begin(struct worker_stats *s, uint64_t now)
{
	__atomic_store_n(&s->asleep, s->asleep - now, __ATOMIC_RELAXED);
}

static inline void stat_asleep_end(struct worker_stats *s, uint64_t now)
{
	__atomic_store_n(&s->asleep, s->asleep + now, __ATOMIC_RELAXED);
}

/* Cycles asleep until now, with those of a sleep that goes on. */
static inline uint64_t stat_asleep(const struct worker_stats *s, uint64_t now)
{
	uint64_t asleep = stat_read(&s->asleep);

	return (int64_t)asleep < 0 ? asleep + now : asleep;
}

#endif
