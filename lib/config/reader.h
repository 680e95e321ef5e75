/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A YAML document in memory, and sentences about its values.
 *
 * Nodes are known by their number in libyaml's document (from 1, the root). The reader notes which
 * node each field of the result was read from, so that a check made later, on plain structs, can
 * still say line, column and path. Paths are not kept: they are found when somebody is refused.
 */
#ifndef SLUICE_CONFIG_READER_H
#define SLUICE_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <yaml.h>

#include "error.h"

#define READER_ROOT 1

/* How many values aliases may repeat in all. A few hundred bytes of nested aliases could otherwise
 * stand for any amount of memory. */
#define READER_MAX_REPEATED 4000000

/* How many lists and mappings may stand in each other. */
#define READER_MAX_DEPTH 32

/* Where a field of the result came from. */
struct reader_note {
	const void *field;
	int node;
};

struct reader {
	const char *name; /* of the file */
	struct error *err;
	yaml_document_t doc;
	struct reader_note *notes;
	size_t n_notes, notes_size;
};

/* Parse the whole file, which must be one YAML document, and seekable. name must outlive the
 * reader; err, which may be NULL, receives every sentence. 0, -EINVAL, -ENOMEM or -errno of
 * reading. */
int reader_open(struct reader *r, FILE *file, const char *name, struct error *err);
void reader_close(struct reader *r);

/* The node lives as long as the reader. */
yaml_node_t *reader_node(struct reader *r, int node);
int reader_line(struct reader *r, int node);

/* Begin to read the node into field: notes where the field comes from and refuses tags, zero bytes
 * and too many aliases. */
int reader_visit(struct reader *r, int node, const void *field);

/* The node that a field was read from; the root for a field that was not in the file. Linear: for
 * sentences only. */
int reader_origin(struct reader *r, const void *field);

/* Each writes "FILE:LINE:COLUMN: PATH: " and a sentence, and returns -EINVAL. refuse_key takes the
 * position from a mapping's key and the path from the mapping; refuse_field and expected_field take
 * the node that a field was read from. The expected ones say first what was found there. */
int reader_refuse(struct reader *r, int node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int reader_refuse_key(struct reader *r, int key, int map, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int reader_refuse_field(struct reader *r, const void *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int reader_expected(struct reader *r, int node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int reader_expected_field(struct reader *r, const void *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int reader_no_memory(struct reader *r);

/* Copy text, cut to size bytes, with '?' for what could upset a terminal. Returns buf. */
const char *reader_printable(char *buf, size_t size, const char *text);

#endif
