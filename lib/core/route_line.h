/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file of routes, as client and daemon read it: a route a line, in the words that stand behind
 * `route add`. Empty lines and what follows a '#' (at the beginning of a line or behind a blank)
 * say nothing. Context: any thread.
 */
#ifndef SLUICE_ROUTE_LINE_H
#define SLUICE_ROUTE_LINE_H

#include <stdbool.h>

#include "addr.h"

/* A route over as many next hops as are possible has fewer. */
#define ROUTE_LINE_WORDS 2048

/* Bytes of one line, and of the lines of one request: a turn of the control thread. */
#define ROUTE_LINES_MAX (32 * 1024)

/* Cut the line (without its newline) into words, in place. Returns how many there are; those beyond
 * ROUTE_LINE_WORDS stand together in the last one, which no route has. */
int route_line_split(char *line, char *words[ROUTE_LINE_WORDS]);

/* The commonest line, PREFIX via GATEWAY, without any detour. False when it is another one, or not
 * right: the grammar of commands decides. */
bool route_line_simple(char *const *words, int n, struct ip_prefix *prefix,
		       struct ip_addr *gateway);

#endif
