/* SPDX-License-Identifier: BSD-3-Clause */
/* The client's own options, taken out of the command line. */
#ifndef SLUICE_OPTIONS_H
#define SLUICE_OPTIONS_H

#include <stdbool.h>

#include "cli_option.h"
#include "error.h"

struct options {
	const char *socket;
	bool json;
	bool help;
	bool complete;      /* --complete, which only the completion script says: words follow */
	char *const *words; /* what is left: the command and its arguments, flags among them */
	int n;
};

/* What there is; an empty one ends it. */
extern const struct cli_option options_table[];

/* Options may stand anywhere; argv is reordered. 0, or -EINVAL. */
int options_parse(int argc, char **argv, struct options *options, struct error *err);

#endif
