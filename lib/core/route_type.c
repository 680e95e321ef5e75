/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_type.h"

#include <errno.h>
#include <string.h>

const char *const route_type_words[] = {
	[ROUTE_UNICAST] = "unicast",
	[ROUTE_BLACKHOLE] = "blackhole",
	[ROUTE_UNREACHABLE] = "unreachable",
	[ROUTE_PROHIBIT] = "prohibit",
	NULL,
};

#define N_TYPES (sizeof(route_type_words) / sizeof(*route_type_words) - 1)

int route_type_parse(const char *text, enum route_type *type)
{
	for (unsigned i = 0; i < N_TYPES; i++) {
		if (strcmp(text, route_type_words[i]))
			continue;
		*type = i;
		return 0;
	}
	return -EINVAL;
}

const char *route_type_print(enum route_type type)
{
	return (unsigned)type < N_TYPES ? route_type_words[type] : "unknown";
}
