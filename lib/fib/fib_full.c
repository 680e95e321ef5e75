/* SPDX-License-Identifier: BSD-3-Clause */
#include "fib_full.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct full_route *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

void full_sort(struct full *full)
{
	size_t at = 0;

	qsort(full->route, full->n, sizeof(*full->route), compare);
	for (unsigned len = 0; len < 130; len++) {
		while (at < full->n && full->route[at].len < len)
			at++;
		full->first[len] = at;
	}
}

uint32_t full_match(const struct full *full, oracle_addr addr)
{
	for (unsigned len = 129; len-- > 0;) {
		const struct full_route want = {.addr = addr & oracle_mask(len),
						.len = (uint8_t)len};
		size_t n = full->first[len + 1] - full->first[len];
		const struct full_route *found = NULL;

		if (n)
			found = bsearch(&want, &full->route[full->first[len]], n, sizeof(want),
					compare);
		if (found && found->nh)
			return found->nh;
	}
	return 0;
}

/* "ADDRESS/LEN", white space after it; written over. 1: it is one; 0: of the other family; -EINVAL.
 */
static int parse(char *line, unsigned bits, struct full_route *route)
{
	char *slash = strchr(line, '/'), *end;
	uint8_t bytes[16] = {0};
	unsigned long len;

	if (!slash)
		return -EINVAL;
	*slash = '\0';
	if (!strchr(line, ':') != (bits == 32))
		return 0;
	len = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || end[strspn(end, " \t\r\n")] || len > bits ||
	    inet_pton(bits == 32 ? AF_INET : AF_INET6, line, bytes) != 1)
		return -EINVAL;
	*route = (struct full_route){.len = (uint8_t)len};
	for (unsigned i = 0; i < 16; i++)
		route->addr = route->addr << 8 | bytes[i];
	return route->addr & ~oracle_mask(route->len) ? -EINVAL : 1;
}

size_t full_read(struct full *full, const char *path, unsigned bits)
{
	FILE *file = fopen(path, "r");
	size_t room = 0;
	char line[128];
	int rc = file ? 0 : -errno;

	full->n = 0;
	while (rc >= 0 && file && fgets(line, sizeof(line), file)) {
		if (full->n == room) {
			room = room ? 2 * room : 4096;
			full->route = reallocarray(full->route, room, sizeof(*full->route));
			if (!full->route)
				abort();
		}
		rc = parse(line, bits, &full->route[full->n]);
		full->n += rc > 0;
	}
	if (file)
		fclose(file);
	if (rc >= 0)
		return full->n;
	fprintf(stderr, "%s: %s\n", path, strerror(-rc));
	return 0;
}
