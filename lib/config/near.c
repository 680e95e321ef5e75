/* SPDX-License-Identifier: BSD-3-Clause */
#include "near.h"

#include <string.h>

#define MAX_LEN 31 /* no key is longer, so that a longer text is near to none */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Row by row of the usual matrix; row[j] is the distance from what was seen of a to b[0..j). */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[MAX_LEN + 1];
	size_t len = strlen(b);

	for (unsigned j = 0; j <= len; j++)
		row[j] = j;
	for (unsigned i = 1; *a; i++, a++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= len; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (*a != b[j - 1]));
			diagonal = above;
		}
	}
	return row[len];
}

const char *near_name(const char *text, const char *const *names)
{
	const char *nearest = NULL;
	unsigned best = MAX_LEN;

	if (strlen(text) > MAX_LEN)
		return NULL;
	for (; *names; names++) {
		unsigned d = distance(text, *names);

		if (d >= best || 2 * d >= strlen(*names))
			continue;
		best = d;
		nearest = *names;
	}
	return nearest;
}
