/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What workers tell the control thread of source addresses that the MAC table does not have, or has
 * behind another member: each worker a ring of its own, and one doorbell for all.
 *
 * A report may be lost: the ring is full, or the control thread does not learn it. So the worker
 * reports an address again when it sees it again, but not within RECENT_MS; it remembers the last
 * ones by a hash. Packets do not wait for any of this.
 */
#ifndef SLUICE_BRIDGE_LEARN_H
#define SLUICE_BRIDGE_LEARN_H

#include <stdint.h>

#include <rte_ring_elem.h>

#include "doorbell.h"

#define LEARN_RING_SIZE 8192 /* of each worker */
#define RECENT_BITS     10
#define RECENT_MS       10

struct learn_report {
	uint64_t key;   /* fdb_key() */
	uint32_t iface; /* that it was seen on */
	uint32_t when;  /* in struct bridge_learn's time */
};

_Static_assert(sizeof(struct learn_report) == 16, "an element of a ring");

/* Of one worker. */
struct bridge_learn {
	struct rte_ring *ring;
	struct doorbell *bell;
	uint32_t shift; /* a tick of `when`: 1 << shift of the tsc */
	uint32_t recent_ticks;
	struct learn_report recent[1 << RECENT_BITS];
};

/* A source address on a member that the table does not have so. Then ring bell once for all of a
 * burst. Returns whether it was put into the ring. Context: worker. */
static inline bool learn_put(struct bridge_learn *learn, uint64_t key, uint16_t iface, uint64_t tsc)
{
	uint32_t when = (uint32_t)(tsc >> learn->shift);
	struct learn_report report = {.key = key, .iface = iface, .when = when};
	struct learn_report *last =
		&learn->recent[(key * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - RECENT_BITS)];

	if (last->key == key && last->iface == iface && when - last->when < learn->recent_ticks)
		return false;
	*last = report;
	if (!rte_ring_sp_enqueue_elem(learn->ring, &report, sizeof(report)))
		return true;
	last->key = 0; /* it is reported when it is seen again */
	return false;
}

#endif
