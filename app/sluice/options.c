/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SOCKET "/run/sluice/sluice.sock"

static bool is(const char *word, const char *brief, const char *full)
{
	return !strcmp(word, brief) || !strcmp(word, full);
}

/* Completion has to take a line as it is: what is unknown or missing there is no error. */
static int unknown(const struct options *options, const char *word, struct error *err)
{
	if (options->complete)
		return 0;
	return error_set(err, -EINVAL, "unknown option '%s'", word);
}

/* What -c stands for: a command's own option, refused by those that have none. */
static char config_option[] = "--config";

int options_parse(int argc, char **argv, struct options *options, struct error *err)
{
	const char *env = getenv("SLUICE_SOCKET");
	int first = 1, kept;

	*options = (struct options){.socket = env && *env ? env : DEFAULT_SOCKET};
	if (argc > 1 && !strcmp(argv[1], "--complete")) {
		options->complete = true;
		first = 2;
	}
	kept = first;
	for (int i = first; i < argc; i++) {
		bool last = options->complete && i == argc - 1;

		/* "--rate" and its like belong to commands. */
		if (last || *argv[i] != '-' || !argv[i][1])
			argv[kept++] = argv[i];
		else if (is(argv[i], "-j", "--json"))
			options->json = true;
		else if (is(argv[i], "-h", "--help"))
			options->help = true;
		else if (is(argv[i], "-s", "--socket") && i + 1 < argc)
			options->socket = argv[++i];
		else if (is(argv[i], "-s", "--socket"))
			return error_set(err, -EINVAL, "%s: the socket is missing", argv[i]);
		else if (!strcmp(argv[i], "-c"))
			argv[kept++] = config_option;
		else if (!strncmp(argv[i], "--", 2))
			argv[kept++] = argv[i];
		else if (unknown(options, argv[i], err))
			return -EINVAL;
	}
	options->words = argv + first;
	options->n = kept - first;
	return 0;
}
