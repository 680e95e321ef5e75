/* SPDX-License-Identifier: BSD-3-Clause */
#include "args.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "version.h"

static const char usage[] =
	"usage: sluiced [-c FILE] [--check | --purge] [-v]\n"
	"\n"
	"The forwarding daemon of the Sluice router.\n"
	"\n"
	"  -c, --config FILE  the configuration (" CONFIG_PATH ")\n"
	"      --check        say whether the configuration is right, start nothing\n"
	"      --purge        remove what Sluice has made in the configuration's network\n"
	"                     namespace, and end\n"
	"  -v, --verbose      more log lines, those of DPDK too\n"
	"  -V, --version      print the version\n"
	"  -h, --help         print this\n"
	"\n"
	"SIGTERM and SIGINT end it. Exit: 0, 1 (could not start), 2 (usage).\n";

void args_parse(struct args *args, int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'},
		{"purge", no_argument, NULL, 'p'},
		{"verbose", no_argument, NULL, 'v'},
		{"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int opt;

	*args = (struct args){.config = CONFIG_PATH};
	while ((opt = getopt_long(argc, argv, "c:vVh", options, NULL)) != -1) {
		switch (opt) {
		case 'c':
			args->config = optarg;
			break;
		case 'k':
			args->check = true;
			break;
		case 'p':
			args->purge = true;
			break;
		case 'v':
			args->verbose = true;
			break;
		case 'V':
			printf("sluiced %s\n", SLUICE_VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (args->check && args->purge) {
		fprintf(stderr, "sluiced: --check and --purge exclude each other\n%s", usage);
		exit(2);
	}
	if (optind < argc) {
		fprintf(stderr, "sluiced: unexpected argument '%s'\n%s", argv[optind], usage);
		exit(2);
	}
}
