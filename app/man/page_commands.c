/* SPDX-License-Identifier: BSD-3-Clause */
/* The client's commands and the options of both programs. */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "commands.h"
#include "help.h"
#include "options.h"
#include "pages.h"
#include "roff.h"
#include "spec.h"

void page_options(const struct cli_option *options)
{
	for (const struct cli_option *o = options; o->name; o++) {
		char brief[] = "-x", name[64];

		brief[1] = o->brief;
		snprintf(name, sizeof(name), "--%s", o->name);
		puts(".TP");
		if (o->brief) {
			roff_bold(brief);
			fputs(", ", stdout);
		}
		roff_bold(name);
		if (o->value) {
			putchar(' ');
			roff_italic(o->value);
		}
		putchar('\n');
		/* The table has it without a capital: as a sentence it has one. */
		printf("%c", *o->help >= 'a' && *o->help <= 'z' ? *o->help - 'a' + 'A' : *o->help);
		roff_sentence(o->help + 1);
	}
}

void page_sluiced_options(void)
{
	page_options(args_table);
}

void page_sluice_options(void)
{
	page_options(options_table);
}

static void print_arg(const struct spec_arg *arg)
{
	char takes[128];

	puts(".TP");
	if (*arg->word)
		roff_bold(arg->word);
	if (*arg->word && *arg->name)
		putchar(' ');
	if (*arg->name)
		roff_italic(arg->name);
	putchar('\n');
	spec_value_help(arg, takes, sizeof(takes));
	if (arg->kind == SPEC_FLAG)
		fputs("a flag", stdout);
	else if (arg->kind == SPEC_GROUP)
		fputs("as often as needed, each with:", stdout);
	else
		roff_text(takes);
	if (*arg->omit) {
		fputs(", or ", stdout);
		roff_bold(arg->omit);
	}
	putchar('\n');
}

/* Arguments stand below their command, members of a group below its word. */
static void print_args(const struct spec *spec)
{
	bool in_group = false;

	puts(".RS");
	for (unsigned i = 0; i < spec->n; i++) {
		bool member = spec->args[i].group >= 0;

		if (member != in_group)
			puts(member ? ".RS" : ".RE");
		in_group = member;
		print_arg(&spec->args[i]);
	}
	if (in_group)
		puts(".RE");
	puts(".RE");
}

/* What the client does by itself has texts for its options. */
static void print_more(const struct help_more *more)
{
	roff_text(more->about);
	puts(".RS");
	page_options(more->options);
	puts(".RE");
}

static void print_command(const struct command *command)
{
	const struct help_more *more = help_more(command);
	struct spec spec;
	char usage[256];

	spec_usage(command->args, usage, sizeof(usage));
	puts(".TP");
	roff_bold(command->words);
	if (*usage)
		putchar(' ');
	roff_usage(usage);
	putchar('\n');
	roff_sentence(command->help);
	if (more)
		print_more(more);
	else if (!spec_parse(command->args, &spec, NULL) && spec.n)
		print_args(&spec);
}

static bool same_word(const struct command *a, const struct command *b)
{
	int len_a, len_b;
	const char *word_a = command_word(a, 0, &len_a), *word_b = command_word(b, 0, &len_b);

	return len_a == len_b && !strncmp(word_a, word_b, (size_t)len_a);
}

/* A subsection for each first word, in the order of the table. */
void page_commands(void)
{
	for (unsigned i = 0; i < n_commands; i++) {
		bool seen = false;
		int len;

		for (unsigned j = 0; j < i; j++)
			seen |= same_word(&commands[i], &commands[j]);
		if (seen)
			continue;
		command_word(&commands[i], 0, &len);
		printf(".SS %.*s\n", len, commands[i].words);
		for (unsigned j = i; j < n_commands; j++)
			if (same_word(&commands[i], &commands[j]))
				print_command(&commands[j]);
	}
}
