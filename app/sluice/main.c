/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sluice: asks sluiced, prints what it answers. All that it knows of commands stands in the tables
 * of the modules (command.h).
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "commands.h"
#include "complete.h"
#include "doctor/doctor.h"
#include "help.h"
#include "load.h"
#include "options.h"
#include "print.h"
#include "rpc.h"
#include "spec.h"
#include "text.h"

enum { EXIT_OK, EXIT_REFUSED, EXIT_USAGE };

#define SILENCE_MS 10000 /* of the daemon, after which it is given up */

static void complain(const char *about, const char *sentence)
{
	fputs("sluice: ", stderr);
	if (about) {
		fputs(about, stderr);
		fputs(": ", stderr);
	}
	text_print(stderr, sentence);
	fputc('\n', stderr);
}

/* The words lead to no command, or to more than one. */
static int no_command(const struct options *options, const struct command_match *match)
{
	const struct command *nearest = command_nearest(options->words, options->n);
	struct error err;

	if (!options->n) {
		help_overview(stderr);
		return EXIT_USAGE;
	}
	if (match->taken == options->n) {
		complain(NULL, "which command? What was typed begins more than one");
		help_commands(stderr, match);
		return EXIT_USAGE;
	}
	error_set(&err, 0, "unknown command: '%s' is not understood", options->words[match->taken]);
	complain(NULL, err.msg);
	if (nearest)
		fprintf(stderr, "Did you mean 'sluice %s'?\n", nearest->words);
	else if (match->taken)
		help_commands(stderr, match);
	else
		fputs("'sluice -h' lists the commands.\n", stderr);
	return EXIT_USAGE;
}

static int help(const struct options *options, const struct command_match *match)
{
	if (!options->n)
		help_overview(stdout);
	else if (match->command)
		help_command(stdout, match->command);
	else if (match->taken == options->n)
		help_commands(stdout, match);
	else
		return no_command(options, match);
	return EXIT_OK;
}

static void sleep_a_second(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec++;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
		;
}

/* Ask the daemon. The flag --rate is the client's part: rates are counted since the last time that
 * anybody asked, so it asks twice, a second apart. */
static int ask_on(const struct rpc *rpc, const struct command *command, json_t *args,
		  const struct load *load, json_t **result, struct error *err)
{
	bool twice = json_is_true(json_object_get(args, "rate"));
	int ret;

	if (load->text)
		return load_send(load, rpc, command->words, result, err);
	if (twice)
		json_object_del(args, "rate");
	ret = rpc_call(rpc, command->words, args, result, err);
	if (!ret && twice) {
		json_decref(*result);
		*result = NULL;
		sleep_a_second();
		ret = rpc_call(rpc, command->words, args, result, err);
	}
	return ret;
}

static int ask(const struct options *options, const struct command *command,
	       const struct spec *spec, json_t *args, json_t **result, struct error *err)
{
	const struct spec_arg *file = spec_file(spec);
	struct rpc rpc = {.fd = -1};
	struct load load = {0};
	int ret = 0;

	/* Whatever is wrong in a file is said before anything of it was sent. */
	if (file)
		ret = load_read(&load, json_string_value(json_object_get(args, file->key)), err);
	if (!ret)
		ret = rpc_connect(&rpc, options->socket, SILENCE_MS, err);
	if (!ret)
		ret = ask_on(&rpc, command, args, &load, result, err);
	load_free(&load);
	rpc_close(&rpc);
	return ret;
}

static int print(const struct options *options, const struct command *command, const json_t *result)
{
	const size_t flags =
		JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_ENSURE_ASCII | COMMAND_JSON_REALS;

	if (options->json) {
		if (!json_dumpf(result, stdout, flags))
			putchar('\n');
	} else if (print_result(command->format, result)) {
		complain(command->words, "the result has not the expected shape; -j shows it");
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

static int run_doctor(const json_t *args, bool json)
{
	const char *config = json_string_value(json_object_get(args, "config"));
	const char *root = json_string_value(json_object_get(args, "root"));
	struct stat st;

	if (root && (stat(root, &st) || !S_ISDIR(st.st_mode))) {
		complain(root, "there is no such folder");
		return EXIT_USAGE;
	}
	return doctor(config, root, json) ? EXIT_OK : EXIT_REFUSED;
}

static int run(const struct options *options, const struct command_match *match)
{
	const struct command *command = match->command;
	json_t *args = NULL, *result = NULL;
	struct error err = {""};
	struct spec spec;
	int ret = EXIT_REFUSED;

	if (spec_parse(command->args, &spec, &err) ||
	    spec_args_parse(&spec, options->n - match->taken, options->words + match->taken, &args,
			    &err)) {
		complain(command->words, err.msg);
		help_usage(stderr, command);
		return EXIT_USAGE;
	}
	if (!strcmp(command->words, "completion bash")) {
		complete_script();
		ret = EXIT_OK;
	} else if (!strcmp(command->words, "doctor")) {
		ret = run_doctor(args, options->json);
	} else if (ask(options, command, &spec, args, &result, &err)) {
		complain(NULL, err.msg);
	} else {
		ret = print(options, command, result);
	}
	json_decref(result);
	json_decref(args);
	return ret;
}

int main(int argc, char **argv)
{
	struct command_match match;
	struct options options;
	struct error err;
	int ret = EXIT_OK;

	if (options_parse(argc, argv, &options, &err)) {
		complain(NULL, err.msg);
		fputs("'sluice -h' tells what there is.\n", stderr);
		return EXIT_USAGE;
	}
	command_match(options.words, options.n, &match);
	if (options.complete)
		complete_words(options.words, options.n, options.socket);
	else if (options.help)
		ret = help(&options, &match);
	else if (!match.command)
		ret = no_command(&options, &match);
	else
		ret = run(&options, &match);
	if (fflush(stdout) || ferror(stdout)) {
		complain(NULL, "cannot write the output");
		return EXIT_REFUSED;
	}
	return ret;
}
