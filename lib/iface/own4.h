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

#define OWN4_WORDS 64

static inline uint32_t own4_bit(rte_be32_t addr)
{
	return (addr * 0x9e3779b1u) >> 20;
}

/* Mark an address in the words of a filter that is being made. */
static inline void own4_mark(uint64_t *words, rte_be32_t addr)
{
	uint32_t bit = own4_bit(addr);

	words[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* Take over the words, one store each: an address that stays is found at every moment. */
static inline void own4_store(uint64_t *filter, const uint64_t *words)
{
	for (unsigned i = 0; i < OWN4_WORDS; i++)
		__atomic_store_n(&filter[i], words[i], __ATOMIC_RELAXED);
}

static inline bool own4_maybe(const uint64_t *filter, rte_be32_t addr)
{
	uint32_t bit = own4_bit(addr);

	return __atomic_load_n(&filter[bit / 64], __ATOMIC_RELAXED) >> (bit % 64) & 1;
}

#endif
