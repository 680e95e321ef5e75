/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Longest prefix match in a word trie: one address at a time, or a burst. The bulk lookups exist
 * once for each kind of vector instructions; see lookup_bulk.c. Inside lib/fib only; the public
 * faces are fib4.h and fib6.h.
 *
 * Context: worker (or control), as a reader of the trie's RCU.
 */
#ifndef SLUICE_LOOKUP_H
#define SLUICE_LOOKUP_H

#include <rte_byteorder.h>

#include "fib.h"
#include "simd.h"
#include "trie.h"

/* The value of the leaf at an address: of 32 bits; of 16 bytes. */
uint32_t lookup4(const struct trie *trie, rte_be32_t dst);
uint32_t lookup6(const struct trie *trie, const uint8_t *dst);

/* Those of n (0 to FIB_BULK_MAX) addresses, to nh[0] to nh[n - 1]. */
typedef void lookup4_bulk_fn(const struct trie *trie, const rte_be32_t *dst, uint32_t *nh,
			     unsigned n);
typedef void lookup6_bulk_fn(const struct trie *trie, const uint8_t *const *dst, uint32_t *nh,
			     unsigned n);

lookup4_bulk_fn lookup4_bulk_scalar, lookup4_bulk_avx2, lookup4_bulk_avx512;
lookup6_bulk_fn lookup6_bulk_scalar, lookup6_bulk_avx2, lookup6_bulk_avx512;

/* The version for these instructions; NULL: this CPU or this build has none. */
lookup4_bulk_fn *lookup4_bulk(enum simd simd);
lookup6_bulk_fn *lookup6_bulk(enum simd simd);

#endif
