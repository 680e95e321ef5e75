/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The arguments of a command, as command.h defines their grammar: read from the table's text,
 * filled from the words of a command line, and checked as JSON. Shared by daemon and client;
 * nothing here is allocated but JSON values.
 *
 * Context: any thread, each with its own spec and values.
 */
#ifndef SLUICE_SPEC_H
#define SLUICE_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"

#define SPEC_ARGS_MAX    16
#define SPEC_WORD_LEN    24
#define SPEC_CHOICES_LEN 96
#define SPEC_FILE_KEY    "lines" /* of a file, no name but its lines are sent */

enum spec_kind {
	SPEC_ADDRESS,
	SPEC_IFADDR,
	SPEC_PREFIX,
	SPEC_MAC,
	SPEC_DEVICE,
	SPEC_PORT,
	SPEC_IFACE,
	SPEC_RATE,
	SPEC_PROTOCOL,
	SPEC_NUMBER,
	SPEC_CHOICE,
	SPEC_FILE,
	SPEC_PATH,
	SPEC_FLAG,
	SPEC_GROUP,
};

struct spec_arg {
	char key[SPEC_WORD_LEN];  /* in JSON */
	char word[SPEC_WORD_LEN]; /* the keyword, "--word" of a flag or an option; "" for a value by
				     place */
	char name[SPEC_WORD_LEN]; /* NAME of the value, for people; "" for flags and groups */
	char omit[SPEC_WORD_LEN]; /* may be written for leaving it out; "" for none */
	char choices[SPEC_CHOICES_LEN]; /* of SPEC_CHOICE: "one|other" */
	enum spec_kind kind;
	int64_t min, max; /* of SPEC_NUMBER */
	bool required;
	int8_t group;   /* index of the group that this stands in, or -1 */
	uint8_t one_of; /* number of its "exactly one of" set, or 0 */
};

struct spec {
	struct spec_arg args[SPEC_ARGS_MAX];
	unsigned n;
	uint8_t one_ofs; /* how many "exactly one of" sets */
};

/* Read the text of a table. 0, or -EINVAL: the text does not follow the grammar. */
int spec_parse(const char *text, struct spec *spec, struct error *err);

/* The argument that is a file, or NULL. A command has one at most. */
const struct spec_arg *spec_file(const struct spec *spec);

/* Print the text for people, without kinds, into buf. Choices stay. */
void spec_usage(const char *text, char *buf, size_t size);

/* Write what words the argument takes: "a number from 1 to 256". */
void spec_value_help(const struct spec_arg *arg, char *buf, size_t size);

/* The JSON value that a word of a command line stands for: a new reference, JSON null when the
 * word says to leave the argument out; or NULL with a sentence in err. */
json_t *spec_value_parse(const struct spec_arg *arg, const char *text, struct error *err);

/* The same for a value that came as JSON: what it is to become (a new reference), or NULL. */
json_t *spec_value_check(const struct spec_arg *arg, json_t *value, struct error *err);

/* Check an object of arguments and bring it to its normal form: what is null, false, empty or
 * to be left out goes, names of protocols become numbers. 0, or -EINVAL. */
int spec_check(const struct spec *spec, json_t *args, struct error *err);

/*
 * A walk over the words of a command line, filling the object of arguments. Keywords and choices
 * may be abbreviated as long as they stay unambiguous.
 */
struct spec_walk {
	const struct spec *spec;
	json_t *args;
	json_t *element;                /* of the open group, borrowed from args; or NULL */
	int group;                      /* the open group, or -1 */
	const struct spec_arg *pending; /* its keyword was read, its value comes next; or NULL */
};

/* Begin. -ENOMEM when there is no memory. */
int spec_walk_begin(struct spec_walk *walk, const struct spec *spec);

/* Take the next word. 0, or -EINVAL. */
int spec_walk_word(struct spec_walk *walk, const char *word, struct error *err);

/* Which arguments may come next: pointers into the spec, at most SPEC_ARGS_MAX. For one that is
 * `pending` or without keyword a value is awaited, for others the word. Returns how many. */
unsigned spec_walk_next(const struct spec_walk *walk, const struct spec_arg **next);

/* End: check the whole. 0 with the arguments in *args (a new reference), or -EINVAL. With args
 * NULL the walk is abandoned, and nothing checked. */
int spec_walk_end(struct spec_walk *walk, json_t **args, struct error *err);

/* All words at once: begin, words, end. */
int spec_args_parse(const struct spec *spec, int n, char *const *words, json_t **args,
		    struct error *err);

#endif
