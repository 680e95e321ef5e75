/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which vector instructions the packet path uses: the tables' bulk lookups, and most nodes (those
 * that pipeline.def calls SIMD_NODE). What is written for vectors is built once for each kind of
 * CPU from one source (simd_args in lib/meson.build), in which SIMD_NAMED() tells the versions
 * apart. The version is chosen when a table or worker is created: the widest that the CPU has, or
 * what the environment variable SLUICE_SIMD (scalar, avx2, avx512) says, for tests.
 *
 * Context: any thread, not the packet path.
 */
#ifndef SLUICE_SIMD_H
#define SLUICE_SIMD_H

#include <stdbool.h>

#include "error.h"

enum simd {
	SIMD_SCALAR,
	SIMD_AVX2,   /* and BMI, BMI2, POPCNT: Intel from Haswell, AMD from Zen */
	SIMD_AVX512, /* and F, BW, DQ, VL and VPOPCNTDQ: Intel from Ice Lake, AMD from Zen 4 */
	SIMD_N
};

/* In such a source: the enum simd that it is being built for, and a name with its name behind. */
#ifndef SLUICE_SIMD_LEVEL
#define SLUICE_SIMD_LEVEL 0
#endif
#if SLUICE_SIMD_LEVEL == 2
#define SIMD_NAMED(name) name##_avx512
#elif SLUICE_SIMD_LEVEL == 1
#define SIMD_NAMED(name) name##_avx2
#else
#define SIMD_NAMED(name) name##_scalar
#endif

/* "scalar", "avx2", "avx512". */
const char *simd_name(enum simd simd);

/* Whether this CPU (and this build) has it. */
bool simd_supported(enum simd simd);

/* What SLUICE_SIMD asks for; without it, or when it is empty, the widest that is supported. 0; with
 * a sentence in err: -EINVAL: no such name, -ENOTSUP: the CPU has it not. */
int simd_choose(enum simd *simd, struct error *err);

#endif
