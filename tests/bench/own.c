/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>

#include <rte_common.h>

#include "bench.h"
#include "change.h"

#define READERS  1
#define DEFERRED 65536

void own_create(struct own_table *t, enum ip_family family, uint32_t max_routes)
{
	*t = (struct own_table){.family = family, .rcu = rcu_create(READERS, DEFERRED)};
	if (t->rcu && family == IP4)
		t->fib4 = fib4_create(t->rcu, max_routes, -1);
	else if (t->rcu)
		t->fib6 = fib6_create(t->rcu, max_routes, -1);
	if (!t->fib4 && !t->fib6)
		bench_die("no table for %u routes: %s", max_routes, strerror(errno));
}

void own_destroy(struct own_table *t)
{
	fib4_destroy(t->fib4);
	fib6_destroy(t->fib6);
	rcu_destroy(t->rcu);
}

void own_stats(const struct own_table *t, struct fib_stats *stats)
{
	if (t->fib4)
		fib4_stats(t->fib4, stats);
	else
		fib6_stats(t->fib6, stats);
}

static inline rte_be32_t addr4(const uint8_t *addr)
{
	rte_be32_t word;

	memcpy(&word, addr, sizeof(word));
	return word;
}

int own_add(struct own_table *t, const struct route *route, uint32_t nh)
{
	return t->fib4 ? fib4_add(t->fib4, addr4(route->addr), route->len, nh, NULL)
		       : fib6_add(t->fib6, route->addr, route->len, nh, NULL);
}

int own_del(struct own_table *t, const struct route *route)
{
	return t->fib4 ? fib4_del(t->fib4, addr4(route->addr), route->len)
		       : fib6_del(t->fib6, route->addr, route->len);
}

bool own_upkeep(struct own_table *t, unsigned words)
{
	return t->fib4 ? fib4_maintain(t->fib4, words) : fib6_maintain(t->fib6, words);
}

void own_load(struct own_table *t, const struct routes *routes, uint32_t nh)
{
	for (size_t i = 0; i < routes->n; i++) {
		int ret = own_add(t, &routes->route[i], nh ? nh : routes->route[i].nh);

		if (ret)
			bench_die("route %zu is refused: %s", i, strerror(-ret));
	}
}

void own_lookup(const struct own_table *t, uint8_t (*dst)[16], uint32_t *nh, unsigned n)
{
	const uint8_t *pointer[FIB_BULK_MAX];
	rte_be32_t word[FIB_BULK_MAX];

	for (unsigned i = 0; i < n; i++) {
		pointer[i] = dst[i];
		word[i] = addr4(dst[i]);
	}
	if (t->fib4)
		fib4_lookup_bulk(t->fib4, word, nh, n);
	else
		fib6_lookup_bulk(t->fib6, pointer, nh, n);
}
