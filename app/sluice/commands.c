/* SPDX-License-Identifier: BSD-3-Clause */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#define COMMAND(words, args, help, format, handler) {words, args, help, COMMAND_##format, NULL},

/* One line a module, in the order of the help. */
const struct command commands[] = {
#include "api/api_commands.def"
#include "iface/iface_commands.def"
#include "neigh/neigh_commands.def"
#include "port/port_commands.def"
#include "route/route_commands.def"
#include "sluice_commands.def"
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

#define DISTANCE_MAX 64

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters have to be put in, left out, changed, or swapped with the next one, to turn
 * `word` into the beginning of `typed` that is nearest to it: arguments may follow the words. */
static unsigned distance(const char *typed, const char *word)
{
	unsigned rows[3][DISTANCE_MAX], best;
	size_t len = strlen(word);

	if (len >= DISTANCE_MAX)
		return DISTANCE_MAX;
	for (unsigned j = 0; j <= len; j++)
		rows[0][j] = j;
	best = rows[0][len];
	for (unsigned i = 1; typed[i - 1]; i++) {
		unsigned *row = rows[i % 3], *before = rows[(i + 2) % 3];
		const unsigned *two_before = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= len; j++) {
			row[j] = least(before[j - 1] + (typed[i - 1] != word[j - 1]),
				       least(before[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && typed[i - 1] == word[j - 2] &&
			    typed[i - 2] == word[j - 1])
				row[j] = least(row[j], two_before[j - 2] + 1);
		}
		best = least(best, row[len]);
	}
	return best;
}

const struct command *command_nearest(char *const *words, int n)
{
	const struct command *nearest = NULL;
	char typed[128] = "";
	unsigned nearest_distance = DISTANCE_MAX;
	size_t len = 0;

	for (int i = 0; i < n && len < sizeof(typed); i++)
		len += (size_t)snprintf(typed + len, sizeof(typed) - len, "%s%s", i ? " " : "",
					words[i]);
	for (unsigned i = 0; i < n_commands; i++) {
		unsigned d = distance(typed, commands[i].words);

		if (d < nearest_distance) {
			nearest_distance = d;
			nearest = &commands[i];
		}
	}
	/* Beyond a third of its letters it is another word. */
	return nearest && nearest_distance * 3 <= strlen(nearest->words) ? nearest : NULL;
}
