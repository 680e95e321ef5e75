/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text for a terminal out of JSON from elsewhere: nothing in it can move the cursor, change
 * colours or reverse the direction of what stands around it.
 */
#ifndef SLUICE_TEXT_H
#define SLUICE_TEXT_H

#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

/* Grows as needed; {0} is empty. Ends the program when there is no memory. */
struct text {
	char *buf; /* ends in a zero once anything was added */
	size_t len;
	size_t size;
	size_t width; /* columns on a terminal: one for each character */
};

void text_clear(struct text *text);
void text_free(struct text *text);

/* Add a string (valid UTF-8 or not), control characters as "\x1b". */
void text_add(struct text *text, const char *string);

/* Add a value on one line: null and what is empty as "-", booleans as yes and no, an array as its
 * elements with commas, an object as its first value and then "key value" for each other that is
 * not null. */
void text_add_json(struct text *text, const json_t *value);

/* Write the string to a stream in the same way. */
void text_print(FILE *out, const char *string);

#endif
