/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define FOUND_LEN 1024
#define INDENT    22 /* of the text: status and check stand before it */
#define COLUMNS   100

static const struct {
	const char *name, *shown, *colour;
} statuses[] = {
	[REPORT_OK] = {"ok", "ok", "\033[32m"},
	[REPORT_WARN] = {"warn", "warn", "\033[33m"},
	[REPORT_FAIL] = {"fail", "FAIL", "\033[31m"},
};

/* A string of whatever bytes, with what a terminal would obey escaped. */
static json_t *plain(const char *string)
{
	struct text text = {0};
	json_t *value;

	text_add(&text, string);
	value = json_string(text.buf);
	text_free(&text);
	return value;
}

void report_line(struct report *report, enum report_status status, const char *meaning,
		 const char *command, const char *found, ...)
{
	char text[FOUND_LEN];
	json_t *line;
	va_list args;

	va_start(args, found);
	vsnprintf(text, sizeof(text), found, args);
	va_end(args);
	line = json_pack("{s:s, s:s, s:o, s:s}", "check", report->check, "status",
			 statuses[status].name, "found", plain(text), "meaning", meaning);
	json_object_set_new(line, "command", command ? plain(command) : json_null());
	json_array_append_new(report->lines, line);
	report->count[status]++;
}

/* The words of the text, as many a line as there is room for, all lines behind the indent. */
static void print_wrapped(const char *text)
{
	size_t column = INDENT;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column > INDENT && column + 1 + len > COLUMNS) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)len, text);
		column += len;
		text += len + strspn(text + len, " ");
	}
	putchar('\n');
}

static enum report_status status_of(const json_t *line)
{
	const char *name = json_string_value(json_object_get(line, "status"));
	enum report_status status = REPORT_OK;

	while (strcmp(statuses[status].name, name))
		status++;
	return status;
}

static void print_line(const json_t *line, bool colour)
{
	enum report_status status = status_of(line);
	const char *command = json_string_value(json_object_get(line, "command"));

	printf("%s%-4s%s  %-*s", colour ? statuses[status].colour : "", statuses[status].shown,
	       colour ? "\033[0m" : "", INDENT - 6,
	       json_string_value(json_object_get(line, "check")));
	print_wrapped(json_string_value(json_object_get(line, "found")));
	printf("%*s", INDENT, "");
	print_wrapped(json_string_value(json_object_get(line, "meaning")));
	if (command)
		printf("%*s> %s\n", INDENT - 2, "", command);
}

static void print_text(const struct report *report)
{
	bool colour = isatty(STDOUT_FILENO);
	const json_t *line;
	size_t i;

	json_array_foreach (report->lines, i, line)
		print_line(line, colour);
	printf("\n%u ok, %u warn, %u fail: %s\n", report->count[REPORT_OK],
	       report->count[REPORT_WARN], report->count[REPORT_FAIL],
	       report->count[REPORT_FAIL]   ? "sluiced cannot run like this"
	       : report->count[REPORT_WARN] ? "sluiced can run"
					    : "all is well");
}

void report_print(const struct report *report, bool json)
{
	if (!json)
		print_text(report);
	else if (!json_dumpf(report->lines, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII))
		putchar('\n');
}
