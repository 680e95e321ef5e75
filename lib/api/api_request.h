/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a line to its answer: parse, find the command, check its arguments, run it.
 * Context: control.
 */
#ifndef SLUICE_API_REQUEST_H
#define SLUICE_API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "spec.h"

struct evbuffer;

struct api_entry {
	const struct command *command;
	void *ctx;
	struct spec spec;
};

struct api_entries {
	struct api_entry *list;
	unsigned n;
};

/* An answer under way, of which rows are still to come. */
struct api_rows {
	bool begun;
	const struct api_entry *entry; /* NULL: none is under way, and nothing else here counts */
	json_t *args;
	json_t *id; /* NULL: the request has none */
	_Alignas(16) unsigned char cursor[COMMAND_CURSOR_SIZE];
};

/* The entry with just these words; or NULL. */
const struct api_entry *api_entry_find(const struct api_entries *entries, const char *words);

/* Answer the line (len bytes, without its newline; it need not end in a zero) by one line into
 * `out`; or by nothing yet: then rows->entry is set, and api_rows_next() writes the answer. 0, or
 * -ENOMEM with nothing written. */
int api_request_answer(const struct api_entries *entries, const char *line, size_t len,
		       struct evbuffer *out, struct api_rows *rows);

/* Write the next slice of the answer, if there is one already; after the last its end, and
 * rows->entry is NULL. 0, or -errno: what was written cannot become an answer any more. */
int api_rows_next(struct api_rows *rows, struct evbuffer *out);

/* Forget the answer, if one is under way. */
void api_rows_drop(struct api_rows *rows);

/* Write an answer that refuses: code is -errno; text may be any bytes. As above. */
int api_request_refuse(struct evbuffer *out, int code, const char *text);

#endif
