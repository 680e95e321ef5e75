/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Compaction: all runs move to the arena's other space, in the order of their addresses, and the
 * space they leave goes back to the kernel with all its holes.
 *
 * It goes from the top down, and each run moves by itself: a copy is made, the parent's word is
 * stored (readers find the copy, or still the old run, with the same children), the old run is
 * retired. What is before the cursor, and the way to it, stands in the new space; so does all that
 * is built meanwhile, as new runs come from there. So a change between two slices does no harm, and
 * a slice can end at any run.
 */
#include "trie_write.h"

/* Holes worth a compaction: this many words, and this part of the words in use. */
#define HOLES_MIN  32768
#define HOLES_PART 4

/* One slice. */
struct sweep {
	struct trie *trie;
	int64_t budget;
	bool no_memory;
};

/* Move the run of *word. False: no memory. */
static bool move_run(struct trie *trie, uint64_t *word)
{
	uint64_t inner = *word;
	unsigned len = trie_run_len(inner);
	uint32_t base = runs_alloc(&trie->runs, len);

	if (!base)
		return false;
	for (unsigned i = 0; i < len; i++)
		trie->runs.words[base + i] = trie->runs.words[trie_value(inner) + i];
	__atomic_store_n(word, (uint64_t)base << 32 | (uint32_t)inner, __ATOMIC_RELEASE);
	runs_retire(&trie->runs, trie_value(inner), len);
	return true;
}

/* Move the runs from *word on down, which stands for key at a level; on: from the cursor on, which
 * begins with key. False: the slice ends here, and the cursor says where. */
static bool sweep_word(struct sweep *s, uint64_t *word, struct rib_key key, unsigned level, bool on)
{
	struct trie *trie = s->trie;
	unsigned depth = trie->depth[level], bits, first;
	uint64_t *child;

	if (!trie_has_run(*word))
		return true;
	if (s->budget <= 0) {
		if (!on)
			trie->cursor = key;
		return false;
	}
	s->budget -= trie_run_len(*word);
	if (runs_is_old(&trie->runs, trie_value(*word)) && !move_run(trie, word)) {
		s->no_memory = true;
		if (!on)
			trie->cursor = key;
		return false;
	}
	bits = trie->depth[level + 1] - depth;
	first = on ? trie_slot_of(trie->cursor, depth, bits) : 0;
	child = &trie->runs.words[trie_child(*word, first)];
	for (unsigned slot = first; slot < 1u << bits; slot++) {
		bool begins = slot == first || (uint32_t)*word >> slot & 1;

		child += slot != first && begins;
		if (begins && !sweep_word(s, child, trie_key_slot(key, depth, bits, slot),
					  level + 1, on && slot == first))
			return false;
	}
	return true;
}

static bool sweep_root(struct sweep *s)
{
	struct trie *trie = s->trie;
	unsigned first = trie_slot_of(trie->cursor, 0, TRIE_ROOT_BITS);

	for (unsigned i = first; i < TRIE_ROOT_WORDS; i++) {
		struct rib_key key = trie_key_slot((struct rib_key){0}, 0, TRIE_ROOT_BITS, i);

		if (s->budget-- <= 0 && i != first) {
			trie->cursor = key;
			return false;
		}
		if (!sweep_word(s, &trie->root[i], key, 0, i == first))
			return false;
	}
	return true;
}

static bool worth_it(const struct runs *runs)
{
	uint64_t holes = runs->end - runs->words_used;

	return !runs->turning && holes >= HOLES_MIN && holes >= runs->words_used / HOLES_PART;
}

bool trie_compact(struct trie *trie, unsigned budget)
{
	struct sweep sweep = {.trie = trie, .budget = RTE_MAX(budget, TRIE_COMPACT_MIN)};

	rcu_reclaim(trie->runs.rcu);
	if (!trie->compacting) {
		if (!worth_it(&trie->runs) || runs_turn(&trie->runs))
			return false;
		trie->compacting = true;
		trie->cursor = (struct rib_key){0};
	}
	if (!sweep_root(&sweep))
		return !sweep.no_memory;
	trie->compacting = false;
	trie->rebuilds++;
	runs_turned(&trie->runs);
	return false;
}
