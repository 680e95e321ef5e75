/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Fills templates, of the man pages and of the systemd unit: @NAME@ stands for what NAME below
 * prints from the programs' own tables. The result goes to stdout.
 *
 *   man TEMPLATE
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"

static void print_sbindir(void)
{
	fputs(SLUICE_SBINDIR, stdout);
}

static const struct {
	const char *name;
	void (*print)(void);
} parts[] = {
	{"sluiced_options", page_sluiced_options},
	{"sluice_options", page_sluice_options},
	{"commands", page_commands},
	{"keys", page_keys},
	{"punts", page_punts},
	{"privileges", page_privileges},
	{"setup", page_setup},
	{"capabilities", page_capabilities},
	{"config", page_config_path},
	{"api", page_api_path},
	{"version", page_version},
	{"sbindir", print_sbindir},
};

static bool print_part(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (strlen(parts[i].name) == len && !memcmp(parts[i].name, name, len)) {
			parts[i].print();
			return true;
		}
	return false;
}

/* A part that is a line of its own prints whole lines itself. False: there is no such part. */
static bool print_line(const char *line)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
	bool whole = *line == '@';

	while (*line) {
		size_t len = *line == '@' ? strspn(line + 1, letters) : 0;

		if (!len || line[len + 1] != '@') {
			whole = false;
			putchar(*line++);
			continue;
		}
		if (!print_part(line + 1, len)) {
			fprintf(stderr, "man: there is no part %.*s@\n", (int)len + 1, line);
			return false;
		}
		line += len + 2;
		if (whole && !strcmp(line, "\n"))
			return true;
		whole = false;
	}
	return true;
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	char *line = NULL;
	size_t size = 0;
	bool good = true;

	if (!file) {
		fprintf(stderr, "man: %s\n", argc == 2 ? strerror(errno) : "usage: man TEMPLATE");
		return 2;
	}
	while (good && getline(&line, &size, file) > 0)
		good = print_line(line);
	free(line);
	fclose(file);
	return good && !fflush(stdout) && !ferror(stdout) ? 0 : 1;
}
