/* SPDX-License-Identifier: BSD-3-Clause */
/* Text of the tables as roff with the macros of man(7). All print to stdout. */
#ifndef SLUICE_MAN_ROFF_H
#define SLUICE_MAN_ROFF_H

/* Prose. What stands between two backquotes is something to type: bold. At the beginning of a line
 * no character of it is taken for a request. */
void roff_text(const char *text);

/* Something to type, with its own hyphens and quotes; no change of the font. */
void roff_literal(const char *text);

/* The same, bold, or in italics. */
void roff_bold(const char *text);
void roff_italic(const char *text);

/* How a command is written: words bold, NAMES in italics, brackets plain. */
void roff_usage(const char *text);

/* A sentence: prose that gets its full stop, and ends the line. */
void roff_sentence(const char *text);

#endif
