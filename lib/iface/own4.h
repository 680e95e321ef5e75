/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is a source address one of the router's own? Linux drops such packets as martians, so Sluice
 * does; a second look-up in the FIB for every packet would cost too much. This filter of 4096 bits
 * answers "no" nearly always; a "maybe" is settled by the FIB.
 *
 * Owner: the control thread writes single words; workers read.
 */
#ifndef SLUICE_OWN4_H
#define SLUICE_OWN4_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include <rte_byteorder.h>

#include "sanitizer.h"
#include "vec.h"

#define OWN4_WORDS 128

static inline uint32_t own4_bit(rte_be32_t addr)
{
	return (addr * 0x9e3779b1u) >> 20;
}

/* Mark an address in the words of a filter that is being made. */
static inline void own4_mark(uint32_t *words, rte_be32_t addr)
{
	uint32_t bit = own4_bit(addr);

	words[bit / 32] |= UINT32_C(1) << (bit % 32);
}

/* Take over the words, one store each: an address that stays is found at every moment. */
static inline void own4_store(uint32_t *filter, const uint32_t *words)
{
	for (unsigned i = 0; i < OWN4_WORDS; i++)
		__atomic_store_n(&filter[i], words[i], __ATOMIC_RELAXED);
}

/* The load of an aligned word is atomic without being called so, and then compilers make vectors of
 * a loop over this; only TSan has to be told. */
static inline bool own4_maybe(const uint32_t *filter, rte_be32_t addr)
{
	uint32_t bit = own4_bit(addr);
	uint32_t word =
		WITH_TSAN ? __atomic_load_n(&filter[bit / 32], __ATOMIC_RELAXED) : filter[bit / 32];

	return word >> (bit % 32) & 1;
}

/* The same of a vector of addresses: all bits, or none. */
static inline vec32 own4_maybe_vec(const uint32_t *filter, vec32 addr)
{
	vec32 bit = (addr * 0x9e3779b1u) >> 20, at = bit / 32, word;

#ifdef __AVX512F__
	word = (vec32)_mm512_i32gather_epi32((__m512i)at, filter, 4);
#else
	for (int i = 0; i < VEC32_LANES; i++)
		word[i] = filter[at[i]];
#endif
	return -(word >> bit % 32 & 1);
}

#endif
