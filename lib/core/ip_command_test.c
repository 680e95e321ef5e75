/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ip_command.h"

#define PREFACE "Linux is in control here: "

static void says(const struct ip_command *c, const char *command)
{
	struct error err;

	assert_int_equal(ip_command_refuse(&err, c), -EOPNOTSUPP);
	assert_memory_equal(err.msg, PREFACE, strlen(PREFACE));
	assert_string_equal(err.msg + strlen(PREFACE), command);
}

static void namespaces(void **state)
{
	static const struct {
		const char *netns, *address, *command;
	} cases[] = {
		{"", "192.0.2.0/24", "ip route del 192.0.2.0/24"},
		{"", "2001:db8::/32", "ip -6 route del 2001:db8::/32"},
		{"r", "192.0.2.0/24", "ip -n r route del 192.0.2.0/24"},
		{"/run/netns/r", "::/0", "nsenter --net=/run/netns/r ip -6 route del ::/0"},
		{"a b", "192.0.2.0/24", "ip -n 'a b' route del 192.0.2.0/24"},
		{"./$x", "192.0.2.0/24", "nsenter --net='./$x' ip route del 192.0.2.0/24"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ip_command c;

		ip_command_begin(&c, cases[i].netns, cases[i].address, "route del");
		ip_command_add(&c, NULL, cases[i].address);
		says(&c, cases[i].command);
	}
}

/* Does a shell find the very word in what was written for it? */
static void shell_takes(const char *word)
{
	char line[64 + sizeof(((struct ip_command *)NULL)->text)], got[64] = "";
	struct ip_command c;
	FILE *shell;

	ip_command_begin(&c, "", "", "x");
	ip_command_add(&c, NULL, word);
	assert_false(c.cut);
	snprintf(line, sizeof(line), "ip() { printf '%%s' \"$2\"; }; %s", c.text);
	shell = popen(line, "r");
	assert_non_null(shell);
	(void)!fread(got, 1, sizeof(got) - 1, shell);
	assert_int_equal(pclose(shell), 0);
	assert_string_equal(got, word);
}

static void quoting(void **state)
{
	static const char *const words[] = {
		"p0", "",  "a b", "it's", "''", "$HOME", "`id`", "a;b", "a&b",
		"*",  "~", "\\",  "#x",   "\"", "a\nb",  "(",    "!!",  "{a,b}",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		shell_takes(words[i]);
}

/* Whole words as long as there is room; what is cut, no shell runs. */
static void too_long(void **state)
{
	struct ip_command c;
	struct error err;
	char line[2 * ERROR_LEN], word[128], last[64];
	unsigned n = 0;

	ip_command_begin(&c, "r", "192.0.2.0/24", "route replace");
	while (!c.cut) {
		snprintf(last, sizeof(last), "192.0.2.%u", n++);
		assert_true(n < 100);
		ip_command_add(&c, "nexthop via", last);
	}
	assert_int_equal(ip_command_refuse(&err, &c), -EOPNOTSUPP);
	snprintf(word, sizeof(word), "192.0.2.%u ... (and so on: the rest has no room here)",
		 n - 2);
	assert_true(strlen(err.msg) < ERROR_LEN - 1);
	assert_string_equal(err.msg + strlen(err.msg) - strlen(word), word);
	ip_command_add(&c, NULL, "x");
	assert_null(strstr(c.text, " x"));
	snprintf(line, sizeof(line), "exec 2>&-; ip() { exit 0; }; %s", err.msg + strlen(PREFACE));
	assert_int_not_equal(system(line), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(namespaces),
		cmocka_unit_test(quoting),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
