/* SPDX-License-Identifier: BSD-3-Clause */
/* "Did you mean": the name that a mistyped one is nearest to. Context: any thread. */
#ifndef SLUICE_CONFIG_NEAR_H
#define SLUICE_CONFIG_NEAR_H

/* Of the names (ended by NULL) the one with the fewest single-letter edits from text (Levenshtein
 * distance; the first of equals). NULL if even that differs in half of its letters or more. */
const char *near_name(const char *text, const char *const *names);

#endif
