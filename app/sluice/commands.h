/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All commands that the client knows, and how one is found by the words that were typed.
 * Context: any thread; nothing is ever written.
 */
#ifndef SLUICE_COMMANDS_H
#define SLUICE_COMMANDS_H

#include <stdbool.h>

#include "command.h"

extern const struct command commands[];
extern const unsigned n_commands;

#define COMMANDS_MAX 64

/* Where the words that were typed have led. */
struct command_match {
	const struct command *found[COMMANDS_MAX]; /* all that begin with the words taken */
	unsigned n;
	int taken;                     /* how many words */
	const struct command *command; /* the one that is meant; NULL when it is not yet clear */
};

/*
 * Follow the words into the tables. Each may be abbreviated; one that is written in full goes
 * before longer ones that begin with it. The first word that no command goes on with ends the
 * walk: it is the first argument of the command that is complete by then, if there is just one.
 */
void command_match(char *const *words, int n, struct command_match *match);

/* The i-th word of a command, with its length; NULL when it has fewer. */
const char *command_word(const struct command *command, int i, int *len);

/* The command whose words are nearest to those typed, by edit distance; NULL if none is near. */
const struct command *command_nearest(char *const *words, int n);

#endif
