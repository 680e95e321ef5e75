/* SPDX-License-Identifier: BSD-3-Clause */
/* Words that values can be. */
#ifndef SLUICE_CONFIG_WORD_H
#define SLUICE_CONFIG_WORD_H

#include <stdint.h>

/* A word and what it stands for: a number, or where several can stand together, a bit. */
struct word {
	const char *name; /* NULL ends a table */
	uint64_t value;
};

#endif
