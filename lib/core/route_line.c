/* SPDX-License-Identifier: BSD-3-Clause */
#include "route_line.h"

#include <string.h>

#define BLANKS " \t\r"

int route_line_split(char *line, char *words[ROUTE_LINE_WORDS])
{
	int n = 0;

	for (line += strspn(line, BLANKS); *line && *line != '#'; line += strspn(line, BLANKS)) {
		words[n++] = line;
		if (n == ROUTE_LINE_WORDS)
			break;
		line += strcspn(line, BLANKS);
		if (*line)
			*line++ = '\0';
	}
	return n;
}

bool route_line_simple(char *const *words, int n, struct ip_prefix *prefix, struct ip_addr *gateway)
{
	return n == 3 && !strcmp(words[1], "via") && !ip_prefix_parse(words[0], prefix) &&
	       ip_prefix_mask(prefix) && !ip_addr_parse(words[2], gateway);
}
