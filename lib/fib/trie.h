/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The word trie: what the workers read of a forwarding table.
 *
 * Everything is an aligned word of 64 bits. A leaf is an answer; any other word stands for all
 * addresses that begin as the way to it does, and says where its children are:
 *
 *              63                             32 31                            1   0
 *      leaf    | next hop (31 bits)             | 0                              | 1 |
 *      inner   | base: index of its first child | bit s: slot s begins a new run | 0 |
 *
 * The next s address bits (s is 5, or less where a level is cut short) select one of 2^s slots.
 * Neighbouring slots that are alike share one word: the arena holds only the first of each run of
 * equal children, and the bitmap says where runs begin (slot 0 always does, so bit 0 is free to be
 * the mark of a leaf). The child of a slot is `base + popcount(bitmap bits 1 to slot)`:
 *
 *   root: 2^19 words, indexed by the        arena
 *   first 19 bits of the address            :      :
 *   +------+                         base ->| leaf |  slots 0 to 6
 *   | leaf |                                | inner|--> slot 7: its run, 5 bits further on
 *   | inner|------------------------------->| leaf |  slots 8 to 31
 *   | leaf |                                :      :
 *   :      :                                (bitmap: bits 7 and 8 set)
 *
 * A full Internet table takes so few words that most of what the workers touch stays in the L2 and
 * L3 caches. The two ideas, runs found by popcount and a large direct root, are those of Poptrie
 * (Asai and Ohara, SIGCOMM 2015) and of DXR (Zec, Rizzo and Mikuc, CCR 2012), which also keeps the
 * structure that is searched apart from the one that is changed.
 *
 * Who writes, and how. The control thread, alone, in two steps. First it works out what a change
 * needs: new runs are built where no reader is, and every word to be stored is only noted. If
 * memory runs out here, the new runs go back and nothing has happened. Then it stores: each word
 * with one release store, which shows a reader a run that is complete. A run whose bitmap stays
 * the same is not rebuilt, its words are stored where they are. Each address goes from its old
 * answer to its new one at a single store; never through a third. At last the old runs are retired
 * (rcu_defer(), after all stores).
 *
 * The form is canonical: no inner word has all children alike, and the words of a table depend on
 * its routes alone, not on the order in which they came.
 *
 * Context: trie_init(), trie_fini(), trie_update(): control; trie_load(), trie_child(): worker.
 */
#ifndef SLUICE_TRIE_H
#define SLUICE_TRIE_H

#include <stdint.h>

#include <rte_common.h>

#include "rib.h"
#include "runs.h"

#define TRIE_ROOT_BITS       19
#define TRIE_ROOT_BITS_SMALL 9 /* of a table of few routes: levels at 9, 14, 19, then as always */
#define TRIE_ROOT_WORDS      (1u << TRIE_ROOT_BITS)
#define TRIE_SLOTS_MAX       32

struct trie_step;

struct trie {
	/* All that workers read. */
	uintptr_t root;        /* atomic; see trie_root() */
	const uint64_t *words; /* the arena: never changes */

	/* The writer's: on other cache lines, as every change writes here. */
	uint64_t *root_words __rte_cache_aligned; /* root */
	const uint8_t *depth;                     /* see trie_init() */
	struct trie_step *steps;                  /* of the change being made */
	uint32_t n_steps;
	uint32_t max_steps;
	struct region root_region;
	struct runs runs;
};

/* An empty trie: every address has next hop 0.
 * depth: address bits behind the words of each level, from TRIE_ROOT_BITS in steps of at most 5
 * (64 must be one of them if they go beyond) to the length of the address; not copied.
 * max_words: bound of the arena; numa_node: -1: any.
 * 0; -EINVAL: no such node; -ENOMEM. */
int trie_init(struct trie *trie, struct rcu *rcu, const uint8_t *depth, uint64_t max_words,
	      int numa_node);

/* No reader may look any more; waits until everything retired is freed. A zeroed trie is allowed.
 */
void trie_fini(struct trie *trie);

/* Give value (0 to 2^31 - 1) to all addresses of a route that no longer route of the store covers.
 * The route must stand in rib: it is the one just added, or about to be deleted (then value is that
 * of its cover). 0; -ENOMEM: nothing changed. */
int trie_update(struct trie *trie, const struct rib *rib, const struct rib_node *route,
		uint32_t value);

static inline uint64_t trie_leaf(uint32_t value)
{
	return (uint64_t)value << 32 | 1;
}

static inline int trie_is_leaf(uint64_t word)
{
	return word & 1;
}

/* Of a leaf: its next hop. Of an inner word: the base of its children. */
static inline uint32_t trie_value(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

/* The root: what a reader loads first, once a burst. */
struct trie_root {
	const uint64_t *words;
	unsigned bits; /* TRIE_ROOT_BITS or TRIE_ROOT_BITS_SMALL */
};

static inline struct trie_root trie_root(const struct trie *trie)
{
	uintptr_t root = __atomic_load_n(&trie->root, __ATOMIC_ACQUIRE);

	/* The lowest bit of the address marks a small one. */
	return (struct trie_root){.words = (const uint64_t *)(root & ~(uintptr_t)1),
				  .bits = root & 1 ? TRIE_ROOT_BITS_SMALL : TRIE_ROOT_BITS};
}

/* A word as a reader must load it: what it points to is complete. */
static inline uint64_t trie_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Index in the arena of the child of an inner word for a slot (0 to 31). */
static inline uint32_t trie_child(uint64_t word, unsigned slot)
{
	uint32_t upto = (uint32_t)word & ((2u << slot) - 1);

	return trie_value(word) + (uint32_t)__builtin_popcount(upto);
}

#endif
