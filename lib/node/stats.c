/* SPDX-License-Identifier: BSD-3-Clause */
#include "stats.h"

const struct node_info node_info[NODE_MAX] = {
#define NODE(name, next, what) {#name, next, what},
#define SIMD_NODE              NODE
#include "pipeline.def"
#undef SIMD_NODE
#undef NODE
};

const struct drop_info drop_info[DROP_MAX] = {
#define DROP(name, what) {#name, what},
#include "drop_reasons.def"
#undef DROP
};

const struct punt_info punt_info[PUNT_CLASS_MAX] = {
#define PUNT(reason, class_, rate, burst, what) \
	{PUNT_##reason, #reason, #class_, rate, burst, what},
#include "punts.def"
#undef PUNT
};

const char *const copy_name[COPY_MAX] = {
	"pull_up", "linearize", "tap_write", "tap_read", "replicate_headers", "replicate_copy",
};
