/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of sluiced. */
#ifndef SLUICED_ARGS_H
#define SLUICED_ARGS_H

#include <stdbool.h>

#include "cli_option.h"

struct args {
	const char *config; /* path of the configuration file */
	bool check;         /* say whether the configuration is right, and end */
	bool purge;         /* remove what Sluice has made in Linux, and end; not with check */
	bool verbose;
};

/* What there is; an empty one ends it. */
extern const struct cli_option args_table[];

/* Parse; on -h, -V and errors this prints and ends the process (0, 0, 2). */
void args_parse(struct args *args, int argc, char **argv);

#endif
