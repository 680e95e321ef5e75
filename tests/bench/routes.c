/* SPDX-License-Identifier: BSD-3-Clause */
#include "routes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "bench.h"
#include "rng.h"
#include "synthetic.h"

#define LINE_MAX_BYTES 256

static int compare(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	int order = memcmp(x->addr, y->addr, sizeof(x->addr));

	return order ? order : x->len - y->len;
}

static struct route *sorted(const struct routes *r)
{
	struct route *copy = calloc(r->n + 1, sizeof(*copy));

	if (!copy)
		bench_die("no memory for %zu routes", r->n);
	if (r->n)
		memcpy(copy, r->route, r->n * sizeof(*copy));
	qsort(copy, r->n, sizeof(*copy), compare);
	return copy;
}

static void append(struct routes *r, const struct ip_prefix *prefix, size_t *room)
{
	struct route *route;

	if (r->n == *room) {
		*room = *room ? 2 * *room : 4096;
		r->route = reallocarray(r->route, *room, sizeof(*r->route));
		if (!r->route)
			bench_die("no memory for %zu routes", *room);
	}
	route = &r->route[r->n++];
	*route = (struct route){.len = prefix->len};
	memcpy(route->addr, prefix->addr.bytes, sizeof(route->addr));
}

void routes_choose_next_hops(struct routes *r, unsigned same)
{
	struct rng rng = {ROUTES_SEED};
	uint16_t nh = 1;

	for (size_t i = 0; i < r->n; i++) {
		if (rng_below(&rng, 100) >= same)
			nh = (uint16_t)(1 + rng_below(&rng, ROUTES_NEXT_HOPS));
		r->route[i].nh = nh;
	}
}

/* Keep the first of equal prefixes, and the order. The next hop serves as a mark meanwhile: in the
 * sorted copy it is 1 for a prefix that has been met. */
static void drop_doubles(struct routes *r)
{
	struct route *order = sorted(r);
	size_t kept = 0, unique = 0;

	for (size_t i = 0; i < r->n; i++)
		if (!unique || compare(&order[unique - 1], &order[i]))
			order[unique++] = order[i];
	for (size_t i = 0; unique < r->n && i < r->n; i++) {
		struct route *found = bsearch(&r->route[i], order, unique, sizeof(*order), compare);

		if (!found->nh)
			r->route[kept++] = r->route[i];
		found->nh = 1;
	}
	r->n = unique;
	free(order);
}

static bool parse_line(char *line, struct ip_prefix *prefix)
{
	line[strcspn(line, "\r\n")] = '\0';
	line[strcspn(line, " \t")] = '\0';
	return strchr(line, '/') && !ip_prefix_parse(line, prefix) && ip_prefix_mask(prefix);
}

void routes_read(const char *path, struct routes *r4, struct routes *r6)
{
	bool from_stdin = !strcmp(path, "-");
	gzFile f = from_stdin ? gzdopen(0, "rb") : gzopen(path, "rb");
	size_t room4 = 0, room6 = 0;
	char line[LINE_MAX_BYTES];
	int status;

	if (!f)
		bench_die("%s: %s", path, strerror(errno));
	*r4 = (struct routes){.family = IP4};
	*r6 = (struct routes){.family = IP6};
	for (unsigned number = 1; gzgets(f, line, sizeof(line)); number++) {
		struct ip_prefix prefix;

		if (line[0] == '#' || line[0] == '\n' || line[0] == '\r')
			continue;
		if (!parse_line(line, &prefix))
			bench_die("%s:%u: found '%s', expected a prefix without host bits, like "
				  "192.0.2.0/24 or 2001:db8::/32",
				  from_stdin ? "standard input" : path, number, line);
		if (prefix.addr.family == IP4)
			append(r4, &prefix, &room4);
		else
			append(r6, &prefix, &room6);
	}
	gzerror(f, &status);
	if (status != Z_OK && status != Z_STREAM_END)
		bench_die("%s: cannot be read to its end", path);
	gzclose(f);
	drop_doubles(r4);
	drop_doubles(r6);
}

void routes_generate(struct routes *r, enum ip_family family, size_t n)
{
	struct fib4_prefix *p4 = family == IP4 ? calloc(n, sizeof(*p4)) : NULL;
	struct fib6_prefix *p6 = family == IP6 ? calloc(n, sizeof(*p6)) : NULL;

	*r = (struct routes){.family = family, .route = calloc(n, sizeof(*r->route)), .n = n};
	if (!r->route || (p4 && !synthetic4(p4, n, ROUTES_SEED)) ||
	    (p6 && !synthetic6(p6, n, ROUTES_SEED)) || (!p4 && !p6))
		bench_die("no memory for %zu routes", n);
	for (size_t i = 0; i < n; i++) {
		r->route[i].len = p4 ? p4[i].len : p6[i].len;
		memcpy(r->route[i].addr, p4 ? (uint8_t *)&p4[i].addr : p6[i].addr, p4 ? 4 : 16);
	}
	free(p4);
	free(p6);
}

void routes_free(struct routes *r)
{
	free(r->route);
	*r = (struct routes){0};
}

/* Whether the first `bytes` bytes are those of the last prefix that was longer than that. */
static bool is_new(uint8_t last[16], const uint8_t *addr, unsigned bytes, size_t count)
{
	if (count && !memcmp(last, addr, bytes))
		return false;
	memcpy(last, addr, bytes);
	return true;
}

size_t routes_tbl8s(const struct routes *r)
{
	struct route *order = sorted(r);
	size_t all = 0;

	for (unsigned bytes = 3; bytes < 16; bytes++) {
		uint8_t last[16];
		size_t count = 0;

		for (size_t i = 0; i < r->n; i++)
			count += order[i].len > 8 * bytes &&
				 is_new(last, order[i].addr, bytes, count);
		all += count;
	}
	free(order);
	return all;
}
