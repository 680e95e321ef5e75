/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables of prefixes like those of the Internet, for benchmarks and tests that have no real table
 * at hand: the same mix of lengths, prefixes in runs side by side as a provider cuts up what it was
 * given, most of them inside a shorter one, and parts of the address space without any.
 *
 * Context: any thread, not the packet path.
 */
#ifndef SLUICE_BENCH_SYNTHETIC_H
#define SLUICE_BENCH_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

#include "fib4.h"
#include "fib6.h"

/* About as many as a full table of the Internet has. */
#define SYNTHETIC4_FULL 900000
#define SYNTHETIC6_FULL 160000

/* Fill out[] with n different prefixes (no host bits, none of length 0), sorted by address, covers
 * before what they cover. The same n and seed give the same prefixes on every machine; other n give
 * other prefixes. n: 1 to 4 million. How many there are: n, or 0: no memory. */
size_t synthetic4(struct fib4_prefix *out, size_t n, uint64_t seed);

/* The same for IPv6; all lie in 2000::/3. */
size_t synthetic6(struct fib6_prefix *out, size_t n, uint64_t seed);

#endif
