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
 * handler (a command_fn; or ROWS(handler), a command_rows_fn). The module's MODULE_api.c makes its
 * table from the lines and gives it to api_add():
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
 *         | --word VALUE             a value behind an option, anywhere in the line; required
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
 *         | iface                    name of a port, a VLAN interface or a bridge: as that of a
 * port | rate                     packets or bits a second: "1000pps", "10Mbps" | device a device
 * with arguments, as DPDK writes them: 1 to 255 ASCII characters, none a space | protocol IP
 * protocol number, or the name of a common one | MIN..MAX                 an integer in this range
 *         | (word|word|...)          one of these words
 *         | file                     a file of routes that the client reads, "-" for its standard
 *                                    input; required, and one at most
 *         | path                     a file or folder of the client's machine, of commands that the
 *                                    client does by itself
 *
 * In JSON the arguments are an object. The key of a value is its keyword, or, without one, its NAME
 * in lower case; the key of a flag or an option is its word without dashes, and that of a file
 * `lines`: lines of it in one string. A group is an array of objects under its word. An integer
 * range and a protocol are JSON integers, a flag is a boolean, all else is a string. Thus
 * "PREFIX:prefix {via GATEWAY:address [weight N:1..256]}..." stands for
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
 * Returns 0 with *result (a new reference, or left NULL), or -errno with a sentence in err;
 * then *result may tell what was done before. Context: control. */
typedef int (*command_fn)(void *ctx, const json_t *args, json_t **result, struct error *err);

#define COMMAND_SLICE       500 /* about as many rows does a call of command_rows_fn add */
#define COMMAND_CURSOR_SIZE 64  /* bytes */

/* Runs a command whose result is an array that may be long, slice by slice: each call appends the
 * next rows to `rows`, an empty array. Between the calls the event loop runs, and what is walked
 * may change. `cursor` says where the walk stands: COMMAND_CURSOR_SIZE bytes that are zero at the
 * first call and the handler's own from then on. They are dropped without notice when the client
 * goes, so nothing may have to be freed by them. `args` as above, the same at each call. Returns 1
 * after it has added rows and others may follow, 0 after the last; or -errno with a sentence in
 * err, which can be told the client as long as there were no rows: after them, it is cut off.
 * Returns 1 without rows when it has nothing yet: it is called again in the next turn of the event
 * loop. Context: control. */
typedef int (*command_rows_fn)(void *ctx, const json_t *args, void *cursor, json_t *rows,
			       struct error *err);

/* An argument that is a string; NULL when it was left out. */
static inline const char *command_text(const json_t *args, const char *key)
{
	return json_string_value(json_object_get(args, key));
}

/* In the client both handlers are NULL, in the daemon one of them is. */
struct command {
	const char *words;
	const char *args;
	const char *help;
	enum command_format format;
	command_fn run;
	command_rows_fn rows;
};

/* Reals in answers, and as the client prints them: what people write comes back as they wrote it
 * (68.8, not 68.799999999999997). */
#define COMMAND_JSON_REALS JSON_REAL_PRECISION(15)

#define COMMAND_ENTRY(w, a, h, f, handler) \
	{.words = (w), .args = (a), .help = (h), .format = COMMAND_##f, handler},

/* In the place of the handler: it is a command_rows_fn. */
#define ROWS(handler) .rows = (handler)

#endif
