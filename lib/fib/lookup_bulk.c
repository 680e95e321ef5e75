/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bulk lookup in a word trie, written once for vectors of any number of lanes, and built once for
 * each kind of CPU: see lanes.h.
 *
 * What it costs to look up an address is waiting for memory: a word from the L2 cache takes some 15
 * cycles, one from L3 some 50, and each level's address comes out of the word above. But the
 * addresses of a burst do not wait for each other. So they go down together, one level at a time,
 * and a level takes hardly longer for many than for one:
 *
 *                          vector 0          vector 1          vector 2          vector 3
 *      keys             k  k  k  ...  k   k  k  k  ...  k   k  k  k  ...  k   k  k  k  ...  k
 *      root             W  L  W  ...  W   W  W  L  ...  W      gather by the first bits
 *      next level       L  |  L  ...  L   W  L  |  ...  L      slot, popcount, gather again,
 *      and so on        |  |  |       |   L  |  |       |      only lanes that are no leaf yet
 *      next hops        ^ upper halves, once every lane has a leaf
 *
 * A lane is one address: its key, and the word it has come to. A leaf stays where it is, as the
 * lane is not in the mask of the gather, and its upper half is the answer. Nothing branches on what
 * a single lane has found, for that would be foretold wrongly as often as not; there is one branch
 * a level for all of them, and of that the CPU soon knows how it goes: in a table of the Internet
 * nearly every burst of IPv4 ends at /24, two loads deep, and most of IPv6 at /48, seven deep.
 *
 * Why a whole burst in flight: the gathers of one vector would keep the CPU busy only at the start
 * of each wait. With four vectors, 32 addresses, the loads of the next go out while those of the
 * one before are awaited, and the arithmetic disappears in between; out of order execution does the
 * interleaving, the code need not. On a full table of IPv4 (Zen 5) 8 addresses in flight came to
 * 280 million lookups a second, 16 to 500, 32 to 670 and 64 to 780. Of IPv6, where there are more
 * levels to wait for, it was 104, 149, 216 and 280. So all of a burst goes at once, and bursts of
 * the two usual sizes have code of their own, with every vector in a register: there are 32 in
 * AVX-512, and 64 addresses take 16.
 *
 * What vectors do not do here: drop lanes that are done and close the ranks. On real tables few
 * lanes come to rest long before the last one, and vectors that change places in memory made it
 * less than half as fast. In plain C the same source, one lane a
 * vector, keeps up with a walk that did close the ranks, as it has no store to an address that
 * depends on what was loaded, for which later loads would have to wait.
 *
 * The popcount that finds a child is Poptrie's (Asai and Ohara, SIGCOMM 2015); the root that is as
 * large as the cache allows and saves the first levels DXR's (Zec, Rizzo and Mikuc, CCR 2012).
 *
 * A table may be changed meanwhile. A lane sees every word either before or after its change, and a
 * word's children are complete when the word is seen (see trie.h), so each address gets an answer
 * that was right at some time during the call. The root is loaded once a call.
 *
 * The background (see trie.h) needs no code of its own: as an inner word without bits it leads to
 * word 0, on any level; only below the last there has to be one step more for it.
 */
#include "lanes.h"
#include "lookup.h"

#define VECTORS (FIB_BULK_MAX / LANES)
#define BURST   32 /* of a worker, when it has much to do */

/* Addresses on their way down, in the first `vectors` of the arrays. */
struct walk {
	lanes key[VECTORS];  /* the half of the address that is looked at, host order */
	lanes word[VECTORS]; /* of the trie, where it has come to */
};

/* The `bits` bits from `pos` on choose each word's child. Returns whether any has further to go. */
LANES_INLINE bool down(struct walk *w, unsigned vectors, const uint64_t *words, unsigned pos,
		       unsigned bits)
{
	lanes all = lanes_set(1);

	LANES_UNROLL
	for (unsigned v = 0; v < vectors; v++) {
		lanes word = w->word[v];
		lanes slot = lanes_and(lanes_shift_right(w->key[v], 64 - pos - bits),
				       lanes_set((1u << bits) - 1));
		lanes rank = lanes_popcount(lanes_and(word, lanes_up_to(slot)));
		lanes child = lanes_add(lanes_shift_right(word, 32), rank);

		w->word[v] = lanes_gather_some(word, lanes_even(word), words, child);
		all = lanes_and(all, w->word[v]);
	}
	return lanes_any(lanes_even(all));
}

/* The root's words. Returns whether any address has further to go. */
LANES_INLINE bool begin(struct walk *w, unsigned vectors, const uint64_t *root)
{
	lanes all = lanes_set(1);

	LANES_UNROLL
	for (unsigned v = 0; v < vectors; v++) {
		w->word[v] = lanes_gather(root, lanes_shift_right(w->key[v], 64 - TRIE_ROOT_BITS));
		all = lanes_and(all, w->word[v]);
	}
	return lanes_any(lanes_even(all));
}

LANES_INLINE void finish(const struct walk *w, unsigned vectors, uint32_t *nh, unsigned n)
{
	for (unsigned v = 0; v < vectors; v++)
		lanes_store_high(nh + v * LANES, n - v * LANES, w->word[v]);
}

/* n addresses in as many vectors as they need. Where that is a constant, they stay in registers. */
LANES_INLINE void burst4(const uint64_t *words, const uint64_t *root, const rte_be32_t *dst,
			 uint32_t *nh, unsigned n, unsigned vectors)
{
	struct walk w;
	bool more;

	for (unsigned v = 0; v < vectors; v++)
		w.key[v] = lanes_load_be32(dst + v * LANES, n - v * LANES);
	more = begin(&w, vectors, root);
	if (more && down(&w, vectors, words, 19, 5) && down(&w, vectors, words, 24, 3) &&
	    down(&w, vectors, words, 27, 5))
		down(&w, vectors, words, 27, 5); /* the background */
	finish(&w, vectors, nh, n);
}

/* The upper (offset 0) or lower (8) half of each address. */
LANES_INLINE void load6(struct walk *w, unsigned vectors, const uint8_t *const *dst, unsigned n,
			unsigned offset)
{
	for (unsigned v = 0; v < vectors; v++)
		w->key[v] = lanes_load_be64(dst + v * LANES, n - v * LANES, offset);
}

LANES_INLINE void burst6(const uint64_t *words, const uint64_t *root, const uint8_t *const *dst,
			 uint32_t *nh, unsigned n, unsigned vectors)
{
	struct walk w;
	bool more;

	load6(&w, vectors, dst, n, 0);
	more = begin(&w, vectors, root);
	for (unsigned pos = TRIE_ROOT_BITS; more && pos < 64; pos += 5)
		more = down(&w, vectors, words, pos, 5);
	if (more) {
		load6(&w, vectors, dst, n, 8);
		for (unsigned pos = 0; more && pos < 60; pos += 5)
			more = down(&w, vectors, words, pos, 5);
		if (more && down(&w, vectors, words, 60, 4))
			down(&w, vectors, words, 60, 4); /* the background */
	}
	finish(&w, vectors, nh, n);
}

void SIMD_NAMED(lookup4_bulk)(const struct trie *trie, const rte_be32_t *dst, uint32_t *nh,
			      unsigned n)
{
	const uint64_t *root = trie_root(trie);
	const uint64_t *words = trie->words;

	if (n == FIB_BULK_MAX)
		burst4(words, root, dst, nh, FIB_BULK_MAX, VECTORS);
	else if (n == BURST)
		burst4(words, root, dst, nh, BURST, BURST / LANES);
	else if (n > LANES)
		burst4(words, root, dst, nh, n, (n + LANES - 1) / LANES);
	else if (n)
		burst4(words, root, dst, nh, n, 1);
}

void SIMD_NAMED(lookup6_bulk)(const struct trie *trie, const uint8_t *const *dst, uint32_t *nh,
			      unsigned n)
{
	const uint64_t *root = trie_root(trie);
	const uint64_t *words = trie->words;

	if (n == FIB_BULK_MAX)
		burst6(words, root, dst, nh, FIB_BULK_MAX, VECTORS);
	else if (n == BURST)
		burst6(words, root, dst, nh, BURST, BURST / LANES);
	else if (n > LANES)
		burst6(words, root, dst, nh, n, (n + LANES - 1) / LANES);
	else if (n)
		burst6(words, root, dst, nh, n, 1);
}
