/* SPDX-License-Identifier: BSD-3-Clause */
/* The operations of lanes.h on one lane, in plain C. */
#ifndef SLUICE_LANES_SCALAR_H
#define SLUICE_LANES_SCALAR_H

#define LANES 1

/* One lane needs so few instructions that the end of a loop over 32 of them, which the CPU does
 * not foresee, is felt. */
#ifdef __clang__
#define LANES_UNROLL _Pragma("clang loop unroll_count(8)")
#else
#define LANES_UNROLL _Pragma("GCC unroll 8")
#endif

typedef uint64_t lanes;
typedef uint64_t lanes_mask; /* all bits, or none: which lanes are chosen is beyond prediction */

LANES_INLINE lanes lanes_set(uint64_t value)
{
	return value;
}

LANES_INLINE lanes lanes_and(lanes a, lanes b)
{
	return a & b;
}

LANES_INLINE lanes lanes_add(lanes a, lanes b)
{
	return a + b;
}

LANES_INLINE lanes lanes_shift_right(lanes a, unsigned count)
{
	return a >> count;
}

LANES_INLINE lanes lanes_popcount(lanes a)
{
	return (lanes)__builtin_popcountll(a);
}

LANES_INLINE lanes lanes_up_to(lanes slot)
{
	return (UINT32_C(2) << (slot & 31)) - 1;
}

LANES_INLINE lanes_mask lanes_even(lanes a)
{
	return (a & 1) - 1;
}

LANES_INLINE bool lanes_any(lanes_mask mask)
{
	return mask;
}

LANES_INLINE lanes lanes_gather(const uint64_t *words, lanes index)
{
	return trie_load(&words[index]);
}

LANES_INLINE lanes lanes_gather_some(lanes other, lanes_mask mask, const uint64_t *words,
				     lanes index)
{
	return (trie_load(&words[index & mask]) & mask) | (other & ~mask);
}

LANES_INLINE lanes lanes_load_be32(const rte_be32_t *from, unsigned n)
{
	return (lanes)rte_be_to_cpu_32(*from) << 32;
}

LANES_INLINE lanes lanes_load_be64(const uint8_t *const *from, unsigned n, unsigned offset)
{
	return rte_be_to_cpu_64(lanes_bytes(from, n, 0, offset));
}

LANES_INLINE void lanes_store_high(uint32_t *to, unsigned n, lanes a)
{
	*to = (uint32_t)(a >> 32);
}

#endif
