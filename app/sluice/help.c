/* SPDX-License-Identifier: BSD-3-Clause */
#include "help.h"

#include <string.h>

#include "options.h"
#include "spec.h"

static const struct cli_option doctor_options[] = {
	{'c', "config", "FILE",
	 "what sluiced is started with; by default where sluiced looks for it, and if nothing is "
	 "there the machine alone is judged"},
	{'\0', "root", "DIR", "look at a copy of a machine: its /proc, /sys, /etc ... below DIR"},
	{0},
};

static const struct help_more doctor = {
	"Needs no sluiced that runs. Each line is ok, warn (sluiced runs, but slower or at some\n"
	"risk) or FAIL (it cannot run), with what was found, what it means and the command that\n"
	"mends it; -j prints an array of the same. Judged is whoever asks: run it as the user "
	"that\n"
	"sluiced runs as. Exit: 0, or 1 when anything fails.\n",
	doctor_options,
};

const struct help_more *help_more(const struct command *command)
{
	return strcmp(command->words, "doctor") ? NULL : &doctor;
}

static void print_line(FILE *out, const struct command *command)
{
	char usage[256], line[512];

	spec_usage(command->args, usage, sizeof(usage));
	snprintf(line, sizeof(line), "%s%s%s", command->words, *usage ? " " : "", usage);
	if (strlen(line) <= 36)
		fprintf(out, "  %-36s  %s\n", line, command->help);
	else
		fprintf(out, "  %s\n  %-36s  %s\n", line, "", command->help);
}

void help_overview(FILE *out)
{
	fprintf(out,
		"Usage: sluice [-s SOCKET] [-j] COMMAND...\n\n"
		"Asks the forwarding daemon, sluiced. Words may be abbreviated as long as they "
		"are\n"
		"unambiguous: sluice sh por st.\n\nOptions:\n");
	cli_options_print(out, options_table);
	fputs("\nCommands:\n", out);
	for (unsigned i = 0; i < n_commands; i++)
		print_line(out, &commands[i]);
}

void help_commands(FILE *out, const struct command_match *match)
{
	fprintf(out, "Commands:\n");
	for (unsigned i = 0; i < match->n; i++)
		print_line(out, match->found[i]);
}

void help_usage(FILE *out, const struct command *command)
{
	char usage[256];

	spec_usage(command->args, usage, sizeof(usage));
	fprintf(out, "Usage: sluice [-s SOCKET] [-j] %s%s%s\n", command->words, *usage ? " " : "",
		usage);
}

/* One argument: how it is written, and what it takes. The members of a group stand below the
 * group's word. */
static void print_arg(FILE *out, const struct spec_arg *arg)
{
	int indent = arg->group >= 0 ? 4 : 2;
	char written[2 * SPEC_WORD_LEN], takes[128];

	snprintf(written, sizeof(written), "%s%s%s", arg->word, *arg->word && *arg->name ? " " : "",
		 arg->name);
	if (arg->kind == SPEC_FLAG)
		snprintf(takes, sizeof(takes), "a flag");
	else if (arg->kind == SPEC_GROUP)
		snprintf(takes, sizeof(takes), "as often as needed, each with:");
	else
		spec_value_help(arg, takes, sizeof(takes));
	fprintf(out, "%*s%-*s  %s%s%s\n", indent, "", 24 - indent, written, takes,
		*arg->omit ? ", or " : "", arg->omit);
}

void help_command(FILE *out, const struct command *command)
{
	const struct help_more *more = help_more(command);
	struct spec spec;

	help_usage(out, command);
	fprintf(out, "\n%s.\n", command->help);
	if (more) {
		fprintf(out, "\n%s\n", more->about);
		cli_options_print(out, more->options);
		return;
	}
	if (spec_parse(command->args, &spec, NULL) || !spec.n)
		return;
	fprintf(out, "\nArguments:\n");
	for (unsigned i = 0; i < spec.n; i++)
		print_arg(out, &spec.args[i]);
}
