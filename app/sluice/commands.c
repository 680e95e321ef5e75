/* SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "near.h"

#define COMMAND(words, args, help, format, handler) \
	{words, args, help, COMMAND_##format, NULL, NULL},

/* One line a module, in the order of the help. */
const struct command commands[] = {
#include "api/api_commands.def"
#include "api/control_commands.def"
#include "bridge/bridge_commands.def"
#include "hotplug/hotplug_commands.def"
#include "iface/iface_commands.def"
#include "linux/sync_commands.def"
#include "neigh/limits_commands.def"
#include "neigh/neigh_commands.def"
#include "port/port_commands.def"
#include "port/port_config_commands.def"
#include "route/fib_commands.def"
#include "route/route_commands.def"
#include "slowpath/slowpath_commands.def"
#include "sluice_commands.def"
#include "span/span_commands.def"
#include "worker/placement_commands.def"
#include "worker/storm_commands.def"
#include "worker/worker_commands.def"
};

#undef COMMAND

const unsigned n_commands = sizeof(commands) / sizeof(*commands);
_Static_assert(sizeof(commands) / sizeof(*commands) <= COMMANDS_MAX, "raise COMMANDS_MAX");

const char *command_word(const struct command *command, int i, int *len)
{
	const char *word = command->words;

	while (i-- > 0) {
		word = strchr(word, ' ');
		if (!word)
			return NULL;
		word++;
	}
	*len = (int)strcspn(word, " ");
	return word;
}

/* How the word fits the i-th of the command: 2 in full, 1 as its beginning, 0 not at all. */
static int fit(const struct command *command, int i, const char *typed)
{
	int len, typed_len = (int)strlen(typed);
	const char *word = command_word(command, i, &len);

	if (!word || !typed_len || typed_len > len || strncmp(word, typed, (size_t)typed_len))
		return 0;
	return typed_len == len ? 2 : 1;
}

/* Keep those that the word leads on to. False, and nothing changed, when there are none. */
static bool narrow(struct command_match *match, const char *typed)
{
	int best = 0;
	unsigned kept = 0;

	for (unsigned i = 0; i < match->n; i++) {
		int f = fit(match->found[i], match->taken, typed);

		best = f > best ? f : best;
	}
	if (!best)
		return false;
	for (unsigned i = 0; i < match->n; i++)
		if (fit(match->found[i], match->taken, typed) == best)
			match->found[kept++] = match->found[i];
	match->n = kept;
	match->taken++;
	return true;
}

void command_match(char *const *words, int n, struct command_match *match)
{
	unsigned complete = 0;
	int len;

	memset(match, 0, sizeof(*match));
	for (; match->n < n_commands; match->n++)
		match->found[match->n] = &commands[match->n];
	while (match->taken < n && narrow(match, words[match->taken]))
		;
	for (unsigned i = 0; i < match->n; i++)
		if (!command_word(match->found[i], match->taken, &len)) {
			match->command = match->found[i];
			complete++;
		}
	if (complete != 1)
		match->command = NULL;
}

const struct command *command_nearest(char *const *words, int n)
{
	const struct command *nearest = NULL;
	char typed[128] = "";
	unsigned nearest_distance = NEAR_FAR;
	size_t len = 0;

	for (int i = 0; i < n && len < sizeof(typed); i++)
		len += (size_t)snprintf(typed + len, sizeof(typed) - len, "%s%s", i ? " " : "",
					words[i]);
	for (unsigned i = 0; i < n_commands; i++) {
		/* Arguments may follow the words. */
		unsigned d = near_distance(typed, commands[i].words, true);

		if (d < nearest_distance) {
			nearest_distance = d;
			nearest = &commands[i];
		}
	}
	/* Beyond a third of its letters it is another word. */
	return nearest && nearest_distance * 3 <= strlen(nearest->words) ? nearest : NULL;
}
