/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of lanes.h with AVX2.
 *
 * Words are loaded one by one, not by the gather instruction. On a CPU with AVX-512, where this
 * version has nothing to do, a gather is a tenth faster. Those that stop at AVX2 split a gather
 * into many micro-operations (AMD until Zen 3), or have the microcode against Gather Data Sampling,
 * which makes it slow (Intel).
 */
#ifndef SLUICE_LANES_AVX2_H
#define SLUICE_LANES_AVX2_H

#include <immintrin.h>

#define LANES 4
#define LANES_UNROLL

typedef __m256i lanes;
typedef __m256i lanes_mask; /* all bits of a lane, or none */

LANES_INLINE lanes lanes_set(uint64_t value)
{
	return _mm256_set1_epi64x((long long)value);
}

LANES_INLINE lanes lanes_and(lanes a, lanes b)
{
	return _mm256_and_si256(a, b);
}

LANES_INLINE lanes lanes_add(lanes a, lanes b)
{
	return _mm256_add_epi64(a, b);
}

LANES_INLINE lanes lanes_shift_right(lanes a, unsigned count)
{
	return _mm256_srl_epi64(a, _mm_cvtsi32_si128((int)count));
}

/* The bits of each byte by a table of 16 for its halves; then the bytes of a lane are added. */
LANES_INLINE lanes lanes_popcount(lanes a)
{
	const __m256i bits = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1,
					      1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
	const __m256i half = _mm256_set1_epi8(0xf);
	__m256i low = _mm256_and_si256(a, half);
	__m256i high = _mm256_and_si256(_mm256_srli_epi64(a, 4), half);

	return _mm256_sad_epu8(
		_mm256_add_epi8(_mm256_shuffle_epi8(bits, low), _mm256_shuffle_epi8(bits, high)),
		_mm256_setzero_si256());
}

LANES_INLINE lanes lanes_up_to(lanes slot)
{
	return _mm256_sub_epi64(_mm256_sllv_epi64(lanes_set(2), slot), lanes_set(1));
}

LANES_INLINE lanes_mask lanes_even(lanes a)
{
	return _mm256_cmpeq_epi64(_mm256_and_si256(a, lanes_set(1)), _mm256_setzero_si256());
}

LANES_INLINE bool lanes_any(lanes_mask mask)
{
	return !_mm256_testz_si256(mask, mask);
}

LANES_INLINE lanes lanes_gather(const uint64_t *words, lanes index)
{
	__m128i low = _mm256_castsi256_si128(index), high = _mm256_extracti128_si256(index, 1);

	return _mm256_setr_epi64x((long long)trie_load(&words[_mm_extract_epi64(low, 0)]),
				  (long long)trie_load(&words[_mm_extract_epi64(low, 1)]),
				  (long long)trie_load(&words[_mm_extract_epi64(high, 0)]),
				  (long long)trie_load(&words[_mm_extract_epi64(high, 1)]));
}

LANES_INLINE lanes lanes_gather_some(lanes other, lanes_mask mask, const uint64_t *words,
				     lanes index)
{
	return _mm256_blendv_epi8(other, lanes_gather(words, _mm256_and_si256(index, mask)), mask);
}

/* All bits of the first n numbers of 32 bits, for masked loads and stores. */
LANES_INLINE __m128i lanes_first32(unsigned n)
{
	return _mm_cmpgt_epi32(_mm_set1_epi32((int)n), _mm_setr_epi32(0, 1, 2, 3));
}

LANES_INLINE lanes lanes_load_be32(const rte_be32_t *from, unsigned n)
{
	const __m256i swap =
		_mm256_setr_epi8(-1, -1, -1, -1, 3, 2, 1, 0, -1, -1, -1, -1, 11, 10, 9, 8, -1, -1,
				 -1, -1, 3, 2, 1, 0, -1, -1, -1, -1, 11, 10, 9, 8);
	__m128i first = _mm_set1_epi32((int)*from), mask = lanes_first32(n);
	__m128i addr = _mm_blendv_epi8(first, _mm_maskload_epi32((const int *)from, mask), mask);

	return _mm256_shuffle_epi8(_mm256_cvtepu32_epi64(addr), swap);
}

LANES_INLINE lanes lanes_load_be64(const uint8_t *const *from, unsigned n, unsigned offset)
{
	const __m256i swap = _mm256_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
					      7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
	__m256i bytes = _mm256_setr_epi64x((long long)lanes_bytes(from, n, 0, offset),
					   (long long)lanes_bytes(from, n, 1, offset),
					   (long long)lanes_bytes(from, n, 2, offset),
					   (long long)lanes_bytes(from, n, 3, offset));

	return _mm256_shuffle_epi8(bytes, swap);
}

LANES_INLINE void lanes_store_high(uint32_t *to, unsigned n, lanes a)
{
	const __m256i odd = _mm256_setr_epi32(1, 3, 5, 7, 1, 3, 5, 7);

	_mm_maskstore_epi32((int *)to, lanes_first32(n),
			    _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(a, odd)));
}

#endif
