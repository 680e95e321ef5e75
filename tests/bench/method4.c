/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_lpm.h>

#include "bench.h"
#include "method.h"
#include "simd.h"

#define TBL24      (UINT64_C(1) << 24)
#define TBL8       UINT64_C(256)
#define TBL8_SPARE 256

/* Three RIBs with two nodes a route, the rules of rte_lpm. */
#define HEAP_PER_ROUTE 1024
#define HEAP_SPARE     (UINT64_C(64) << 20)

static void fib4_burst(void *table, void *dst, void *nh, unsigned n)
{
	fib4_lookup_bulk(table, dst, nh, n);
}

static int fib4_select(const struct method *m)
{
	return fib4_set_simd(m->table, (enum simd)m->variant);
}

static void lpm_bulk_burst(void *table, void *dst, void *nh, unsigned n)
{
	rte_lpm_lookup_bulk(table, dst, nh, n);
}

static uint32_t lpm_bulk_answer(const void *nh, unsigned i)
{
	uint32_t entry = ((const uint32_t *)nh)[i];

	return entry & RTE_LPM_LOOKUP_SUCCESS ? entry & 0xffffff : 0;
}

static void lpm_x4_burst(void *table, void *dst, void *nh, unsigned n)
{
	const uint32_t *ips = dst;
	uint32_t *hop = nh;

	for (unsigned i = 0; i < n; i += 4)
		rte_lpm_lookupx4(table, _mm_loadu_si128((const xmm_t *)(ips + i)), hop + i, 0);
}

static void rte_fib_burst(void *table, void *dst, void *nh, unsigned n)
{
	rte_fib_lookup_bulk(table, dst, nh, (int)n);
}

static int rte_fib_choose(const struct method *m)
{
	return rte_fib_select_lookup(m->table, (enum rte_fib_lookup_type)m->variant);
}

static void add_ours(struct methods *all, struct fib4 *fib, uint64_t bytes)
{
	for (int simd = 0; simd < SIMD_N; simd++) {
		struct method *m = methods_add(all, "", FORM_NET4, fib);

		snprintf(m->name, sizeof(m->name), "sluice-%s", simd_name((enum simd)simd));
		m->variant = simd;
		m->bytes = bytes;
		m->select = fib4_select;
		m->lookup = fib4_burst;
		m->answer = method_answer32;
	}
}

static uint32_t host_addr(const struct route *route)
{
	uint32_t addr;

	memcpy(&addr, route->addr, sizeof(addr));
	return rte_be_to_cpu_32(addr);
}

static void add_lpm(struct methods *all, const struct routes *routes, uint32_t tbl8s)
{
	struct rte_lpm_config config = {.max_rules = (uint32_t)routes->n,
					.number_tbl8s = tbl8s + TBL8_SPARE};
	struct rte_lpm *lpm = rte_lpm_create("bench4", bench_socket(), &config);
	struct method *m[2] = {methods_add(all, "rte_lpm_bulk", FORM_HOST4, lpm),
			       methods_add(all, "rte_lpm_x4", FORM_HOST4, lpm)};
	int err = lpm ? 0 : -rte_errno;
	size_t i = 0;

	if (routes->n > 100000)
		fprintf(stderr, "rte_lpm takes its time to load (it searches its rules one by "
				"one): about 40 s for a full table\n");
	for (; !err && i < routes->n; i++)
		err = rte_lpm_add(lpm, host_addr(&routes->route[i]), routes->route[i].len,
				  routes->route[i].nh);
	for (unsigned k = 0; k < 2; k++) {
		m[k]->bytes = (TBL24 + tbl8s * TBL8) * sizeof(struct rte_lpm_tbl_entry);
		m[k]->lookup = k ? lpm_x4_burst : lpm_bulk_burst;
		m[k]->answer = k ? method_answer32 : lpm_bulk_answer;
		if (err)
			method_missing(m[k], "cannot hold the table: error %d at route %zu", err,
				       i);
	}
}

static void add_fib(struct methods *all, const struct routes *routes, uint32_t tbl8s,
		    enum rte_fib_dir24_8_nh_sz nh_sz)
{
	static const enum rte_fib_lookup_type types[] = {RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO,
							 RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512};
	struct rte_fib_conf conf = {.type = RTE_FIB_DIR24_8, .max_routes = (int)routes->n};
	unsigned size = 1u << nh_sz;
	struct rte_fib *fib;
	char name[32];
	size_t i = 0;
	int err;

	conf.dir24_8.nh_sz = nh_sz;
	conf.dir24_8.num_tbl8 = tbl8s + TBL8_SPARE;
	snprintf(name, sizeof(name), "bench4_%u", size);
	fib = rte_fib_create(name, bench_socket(), &conf);
	err = fib ? 0 : -rte_errno;
	for (; !err && i < routes->n; i++)
		err = rte_fib_add(fib, host_addr(&routes->route[i]), routes->route[i].len,
				  routes->route[i].nh);
	for (unsigned k = 0; k < 2; k++) {
		struct method *m = methods_add(all, "", FORM_HOST4, fib);

		snprintf(m->name, sizeof(m->name), "rte_fib_%ub_%s", size, k ? "avx512" : "scalar");
		m->variant = (int)types[k];
		m->bytes = (TBL24 + tbl8s * TBL8) * size;
		m->select = rte_fib_choose;
		m->lookup = rte_fib_burst;
		m->answer = method_answer64;
		if (err)
			method_missing(m, "cannot hold the table: error %d at route %zu, %u tbl8",
				       err, i, conf.dir24_8.num_tbl8);
	}
}

size_t methods4_heap(const struct routes *routes)
{
	size_t entries = TBL24 + (routes_tbl8s(routes) + TBL8_SPARE) * TBL8;

	return HEAP_SPARE + entries * (4 + 2 + 4 + 8) + routes->n * HEAP_PER_ROUTE;
}

void methods4_make(struct methods *all, const struct routes *routes, struct fib4 *fib,
		   uint64_t fib_bytes)
{
	uint32_t tbl8s = (uint32_t)routes_tbl8s(routes);

	add_ours(all, fib, fib_bytes);
	add_lpm(all, routes, tbl8s);
	add_fib(all, routes, tbl8s, RTE_FIB_DIR24_8_2B);
	add_fib(all, routes, tbl8s, RTE_FIB_DIR24_8_4B);
	add_fib(all, routes, tbl8s, RTE_FIB_DIR24_8_8B);
}
