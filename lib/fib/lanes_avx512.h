/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operations of lanes.h with AVX-512 F, BW, DQ, VL and VPOPCNTDQ.
 *
 * A gather loads each aligned quadword by one access, as x86 does with any load of one, so a reader
 * sees a word as it was stored. x86 does not reorder loads, and a gather takes its indices from the
 * result of the one before, so neither the CPU nor the compiler can look at a word's children
 * before the word: it is as good as a row of acquire loads.
 */
#ifndef SLUICE_LANES_AVX512_H
#define SLUICE_LANES_AVX512_H

#include <immintrin.h>

#define LANES 8
#define LANES_UNROLL

typedef __m512i lanes;
typedef __mmask8 lanes_mask;

LANES_INLINE lanes lanes_set(uint64_t value)
{
	return _mm512_set1_epi64((long long)value);
}

LANES_INLINE lanes lanes_and(lanes a, lanes b)
{
	return _mm512_and_si512(a, b);
}

LANES_INLINE lanes lanes_add(lanes a, lanes b)
{
	return _mm512_add_epi64(a, b);
}

LANES_INLINE lanes lanes_shift_right(lanes a, unsigned count)
{
	return _mm512_srl_epi64(a, _mm_cvtsi32_si128((int)count));
}

LANES_INLINE lanes lanes_popcount(lanes a)
{
	return _mm512_popcnt_epi64(a);
}

LANES_INLINE lanes lanes_up_to(lanes slot)
{
	return _mm512_sub_epi64(_mm512_sllv_epi64(lanes_set(2), slot), lanes_set(1));
}

LANES_INLINE lanes_mask lanes_even(lanes a)
{
	return _mm512_testn_epi64_mask(a, lanes_set(1));
}

LANES_INLINE bool lanes_any(lanes_mask mask)
{
	return mask;
}

LANES_INLINE lanes lanes_gather(const uint64_t *words, lanes index)
{
	return _mm512_i64gather_epi64(index, words, sizeof(*words));
}

LANES_INLINE lanes lanes_gather_some(lanes other, lanes_mask mask, const uint64_t *words,
				     lanes index)
{
	return _mm512_mask_i64gather_epi64(other, mask, index, words, sizeof(*words));
}

/* The first n lanes. */
LANES_INLINE lanes_mask lanes_first(unsigned n)
{
	return (lanes_mask)(n < LANES ? (1u << n) - 1 : UINT8_MAX);
}

LANES_INLINE lanes lanes_load_be32(const rte_be32_t *from, unsigned n)
{
	const __m512i swap = _mm512_broadcast_i32x4(
		_mm_setr_epi8(-1, -1, -1, -1, 3, 2, 1, 0, -1, -1, -1, -1, 11, 10, 9, 8));
	__m256i first = _mm256_set1_epi32((int)*from);
	__m256i addr = _mm256_mask_loadu_epi32(first, lanes_first(n), from);

	return _mm512_shuffle_epi8(_mm512_cvtepu32_epi64(addr), swap);
}

LANES_INLINE lanes lanes_load_be64(const uint8_t *const *from, unsigned n, unsigned offset)
{
	const __m512i swap = _mm512_broadcast_i32x4(
		_mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
	__m512i bytes = _mm512_setr_epi64((long long)lanes_bytes(from, n, 0, offset),
					  (long long)lanes_bytes(from, n, 1, offset),
					  (long long)lanes_bytes(from, n, 2, offset),
					  (long long)lanes_bytes(from, n, 3, offset),
					  (long long)lanes_bytes(from, n, 4, offset),
					  (long long)lanes_bytes(from, n, 5, offset),
					  (long long)lanes_bytes(from, n, 6, offset),
					  (long long)lanes_bytes(from, n, 7, offset));

	return _mm512_shuffle_epi8(bytes, swap);
}

LANES_INLINE void lanes_store_high(uint32_t *to, unsigned n, lanes a)
{
	_mm512_mask_cvtepi64_storeu_epi32(to, lanes_first(n), _mm512_srli_epi64(a, 32));
}

#endif
