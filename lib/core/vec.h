/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Vectors of numbers as wide as the CPU has them that the file is built for (see simd.h), by the
 * vector extension of gcc and clang: + - & | ^ << >> work by lane, also with one number for all;
 * == < > give all bits or none.
 */
#ifndef SLUICE_VEC_H
#define SLUICE_VEC_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "simd.h"

#ifdef __SSSE3__
#include <immintrin.h>
#endif

#if SLUICE_SIMD_LEVEL == 2
#define VEC_BYTES 64
#elif SLUICE_SIMD_LEVEL == 1
#define VEC_BYTES 32
#else
#define VEC_BYTES 16
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "what uses vectors has been tried so only");

#define VEC32_LANES (VEC_BYTES / 4)
#define VEC64_LANES (VEC_BYTES / 8)

typedef uint32_t vec32 __attribute__((vector_size(VEC_BYTES)));
typedef uint64_t vec64 __attribute__((vector_size(VEC_BYTES)));

static inline vec32 vec32_set(uint32_t number)
{
	return (vec32){0} + number;
}

/* All bits of the first n lanes; of all, if n is more. */
static inline vec32 vec32_first(uint32_t n)
{
	vec32 lane;

	for (uint32_t i = 0; i < VEC32_LANES; i++)
		lane[i] = i;
	return (vec32)(lane < n);
}

static inline vec64 vec64_first(uint32_t n)
{
	vec64 lane;

	for (uint32_t i = 0; i < VEC64_LANES; i++)
		lane[i] = i;
	return (vec64)(lane < n);
}

/* In any alignment. */
static inline vec32 vec32_load(const uint32_t *from)
{
	vec32 v;

	memcpy(&v, from, sizeof(v));
	return v;
}

static inline void vec32_store(uint32_t *to, vec32 v)
{
	memcpy(to, &v, sizeof(v));
}

static inline vec64 vec64_load(const uint64_t *from)
{
	vec64 v;

	memcpy(&v, from, sizeof(v));
	return v;
}

static inline void vec64_store(uint64_t *to, vec64 v)
{
	memcpy(to, &v, sizeof(v));
}

/* From and to numbers of half the width. */
typedef uint32_t vec64_halves __attribute__((vector_size(VEC_BYTES / 2)));

static inline vec64 vec64_load32(const uint32_t *from)
{
	vec64_halves h;

	memcpy(&h, from, sizeof(h));
	return __builtin_convertvector(h, vec64);
}

static inline void vec64_store32(uint32_t *to, vec64 v)
{
	vec64_halves h = __builtin_convertvector(v, vec64_halves);

	memcpy(to, &h, sizeof(h));
}

/* Byte `at` of each number, as it stands in memory. */
static inline vec32 vec32_byte(vec32 v, unsigned at)
{
	return v >> 8 * at & 0xff;
}

static inline vec64 vec64_byte(vec64 v, unsigned at)
{
	return v >> 8 * at & 0xff;
}

/* The other byte order. */
static inline vec64 vec64_swap(vec64 v)
{
#ifdef __SSSE3__
	vec64 from; /* in each 16 bytes */

	for (int i = 0; i < VEC64_LANES; i++)
		from[i] = i & 1 ? UINT64_C(0x08090a0b0c0d0e0f) : UINT64_C(0x0001020304050607);
#if SLUICE_SIMD_LEVEL == 2
	return (vec64)_mm512_shuffle_epi8((__m512i)v, (__m512i)from);
#elif SLUICE_SIMD_LEVEL == 1
	return (vec64)_mm256_shuffle_epi8((__m256i)v, (__m256i)from);
#else
	return (vec64)_mm_shuffle_epi8((__m128i)v, (__m128i)from);
#endif
#else
	for (int i = 0; i < VEC64_LANES; i++)
		v[i] = __builtin_bswap64(v[i]);
	return v;
#endif
}

/* Is any number not zero? */
static inline bool vec64_any(vec64 v)
{
	uint64_t any = 0;

	for (int i = 0; i < VEC64_LANES; i++)
		any |= v[i];
	return any;
}

static inline uint64_t vec64_sum(vec64 v)
{
	uint64_t sum = 0;

	for (int i = 0; i < VEC64_LANES; i++)
		sum += v[i];
	return sum;
}

static inline bool vec32_any(vec32 v)
{
	return vec64_any((vec64)v);
}

/* Four rows of four words become four columns. */
static inline void vec_transpose(const uint8_t *const rows[4], uint32_t *const columns[4])
{
	typedef uint32_t vec4 __attribute__((vector_size(16)));
	vec4 r[4], low01, low23, high01, high23, c[4];

	for (int i = 0; i < 4; i++)
		memcpy(&r[i], rows[i], sizeof(r[i]));
	low01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
	low23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
	high01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
	high23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
	c[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
	c[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
	c[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
	c[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
	for (int i = 0; i < 4; i++)
		memcpy(columns[i], &c[i], sizeof(c[i]));
}

#endif
