/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The word trie: what the workers read of a forwarding table.
 *
 * Everything is an aligned word of 64 bits. A leaf is an answer; any other word stands for all
 * addresses that begin as the way to it does, and says where its children are:
 *
 *                63                             32 31                            1   0
 *      leaf      | next hop (31 bits)             | 0                              | 1 |
 *      inner     | base: index of its first child | bit s: slot s begins a new run | 0 |
 *      background| 0                              | 0                              | 0 |
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
 * The background is what no route but the default route covers. Read as an inner word it has one
 * child, for all slots: word 0 of the arena, a leaf with the default route's next hop. So the
 * default route comes, goes and changes by a single store, whatever the table; and where nothing
 * was ever announced, root words are zero as the kernel gave them. A small table's root is on small
 * pages of 512 words and costs what its routes touch of it (a /8 four of them, a /16 one); it moves
 * to huge pages when it is no longer small.
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
 * (rcu_defer(), after all stores). trie_compact() moves what has become scattered together again.
 *
 * The form is canonical: no inner word has all children alike, and the words of a table depend on
 * its routes alone, not on the order in which they came.
 *
 * Measured with a full table (README.md here): 11.8 MiB for 902,000 IPv4 routes of random next
 * hops, 3.0 MiB for 160,000 of IPv6; 0.16 s to load, 0.7 million changes a second.
 *
 * Context: trie_root(), trie_load(), trie_child() and such: worker; else: control.
 */
#ifndef SLUICE_TRIE_H
#define SLUICE_TRIE_H

#include <stdint.h>

#include <rte_common.h>

#include "rib.h"
#include "runs.h"

#define TRIE_ROOT_BITS  19
#define TRIE_ROOT_WORDS (1u << TRIE_ROOT_BITS)
#define TRIE_SLOTS_MAX  32
#define TRIE_BACKGROUND UINT64_C(0)

/* Enough to get from the root to anywhere, and a step further. */
#define TRIE_COMPACT_MIN 2048u

#define TRIE_PAGE_WORDS 512 /* root words on a small page */
#define TRIE_ROOT_PAGES (TRIE_ROOT_WORDS / TRIE_PAGE_WORDS)

struct trie_step;

struct trie {
	/* All that workers read. */
	uint64_t *root;        /* atomic: it moves once */
	const uint64_t *words; /* the arena: never changes */

	/* The writer's: on other cache lines, as every change writes here. */
	const uint8_t *depth __rte_cache_aligned; /* see trie_init() */
	struct trie_step *steps;                  /* of the change being made */
	uint32_t n_steps;
	uint32_t max_steps;
	int numa_node;
	struct region root_region;
	struct region root_before; /* of the root on small pages, until no reader has it */
	uint32_t root_pages;       /* small pages of the root that cost memory; all: huge ones */
	uint32_t root_wait;        /* huge ones were refused: updates until the next try */
	uint64_t root_written[TRIE_ROOT_PAGES / 64]; /* which */
	struct runs runs;
	bool compacting;       /* the runs are being moved */
	struct rib_key cursor; /* up to where they have been */
	uint64_t rebuilds;     /* compactions that were done */
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

/* Give a leaf or TRIE_BACKGROUND to all addresses of a route that no longer route of the store
 * covers. The route, of one bit or more, must stand in rib: it is the one just added, or about to
 * be deleted (then the word is that of its cover). 0; -ENOMEM: nothing changed. */
int trie_update(struct trie *trie, const struct rib *rib, const struct rib_node *route,
		uint64_t word);

/* What the background leads to: 0 to 2^31 - 1. One store, cannot fail. */
void trie_set_background(struct trie *trie, uint32_t value);

/* Move runs together, if there are holes enough among them to be worth it, or go on with that:
 * about `budget` words (TRIE_COMPACT_MIN at least) are looked at, some nanoseconds each. True:
 * there is more to do now. */
bool trie_compact(struct trie *trie, unsigned budget);

/* Tell the regions of the workers' part. */
void trie_regions(const struct trie *trie, region_visit_fn *visit, void *ctx);

/* Bytes of memory that the workers' part holds: root and arena. */
uint64_t trie_bytes(const struct trie *trie);

static inline uint64_t trie_leaf(uint32_t value)
{
	return (uint64_t)value << 32 | 1;
}

static inline bool trie_is_leaf(uint64_t word)
{
	return word & 1;
}

/* Neither a leaf nor the background. */
static inline bool trie_has_run(uint64_t word)
{
	return (uint32_t)word > 1;
}

/* Of a leaf: its next hop. Of an inner word: the base of its children. */
static inline uint32_t trie_value(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

/* The root's words: what a reader loads first, once a burst. */
static inline const uint64_t *trie_root(const struct trie *trie)
{
	return __atomic_load_n(&trie->root, __ATOMIC_ACQUIRE);
}

/* A word as a reader must load it: what it points to is complete. */
static inline uint64_t trie_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Index in the arena of the child of an inner word, or of the background, for a slot (0 to 31). */
static inline uint32_t trie_child(uint64_t word, unsigned slot)
{
	uint32_t upto = (uint32_t)word & ((2u << slot) - 1);

	return trie_value(word) + (uint32_t)__builtin_popcount(upto);
}

#endif
