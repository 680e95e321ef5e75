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

#include <rte_byteorder.h>

#include "sanitizer.h"
#include "vec.h"

#if VEC_BYTES == 64
#include <immintrin.h>
#endif

#define OWN4_WORDS  128
#define OWN4_FACTOR 0x9e3779b1u /* spreads addresses over the bits */
#define OWN4_SHIFT  20          /* leaves the number of one */

static inline uint32_t own4_bit(rte_be32_t addr)
{
	return (addr * OWN4_FACTOR) >> OWN4_SHIFT;
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

static inline bool own4_maybe(const uint32_t *filter, rte_be32_t addr)
{
	uint32_t bit = own4_bit(addr);

	return __atomic_load_n(&filter[bit / 32], __ATOMIC_RELAXED) >> (bit % 32) & 1;
}

/* The same of a vector of addresses: all bits, or none. A gather loads each aligned word in one
 * piece. */
static inline vec32 own4_maybe_vec(const uint32_t *filter, vec32 addr)
{
	vec32 bit = (addr * OWN4_FACTOR) >> OWN4_SHIFT, at = bit / 32, word;

#if VEC_BYTES == 64 && !WITH_TSAN
	word = (vec32)_mm512_i32gather_epi32((__m512i)at, filter, sizeof(*filter));
#else
	for (int i = 0; i < VEC32_LANES; i++)
		word[i] = __atomic_load_n(&filter[at[i]], __ATOMIC_RELAXED);
#endif
	return -(word >> bit % 32 & 1);
}

#endif
