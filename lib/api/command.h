/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Command tables: what Sluice can be asked, module by module.
 *
 * Each module has a file of lines, FOLDER/MODULE_commands.def:
 *
 *   COMMAND("neighbour del", "ADDRESS:address port NAME:port", "Remove a neighbour", NONE,
 * neigh_del)
 *
 * that is: the words, the arguments, one sentence of help, the output format of the client and the
 * handler. The module's MODULE_api.c makes its table from the lines and gives it to api_add():
 *
 *   static const struct command commands[] = {
 *   #define COMMAND COMMAND_ENTRY
 *   #include "neigh_commands.def"
 *   #undef COMMAND
 *   };
 *
 * The client includes all the files, without handlers. So the daemon checks, and the client
 * parses, documents and completes, by one and the same line.
 *
 * The words are in lower case and separated by one space. No command's words are the beginning
 * of another's.
 *
 * The arguments are a list of ITEMs separated by spaces ("" for none):
 *
 *   ITEM  = VALUE                    a value at this place; required
 *         | word VALUE               a value behind a keyword, anywhere in the line; required
 *         | --word                   a flag, anywhere in the line: true or absent
 *         | [ITEM]                   the same, optional (write a flag as [--word])
 *         | {word ITEM ...}...       a group: any number of elements, each begun by the word
 *         | <ITEM | ITEM ...>        exactly one of the items
 *   VALUE = NAME:KIND                NAME is in upper case, for people
 *         | NAME:KIND|word           word may be written for leaving an optional value out
 *   KIND  = address                  IPv4 or IPv6 address: "192.0.2.1"
 *         | ifaddr                   address with a length, host bits kept: "192.0.2.1/24"
 *         | prefix                   no bits beyond the length; a bare address is one host
 *         | mac                      "02:00:00:00:00:01"
 *         | port                     name of a port: 1 to 63 ASCII characters, none a space
 *         | protocol                 IP protocol number, or the name of a common one
 *         | MIN..MAX                 an integer in this range
 *         | (word|word|...)          one of these words
 *
 * In JSON the arguments are an object. The key of a value is its keyword, or, without one, its NAME
 * in lower case; a flag's key is its word. A group is an array of objects under its word. An
 * integer range and a protocol are JSON integers, a flag is a boolean, all else is a string.
 * Thus "PREFIX:prefix {via GATEWAY:address [weight N:1..256]}..." stands for
 * {"prefix": "0.0.0.0/0", "via": [{"gateway": "192.0.2.1", "weight": 2}]}.
 */
#ifndef SLUICE_COMMAND_H
#define SLUICE_COMMAND_H

#include <jansson.h>

#include "error.h"

/* How the client prints the result. */
enum command_format {
	COMMAND_TABLE,  /* array of flat objects: a table with a header line */
	COMMAND_RECORD, /* one object: "key: value" lines */
	COMMAND_STATS,  /* array of port statistics: testpmd's block for each */
	COMMAND_FWD,    /* forward statistics: testpmd's blocks, and the accumulated one */
	COMMAND_NONE,   /* nothing to print */
};

/* Runs a command. `args` is borrowed and has passed the check against the command's arguments:
 * what is required is there, kinds are right, what is unknown, null or left out is not there.
 * Returns 0 with *result (a new reference, or left NULL), or -errno with a sentence in err.
 * Context: control. */
typedef int (*command_fn)(void *ctx, const json_t *args, json_t **result, struct error *err);

struct command {
	const char *words;
	const char *args;
	const char *help;
	enum command_format format;
	command_fn run; /* NULL in the client */
};

#define COMMAND_ENTRY(words, args, help, format, handler) \
	{words, args, help, COMMAND_##format, handler},

#endif
