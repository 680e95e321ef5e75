/* SPDX-License-Identifier: BSD-3-Clause */
#include "simd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[SIMD_N] = {"scalar", "avx2", "avx512"};

const char *simd_name(enum simd simd)
{
	return simd < SIMD_N ? names[simd] : "?";
}

bool simd_supported(enum simd simd)
{
	if (simd == SIMD_SCALAR)
		return true;
#ifdef __x86_64__
	bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
		    __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");

	if (simd == SIMD_AVX2)
		return avx2;
	if (simd == SIMD_AVX512)
		return avx2 && __builtin_cpu_supports("avx512f") &&
		       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		       __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("avx512vpopcntdq");
#endif
	return false;
}

int simd_choose(enum simd *simd, struct error *err)
{
	const char *name = getenv("SLUICE_SIMD");
	unsigned i = SIMD_N - 1;

	if (!name || !*name) {
		while (!simd_supported((enum simd)i))
			i--;
		*simd = (enum simd)i;
		return 0;
	}
	for (i = 0; i < SIMD_N; i++)
		if (!strcmp(name, names[i]))
			break;
	if (i == SIMD_N)
		return error_set(err, -EINVAL,
				 "SLUICE_SIMD: found '%s', expected scalar, avx2 or avx512", name);
	if (!simd_supported((enum simd)i))
		return error_set(err, -ENOTSUP, "SLUICE_SIMD: this CPU has no %s", name);
	*simd = (enum simd)i;
	return 0;
}
