/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables of all modules together, and how words find their command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands.h"
#include "spec.h"

static void tables_are_sound(void **state)
{
	struct error err;
	struct spec spec;
	char usage[256];

	for (unsigned i = 0; i < n_commands; i++) {
		const struct command *c = &commands[i];
		size_t len = strlen(c->words);

		if (spec_parse(c->args, &spec, &err))
			fail_msg("%s: %s", c->words, err.msg);
		spec_usage(c->args, usage, sizeof(usage));
		assert_true(strlen(usage) < sizeof(usage) - 1);
		assert_true(*c->help && c->help[strlen(c->help) - 1] != '.');
		assert_int_equal(strspn(c->words, "abcdefghijklmnopqrstuvwxyz "), len);
		for (unsigned j = 0; j < n_commands; j++)
			if (i != j && !strncmp(c->words, commands[j].words, len) &&
			    (commands[j].words[len] == ' ' || !commands[j].words[len]))
				fail_msg("'%s' begins '%s'", c->words, commands[j].words);
	}
}

/* Split the line, match it; NULL when it leads to no single command. */
static const char *match(const char *line, int *taken)
{
	struct command_match found;
	char copy[128], *words[8], *save = NULL;
	int n = 0;

	strcpy(copy, line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	command_match(words, n, &found);
	*taken = found.taken;
	return found.command ? found.command->words : NULL;
}

static void words_find_their_command(void **state)
{
	static const struct {
		const char *line, *command;
		int taken;
	} cases[] = {
		{"show ports", "show ports", 2},
		{"show port stats", "show port stats", 3},
		{"sh por st", "show port stats", 3},
		{"sh por st p0", "show port stats", 3},
		{"show port", NULL, 2},
		{"show por", "show ports", 2},
		{"sh po", "show ports", 2},
		{"s p", NULL, 2},
		{"s pu", "show punts", 2},
		{"sh ro 10.0.0.0/8", "show routes", 2},
		{"lo 192.0.2.1", "lookup", 1},
		{"r a ::/0 via ::1", "route add", 2},
		{"r", NULL, 1},
		{"c", NULL, 1},
		{"cl s", "clear stats", 2},
		{"showx ports", NULL, 0},
		{"show portsx", NULL, 1},
		{"", NULL, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int taken;
		const char *command = match(cases[i].line, &taken);

		if (!command != !cases[i].command ||
		    (command && strcmp(command, cases[i].command)) || taken != cases[i].taken)
			fail_msg("'%s': %s after %d words", cases[i].line, command, taken);
	}
}

static void nearest_is_named(void **state)
{
	char show[] = "shwo", prots[] = "prots", route[] = "route", ad[] = "ad", ad2[] = "dad",
	     prefix[] = "2001:db8:1234:5678::/64", other[] = "reboot";
	char *const a[] = {show, prots}, *const b[] = {route, ad, prefix}, *const c[] = {other};
	char *const d[] = {route, ad2, prefix};

	assert_string_equal(command_nearest(a, 2)->words, "show ports");
	assert_string_equal(command_nearest(b, 3)->words, "route add");
	assert_string_equal(command_nearest(d, 3)->words, "route add");
	assert_null(command_nearest(c, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_sound),
		cmocka_unit_test(words_find_their_command),
		cmocka_unit_test(nearest_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
