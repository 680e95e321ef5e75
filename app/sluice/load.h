/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file of routes (route_line.h) on its way to the daemon: read, checked as a whole, and sent in
 * pieces. In one turn of its loop the daemon takes of a piece what it has time for; the next piece
 * begins there.
 */
#ifndef SLUICE_LOAD_H
#define SLUICE_LOAD_H

#include <stddef.h>

#include <jansson.h>

#include "error.h"
#include "rpc.h"

struct load {
	const char *path;
	char *text; /* the file's lines, without comments and superfluous blanks; not terminated */
	size_t len; /* bytes of it; it ends in a newline */
};

/* Read the file (`path` is borrowed; "-": the standard input) and check each line against the
 * grammar of `route add`. 0; or -errno and a sentence in err, that of a wrong line with its
 * number: then there is no text. */
int load_read(struct load *load, const char *path, struct error *err);

/* Send the lines by the command, a piece after the other. 0 with the sum of the results in *result
 * (a new reference); or -errno as rpc_call(), the sentence with how many routes were set before it
 * and, when a line was refused, with its number. */
int load_send(const struct load *load, const struct rpc *rpc, const char *words, json_t **result,
	      struct error *err);

/* Free the text, if there is one. */
void load_free(struct load *load);

#endif
