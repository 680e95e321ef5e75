/* SPDX-License-Identifier: BSD-3-Clause */
#include "roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* groff_char(7): these would be typeset as other characters. */
static void put_literal(char c)
{
	static const char from[] = "\\-'`^~";
	static const char *const to[] = {"\\e", "\\-", "\\(aq", "\\(ga", "\\(ha", "\\(ti"};
	const char *found = strchr(from, c);

	if (found)
		fputs(to[found - from], stdout);
	else
		putchar(c);
}

void roff_literal(const char *text)
{
	if (*text == '.')
		fputs("\\&", stdout);
	while (*text)
		put_literal(*text++);
}

void roff_text(const char *text)
{
	bool code = false;

	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '`') {
			fputs(code ? "\\fR" : "\\fB", stdout);
			code = !code;
		} else if (code || *text == '\\') {
			put_literal(*text);
		} else {
			putchar(*text);
		}
	}
}

void roff_bold(const char *text)
{
	fputs("\\fB", stdout);
	roff_literal(text);
	fputs("\\fR", stdout);
}

void roff_italic(const char *text)
{
	fputs("\\fI", stdout);
	roff_literal(text);
	fputs("\\fR", stdout);
}

static bool is_name(char c)
{
	return isupper((unsigned char)c) || c == '_';
}

static bool is_word(char c)
{
	return islower((unsigned char)c) || c == '-';
}

void roff_usage(const char *text)
{
	char font = 'R';

	for (; *text; text++) {
		char next = is_name(*text) ? 'I' : is_word(*text) ? 'B' : 'R';

		if (next != font)
			printf("\\f%c", next);
		font = next;
		put_literal(*text);
	}
	if (font != 'R')
		fputs("\\fR", stdout);
}

void roff_sentence(const char *text)
{
	roff_text(text);
	fputs(".\n", stdout);
}
