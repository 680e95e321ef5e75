/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a line to its answer: parse, find the command, check its arguments, run it.
 * Context: control.
 */
#ifndef SLUICE_API_REQUEST_H
#define SLUICE_API_REQUEST_H

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

/* The entry with just these words; or NULL. */
const struct api_entry *api_entry_find(const struct api_entries *entries, const char *words);

/* Answer the line (len bytes, without its newline; it need not end in a zero) by one line into
 * `out`. 0, or -ENOMEM with nothing written. */
int api_request_answer(const struct api_entries *entries, const char *line, size_t len,
		       struct evbuffer *out);

/* Write an answer that refuses: code is -errno; text may be any bytes. As above. */
int api_request_refuse(struct evbuffer *out, int code, const char *text);

#endif
