/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_fib6.h>
#include <rte_lpm6.h>

#include "bench.h"
#include "method.h"
#include "simd.h"

#define TBL24 (UINT64_C(1) << 24)
#define TBL8  UINT64_C(256)

/* Three RIBs with two nodes a route, the rules of rte_lpm6. */
#define HEAP_PER_ROUTE 1536
#define HEAP_SPARE     (UINT64_C(64) << 20)

static void fib6_burst(void *table, void *dst, void *nh, unsigned n)
{
	fib6_lookup_bulk(table, dst, nh, n);
}

static int fib6_select(const struct method *m)
{
	return fib6_set_simd(m->table, (enum simd)m->variant);
}

static void lpm6_burst(void *table, void *dst, void *nh, unsigned n)
{
	rte_lpm6_lookup_bulk_func(table, dst, nh, n);
}

static uint32_t lpm6_answer(const void *nh, unsigned i)
{
	int32_t hop = ((const int32_t *)nh)[i];

	return hop < 0 ? 0 : (uint32_t)hop;
}

static void rte_fib6_burst(void *table, void *dst, void *nh, unsigned n)
{
	rte_fib6_lookup_bulk(table, dst, nh, (int)n);
}

static int rte_fib6_choose(const struct method *m)
{
	return rte_fib6_select_lookup(m->table, (enum rte_fib6_lookup_type)m->variant);
}

static void add_ours(struct methods *all, struct fib6 *fib, uint64_t bytes)
{
	for (int simd = 0; simd < SIMD_N; simd++) {
		struct method *m = methods_add(all, "", FORM_POINTERS6, fib);

		snprintf(m->name, sizeof(m->name), "sluice-%s", simd_name((enum simd)simd));
		m->variant = simd;
		m->bytes = bytes;
		m->select = fib6_select;
		m->lookup = fib6_burst;
		m->answer = method_answer32;
	}
}

/* rte_lpm6 takes a few more while routes come than the finished trie needs. */
static uint32_t lpm6_tbl8s(uint32_t tbl8s)
{
	return tbl8s + tbl8s / 4 + 1024;
}

/* rte_fib6 sets tbl8s aside for every route as if it shared none with its neighbours, and refuses
 * routes when those have come to an end, though most of them are never used. */
static uint32_t fib6_tbl8s(const struct routes *routes)
{
	uint32_t all = 1;

	for (size_t i = 0; i < routes->n; i++)
		if (routes->route[i].len > 24)
			all += (routes->route[i].len - 24u + 7) / 8;
	return all;
}

static void add_lpm6(struct methods *all, const struct routes *routes, uint32_t tbl8s)
{
	struct rte_lpm6_config config = {.max_rules = (uint32_t)routes->n,
					 .number_tbl8s = lpm6_tbl8s(tbl8s)};
	struct rte_lpm6 *lpm = rte_lpm6_create("bench6", bench_socket(), &config);
	struct method *m = methods_add(all, "rte_lpm6", FORM_ARRAY6, lpm);
	int err = lpm ? 0 : -rte_errno;
	size_t i = 0;

	for (; !err && i < routes->n; i++)
		err = rte_lpm6_add(lpm, routes->route[i].addr, routes->route[i].len,
				   routes->route[i].nh);
	m->bytes = (TBL24 + tbl8s * TBL8) * 4;
	m->lookup = lpm6_burst;
	m->answer = lpm6_answer;
	if (err)
		method_missing(m, "cannot hold the table: error %d at route %zu", err, i);
}

static void add_fib6(struct methods *all, const struct routes *routes, uint32_t tbl8s,
		     enum rte_fib_trie_nh_sz nh_sz)
{
	static const enum rte_fib6_lookup_type types[] = {RTE_FIB6_LOOKUP_TRIE_SCALAR,
							  RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512};
	struct rte_fib6_conf conf = {.type = RTE_FIB6_TRIE, .max_routes = (int)routes->n};
	unsigned size = 1u << nh_sz;
	struct rte_fib6 *fib;
	char name[32];
	size_t i = 0;
	int err;

	conf.trie.nh_sz = nh_sz;
	/* An entry keeps one bit for itself, and a tbl8 has to be numbered by the rest. */
	conf.trie.num_tbl8 = fib6_tbl8s(routes);
	if (size == 2 && conf.trie.num_tbl8 > INT16_MAX)
		conf.trie.num_tbl8 = INT16_MAX;
	snprintf(name, sizeof(name), "bench6_%u", size);
	fib = rte_fib6_create(name, bench_socket(), &conf);
	err = fib ? 0 : -rte_errno;
	for (; !err && i < routes->n; i++)
		err = rte_fib6_add(fib, routes->route[i].addr, routes->route[i].len,
				   routes->route[i].nh);
	for (unsigned k = 0; k < 2; k++) {
		struct method *m = methods_add(all, "", FORM_ARRAY6, fib);

		snprintf(m->name, sizeof(m->name), "rte_fib6_%ub_%s", size,
			 k ? "avx512" : "scalar");
		m->variant = (int)types[k];
		m->bytes = (TBL24 + tbl8s * TBL8) * size;
		m->select = rte_fib6_choose;
		m->lookup = rte_fib6_burst;
		m->answer = method_answer64;
		if (err)
			method_missing(m, "cannot hold the table: error %d at route %zu, %u tbl8",
				       err, i, conf.trie.num_tbl8);
	}
}

size_t methods6_heap(const struct routes *routes)
{
	uint64_t lpm6 = TBL24 + TBL8 * lpm6_tbl8s((uint32_t)routes_tbl8s(routes));
	uint64_t fib6 = TBL24 + TBL8 * fib6_tbl8s(routes);

	return HEAP_SPARE + lpm6 * 4 + fib6 * (2 + 4 + 8) + routes->n * HEAP_PER_ROUTE;
}

void methods6_make(struct methods *all, const struct routes *routes, struct fib6 *fib,
		   uint64_t fib_bytes)
{
	uint32_t tbl8s = (uint32_t)routes_tbl8s(routes);

	add_ours(all, fib, fib_bytes);
	add_lpm6(all, routes, tbl8s);
	add_fib6(all, routes, tbl8s, RTE_FIB6_TRIE_2B);
	add_fib6(all, routes, tbl8s, RTE_FIB6_TRIE_4B);
	add_fib6(all, routes, tbl8s, RTE_FIB6_TRIE_8B);
}
