/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bridges' table beside rte_hash. See README.md, and bench_fdb --help.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>

#include "bench.h"
#include "fdb.h"
#include "lookup.h"
#include "rcu.h"
#include "rng.h"
#include "verdict.h"

#define MISSES_IN_100 10
#define IFACES        1000
#define SEED_KEYS     5
#define SEED_TRACE    6
#define SIZES         3
#define HEAP_BYTES    ((size_t)768 << 20)

static const char usage[] =
	"usage: bench_fdb [--json] [--rounds N] [--quick]\n"
	"\n"
	"Lookups a second in the bridges' table and in rte_hash (lock-free reads, CRC, 8-byte "
	"keys,\n"
	"bulk lookups with data), with 1024, 65536 and 1048576 entries, all methods in turn "
	"within\n"
	"each round. Nine of ten lookups hit, one misses. It needs neither root nor ports.\n"
	"\n"
	"  --json      a JSON object a line instead of tables\n"
	"  --rounds N  figures are medians of N (default 9) rounds\n"
	"  --quick     no table of 1048576, short traces, one round: whether it works\n"
	"\n"
	"rte_hash is there twice: with room for twice its entries (rte_hash_lf_bulk), and with "
	"room\n"
	"for just as many and its extra buckets for what does not fit (rte_hash_lf_bulk_full).\n"
	"Exit status 1: wrong answers.\n";

struct options {
	bool json, quick;
	unsigned rounds;
};

static const uint32_t sizes[SIZES] = {1024, 65536, 1048576};

static void fdb_burst(void *table, void *dst, void *nh, unsigned n)
{
	fdb_lookup_bulk(table, dst, nh, n);
}

static int fdb_select(const struct method *m)
{
	return fdb_set_simd(m->table, (enum simd)m->variant);
}

static uint32_t fdb_answer(const void *nh, unsigned i)
{
	return ((const uint16_t *)nh)[i];
}

/* The mask of hits goes behind the data. */
static void hash_burst(void *table, void *dst, void *nh, unsigned n)
{
	const void *key[BENCH_BURST_MAX];
	uint64_t *hits = (uint64_t *)nh + BENCH_BURST_MAX;

	for (unsigned i = 0; i < n; i++)
		key[i] = (uint64_t *)dst + i;
	*hits = 0;
	rte_hash_lookup_bulk_data(table, key, n, hits, nh);
}

static uint32_t hash_answer(const void *nh, unsigned i)
{
	const uint64_t *data = nh;

	return data[BENCH_BURST_MAX] >> i & 1 ? (uint32_t)data[i] : FDB_MISS;
}

/* rte_hash has no comparison of its own for 8 bytes, and would call memcmp(). */
static int key_differs(const void *a, const void *b, size_t len)
{
	return *(const uint64_t *)a != *(const uint64_t *)b;
}

/* Different keys; the first n are in the table, n more are not. A locally administered unicast
 * MAC address each. */
static uint64_t *make_keys(uint32_t n)
{
	uint64_t *key = bench_alloc(2 * (size_t)n * sizeof(*key));

	/* Multiples of an odd number, modulo 2^40: no two are equal. */
	for (uint32_t i = 0; i < 2 * n; i++) {
		uint64_t low = (i + SEED_KEYS) * UINT64_C(0x9e3779b97f4a7c15) % (UINT64_C(1) << 40);

		key[i] = UINT64_C(2) << 56 | low << 16 | TRACE_FID;
	}
	return key;
}

static uint16_t iface_of(uint32_t i)
{
	return (uint16_t)(1 + i % IFACES);
}

static struct fdb *make_fdb(struct rcu *rcu, const uint64_t *key, uint32_t n)
{
	struct fdb *fdb = fdb_create(rcu, n, -1);

	if (!fdb)
		bench_die("no table for %u entries: %s", n, strerror(errno));
	for (uint32_t i = 0; i < n; i++) {
		int ret = fdb_add(fdb, key[i], iface_of(i), 0);

		if (ret)
			bench_die("entry %u of %u is refused: %s", i, n, strerror(-ret));
	}
	return fdb;
}

static void add_ours(struct methods *all, struct fdb *fdb)
{
	struct fdb_stats stats;

	fdb_stats(fdb, &stats);
	for (int simd = 0; simd < SIMD_N; simd++) {
		struct method *m = methods_add(all, "", FORM_KEY, fdb);

		snprintf(m->name, sizeof(m->name), "sluice-%s", simd_name((enum simd)simd));
		m->variant = simd;
		m->bytes = stats.bytes;
		m->select = fdb_select;
		m->lookup = fdb_burst;
		m->answer = fdb_answer;
	}
}

static void add_hash(struct methods *all, const uint64_t *key, uint32_t n, bool is_full)
{
	struct rte_hash_parameters params = {
		.name = is_full ? "full" : "half",
		.entries = is_full ? n : 2 * n,
		.key_len = sizeof(*key),
		.hash_func = rte_hash_crc,
		.socket_id = bench_socket(),
		.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF |
			      (is_full ? RTE_HASH_EXTRA_FLAGS_EXT_TABLE : 0)};
	uint64_t before = bench_heap_used();
	struct rte_hash *hash = rte_hash_create(&params);
	struct method *m = methods_add(all, is_full ? "rte_hash_lf_bulk_full" : "rte_hash_lf_bulk",
				       FORM_KEY, hash);
	int err = hash ? 0 : -rte_errno;
	uint32_t i = 0;

	if (hash)
		rte_hash_set_cmp_func(hash, key_differs);
	for (; !err && i < n; i++)
		err = rte_hash_add_key_data(hash, &key[i], (void *)(uintptr_t)iface_of(i));
	m->bytes = bench_heap_used() - before;
	m->lookup = hash_burst;
	m->answer = hash_answer;
	if (err)
		method_missing(m, "cannot hold the table: error %d at entry %u", err, i);
}

/* Keys that are there in all entries alike, or by Zipf's law; every tenth is not there. */
static void make_trace(struct trace *trace, enum trace_kind kind, const uint64_t *key, uint32_t n,
		       size_t len)
{
	uint32_t *rank = calloc(len, sizeof(*rank));
	struct rng rng = {SEED_TRACE + kind};
	uint64_t *out = bench_alloc(len * sizeof(*out));

	if (!rank)
		bench_die("no memory for %zu keys", len);
	if (kind == TRACE_ZIPF)
		zipf_ranks(rank, len, n, SEED_TRACE);
	for (size_t i = 0; i < len; i++) {
		if (rng_below(&rng, 100) < MISSES_IN_100)
			out[i] = key[n + rng_below(&rng, n)];
		else
			out[i] = key[kind == TRACE_ZIPF ? rank[i] : rng_below(&rng, n)];
	}
	*trace = (struct trace){.kind = kind,
				.n = len,
				.size = sizeof(*out),
				.at = PACKET_MAC,
				.net = (uint8_t *)out,
				.expect = bench_alloc(len * sizeof(uint32_t))};
	free(rank);
}

/* The trace is what the figures are said to be of. */
static void check_hits(const struct trace *trace)
{
	size_t hits = 0;

	for (size_t i = 0; i < trace->n; i++)
		hits += trace->expect[i] != FDB_MISS;
	if (hits * 100 < trace->n * (100 - MISSES_IN_100 - 2) ||
	    hits * 100 > trace->n * (100 - MISSES_IN_100 + 2))
		bench_die("%zu of %zu lookups hit, expected nine of ten", hits, trace->n);
}

static struct options parse(int argc, char **argv)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
					      {"rounds", required_argument, NULL, 'r'},
					      {"quick", no_argument, NULL, 'q'},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	struct options o = {0};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'j')
			o.json = true;
		else if (c == 'r')
			o.rounds = (unsigned)bench_number("--rounds", optarg, 1, BENCH_ROUNDS_MAX);
		else if (c == 'q')
			o.quick = true;
		else
			bench_usage(usage, c == 'h');
	}
	o.rounds = bench_options_end(argc, argv, usage, o.rounds, o.quick);
	return o;
}

/* One size. False: wrong answers. */
static bool measure(struct lookup_results *r, const struct options *o, uint32_t n,
		    const struct packets *packets)
{
	struct rcu *rcu = rcu_create(1, 1024);
	const uint64_t *key = make_keys(n);
	struct trace traces[TRACE_KINDS] = {0};
	size_t len = o->quick ? 1 << 14 : 1 << 20;
	struct fdb *fdb;
	bool right;

	if (!rcu)
		bench_die("no memory");
	fdb = make_fdb(rcu, key, n);
	add_ours(&r->methods, fdb);
	add_hash(&r->methods, key, n, false);
	add_hash(&r->methods, key, n, true);
	for (unsigned i = 0; i < TRACE_KINDS; i++)
		if (i != TRACE_ROUTED)
			make_trace(&traces[i], (enum trace_kind)i, key, n, len);
	right = lookup_check(r, traces, packets);
	check_hits(&traces[TRACE_UNIFORM]);
	if (right)
		lookup_measure(r, traces, packets, o->rounds);
	for (unsigned i = 0; i < r->methods.n; i++)
		if (r->methods.m[i].lookup == hash_burst)
			rte_hash_free(r->methods.m[i].table);
	fdb_destroy(fdb);
	rcu_destroy(rcu);
	return right;
}

static void print(const struct lookup_results *r, uint32_t n, bool json)
{
	char text[64];

	if (json) {
		snprintf(text, sizeof(text), "\"entries\":%u,", n);
		lookup_print_json(r, "fdb", text);
	} else {
		snprintf(text, sizeof(text), "fdb of %u entries, nine of ten hit", n);
		lookup_print_text(r, text);
	}
	fflush(stdout);
}

static void print_end(const struct lookup_results *of_64k, const struct options *o)
{
	static const struct verdict ratio = {"FDB at 64k / rte_hash", "x", 3, 4.5, 0};
	struct lookup_case c = {.trace = TRACE_UNIFORM, .burst = 32};
	const char *rival = "";
	char pages[128];

	bench_pages(pages, sizeof(pages));
	if (o->json) {
		printf("{\"table\":\"run\",\"rounds\":%u,\"rivals_memory\":\"%s\",\"samples\":%u,"
		       "\"disturbed\":%u}\n",
		       o->rounds, pages, bench_share.samples, bench_share.disturbed);
		return;
	}
	printf("Medians of %u rounds. Memory of DPDK's tables: %s.\nIn %u of %u samples the thread "
	       "had less than 90%% of a core; CPU time is what counts.\n",
	       o->rounds, pages, bench_share.disturbed, bench_share.samples);
	printf("\nTarget (bursts of 32, pure lookup, all entries alike, AVX-512):\n");
	verdict_print(&ratio, lookup_ratio(of_64k, c, "sluice-avx512", &rival), rival);
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	static struct lookup_results results[SIZES];
	struct packets packets;

	bench_start(argv[0]);
	bench_heap(HEAP_BYTES);
	packets_make(&packets, o.quick ? 1 << 12 : 1 << 16);
	for (unsigned i = 0; i < (o.quick ? SIZES - 1 : SIZES); i++) {
		if (!measure(&results[i], &o, sizes[i], &packets))
			return 1;
		print(&results[i], sizes[i], o.json);
	}
	print_end(&results[1], &o);
	return bench_status(true);
}
