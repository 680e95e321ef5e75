/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keys of an array of structs, sorted: finds an item by key, and keys that are there twice,
 * without comparing each with each. A key is a run of bytes without padding inside each item. The
 * array must outlive the set and stay where it is.
 */
#ifndef SLUICE_CONFIG_KEYSET_H
#define SLUICE_CONFIG_KEYSET_H

#include <stdbool.h>
#include <stddef.h>

struct keyset {
	const void **keys; /* sorted by content, equal ones in the order of the array */
	size_t n;
	size_t len; /* bytes of a key */
};

/* n keys of len bytes, the first at `first`, each next stride bytes on. 0 or -ENOMEM. */
int keyset_build(struct keyset *set, const void *first, size_t stride, size_t n, size_t len);
void keyset_free(struct keyset *set);

/* The key in the array that equals key, or NULL; of several any. */
const void *keyset_find(const struct keyset *set, const void *key);

/* If a key is there more than once: true, and the first two such in the order of the array. */
bool keyset_twice(const struct keyset *set, const void **first, const void **second);

#endif
