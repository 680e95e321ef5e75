/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of a command line: one table for the program's help and for its man page. */
#ifndef SLUICE_CLI_OPTION_H
#define SLUICE_CLI_OPTION_H

#include <stdio.h>

struct cli_option {
	char brief; /* '\0': there is a long one only */
	const char *name;
	const char *value; /* what follows it: "FILE"; NULL: nothing */
	const char *help;  /* a sentence without capital and full stop */
};

/* Print the options of the table, which a NULL name ends: a column each for the option and for its
 * help, at most 80 characters wide. */
void cli_options_print(FILE *out, const struct cli_option *options);

#endif
