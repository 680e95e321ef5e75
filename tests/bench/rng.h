/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random numbers that are the same in every run: SplitMix64 (Steele, Lea, Flood: Fast splittable
 * pseudorandom number generators, OOPSLA 2014).
 *
 * Context: any; a generator belongs to one thread.
 */
#ifndef SLUICE_BENCH_RNG_H
#define SLUICE_BENCH_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state; /* any seed */
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* 0 to n - 1; n: 1 to UINT32_MAX. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
	return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

#endif
