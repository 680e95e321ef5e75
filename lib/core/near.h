/* SPDX-License-Identifier: BSD-3-Clause */
/* "Did you mean": the name that a mistyped one is nearest to. Context: any thread. */
#ifndef SLUICE_NEAR_H
#define SLUICE_NEAR_H

#include <stdbool.h>

#define NEAR_FAR 64 /* the distance to a name that is too long to be near to anything */

/* How many letters have to be put in, left out, changed, or swapped with the next one, to turn
 * text into name (the optimal string alignment distance). With prefix: to turn the beginning of
 * text that is nearest to it into name; the rest of text costs nothing. */
unsigned near_distance(const char *text, const char *name, bool prefix);

/* Of the names (ended by NULL) the nearest to text, the first of equals. NULL if even that differs
 * in half of its letters or more. */
const char *near_name(const char *text, const char *const *names);

#endif
