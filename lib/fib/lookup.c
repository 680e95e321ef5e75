/* SPDX-License-Identifier: BSD-3-Clause */
#include "lookup.h"

#include <string.h>

static uint64_t root_word(const struct trie *trie, uint64_t half)
{
	return trie_load(&trie_root(trie)[half >> (64 - TRIE_ROOT_BITS)]);
}

/* A word that is no leaf below the last level is background: word 0 says what that is. */
static uint32_t answer(const struct trie *trie, uint64_t word)
{
	return trie_value(trie_is_leaf(word) ? word : trie_load(&trie->words[0]));
}

/* The child of a word, if it has any, for the `bits` bits of half from `pos` on. */
static uint64_t down(const struct trie *trie, uint64_t word, uint64_t half, unsigned pos,
		     unsigned bits)
{
	unsigned slot = (unsigned)(half >> (64 - pos - bits)) & ((1u << bits) - 1);

	return trie_is_leaf(word) ? word : trie_load(&trie->words[trie_child(word, slot)]);
}

uint32_t lookup4(const struct trie *trie, rte_be32_t dst)
{
	uint64_t half = (uint64_t)rte_be_to_cpu_32(dst) << 32;
	uint64_t word = root_word(trie, half);

	word = down(trie, word, half, 19, 5);
	word = down(trie, word, half, 24, 3);
	return answer(trie, down(trie, word, half, 27, 5));
}

static uint64_t load_half(const uint8_t *bytes)
{
	uint64_t half;

	memcpy(&half, bytes, sizeof(half));
	return rte_be_to_cpu_64(half);
}

uint32_t lookup6(const struct trie *trie, const uint8_t *dst)
{
	uint64_t half = load_half(dst), word = root_word(trie, half);

	for (unsigned pos = TRIE_ROOT_BITS; pos < 64 && !trie_is_leaf(word); pos += 5)
		word = down(trie, word, half, pos, 5);
	if (trie_is_leaf(word))
		return trie_value(word);
	half = load_half(dst + 8);
	for (unsigned pos = 0; pos < 60 && !trie_is_leaf(word); pos += 5)
		word = down(trie, word, half, pos, 5);
	return answer(trie, down(trie, word, half, 60, 4));
}

lookup4_bulk_fn *lookup4_bulk(enum simd simd)
{
	if (!simd_supported(simd))
		return NULL;
#ifdef __x86_64__
	if (simd == SIMD_AVX512)
		return lookup4_bulk_avx512;
	if (simd == SIMD_AVX2)
		return lookup4_bulk_avx2;
#endif
	return lookup4_bulk_scalar;
}

lookup6_bulk_fn *lookup6_bulk(enum simd simd)
{
	if (!simd_supported(simd))
		return NULL;
#ifdef __x86_64__
	if (simd == SIMD_AVX512)
		return lookup6_bulk_avx512;
	if (simd == SIMD_AVX2)
		return lookup6_bulk_avx2;
#endif
	return lookup6_bulk_scalar;
}
