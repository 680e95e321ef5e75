/* SPDX-License-Identifier: BSD-3-Clause */
#include "args.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "version.h"

enum { CONFIG, CHECK, PURGE, VERBOSE, VERSION, HELP, N_OPTIONS };

const struct cli_option args_table[] = {
	[CONFIG] = {'c', "config", "FILE", "the configuration (" CONFIG_PATH ")"},
	[CHECK] = {'\0', "check", NULL, "say whether the configuration is right, start nothing"},
	[PURGE] = {'\0', "purge", NULL,
		   "remove what Sluice has made in the configuration's network namespace, and end"},
	[VERBOSE] = {'v', "verbose", NULL, "more log lines, those of DPDK too"},
	[VERSION] = {'V', "version", NULL, "print the version"},
	[HELP] = {'h', "help", NULL, "print this"},
	[N_OPTIONS] = {0},
};

static void usage(FILE *out)
{
	fputs("usage: sluiced [-c FILE] [--check | --purge] [-v]\n"
	      "\n"
	      "The forwarding daemon of the Sluice router.\n"
	      "\n",
	      out);
	cli_options_print(out, args_table);
	fputs("\nSIGTERM and SIGINT end it. Exit: 0, 1 (could not start), 2 (usage).\n", out);
}

static void take(struct args *args, int which)
{
	switch (which) {
	case CONFIG:
		args->config = optarg;
		break;
	case CHECK:
		args->check = true;
		break;
	case PURGE:
		args->purge = true;
		break;
	case VERBOSE:
		args->verbose = true;
		break;
	case VERSION:
		printf("sluiced %s\n", SLUICE_VERSION);
		exit(0);
	case HELP:
		usage(stdout);
		exit(0);
	default:
		usage(stderr);
		exit(2);
	}
}

/* The table as getopt_long(3) wants it. */
static void fill(struct option options[N_OPTIONS + 1], char brief[2 * N_OPTIONS + 1])
{
	for (int i = 0; i < N_OPTIONS; i++) {
		const struct cli_option *o = &args_table[i];

		options[i] = (struct option){o->name, o->value ? required_argument : no_argument,
					     NULL, CHAR_MAX + 1 + i};
		if (o->brief)
			*brief++ = o->brief;
		if (o->brief && o->value)
			*brief++ = ':';
	}
	options[N_OPTIONS] = (struct option){0};
	*brief = '\0';
}

/* The place in the table of what getopt_long() has found; N_OPTIONS: nowhere. */
static int find(int opt)
{
	int i = 0;

	if (opt > CHAR_MAX)
		return opt - CHAR_MAX - 1;
	while (i < N_OPTIONS && args_table[i].brief != opt)
		i++;
	return i;
}

void args_parse(struct args *args, int argc, char **argv)
{
	struct option options[N_OPTIONS + 1];
	char brief[2 * N_OPTIONS + 1];
	int opt;

	fill(options, brief);
	*args = (struct args){.config = CONFIG_PATH};
	while ((opt = getopt_long(argc, argv, brief, options, NULL)) != -1)
		take(args, find(opt));
	if (args->check && args->purge) {
		fprintf(stderr, "sluiced: --check and --purge exclude each other\n");
		usage(stderr);
		exit(2);
	}
	if (optind < argc) {
		fprintf(stderr, "sluiced: unexpected argument '%s'\n", argv[optind]);
		usage(stderr);
		exit(2);
	}
}
