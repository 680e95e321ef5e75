/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token bucket shared by all workers without a lock, in the form of the virtual scheduling
 * algorithm (ITU-T I.371 annex A, GCRA): one 64-bit word says when the bucket will be full again.
 * A packet over the limit only reads it, so a flood does not make the workers fight for the line.
 */
#ifndef SLUICE_POLICER_H
#define SLUICE_POLICER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

struct policer {
	uint64_t full_at;  /* tsc at which the bucket is full */
	uint64_t interval; /* cycles that a packet costs; 0: nothing passes */
	uint64_t depth;    /* cycles that the bucket holds: (burst - 1) intervals */
	uint32_t rate_pps;
	uint32_t burst;
} __rte_cache_aligned;

/* rate in packets/s, burst in packets (at least 1). Init only. */
static inline void policer_init(struct policer *p, uint32_t rate_pps, uint32_t burst, uint64_t hz)
{
	p->full_at = 0;
	p->rate_pps = rate_pps;
	p->burst = burst;
	/* Faster than the clock ticks is as good as no limit. */
	p->interval = rate_pps ? RTE_MAX(hz / rate_pps, UINT64_C(1)) : 0;
	/* Some centuries are deep enough: full_at must not wrap around. */
	if (__builtin_mul_overflow(p->interval, burst ? burst - 1 : 0, &p->depth) ||
	    p->depth > INT64_MAX)
		p->depth = INT64_MAX;
}

/* May one more packet pass at tsc `now`? Any worker. */
static inline bool policer_pass(struct policer *p, uint64_t now)
{
	uint64_t full_at = __atomic_load_n(&p->full_at, __ATOMIC_RELAXED);
	uint64_t next;

	if (!p->interval)
		return false;
	do {
		uint64_t from = full_at > now ? full_at : now;

		if (from - now > p->depth)
			return false;
		next = from + p->interval;
	} while (!__atomic_compare_exchange_n(&p->full_at, &full_at, next, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

#endif
