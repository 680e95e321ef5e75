/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * API.md tells of all commands of the tables and of no others, each with all its arguments.
 *
 *   api_md_test API.md
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "commands.h"
#include "spec.h"

#define ROW_LEN 4096

static const char *path;

/* The rows of the table of commands: "| `WORDS` | ARGUMENTS | RESULT |". */
struct row {
	char *words;
	char *args;
};

/* Read the next row of the table: it begins with the words of a command, in code. False at the end
 * of the file. */
static bool next_row(FILE *file, char line[ROW_LEN], struct row *row)
{
	while (fgets(line, ROW_LEN, file)) {
		char *end;

		if (strncmp(line, "| `", 3))
			continue;
		end = strstr(line + 3, "` | ");
		assert_non_null(end);
		*end = '\0';
		row->words = line + 3;
		row->args = end + 4;
		end = strchr(row->args, '|');
		assert_non_null(end);
		*end = '\0';
		return true;
	}
	return false;
}

/* Go to the table: the file has others. */
static FILE *open_table(void)
{
	FILE *file = fopen(path, "r");
	char line[ROW_LEN];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "| command |", 11))
			return file;
	fail_msg("%s has no table of commands", path);
	return NULL;
}

static const struct command *command_of(const char *words)
{
	for (unsigned i = 0; i < n_commands; i++)
		if (!strcmp(commands[i].words, words))
			return &commands[i];
	return NULL;
}

/* Whether the text has the key in code: `key`. */
static bool names(const char *text, const char *key)
{
	char code[SPEC_WORD_LEN + 2];

	snprintf(code, sizeof(code), "`%s`", key);
	return strstr(text, code);
}

/* The arguments that the row names are those of the command. Values are in quotes: `"all"`. */
static void check_args(const struct row *row, const struct spec *spec)
{
	for (unsigned i = 0; i < spec->n; i++)
		if (!names(row->args, spec->args[i].key))
			fail_msg("%s: '%s' has an argument %s", path, row->words,
				 spec->args[i].key);
	for (char *code = strchr(row->args, '`'), *end; code; code = strchr(end + 1, '`')) {
		bool known = *++code == '"';

		end = strchr(code, '`');
		assert_non_null(end);
		*end = '\0';
		for (unsigned i = 0; i < spec->n; i++)
			known |= !strcmp(spec->args[i].key, code);
		if (!known)
			fail_msg("%s: '%s' has no argument %s", path, row->words, code);
	}
}

static void rows_are_commands(void **state)
{
	FILE *file = open_table();
	char line[ROW_LEN];
	struct row row;

	while (next_row(file, line, &row)) {
		const struct command *command = command_of(row.words);
		struct spec spec;

		if (!command)
			fail_msg("%s: there is no command '%s'", path, row.words);
		assert_int_equal(spec_parse(command->args, &spec, NULL), 0);
		check_args(&row, &spec);
	}
	fclose(file);
}

/* What the client does by itself is none of the daemon's. */
static bool is_of_the_client(const char *words)
{
	static const char *const own[] = {
#define COMMAND(w, args, help, format, handler) w,
#include "sluice_commands.def"
#undef COMMAND
	};

	for (unsigned i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (!strcmp(own[i], words))
			return true;
	return false;
}

static void commands_have_a_row(void **state)
{
	for (unsigned i = 0; i < n_commands; i++) {
		unsigned found = 0, expected = !is_of_the_client(commands[i].words);
		FILE *file = open_table();
		char line[ROW_LEN];
		struct row row;

		while (next_row(file, line, &row))
			found += !strcmp(row.words, commands[i].words);
		fclose(file);
		if (found != expected)
			fail_msg("%s: '%s' has %u rows", path, commands[i].words, found);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_commands),
		cmocka_unit_test(commands_have_a_row),
	};

	if (argc != 2)
		return 2;
	path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
