/* SPDX-License-Identifier: BSD-3-Clause */
/* Words of which several can stand in a list. */
#ifndef SLUICE_CONFIG_FLAG_H
#define SLUICE_CONFIG_FLAG_H

#include <stdint.h>

/* A word and its bit. */
struct flag {
	const char *name; /* NULL ends a table */
	uint64_t bit;
};

#endif
