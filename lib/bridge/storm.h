/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Storm control: how much of what comes by a port its bridge may flood, for each kind of frame, in
 * packets or bits a second (of whole Ethernet frames without their checksum). What is above that is
 * dropped and counted. A limit is one token bucket for all workers, of a tenth of a second of its
 * rate, and of at least STORM_BURST_MIN frames of full length.
 *
 * Owner: the control thread, which publishes the limits of a port as a whole and frees the old ones
 * behind the readers. The workers read them, and write to the buckets.
 */
#ifndef SLUICE_STORM_H
#define SLUICE_STORM_H

#include "iface.h"
#include "node.h"
#include "rate.h"

#define STORM_BURST_MIN 32 /* frames */

struct storm_limits {
	struct policer buckets[STORM_KINDS]; /* where there is a rate */
	struct rate rates[STORM_KINDS];      /* per_s 0: no limit */
};

struct storm_table {
	struct rcu *rcu;
	/* By iface_fwd.port, atomic; NULL: none. IFACE_PORT_NONE and _BRIDGE never have any. */
	struct storm_limits *limits[IFACE_PORTS];
};

/* The words for the kinds. */
extern const char *const storm_kind_words[STORM_KINDS + 1];

/* NULL and errno. Context of the functions down to the empty line: control. */
struct storm_table *storm_table_create(struct rcu *rcu);
/* Nobody reads any more. NULL is allowed. */
void storm_table_destroy(struct storm_table *t);
/* A limit of the port, instead of the one that stood; rate NULL: none any more. 0; -ENOENT (there
 * is none to take away), -ENOMEM: nothing has changed. */
int storm_set(struct storm_table *t, uint16_t port, enum storm_kind kind, const struct rate *rate);
/* The port has gone: no limits any more. NULL is allowed. */
void storm_forget(struct storm_table *t, uint16_t port);
/* The rate; NULL: no limit. Valid until the next change. */
const struct rate *storm_rate(const struct storm_table *t, uint16_t port, enum storm_kind kind);
/* What its bucket holds, in packets or bytes; 0: no limit. */
uint32_t storm_burst(const struct storm_table *t, uint16_t port, enum storm_kind kind);

/* For a port with limits: count the frame, and say whether it may be flooded. Context: worker. */
bool storm_police(struct worker *w, struct storm_limits *limits, uint16_t port,
		  enum storm_kind kind, uint32_t len_bytes);

/* Those of the port (as in iface_fwd), NULL: none. Context: worker. */
static inline struct storm_limits *storm_limits_of(const struct worker *w, uint16_t port)
{
	return w->storms ? __atomic_load_n(&w->storms[port], __ATOMIC_ACQUIRE) : NULL;
}

/* May a frame of this kind and length that came by the port be flooded? If not, the caller drops it
 * for storm_drop_reason(kind). Context: worker. */
static inline bool storm_pass(struct worker *w, uint16_t port, enum storm_kind kind,
			      uint32_t len_bytes)
{
	struct storm_limits *limits = storm_limits_of(w, port);

	return likely(!limits) || storm_police(w, limits, port, kind, len_bytes);
}

static inline enum drop_reason storm_drop_reason(enum storm_kind kind)
{
	static const enum drop_reason reasons[STORM_KINDS] = {
		[STORM_BROADCAST] = DROP_storm_broadcast,
		[STORM_UNKNOWN_UNICAST] = DROP_storm_unknown_unicast,
		[STORM_MULTICAST] = DROP_storm_multicast,
	};

	return reasons[kind];
}

#endif
