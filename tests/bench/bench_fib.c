/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our forwarding tables beside those of DPDK. See README.md, and bench_fib --help.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "bench.h"
#include "change.h"
#include "lookup.h"
#include "simd.h"
#include "synthetic.h"
#include "verdict.h"

static const char usage[] =
	"usage: bench_fib [--json] [--prefixes FILE] [--rounds N] [--table fib4|fib6]\n"
	"                 [--updates N] [--same-hop N] [--quick]\n"
	"\n"
	"Lookups a second in our forwarding tables and in those of DPDK (rte_lpm, rte_lpm6,\n"
	"rte_fib, rte_fib6), all methods in turn within each round; and load, updates and\n"
	"convergence of ours. It needs neither root nor ports, but a second CPU for the reader.\n"
	"\n"
	"  --json           a JSON object a line instead of tables\n"
	"  --prefixes FILE  the routes: a prefix a line, both families mixed, plain or gzip; '-':\n"
	"                   standard input. Without it: synthetic tables of 900,000 IPv4 and\n"
	"                   160,000 IPv6 prefixes, the same in every run\n"
	"  --rounds N       figures are medians of N (default 9) rounds\n"
	"  --table T        only this table: fib4 or fib6\n"
	"  --updates N      how many updates a round measures (default 300,000)\n"
	"  --same-hop N     chance in 100 that a route has the next hop of the one before it, as\n"
	"                   neighbours often have (default 0: every next hop is random)\n"
	"  --quick          small tables, one round: whether it works, not how fast\n"
	"\n"
	"Next hops are 1 to 256. Updates are made to the loaded table while a reader on\n"
	"another CPU looks routed destinations up; a third of each, at random: withdraw a random\n"
	"route; announce again, with a random next hop, the one that has been withdrawn longest "
	"(at\n"
	"most 1024 are); give a random standing route another random next hop. pic_us: all routes\n"
	"share a group of two paths of which one dies; from the begin of the repair to the last\n"
	"packet that a reader sends by it, the median of 1000 times. Exit status 1: wrong "
	"answers.\n";

struct options {
	bool json, quick;
	const char *prefixes;
	unsigned rounds, updates, same_hop;
	bool want[2]; /* fib4, fib6 */
};

/* One family, from its routes to its figures. */
struct family_run {
	const char *table;
	struct routes routes;
	struct lookup_results lookup;
	struct change_result change;
};

/* How much is measured. */
struct extent {
	size_t routes4, routes6, trace, packets;
	unsigned pic_repeats;
};

static const struct extent full = {SYNTHETIC4_FULL, SYNTHETIC6_FULL, 1 << 20, 1 << 16, 1000};
static const struct extent quick = {20000, 8000, 1 << 14, 1 << 12, 20};

static void parse_table(struct options *o, const char *name)
{
	if (strcmp(name, "fib4") && strcmp(name, "fib6")) {
		fprintf(stderr, "--table: found '%s', expected fib4 or fib6\n", name);
		exit(2);
	}
	o->want[0] = !strcmp(name, "fib4");
	o->want[1] = !o->want[0];
}

static struct options parse(int argc, char **argv)
{
	static const struct option longs[] = {{"json", no_argument, NULL, 'j'},
					      {"prefixes", required_argument, NULL, 'p'},
					      {"rounds", required_argument, NULL, 'r'},
					      {"table", required_argument, NULL, 't'},
					      {"updates", required_argument, NULL, 'u'},
					      {"quick", no_argument, NULL, 'q'},
					      {"same-hop", required_argument, NULL, 's'},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	struct options o = {.updates = 300000, .want = {true, true}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'j')
			o.json = true;
		else if (c == 'p')
			o.prefixes = optarg;
		else if (c == 'r')
			o.rounds = (unsigned)bench_number("--rounds", optarg, 1, BENCH_ROUNDS_MAX);
		else if (c == 't')
			parse_table(&o, optarg);
		else if (c == 'u')
			o.updates = (unsigned)bench_number("--updates", optarg, 1, 1000000000);
		else if (c == 's')
			o.same_hop = (unsigned)bench_number("--same-hop", optarg, 0, 99);
		else if (c == 'q')
			o.quick = true;
		else
			bench_usage(usage, c == 'h');
	}
	o.rounds = bench_options_end(argc, argv, usage, o.rounds, o.quick);
	if (o.quick)
		o.updates = RTE_MIN(o.updates, 3000u);
	return o;
}

/* False: wrong answers. */
static bool measure_lookups(struct family_run *run, const struct options *o,
			    const struct extent *extent, const struct packets *packets)
{
	struct trace traces[TRACE_KINDS];
	struct own_table own;
	struct fib_stats stats;
	bool right;

	for (unsigned i = 0; i < TRACE_KINDS; i++)
		trace_make(&traces[i], (enum trace_kind)i, &run->routes, extent->trace);
	own_create(&own, run->routes.family, (uint32_t)run->routes.n);
	own_load(&own, &run->routes, 0);
	own_stats(&own, &stats);
	if (own.fib4)
		methods4_make(&run->lookup.methods, &run->routes, own.fib4, stats.trie_bytes);
	else
		methods6_make(&run->lookup.methods, &run->routes, own.fib6, stats.trie_bytes);
	right = lookup_check(&run->lookup, traces, packets);
	if (right)
		lookup_measure(&run->lookup, traces, packets, o->rounds);
	own_destroy(&own);
	return right;
}

/* What takes a reader is null when there was none. */
static void print_change_json(const struct family_run *run)
{
	const struct change_result *c = &run->change;

	printf("{\"table\":\"%s\",\"routes\":%zu,\"load_s\":%.4f,\"updates_per_s\":%.0f,",
	       run->table, run->routes.n, c->load_s, c->updates_per_s);
	if (c->has_reader)
		printf("\"reader\":true,\"reader_mlps\":%.2f,\"pic_us\":%.2f,\"pic_max_us\":%.2f,",
		       c->reader_mlps, c->pic_us, c->pic_max_us);
	else
		printf("\"reader\":false,\"reader_mlps\":null,\"pic_us\":null,\"pic_max_us\":"
		       "null,");
	printf("\"bytes\":%llu,\"bytes_churned\":%llu}\n", (unsigned long long)c->bytes,
	       (unsigned long long)c->bytes_churned);
}

static void print_change(const struct family_run *run, bool json)
{
	const struct change_result *c = &run->change;

	if (json) {
		print_change_json(run);
		return;
	}
	printf("%s: %zu routes loaded in %.3f s; %.0f updates/s ", run->table, run->routes.n,
	       c->load_s, c->updates_per_s);
	if (c->has_reader)
		printf("beside a reader (%.1f Mlps); ", c->reader_mlps);
	else
		printf("without a reader; ");
	printf("%.2f MiB for readers, %.2f after the updates\n", (double)c->bytes / (1 << 20),
	       (double)c->bytes_churned / (1 << 20));
	if (c->has_reader)
		printf("%s: a dead next hop of all routes: last wrong packet after %.2f us "
		       "(median), %.2f us (worst)\n",
		       run->table, c->pic_us, c->pic_max_us);
	else
		printf("%s: a dead next hop of all routes: not measured, there is no second CPU\n",
		       run->table);
}

static void print_ratio(const struct family_run *run, const struct verdict *verdict, bool touch)
{
	const char *rival = "";
	struct lookup_case c = {.trace = TRACE_ROUTED, .burst = 32, .touch = touch};
	double ratio = lookup_ratio(&run->lookup, c, "sluice-avx512", &rival);

	verdict_print(verdict, ratio, rival);
}

static void print_verdict(const struct family_run run[2], const struct options *o, double all_mib)
{
	static const struct verdict touch4 = {"IPv4 / best of DPDK, packet touch", "x", 1.5, 1.8,
					      0};
	static const struct verdict pure4 = {"IPv4 / best of DPDK, pure", "x", 1.3, 1.6, 0};
	static const struct verdict touch6 = {"IPv6 / best of DPDK, packet touch", "x", 1.7, 2.2,
					      0};
	static const struct verdict memory = {"memory of readers, IPv4 + IPv6", "MiB", 16, 10, 1};
	static const struct verdict load = {"load of the IPv4 routes", "s", 0.6, 0.3, 1};
	static const struct verdict updates = {"updates of the IPv4 table", "/s", 5e5, 1e6, 0};
	static const struct verdict pic = {"shared next hop dies: last wrong packet", "us", 1000,
					   100, 1};

	printf("\nTargets (full tables, routed destinations, bursts of 32, AVX-512):\n");
	if (o->want[0]) {
		print_ratio(&run[0], &touch4, true);
		print_ratio(&run[0], &pure4, false);
	}
	if (o->want[1])
		print_ratio(&run[1], &touch6, true);
	if (all_mib > 0)
		verdict_print(&memory, all_mib, "");
	if (o->want[0]) {
		verdict_print(&load, run[0].change.load_s, "");
	}
	if (o->want[0] && run[0].change.has_reader) {
		verdict_print(&updates, run[0].change.updates_per_s, "");
		verdict_print(&pic, run[0].change.pic_us, "");
	}
}

static void print_end(const struct family_run run[2], const struct options *o)
{
	uint64_t all = run[0].change.bytes + run[1].change.bytes;
	bool both = run[0].routes.n && run[1].routes.n;
	char pages[128];

	bench_pages(pages, sizeof(pages));
	if (o->json) {
		if (both)
			printf("{\"table\":\"all\",\"bytes\":%llu}\n", (unsigned long long)all);
		printf("{\"table\":\"run\",\"rounds\":%u,\"rivals_memory\":\"%s\",\"samples\":%u,"
		       "\"disturbed\":%u}\n",
		       o->rounds, pages, bench_share.samples, bench_share.disturbed);
		return;
	}
	if (both)
		printf("all: %.2f MiB for readers\n", (double)all / (1 << 20));
	printf("Medians of %u rounds. Memory of DPDK's tables: %s; of ours: transparent huge pages "
	       "where the kernel grants them.\nIn %u of %u samples the thread had less than 90%% "
	       "of a core; CPU time is what counts.\n",
	       o->rounds, pages, bench_share.disturbed, bench_share.samples);
	if (!o->quick)
		print_verdict(run, o, both ? (double)all / (1 << 20) : 0);
}

static void get_routes(struct family_run run[2], const struct options *o,
		       const struct extent *extent)
{
	if (o->prefixes) {
		routes_read(o->prefixes, &run[0].routes, &run[1].routes);
	} else {
		routes_generate(&run[0].routes, IP4, extent->routes4);
		routes_generate(&run[1].routes, IP6, extent->routes6);
	}
	for (unsigned i = 0; i < 2; i++) {
		if (o->want[i] && !run[i].routes.n)
			fprintf(stderr, "%s: no prefixes, not measured\n", run[i].table);
		if (!o->want[i])
			routes_free(&run[i].routes);
		routes_choose_next_hops(&run[i].routes, o->same_hop);
	}
	if (!run[0].routes.n && !run[1].routes.n)
		bench_die("there is nothing to measure");
}

int main(int argc, char **argv)
{
	struct options o = parse(argc, argv);
	const struct extent *extent = o.quick ? &quick : &full;
	static struct family_run run[2] = {{.table = "fib4"}, {.table = "fib6"}};
	struct packets packets;
	bool right = true;

	get_routes(run, &o, extent);
	bench_start(argv[0]);
	bench_heap((run[0].routes.n ? methods4_heap(&run[0].routes) : 0) +
		   (run[1].routes.n ? methods6_heap(&run[1].routes) : 0));
	packets_make(&packets, extent->packets);
	for (unsigned i = 0; i < 2; i++) {
		if (!run[i].routes.n)
			continue;
		right &= measure_lookups(&run[i], &o, extent, &packets);
		if (!right)
			break;
		change_measure(&run[i].change, &run[i].routes, o.rounds, o.updates);
		if (run[i].change.has_reader)
			pic_measure(&run[i].change, &run[i].routes, extent->pic_repeats);
		if (o.json)
			lookup_print_json(&run[i].lookup, run[i].table, "");
		else
			lookup_print_text(&run[i].lookup, run[i].table);
		print_change(&run[i], o.json);
		fflush(stdout);
	}
	if (right)
		print_end(run, &o);
	return bench_status(right);
}
