/* SPDX-License-Identifier: BSD-3-Clause */
#include "nodes.h"

void nodes_choose(node_fn *nodes[NODE_MAX], enum simd simd)
{
	static node_fn *const all[NODE_MAX][SIMD_N] = {
#define NODE(name, next, what) {name, name, name},
#ifdef __x86_64__
#define SIMD_NODE(name, next, what) {name##_scalar, name##_avx2, name##_avx512},
#else
#define SIMD_NODE(name, next, what) {name##_scalar, name##_scalar, name##_scalar},
#endif
#include "pipeline.def"
#undef SIMD_NODE
#undef NODE
	};

	for (int id = 0; id < NODE_MAX; id++)
		nodes[id] = all[id][simd];
}
