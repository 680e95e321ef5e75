/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SOCKET "/run/sluice/sluice.sock"

enum { SOCKET, JSON, HELP };

const struct cli_option options_table[] = {
	[SOCKET] = {'s', "socket", "SOCKET",
		    "where sluiced listens; by default $SLUICE_SOCKET, or " DEFAULT_SOCKET},
	[JSON] = {'j', "json", NULL, "print the result as JSON"},
	[HELP] = {'h', "help", NULL, "this text; behind words of a command, what is known of them"},
	{0},
};

static bool is(const char *word, int which)
{
	const struct cli_option *o = &options_table[which];

	if (!strncmp(word, "--", 2))
		return !strcmp(word + 2, o->name);
	return word[0] == '-' && word[1] == o->brief && !word[2];
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
		else if (is(argv[i], JSON))
			options->json = true;
		else if (is(argv[i], HELP))
			options->help = true;
		else if (is(argv[i], SOCKET) && i + 1 < argc)
			options->socket = argv[++i];
		else if (is(argv[i], SOCKET))
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
