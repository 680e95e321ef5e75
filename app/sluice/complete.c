/* SPDX-License-Identifier: BSD-3-Clause */
#include "complete.h"

#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "rpc.h"
#include "spec.h"

#define PORTS_TIMEOUT_MS 200

static const char script[] =
	"# bash completion for sluice, made by: sluice completion bash\n"
	"_sluice()\n"
	"{\n"
	"	local line=${COMP_LINE:0:COMP_POINT} cur\n"
	"	local -a words\n"
	"	read -ra words <<< \"$line\"\n"
	"	[[ $line == *[[:space:]] ]] && words+=(\"\")\n"
	"	cur=${words[-1]}\n"
	"	case ${words[-2]} in\n"
	"	-s | --socket)\n"
	"		mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	"		return\n"
	"		;;\n"
	"	esac\n"
	"	mapfile -t COMPREPLY < <(\"$1\" --complete \"${words[@]:1}\" 2> /dev/null)\n"
	"	[[ ${COMPREPLY[0]} == */ ]] && compopt -o nospace 2> /dev/null\n"
	"	# To readline the word begins behind the last colon.\n"
	"	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then\n"
	"		COMPREPLY=(\"${COMPREPLY[@]#\"${cur%\"${cur##*:}\"}\"}\")\n"
	"	fi\n"
	"}\n"
	"complete -F _sluice sluice\n";

void complete_script(void)
{
	fputs(script, stdout);
}

/* Print the first len characters of the word if it goes on from what was typed. */
static void offer(const char *word, size_t len, const char *typed)
{
	size_t n = strlen(typed);

	if (len >= n && !strncmp(word, typed, n))
		printf("%.*s\n", (int)len, word);
}

/* What a shell would take for something else is not offered. */
static bool is_plain(const char *name)
{
	return *name && !name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					   "0123456789._:+@/-")];
}

/* The names under `key` in what the command answers. */
static void offer_names(const char *command, const char *key, const char *typed, const char *socket)
{
	struct rpc rpc;
	json_t *rows = NULL, *row;
	size_t i;

	if (rpc_connect(&rpc, socket, PORTS_TIMEOUT_MS, NULL))
		return;
	if (rpc_call(&rpc, command, NULL, &rows, NULL))
		goto close_rpc;
	json_array_foreach (rows, i, row) {
		const char *name = json_string_value(json_object_get(row, key));

		if (name && is_plain(name))
			offer(name, strlen(name), typed);
	}
	json_decref(rows);
close_rpc:
	rpc_close(&rpc);
}

/* Files and directories whose path goes on from what was typed. */
static void offer_files(const char *typed)
{
	char pattern[PATH_MAX];
	glob_t found;

	if (snprintf(pattern, sizeof(pattern), "%s*", typed) >= (int)sizeof(pattern) ||
	    glob(pattern, GLOB_MARK, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (is_plain(found.gl_pathv[i]))
			offer(found.gl_pathv[i], strlen(found.gl_pathv[i]), typed);
	globfree(&found);
}

static void offer_values(const struct spec_arg *arg, const char *typed, const char *socket)
{
	if (*arg->omit)
		offer(arg->omit, strlen(arg->omit), typed);
	if (arg->kind == SPEC_PORT)
		offer_names("show ports", "port", typed, socket);
	if (arg->kind == SPEC_IFACE)
		offer_names("show interfaces", "interface", typed, socket);
	if (arg->kind == SPEC_FILE || arg->kind == SPEC_PATH)
		offer_files(typed);
	if (arg->kind != SPEC_CHOICE)
		return;
	for (const char *p = arg->choices; *p; p += *p == '|') {
		offer(p, strcspn(p, "|"), typed);
		p += strcspn(p, "|");
	}
}

/* The n words are arguments, and then comes what is typed. */
static void offer_args(const struct command *command, char *const *words, int n, const char *typed,
		       const char *socket)
{
	const struct spec_arg *next[SPEC_ARGS_MAX];
	struct spec_walk walk;
	struct spec spec;
	unsigned found = 0, dashed = 0;

	if (spec_parse(command->args, &spec, NULL) || spec_walk_begin(&walk, &spec))
		return;
	for (int i = 0; i < n; i++)
		if (spec_walk_word(&walk, words[i], NULL))
			goto end;
	found = spec_walk_next(&walk, next);
	for (unsigned i = 0; i < found; i++)
		dashed += *next[i]->word == '-';
	for (unsigned i = 0; i < found; i++) {
		bool is_dashed = *next[i]->word == '-';

		if (next[i] == walk.pending || !*next[i]->word)
			offer_values(next[i], typed, socket);
		/* Flags and options only where a dash asks for them, or nothing else is left. */
		else if (!is_dashed || *typed == '-' || found == dashed)
			offer(next[i]->word, strlen(next[i]->word), typed);
	}
end:
	spec_walk_end(&walk, NULL, NULL);
}

/* The next words of the commands, each once: commands with the same word stand together or not. */
static void offer_commands(const struct command_match *match, const char *typed)
{
	for (unsigned i = 0; i < match->n; i++) {
		int len, other_len;
		const char *word = command_word(match->found[i], match->taken, &len);
		bool seen = !word;

		for (unsigned j = 0; j < i && !seen; j++) {
			const char *other = command_word(match->found[j], match->taken, &other_len);

			seen = other && len == other_len && !strncmp(word, other, (size_t)len);
		}
		if (!seen)
			offer(word, (size_t)len, typed);
	}
}

void complete_words(char *const *words, int n, const char *socket)
{
	char option[] = "-x";
	const char *typed = n ? words[n - 1] : "";
	struct command_match match;

	n -= n > 0;
	command_match(words, n, &match);
	if (match.taken == n)
		offer_commands(&match, typed);
	if (match.command)
		offer_args(match.command, words + match.taken, n - match.taken, typed, socket);
	for (const struct cli_option *o = options_table; *typed == '-' && o->name; o++) {
		option[1] = o->brief;
		offer(option, strlen(option), typed);
	}
}
