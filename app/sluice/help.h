/* SPDX-License-Identifier: BSD-3-Clause */
/* The texts of -h, at every level, and of usage errors. */
#ifndef SLUICE_HELP_H
#define SLUICE_HELP_H

#include <stdio.h>

#include "cli_option.h"
#include "commands.h"

/* What the client does by itself needs more words than one sentence, for -h and the man page. */
struct help_more {
	const char *about;                /* sentences */
	const struct cli_option *options; /* its own ones, which an empty one ends */
};

/* NULL: there is no more. */
const struct help_more *help_more(const struct command *command);

/* Options and all commands. */
void help_overview(FILE *out);

/* The commands that a match has left. */
void help_commands(FILE *out, const struct command_match *match);

/* One command: usage, sentence, arguments. */
void help_command(FILE *out, const struct command *command);

/* Only its usage line. */
void help_usage(FILE *out, const struct command *command);

#endif
