/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A vector of 64-bit lanes, and the few operations that the search of a word trie is made of. A
 * source that includes this is built once for each kind of CPU (see simd.h):
 *
 *      avx512    8 lanes   lanes_avx512.h
 *      avx2      4 lanes   lanes_avx2.h
 *      scalar    1 lane    lanes_scalar.h, plain C for any CPU
 *
 * Each of the three defines:
 *
 *      LANES                   how many lanes a vector has
 *      LANES_UNROLL            before a loop over many vectors
 *      lanes, lanes_mask       a vector; a choice of its lanes
 *      lanes_set(value)        the same number in all lanes
 *      lanes_and(a, b), lanes_add(a, b), lanes_shift_right(a, count), lanes_popcount(a)
 *      lanes_up_to(slot)       bits 0 to slot set, of slots 0 to 31
 *      lanes_even(a)           the lanes in which bit 0 is clear
 *      lanes_any(mask)         is any lane chosen?
 *      lanes_gather(words, index)
 *                              words[index], each loaded as trie_load() does
 *      lanes_gather_some(other, mask, words, index)
 *                              the same for the chosen lanes, other for the rest. For these
 *                              words[0] may be loaded.
 *      lanes_load_be32(from, n), lanes_store_high(to, n, a)
 *                              n consecutive addresses in network order to the upper halves of the
 *                              lanes; the upper halves of the first n lanes to consecutive numbers
 *      lanes_load_be64(from, n, offset)
 *                              8 bytes in network order, `offset` bytes behind n pointers, in any
 *                              alignment
 *
 * There n is 1 or more; LANES or more means all. Nothing is loaded or stored beyond the first n:
 * they may be the end of a page. The lanes that are left over get what the first one has, so that
 * they go its way and make no work of their own.
 *
 * Context: any thread.
 */
#ifndef SLUICE_LANES_H
#define SLUICE_LANES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

#include "simd.h"
#include "trie.h"

#define LANES_INLINE static inline __attribute__((always_inline))

/* What the i-th pointer, or the first for those from the n-th on, has `offset` bytes behind. */
LANES_INLINE uint64_t lanes_bytes(const uint8_t *const *from, unsigned n, unsigned i,
				  unsigned offset)
{
	uint64_t bytes;

	memcpy(&bytes, from[i < n ? i : 0] + offset, sizeof(bytes));
	return bytes;
}

#if SLUICE_SIMD_LEVEL == 2
#include "lanes_avx512.h"
#elif SLUICE_SIMD_LEVEL == 1
#include "lanes_avx2.h"
#else
#include "lanes_scalar.h"
#endif

#endif
