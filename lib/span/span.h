/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Port mirroring in the data path. A session takes a copy of a frame by reference: what is received
 * as a header of its own and a reference to the rest, so that the frame itself stays writable; what
 * is sent as a clone. They wait in a queue of the session until the worker has sent everything else
 * (the node span_tx), and get one try.
 *
 * Sessions are known by a number below SPAN_MAX, sets of them are masks of 64 bits. What the
 * control thread writes of a session stands there before its bit is set anywhere, and stays until a
 * grace period after the bit was cleared.
 */
#ifndef SLUICE_SPAN_H
#define SLUICE_SPAN_H

#include "iface.h"
#include "node.h"
#include "span_ctl.h"

_Static_assert(SPAN_MAX <= 64, "a mask has a bit for each");

#define SPAN_ROOM (3 * BURST_MAX) /* a whole transmit vector fits behind what waits for it */

/* What one worker has of a session. Counters are read by the control thread at any time. */
struct span_queue {
	uint16_t n;
	uint16_t mark; /* where the frames of the vector begin that is being sent */
	uint32_t skip; /* so many are left out before the next one is taken */
	uint64_t mirrored;
	uint64_t sampled_out;
	uint64_t dropped;
	struct rte_mbuf *frames[SPAN_ROOM];
	uint8_t index[SPAN_ROOM]; /* of what it was taken of, in that vector */
} __rte_cache_aligned;

/* What workers read of a session. */
struct span_session {
	uint32_t sample;
	uint16_t port;  /* the target's ethdev port id */
	uint16_t iface; /* its interface, for the counters */
};

struct span_worker {
	uint64_t waiting; /* sessions whose queue is not empty */
	const struct span_session *sessions;
	const uint64_t *rx; /* by interface id: the sessions of what is received; each atomic */
	struct span_queue queues[SPAN_MAX];
} __rte_cache_aligned;

/* Add to a counter of this worker that the control thread may be reading. */
static inline void span_count(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* For worker.tx_tap: takes its copies of what is sent. Context: worker. */
extern const struct tx_tap span_tap;

/* Mirror what was received by the interface, which has IFACE_FWD_SPAN. Context: worker. */
void span_rx(struct worker *w, const struct burst *b, uint16_t iface);

/* Send what waits in a session's queue. Context: worker. */
void span_flush(struct worker *w, unsigned session);

#endif
