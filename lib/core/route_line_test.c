/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "route_line.h"

static char *words[ROUTE_LINE_WORDS];

/* The words of the line, joined by '|'. */
static const char *split(const char *text)
{
	static char line[128], joined[128];
	int n;

	strcpy(line, text);
	n = route_line_split(line, words);
	*joined = '\0';
	for (int i = 0; i < n; i++)
		strcat(strcat(joined, i ? "|" : ""), words[i]);
	return joined;
}

static void lines_are_words(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{" \t\r", ""},
		{"# a comment", ""},
		{"  # a comment", ""},
		{"10.0.0.0/8 via 192.0.2.2", "10.0.0.0/8|via|192.0.2.2"},
		{"\t10.0.0.0/8   via\t192.0.2.2\r", "10.0.0.0/8|via|192.0.2.2"},
		{"::/0 port p0 # uplink", "::/0|port|p0"},
		{"::/0 port p#0", "::/0|port|p#0"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(split(cases[i][0]), cases[i][1]);
}

static void words_without_end(void **state)
{
	static char line[4 * ROUTE_LINE_WORDS + 1];

	for (unsigned i = 0; i < 2 * ROUTE_LINE_WORDS; i++)
		memcpy(line + 2 * i, "a ", 3);
	assert_int_equal(route_line_split(line, words), ROUTE_LINE_WORDS);
	assert_string_equal(words[0], "a");
	assert_int_equal(strlen(words[ROUTE_LINE_WORDS - 1]), 2 * ROUTE_LINE_WORDS + 2);
}

static bool is_simple(const char *text)
{
	static char line[128];
	struct ip_prefix prefix;
	struct ip_addr gateway;
	char buf[IP_PREFIX_STRLEN];
	int n;

	strcpy(line, text);
	n = route_line_split(line, words);
	if (!route_line_simple(words, n, &prefix, &gateway))
		return false;
	assert_int_equal(strncmp(ip_prefix_print(&prefix, buf), text, strlen(words[0])), 0);
	assert_string_equal(ip_addr_print(&gateway, buf), words[2]);
	return true;
}

static void the_commonest_line(void **state)
{
	assert_true(is_simple("10.0.0.0/8 via 192.0.2.2"));
	assert_true(is_simple("10.0.0.1 via 192.0.2.2"));
	assert_true(is_simple("2001:db8::/32 via fe80::1"));
	assert_false(is_simple(""));
	assert_false(is_simple("10.0.0.1/8 via 192.0.2.2"));
	assert_false(is_simple("10.0.0.0/8 v 192.0.2.2"));
	assert_false(is_simple("10.0.0.0/8 via 192.0.2"));
	assert_false(is_simple("10.0.0.0/8 via 192.0.2.2 port p0"));
	assert_false(is_simple("10.0.0.0/8 via"));
	assert_false(is_simple("default via 192.0.2.2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_words),
		cmocka_unit_test(words_without_end),
		cmocka_unit_test(the_commonest_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
