/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A token bucket shared by all workers without a lock, in the form of the virtual scheduling
 * algorithm (ITU-T I.371 annex A, GCRA): one 64-bit word says when the bucket will be full again.
 * A packet over the limit only reads it, so a flood does not make the workers fight for the line.
 *
 * A bucket is for packets or for bits. One for bits holds what it is said to hold: a frame that
 * does not fit in does not pass.
 */
#ifndef SLUICE_POLICER_H
#define SLUICE_POLICER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

struct policer {
	uint64_t full_at;  /* tsc at which the bucket is full */
	uint64_t interval; /* cycles that a packet costs; 0: nothing passes */
	uint64_t depth;    /* cycles that the bucket holds: (burst - 1) intervals; of bits: all */
	uint64_t per_byte; /* of one for bits: 2^-24 cycles that a byte costs */
	uint32_t rate_pps;
	uint32_t burst; /* packets, or bytes */
} __rte_cache_aligned;

#define POLICER_SHIFT 24
#define POLICER_HALF  (1u << (POLICER_SHIFT - 1))

__extension__ typedef unsigned __int128 policer_product;

/* rate in packets/s, burst in packets (at least 1). Init only. */
static inline void policer_init(struct policer *p, uint32_t rate_pps, uint32_t burst, uint64_t hz)
{
	*p = (struct policer){.rate_pps = rate_pps, .burst = burst};
	/* Faster than the clock ticks is as good as no limit. */
	p->interval = rate_pps ? RTE_MAX(hz / rate_pps, UINT64_C(1)) : 0;
	/* Some centuries are deep enough: full_at must not wrap around. */
	if (__builtin_mul_overflow(p->interval, burst ? burst - 1 : 0, &p->depth) ||
	    p->depth > INT64_MAX)
		p->depth = INT64_MAX;
}

/* The cycles that a frame costs in a bucket for bits. */
static inline uint64_t policer_cost(const struct policer *p, uint32_t len_bytes)
{
	policer_product cost =
		((policer_product)p->per_byte * len_bytes + POLICER_HALF) >> POLICER_SHIFT;

	return cost > INT64_MAX ? INT64_MAX : (uint64_t)cost;
}

/* rate in bits/s (at least 1), burst in bytes. Init only. */
static inline void policer_init_bits(struct policer *p, uint64_t rate_bps, uint32_t burst,
				     uint64_t hz)
{
	policer_product per_byte =
		(((policer_product)hz * 8 << POLICER_SHIFT) + rate_bps / 2) / rate_bps;

	*p = (struct policer){
		.per_byte = per_byte > INT64_MAX ? INT64_MAX : (uint64_t)per_byte,
		.burst = burst,
	};
	p->depth = policer_cost(p, burst);
}

/* Take `cost` cycles at tsc `now` if the bucket, without them, is at most `depth` below full. */
static inline bool policer_take(struct policer *p, uint64_t cost, uint64_t depth, uint64_t now)
{
	uint64_t full_at = __atomic_load_n(&p->full_at, __ATOMIC_RELAXED);
	uint64_t next;

	do {
		uint64_t from = full_at > now ? full_at : now;

		if (from - now > depth)
			return false;
		next = from + cost;
	} while (!__atomic_compare_exchange_n(&p->full_at, &full_at, next, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

/* May one more packet pass at tsc `now`? Any worker. */
static inline bool policer_pass(struct policer *p, uint64_t now)
{
	return p->interval && policer_take(p, p->interval, p->depth, now);
}

/* The same for a frame, where the bucket is one for bits. */
static inline bool policer_pass_bits(struct policer *p, uint32_t len_bytes, uint64_t now)
{
	uint64_t cost = policer_cost(p, len_bytes);

	return cost <= p->depth && policer_take(p, cost, p->depth - cost, now);
}

#endif
