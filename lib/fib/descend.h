/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a worker goes down a word trie, one address or a burst of them. An address is looked at in
 * halves of 64 bits, host order; an IPv4 address stands at the upper end of one. Inside lib/fib
 * only.
 *
 * Context: worker.
 */
#ifndef SLUICE_DESCEND_H
#define SLUICE_DESCEND_H

#include <rte_prefetch.h>

#include "fib.h"
#include "trie.h"

/* An address of a burst whose answer is not known yet. */
struct walk {
	uint64_t word;  /* the inner word it has come to */
	uint64_t half;  /* of the address: the one that is being looked at */
	uint32_t child; /* where it goes next: index in the arena */
	uint32_t i;     /* its place in the burst */
};

static inline const uint64_t *walk_root(const struct trie *trie, uint64_t half)
{
	return &trie_root(trie)[half >> (64 - TRIE_ROOT_BITS)];
}

/* Index of the child of an inner word for the `bits` bits of half from `pos` on. */
static inline uint32_t walk_child(uint64_t word, uint64_t half, unsigned pos, unsigned bits)
{
	return trie_child(word, (unsigned)(half >> (64 - pos - bits)) & ((1u << bits) - 1));
}

/* Choose the child by the bits from `pos` on, and have it fetched. Without the prefetch a burst is
 * hardly faster than one address after the other: where an entry is stored in the array depends on
 * what was loaded, and the CPU holds later loads back until it knows that they do not overlap.
 * Of a leaf this is the prefetch of no matter what: that never faults. */
static inline void walk_aim(const struct trie *trie, struct walk *w, unsigned pos, unsigned bits)
{
	w->child = walk_child(w->word, w->half, pos, bits);
	rte_prefetch0(&trie->words[w->child]);
}

/* Begin the walk of the i-th address of a burst, aiming below the root: its answer if the root has
 * it, else an entry at w[left]. How many entries there are now. */
static inline unsigned walk_begin(const struct trie *trie, struct walk *w, unsigned left,
				  uint64_t half, uint32_t i, uint32_t *nh, unsigned bits)
{
	struct walk at = {.word = trie_load(walk_root(trie, half)), .half = half, .i = i};

	nh[i] = trie_value(at.word);
	walk_aim(trie, &at, TRIE_ROOT_BITS, bits);
	w[left] = at;
	return left + !trie_is_leaf(at.word);
}

/* Take n addresses to the child they aim at, and aim them at the next by `bits` bits from `pos` on
 * (bits 0: not yet). Those still without an answer move up in the array, and are counted. There is
 * no branch on what was found: a mispredicted one would cost more than the work it saves. */
static inline unsigned walk_down(const struct trie *trie, struct walk *w, unsigned n, uint32_t *nh,
				 unsigned pos, unsigned bits)
{
	unsigned left = 0;

	for (unsigned k = 0; k < n; k++) {
		struct walk at = w[k];

		at.word = trie_load(&trie->words[at.child]);
		nh[at.i] = trie_value(at.word);
		if (bits)
			walk_aim(trie, &at, pos, bits);
		w[left] = at;
		left += !trie_is_leaf(at.word);
	}
	return left;
}

/* What is without an answer at the end of all levels is background. */
static inline void walk_background(const struct trie *trie, const struct walk *w, unsigned n,
				   uint32_t *nh)
{
	for (unsigned k = 0; k < n; k++)
		nh[w[k].i] = trie_value(trie_load(&trie->words[0]));
}

#endif
