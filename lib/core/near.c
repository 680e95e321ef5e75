/* SPDX-License-Identifier: BSD-3-Clause */
#include "near.h"

#include <stddef.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Three rows of the usual matrix are enough: rows[i % 3][j] is the distance from the first i
 * letters of text to the first j of name. */
unsigned near_distance(const char *text, const char *name, bool prefix)
{
	unsigned rows[3][NEAR_FAR], best, last;
	size_t len = strlen(name);

	if (len >= NEAR_FAR)
		return NEAR_FAR;
	for (unsigned j = 0; j <= len; j++)
		rows[0][j] = j;
	best = last = rows[0][len];
	for (unsigned i = 1; text[i - 1]; i++) {
		unsigned *row = rows[i % 3], *before = rows[(i + 2) % 3];
		const unsigned *two_before = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= len; j++) {
			row[j] = least(before[j - 1] + (text[i - 1] != name[j - 1]),
				       least(before[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && text[i - 1] == name[j - 2] &&
			    text[i - 2] == name[j - 1])
				row[j] = least(row[j], two_before[j - 2] + 1);
		}
		last = row[len];
		best = least(best, last);
	}
	return prefix ? best : last;
}

const char *near_name(const char *text, const char *const *names)
{
	const char *nearest = NULL;
	unsigned best = NEAR_FAR;

	for (; *names; names++) {
		unsigned d = near_distance(text, *names, false);

		if (d >= best || 2 * d >= strlen(*names))
			continue;
		best = d;
		nearest = *names;
	}
	return nearest;
}
