/* SPDX-License-Identifier: BSD-3-Clause */
#include "trie.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trie_write.h"

/* A root of which more small pages than these are written shall have huge ones: at once, or in a
 * table that is not small, of more runs than these. */
#define ROOT_PAGES      (TRIE_ROOT_PAGES / 2)
#define ROOT_PAGES_BUSY (TRIE_ROOT_PAGES / 8)
#define BUSY_RUNS       4096
#define ROOT_WAIT       4096 /* updates between tries to get them */
#define ROOT_BYTES      (TRIE_ROOT_WORDS * sizeof(uint64_t))

/* More than this many noted steps are given back to the heap after the change. */
#define STEPS_KEPT 256

/* One thing to do, or to undo, once it is known whether a change succeeds. */
struct trie_step {
	enum { STEP_STORE, STEP_MADE, STEP_RETIRE } kind;
	uint32_t len;    /* MADE, RETIRE: of the run */
	uint32_t base;   /* MADE, RETIRE: of the run */
	uint64_t *where; /* STORE */
	uint64_t word;   /* STORE */
};

/* The change being made: what stays the same in all its recursions. */
struct change {
	struct trie *trie;
	const struct rib *rib;
	const struct rib_node *route;
	uint64_t word; /* what the route's own addresses get: a leaf, or the background */
};

int trie_init(struct trie *trie, struct rcu *rcu, const uint8_t *depth, uint64_t max_words,
	      int numa_node)
{
	int rc;

	*trie = (struct trie){.depth = depth, .numa_node = numa_node};
	rc = runs_init(&trie->runs, rcu, max_words, numa_node);
	if (rc)
		return rc;
	trie->root = region_create_sparse(&trie->root_region, ROOT_BYTES, numa_node);
	if (!trie->root) {
		trie_fini(trie);
		return -ENOMEM;
	}
	trie->words = trie->runs.words;
	trie_set_background(trie, 0);
	return 0;
}

void trie_fini(struct trie *trie)
{
	if (trie->runs.rcu)
		rcu_synchronize(trie->runs.rcu);
	region_fini(&trie->root_before);
	region_fini(&trie->root_region);
	runs_fini(&trie->runs);
	free(trie->steps);
	*trie = (struct trie){0};
}

void trie_set_background(struct trie *trie, uint32_t value)
{
	__atomic_store_n(&trie->runs.words[0], trie_leaf(value), __ATOMIC_RELEASE);
}

void trie_regions(const struct trie *trie, region_visit_fn *visit, void *ctx)
{
	visit(ctx, &trie->root_region);
	visit(ctx, &trie->runs.region);
	for (unsigned i = 0; i < RTE_DIM(trie->runs.space); i++)
		visit(ctx, &trie->runs.space[i]);
}

uint64_t trie_bytes(const struct trie *trie)
{
	return trie->root_pages * TRIE_PAGE_WORDS * sizeof(*trie->root) + runs_bytes(&trie->runs);
}

/* A word of the root is about to be written. */
static void count_root_page(struct trie *trie, const uint64_t *where)
{
	size_t page = (size_t)(where - trie->root) / TRIE_PAGE_WORDS;
	uint64_t bit = UINT64_C(1) << (page % 64);

	trie->root_pages += !(trie->root_written[page / 64] & bit);
	trie->root_written[page / 64] |= bit;
}

static void free_root(void *ctx, uint64_t arg)
{
	region_fini(ctx);
}

/* Give the root huge pages. Without memory for them it stays as it is, only slower. */
static void root_to_huge(struct trie *trie)
{
	struct region region;
	uint64_t *root;

	if (trie->root_wait) {
		trie->root_wait--;
		return;
	}
	root = region_create(&region, ROOT_BYTES, trie->numa_node);
	if (!root) {
		trie->root_wait = ROOT_WAIT;
		return;
	}
	memcpy(root, trie->root, ROOT_BYTES);
	trie->root_before = trie->root_region;
	trie->root_region = region;
	trie->root_pages = TRIE_ROOT_PAGES;
	memset(trie->root_written, 0xff, sizeof(trie->root_written));
	__atomic_store_n(&trie->root, root, __ATOMIC_RELEASE);
	rcu_defer(trie->runs.rcu, free_root, &trie->root_before, 0);
}

static struct trie_step *step_new(struct trie *trie)
{
	uint32_t max = trie->max_steps ? 2 * trie->max_steps : 64;
	struct trie_step *steps;

	if (trie->n_steps == trie->max_steps) {
		steps = realloc(trie->steps, max * sizeof(*steps));
		if (!steps)
			return NULL;
		trie->steps = steps;
		trie->max_steps = max;
	}
	return &trie->steps[trie->n_steps++];
}

static int note_store(struct trie *trie, uint64_t *where, uint64_t word)
{
	struct trie_step *step = step_new(trie);

	if (!step)
		return -ENOMEM;
	*step = (struct trie_step){.kind = STEP_STORE, .where = where, .word = word};
	return 0;
}

/* The old run of an inner word will be without a parent. */
static int note_retire(struct trie *trie, uint64_t inner)
{
	struct trie_step *step = step_new(trie);

	if (!step)
		return -ENOMEM;
	*step = (struct trie_step){
		.kind = STEP_RETIRE, .base = trie_value(inner), .len = trie_run_len(inner)};
	return 0;
}

/* Make every noted step: first all the stores, then what they took out of the readers' sight. */
static void commit(struct trie *trie)
{
	for (uint32_t i = 0; i < trie->n_steps; i++) {
		const struct trie_step *step = &trie->steps[i];

		if (step->kind != STEP_STORE)
			continue;
		if (step->where >= trie->root && step->where < trie->root + TRIE_ROOT_WORDS)
			count_root_page(trie, step->where);
		__atomic_store_n(step->where, step->word, __ATOMIC_RELEASE);
	}
	for (uint32_t i = 0; i < trie->n_steps; i++) {
		const struct trie_step *step = &trie->steps[i];

		if (step->kind == STEP_RETIRE)
			runs_retire(&trie->runs, step->base, step->len);
	}
}

static void undo(struct trie *trie)
{
	for (uint32_t i = 0; i < trie->n_steps; i++) {
		const struct trie_step *step = &trie->steps[i];

		if (step->kind == STEP_MADE)
			runs_free(&trie->runs, step->base, step->len);
	}
}

/* The children of a word, one for each slot. */
static void expand(const struct trie *trie, uint64_t word, unsigned slots, uint64_t *child)
{
	const uint64_t *at = trie_has_run(word) ? &trie->words[trie_value(word)] : &word;
	uint32_t bitmap = trie_has_run(word) ? (uint32_t)word : 0;

	for (unsigned slot = 0; slot < slots; slot++) {
		at += bitmap >> slot & 1;
		child[slot] = *at;
	}
}

/* Bit s: slot s differs from the one before. */
static uint32_t run_bitmap(const uint64_t *child, unsigned slots)
{
	uint32_t bitmap = 0;

	for (unsigned slot = 1; slot < slots; slot++)
		bitmap |= (uint32_t)(child[slot] != child[slot - 1]) << slot;
	return bitmap;
}

/* Note the stores that change a run of unchanged layout where it stands. */
static int store_in_place(struct trie *trie, uint64_t inner, const uint64_t *child, unsigned slots)
{
	uint64_t *word = &trie->runs.words[trie_value(inner)];
	int rc = 0;

	for (unsigned slot = 0; slot < slots && !rc; slot++) {
		if (slot && !((uint32_t)inner >> slot & 1))
			continue;
		if (*word != child[slot])
			rc = note_store(trie, word, child[slot]);
		word++;
	}
	return rc;
}

/* Build a new run of these children and set *inner to the word that points to it. */
static int build(struct trie *trie, const uint64_t *child, unsigned slots, uint32_t bitmap,
		 uint64_t *inner)
{
	unsigned len = trie_run_len(bitmap);
	uint32_t base = runs_alloc(&trie->runs, len);
	struct trie_step *step;
	uint64_t *word;

	if (!base)
		return -ENOMEM;
	step = step_new(trie);
	if (!step) {
		runs_free(&trie->runs, base, len);
		return -ENOMEM;
	}
	*step = (struct trie_step){.kind = STEP_MADE, .base = base, .len = len};
	word = &trie->runs.words[base];
	for (unsigned slot = 0; slot < slots; slot++)
		if (!slot || bitmap >> slot & 1)
			*word++ = child[slot];
	*inner = (uint64_t)base << 32 | bitmap;
	return 0;
}

/* Compress the children and set *word, which had others, to what stands for them now. */
static int compress(struct trie *trie, uint64_t *word, const uint64_t *child, unsigned slots)
{
	uint32_t bitmap = run_bitmap(child, slots);
	uint64_t old = *word;
	int rc = 0;

	if (trie_has_run(old) && bitmap == (uint32_t)old)
		return store_in_place(trie, old, child, slots);
	if (bitmap)
		rc = build(trie, child, slots, bitmap, word);
	else
		*word = child[0];
	if (!rc && trie_has_run(old))
		rc = note_retire(trie, old);
	return rc;
}

/*
 * Set *word, which stands for key and has depth[level] bits behind it, to what it is after the
 * change. The word has addresses of the route that are not all covered by longer ones.
 * below: the top of what the store holds inside; NULL: nothing but (maybe) the route's background.
 */
static int change_word(const struct change *change, uint64_t *word, struct rib_key key,
		       unsigned level, const struct rib_node *below)
{
	unsigned depth = change->trie->depth[level], len = change->route->len;
	unsigned first = 0, count, bits, next;
	uint64_t child[TRIE_SLOTS_MAX];

	if (!below) {
		*word = change->word;
		return 0;
	}
	next = change->trie->depth[level + 1];
	bits = next - depth;
	count = 1u << bits;
	expand(change->trie, *word, count, child);
	if (len > depth) {
		first = trie_slot_of(change->route->key, depth, bits);
		count = len < next ? 1u << (next - len) : 1;
	}
	for (unsigned slot = first; slot < first + count; slot++) {
		struct rib_key slot_key = trie_key_slot(key, depth, bits, slot);
		const struct rib_node *inside = below;
		int rc;

		if (rib_descend(change->rib, &inside, slot_key, next, len))
			continue;
		rc = change_word(change, &child[slot], slot_key, level + 1, inside);
		if (rc)
			return rc;
	}
	return compress(change->trie, word, child, 1u << bits);
}

/* Change all root words whose index begins with the first len bits of key. Halving the range, and
 * not taking one word after the other, skips at once what a longer route covers. */
static int change_root(const struct change *change, struct rib_key key, unsigned len,
		       const struct rib_node *below)
{
	uint64_t *root, word;
	int rc;

	if (rib_descend(change->rib, &below, key, len, change->route->len))
		return 0;
	if (len < TRIE_ROOT_BITS) {
		rc = change_root(change, key, len + 1, below);
		return rc ? rc : change_root(change, trie_key_slot(key, len, 1, 1), len + 1, below);
	}
	root = &change->trie->root[trie_slot_of(key, 0, TRIE_ROOT_BITS)];
	word = *root;
	rc = change_word(change, &word, key, 0, below);
	return rc || word == *root ? rc : note_store(change->trie, root, word);
}

int trie_update(struct trie *trie, const struct rib *rib, const struct rib_node *route,
		uint64_t word)
{
	struct change change = {.trie = trie, .rib = rib, .route = route, .word = word};
	unsigned len = route->len < TRIE_ROOT_BITS ? route->len : TRIE_ROOT_BITS;
	int rc = change_root(&change, rib_key_mask(route->key, len), len, route);

	if (rc)
		undo(trie);
	else
		commit(trie);
	trie->n_steps = 0;
	if (trie->root_pages < TRIE_ROOT_PAGES &&
	    trie->root_pages > (trie->runs.count > BUSY_RUNS ? ROOT_PAGES_BUSY : ROOT_PAGES))
		root_to_huge(trie);
	if (trie->max_steps > STEPS_KEPT) {
		free(trie->steps);
		trie->steps = NULL;
		trie->max_steps = 0;
	}
	return rc;
}
