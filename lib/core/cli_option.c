/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli_option.h"

#include <string.h>

#define WIDTH 80

/* "  -c, --config FILE", or without a short one "      --check". Returns its length. */
static int written(char *buf, size_t size, const struct cli_option *o)
{
	char brief[] = "-x, ";

	brief[1] = o->brief;
	return snprintf(buf, size, "  %s--%s%s%s", o->brief ? brief : "    ", o->name,
			o->value ? " " : "", o->value ? o->value : "");
}

/* As many words as fit into a line, the others in lines below. */
static void print_help(FILE *out, const char *help, int indent)
{
	int column = indent;

	while (*help) {
		int len = (int)strcspn(help, " ");

		if (column > indent && column + 1 + len > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		}
		fprintf(out, "%s%.*s", column > indent ? " " : "", len, help);
		column += len + (column > indent);
		help += len + (help[len] == ' ');
	}
	fputc('\n', out);
}

void cli_options_print(FILE *out, const struct cli_option *options)
{
	char text[64];
	int longest = 0;

	for (const struct cli_option *o = options; o->name; o++) {
		int len = written(text, sizeof(text), o);

		longest = len > longest ? len : longest;
	}
	for (const struct cli_option *o = options; o->name; o++) {
		written(text, sizeof(text), o);
		fprintf(out, "%-*s  ", longest, text);
		print_help(out, o->help, longest + 2);
	}
}
