/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What workers do with the MAC table. This file is built once for each kind of CPU (see
 * simd.h): match() below is all that differs in the source; the hashes of a burst are the
 * compiler's to vectorise.
 *
 * Order: an entry's key is stored after its interface (release), so the interface must be loaded
 * after the key. The scalar version says so (acquire). The vector ones load a line as x86 does:
 * each aligned word in one piece, loads in their order; and the load of the interface needs the
 * slot, which the compiler cannot have before it has the keys.
 */
#include "fdb_lookup.h"
#include "simd.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

/* Bit i: key i of the line is this one. */
static inline unsigned match(const struct fdb_line *line, uint64_t key)
{
#if defined(__AVX512F__)
	return _mm512_mask_cmpeq_epi64_mask(FDB_LINE_FULL, _mm512_load_si512(line),
					    _mm512_set1_epi64((long long)key));
#elif defined(__AVX2__)
	const __m256i *half = (const __m256i *)line;
	__m256i wanted = _mm256_set1_epi64x((long long)key);
	__m256i lo = _mm256_cmpeq_epi64(_mm256_load_si256(half), wanted);
	__m256i hi = _mm256_cmpeq_epi64(_mm256_load_si256(half + 1), wanted);
	int mask = _mm256_movemask_pd(_mm256_castsi256_pd(lo)) |
		   _mm256_movemask_pd(_mm256_castsi256_pd(hi)) << 4;

	return (unsigned)mask & FDB_LINE_FULL;
#else
	unsigned mask = 0;

	for (unsigned slot = 0; slot < FDB_LINE_KEYS; slot++) {
		uint64_t word = __atomic_load_n(&line->key[slot], __ATOMIC_ACQUIRE);

		mask |= (unsigned)(word == key) << slot;
	}
	return mask;
#endif
}

/* Go down the chain from a line that has not the key. The line that has it, and its match; or
 * 0. */
static uint32_t follow(const struct fdb_table *t, uint32_t line, uint64_t key, unsigned *mask)
{
	while ((line = __atomic_load_n(&t->lines[line].next, __ATOMIC_ACQUIRE))) {
		*mask = match(&t->lines[line], key);
		if (*mask)
			break;
	}
	return line;
}

static inline uint16_t load_iface(const struct fdb_line *line, unsigned mask)
{
	size_t slot = (unsigned)__builtin_ctz(mask);

	return __atomic_load_n(&line->iface[slot], __ATOMIC_RELAXED);
}

static inline void hash_all(const struct fdb_table *t, const uint64_t *key, uint32_t *line,
			    unsigned n)
{
	uint64_t seed = t->seed;
	uint32_t n_lines = t->n_lines;

	for (unsigned i = 0; i < n; i++)
		line[i] = fdb_line_of(key[i], seed, n_lines);
}

void SIMD_NAMED(fdb_lookup)(const struct fdb_table *t, const uint64_t *key, uint16_t *iface,
			    unsigned n)
{
	const struct fdb_line *lines = t->lines;
	uint32_t line[FDB_BULK_MAX];
	uint64_t missed = 0;

	hash_all(t, key, line, n);
	for (unsigned i = 0; i < n; i++)
		__builtin_prefetch(&lines[line[i]]);
	for (unsigned i = 0; i < n; i++) {
		unsigned mask = match(&lines[line[i]], key[i]);
		uint16_t is_key = (uint16_t) - (key[i] != 0); /* else free places match */

		missed |= (uint64_t)((mask == 0) & is_key) << i;
		/* Of a miss: half of `next`, any index; nearly always 0, and gone below if not. */
		iface[i] = load_iface(&lines[line[i]], mask | 1u << FDB_LINE_KEYS) & is_key;
	}
	for (; missed; missed &= missed - 1) {
		unsigned i = (unsigned)__builtin_ctzll(missed), mask;
		uint32_t at = follow(t, line[i], key[i], &mask);

		iface[i] = at ? load_iface(&lines[at], mask) : FDB_MISS;
	}
}

/* An entry was seen on an interface. True: it is said to be on another, and may move. */
static inline bool see(struct fdb_side *side, unsigned slot, bool same, uint8_t now)
{
	uint8_t *stamp = &side->stamp[slot];

	if (likely(same && __atomic_load_n(stamp, __ATOMIC_RELAXED) == now))
		return false;
	if (__atomic_load_n(&side->fixed, __ATOMIC_RELAXED) >> slot & 1)
		return false;
	if (same)
		__atomic_store_n(stamp, now, __ATOMIC_RELAXED);
	return !same && !(__atomic_load_n(&side->sticky, __ATOMIC_RELAXED) >> slot & 1);
}

uint64_t SIMD_NAMED(fdb_seen)(const struct fdb_table *t, const uint64_t *key, const uint16_t *iface,
			      unsigned n, uint8_t now)
{
	uint32_t line[FDB_BULK_MAX];
	uint64_t news = 0;

	hash_all(t, key, line, n);
	for (unsigned i = 0; i < n; i++) {
		__builtin_prefetch(&t->lines[line[i]]);
		__builtin_prefetch(&t->sides[line[i]]);
	}
	for (unsigned i = 0; i < n; i++) {
		uint32_t at = line[i];
		unsigned mask = match(&t->lines[at], key[i]);
		bool report = true;

		if (unlikely(!key[i]))
			continue;
		if (unlikely(!mask))
			at = follow(t, at, key[i], &mask);
		if (likely(mask))
			report = see(&t->sides[at], (unsigned)__builtin_ctz(mask),
				     load_iface(&t->lines[at], mask) == iface[i], now);
		news |= (uint64_t)report << i;
	}
	return news;
}
