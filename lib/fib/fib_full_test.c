/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Full tables: as many routes as the Internet has, compared with a second judge (fib_full.h) around
 * both ends of each route and at random addresses; again after a part of them was withdrawn and
 * announced anew while the table was compacted; and withdrawn in the end.
 *
 * Where the environment has SLUICE_PREFIXES=FILE, the prefixes of that file (one a line) stand
 * instead of the synthetic ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fib_full.h"
#include "fib_suite.h"
#include "rcu.h"
#include "synthetic.h"

#define RANDOM     500000 /* random addresses */
#define CHURN_PART 8      /* one of so many routes is withdrawn and announced */
#define NH_MAX     256
#define SLICE      8192 /* words: of one slice of housekeeping */

static const struct fib_ops *ops;
static struct full full;
static struct rcu *rcu;
static void *fib;
static uint64_t seed = 51;

/* A burst of addresses to be compared. */
static oracle_addr burst[FIB_BULK_MAX];
static unsigned in_burst;
static uint64_t compared;

/* All kinds of instructions in turn. */
static void choose_simd(void)
{
	unsigned simd = (unsigned)(compared / FIB_BULK_MAX % SIMD_N);

	if (simd_supported((enum simd)simd))
		assert_int_equal(ops->set_simd(fib, (enum simd)simd), 0);
}

static void compare_burst(void)
{
	uint32_t nh[FIB_BULK_MAX];

	choose_simd();
	ops->bulk(fib, burst, nh, in_burst);
	for (unsigned i = 0; i < in_burst; i++)
		if (nh[i] != full_match(&full, burst[i]))
			fail_msg("%s: address %llx: %u", ops->name,
				 (unsigned long long)(burst[i] >> 64), nh[i]);
	compared += in_burst;
	in_burst = 0;
}

static void compare(oracle_addr addr)
{
	burst[in_burst++] = addr & oracle_mask(ops->bits);
	if (in_burst == FIB_BULK_MAX)
		compare_burst();
}

/* One of the four addresses where the answer can change: the first and the last of each route, the
 * one before and the one after. */
static void compare_end(const struct full_route *route, unsigned which)
{
	oracle_addr host = (oracle_addr)1 << (128 - ops->bits);
	oracle_addr last = (route->addr | ~oracle_mask(route->len)) & oracle_mask(ops->bits);

	compare(which == 0   ? route->addr
		: which == 1 ? last
		: which == 2 ? route->addr - host
			     : last + host);
}

/* ends: how many of its four addresses are compared for each route. */
static void compare_all(unsigned ends)
{
	for (size_t i = 0; i < full.n; i++)
		for (unsigned k = 0; k < ends; k++)
			compare_end(&full.route[i], (unsigned)(i + k) % 4);
	for (unsigned i = 0; i < RANDOM; i++) {
		oracle_addr addr = (oracle_addr)oracle_random(&seed) << 64 | oracle_random(&seed);
		const struct full_route *in = &full.route[oracle_random(&seed) % full.n];

		/* Anywhere, or inside of a route. */
		compare(i % 2 ? addr : in->addr | (addr & ~oracle_mask(in->len)));
	}
	compare_burst();
}

static int announce(struct full_route *route)
{
	route->nh = 1 + (uint32_t)oracle_random(&seed) % NH_MAX;
	return ops->add(fib, route->addr, route->len, route->nh, route->nh);
}

static int withdraw(struct full_route *route)
{
	route->nh = 0;
	return ops->del(fib, route->addr, route->len);
}

static void loaded(void **state)
{
	struct fib_stats stats;

	for (size_t i = full.n; i-- > 0;) /* hosts before their covers */
		assert_int_equal(announce(&full.route[i]), 0);
	ops->stats(fib, &stats);
	assert_int_equal(stats.routes, full.n);
	assert_int_equal(stats.refused, 0);
	compare_all(4);
}

/* Withdraw, replace, announce again; what compaction there is goes on between, and after. */
static void churned(void **state)
{
	struct fib_stats stats;
	bool more = true;

	for (size_t i = 0; i < full.n / CHURN_PART; i++) {
		assert_int_equal(withdraw(&full.route[i * CHURN_PART]), 0);
		assert_int_equal(announce(&full.route[i * CHURN_PART + 1]), 0);
		if (i % 64 == 0)
			ops->maintain(fib, SLICE);
	}
	compare_all(1);
	for (size_t i = 0; i < full.n / CHURN_PART; i++)
		assert_int_equal(announce(&full.route[i * CHURN_PART]), 0);
	while (more) {
		more = ops->maintain(fib, SLICE);
		rcu_synchronize(rcu);
	}
	ops->stats(fib, &stats);
	assert_int_equal(stats.routes, full.n);
	compare_all(1);
}

/* All but one of 16, so that a compaction is due; then the rest. */
static void withdrawn(void **state)
{
	struct fib_stats before, stats;
	bool more = true;

	for (size_t i = 0; i < full.n; i++)
		if (i % 16)
			assert_int_equal(withdraw(&full.route[i]), 0);
	ops->stats(fib, &before);
	for (unsigned i = 0; more; i++) {
		more = ops->maintain(fib, SLICE);
		rcu_synchronize(rcu);
		/* In the middle of it, some changes at the other end of the table. */
		if (i % 16 == 0 && i / 16 < full.n)
			assert_int_equal(announce(&full.route[i / 16]), 0);
	}
	ops->stats(fib, &stats);
	assert_true(stats.rebuilds > before.rebuilds);
	assert_true(stats.trie_bytes <= before.trie_bytes);
	compare_all(1);
	for (size_t i = 0; i < full.n; i++)
		if (full.route[i].nh)
			assert_int_equal(withdraw(&full.route[i]), 0);
	rcu_synchronize(rcu);
	ops->stats(fib, &stats);
	assert_int_equal(stats.routes, 0);
	assert_int_equal(stats.nodes, 0);
	assert_int_equal(stats.words, 0);
	for (unsigned i = 0; i < FIB_BULK_MAX; i++)
		compare(oracle_random(&seed));
	printf("%s: %zu routes, %llu addresses compared\n", ops->name, full.n,
	       (unsigned long long)compared);
	assert_true(compared >= 1000000);
}

static void make_synthetic4(void)
{
	struct fib4_prefix *prefixes = calloc(SYNTHETIC4_FULL, sizeof(*prefixes));

	full.n = synthetic4(prefixes, SYNTHETIC4_FULL, 1);
	full.route = calloc(full.n, sizeof(*full.route));
	for (size_t i = 0; i < full.n; i++)
		full.route[i] = (struct full_route){
			.addr = (oracle_addr)rte_be_to_cpu_32(prefixes[i].addr) << 96,
			.len = prefixes[i].len};
	free(prefixes);
}

static void make_synthetic6(void)
{
	struct fib6_prefix *prefixes = calloc(SYNTHETIC6_FULL, sizeof(*prefixes));

	full.n = synthetic6(prefixes, SYNTHETIC6_FULL, 1);
	full.route = calloc(full.n, sizeof(*full.route));
	for (size_t i = 0; i < full.n; i++) {
		full.route[i].len = prefixes[i].len;
		for (unsigned byte = 0; byte < 16; byte++)
			full.route[i].addr = full.route[i].addr << 8 | prefixes[i].addr[byte];
	}
	free(prefixes);
}

static int setup(void **state)
{
	const char *path = getenv("SLUICE_PREFIXES");

	if (path && *path)
		full_read(&full, path, ops->bits);
	else if (ops->bits == 32)
		make_synthetic4();
	else
		make_synthetic6();
	if (!full.n)
		return -1;
	full_sort(&full);
	rcu = rcu_create(1, 256);
	fib = ops->create(rcu, (uint32_t)full.n);
	return fib ? 0 : -1;
}

static int teardown(void **state)
{
	ops->destroy(fib);
	rcu_destroy(rcu);
	free(full.route);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loaded),
		cmocka_unit_test(churned),
		cmocka_unit_test(withdrawn),
	};

	ops = fib_suite_family(argc, argv);
	if (!ops)
		return 2;
	return cmocka_run_group_tests(tests, setup, teardown);
}
