/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the two writers of a word trie, trie.c and compact.c, share: runs and slots.
 * Context: control thread.
 */
#ifndef SLUICE_TRIE_WRITE_H
#define SLUICE_TRIE_WRITE_H

#include "trie.h"

/* Words in the run of an inner word. */
static inline unsigned trie_run_len(uint64_t inner)
{
	return 1 + (unsigned)__builtin_popcount((uint32_t)inner);
}

/* key with the `bits` bits from `pos` on set to slot; they were 0. */
static inline struct rib_key trie_key_slot(struct rib_key key, unsigned pos, unsigned bits,
					   unsigned slot)
{
	if (pos < 64)
		key.hi |= (uint64_t)slot << (64 - pos - bits);
	else
		key.lo |= (uint64_t)slot << (128 - pos - bits);
	return key;
}

/* Those bits of a key. */
static inline unsigned trie_slot_of(struct rib_key key, unsigned pos, unsigned bits)
{
	uint64_t half = pos < 64 ? key.hi : key.lo;

	return (unsigned)(half >> (64 - (pos & 63) - bits)) & ((1u << bits) - 1);
}

#endif
