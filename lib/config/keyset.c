/* SPDX-License-Identifier: BSD-3-Clause */
#include "keyset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Places of one array, so that the addresses give the order in it. */
static int compare(const void *a, const void *b, void *len)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int order = memcmp(x, y, *(const size_t *)len);

	return order ? order : (x > y) - (x < y);
}

int keyset_build(struct keyset *set, const void *first, size_t stride, size_t n, size_t len)
{
	*set = (struct keyset){.n = n, .len = len};
	set->keys = calloc(n ? n : 1, sizeof(*set->keys));
	if (!set->keys)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		set->keys[i] = (const char *)first + i * stride;
	qsort_r(set->keys, n, sizeof(*set->keys), compare, &set->len);
	return 0;
}

void keyset_free(struct keyset *set)
{
	free(set->keys);
	*set = (struct keyset){.n = 0};
}

const void *keyset_find(const struct keyset *set, const void *key)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(set->keys[middle], key, set->len);

		if (!order)
			return set->keys[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool keyset_twice(const struct keyset *set, const void **first, const void **second)
{
	bool found = false;

	for (size_t i = 1; i < set->n; i++) {
		if (memcmp(set->keys[i - 1], set->keys[i], set->len))
			continue;
		if (found && set->keys[i] > *second)
			continue;
		*first = set->keys[i - 1];
		*second = set->keys[i];
		found = true;
	}
	return found;
}
