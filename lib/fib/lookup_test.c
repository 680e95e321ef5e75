/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lookups alone, of all versions, in tries that are built here, by code that knows nothing of
 * the writer's: with bursts of every length, whose arrays end where memory does.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "fib.h"
#include "fib_oracle.h"
#include "lookup.h"

#define WORDS_MAX 65536
#define ROUTES    300
#define PROBES    4096

/* A trie as a reader sees it, and what it was built from. */
struct made {
	struct oracle o;
	struct trie trie;
	unsigned bits; /* of an address */
	uint32_t end;  /* words in use */
	uint64_t words[WORDS_MAX];
	uint64_t root[TRIE_ROOT_WORDS] __rte_cache_aligned;
};

static unsigned next_depth(const struct made *m, unsigned depth)
{
	if (m->bits == 32 && depth >= 24)
		return depth == 24 ? 27 : 32;
	if (depth == 124)
		return 128;
	return depth + 5;
}

/* Does any route end inside the prefix? */
static bool parts(const struct made *m, const struct oracle_route *prefix)
{
	for (unsigned i = 0; i < m->o.n; i++)
		if (m->o.route[i].len > prefix->len && oracle_covers(prefix, m->o.route[i].addr))
			return true;
	return false;
}

/* The word for a prefix at a level's end. */
static uint64_t build(struct made *m, oracle_addr addr, unsigned depth)
{
	struct oracle_route prefix = {.addr = addr, .len = depth};
	unsigned next = next_depth(m, depth), n = 0;
	uint64_t run[TRIE_SLOTS_MAX], bitmap = 0;
	const struct oracle_route *match;

	if (!parts(m, &prefix)) {
		match = oracle_match(&m->o, addr, 129);
		return match && match->len ? trie_leaf(match->nh) : TRIE_BACKGROUND;
	}
	for (unsigned slot = 0; slot < 1u << (next - depth); slot++) {
		uint64_t word = build(m, addr | (oracle_addr)slot << (128 - next), next);

		if (n && word == run[n - 1])
			continue;
		bitmap |= slot ? UINT64_C(1) << slot : 0;
		run[n++] = word;
	}
	assert_true(m->end + n <= WORDS_MAX);
	memcpy(&m->words[m->end], run, n * sizeof(*run));
	m->end += n;
	return (uint64_t)(m->end - n) << 32 | bitmap;
}

static struct made *make(unsigned bits, unsigned n_routes, uint32_t background)
{
	struct made *m = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*m));
	uint64_t seed = 51;

	assert_non_null(m);
	memset(m, 0, sizeof(*m));
	m->bits = bits;
	m->words[m->end++] = trie_leaf(background);
	if (background)
		oracle_add(&m->o, (struct oracle_route){.nh = background});
	while (m->o.n < n_routes) {
		struct oracle_route route = oracle_prefix(&seed, bits);

		route.nh = m->o.n + 1;
		if (route.len)
			oracle_add(&m->o, route);
	}
	for (unsigned i = 0; i < TRIE_ROOT_WORDS; i++)
		m->root[i] = build(m, (oracle_addr)i << (128 - TRIE_ROOT_BITS), TRIE_ROOT_BITS);
	m->trie.words = m->words;
	m->trie.root = m->root;
	return m;
}

/* Addresses around the ends of routes, and some anywhere; and their next hops. */
static void make_probes(const struct made *m, oracle_addr *addr, uint32_t *want)
{
	oracle_addr host = (oracle_addr)1 << (128 - m->bits);
	uint64_t seed = 52;

	for (unsigned i = 0; i < PROBES; i++) {
		oracle_addr any = (oracle_addr)oracle_random(&seed) << 64 | oracle_random(&seed);
		const struct oracle_route *at;

		addr[i] = any;
		if (m->o.n && i % 8) {
			at = &m->o.route[oracle_random(&seed) % m->o.n];
			addr[i] = at->addr | (any & ~oracle_mask(at->len));
			if (i % 8 > 4)
				addr[i] = at->addr - host * (i % 2);
		}
		addr[i] &= oracle_mask(m->bits);
		at = oracle_match(&m->o, addr[i], 129);
		want[i] = at ? at->nh : FIB_MISS;
	}
}

/* An array of `bytes` bytes that ends where a page does that is followed by none. */
static void *at_the_end(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *base =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(base != MAP_FAILED);
	assert_true(bytes <= page);
	assert_int_equal(munmap(base + page, page), 0);
	return base + page - bytes;
}

static void unmap(void *end, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap((char *)end + bytes - page, page);
}

static void to_bytes(oracle_addr addr, uint8_t bytes[16])
{
	for (unsigned i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(addr >> (120 - 8 * i));
}

/* One bulk lookup by one version of one family: dst holds n addresses as it wants them. */
static void bulk(const struct made *m, enum simd simd, const void *dst, uint32_t *nh, unsigned n)
{
	if (m->bits == 32)
		lookup4_bulk(simd)(&m->trie, dst, nh, n);
	else
		lookup6_bulk(simd)(&m->trie, dst, nh, n);
}

/* Write an address to the i-th place of dst; packet: where it is put if dst has pointers. */
static void put(const struct made *m, void *dst, unsigned i, oracle_addr addr, uint8_t *packet)
{
	if (m->bits == 32) {
		((rte_be32_t *)dst)[i] = rte_cpu_to_be_32((uint32_t)(addr >> 96));
	} else {
		to_bytes(addr, packet);
		((const uint8_t **)dst)[i] = packet;
	}
}

static void check_single(const struct made *m, oracle_addr addr, uint32_t want)
{
	uint8_t bytes[16];

	to_bytes(addr, bytes);
	if (m->bits == 32)
		assert_int_equal(lookup4(&m->trie, rte_cpu_to_be_32((uint32_t)(addr >> 96))), want);
	else
		assert_int_equal(lookup6(&m->trie, bytes), want);
}

/* Bursts of n, all of whose arrays end at a page's end, until the probes are through. */
static void check_bursts(const struct made *m, enum simd simd, unsigned n, const oracle_addr *addr,
			 const uint32_t *want)
{
	size_t dst_bytes = n * (m->bits == 32 ? sizeof(rte_be32_t) : sizeof(uint8_t *));
	size_t nh_bytes = (n + 1) * sizeof(uint32_t), packets_bytes = n * 16;
	uint8_t *packets = at_the_end(packets_bytes);
	uint32_t *nh = at_the_end(nh_bytes);
	void *dst = at_the_end(dst_bytes);

	nh[0] = 0xdeadbeef; /* before the first: not theirs */
	for (unsigned at = 0; at + n <= PROBES; at += n ? n : PROBES) {
		for (unsigned i = 0; i < n; i++)
			put(m, dst, i, addr[at + i], packets + 16 * (n - 1 - i));
		bulk(m, simd, dst, nh + 1, n);
		assert_memory_equal(nh + 1, want + at, n * sizeof(*nh));
		assert_int_equal(nh[0], 0xdeadbeef);
	}
	unmap(packets, packets_bytes);
	unmap(nh, nh_bytes);
	unmap(dst, dst_bytes);
}

static void check(unsigned bits, unsigned n_routes, uint32_t background)
{
	static oracle_addr addr[PROBES];
	static uint32_t want[PROBES];
	struct made *m = make(bits, n_routes, background);

	make_probes(m, addr, want);
	for (unsigned i = 0; i < PROBES; i++)
		check_single(m, addr[i], want[i]);
	for (enum simd simd = 0; simd < SIMD_N; simd++)
		for (unsigned n = 0; n <= FIB_BULK_MAX && simd_supported(simd); n++)
			check_bursts(m, simd, n, addr, want);
	free(m);
}

static void no_routes(void **state)
{
	check(32, 0, 0);
	check(128, 0, 0);
}

static void without_default_route(void **state)
{
	check(32, ROUTES, 0);
	check(128, ROUTES, 0);
}

static void with_default_route(void **state)
{
	check(32, ROUTES, FIB_NH_MAX);
	check(128, ROUTES, FIB_NH_MAX);
}

static void versions(void **state)
{
	assert_ptr_equal(lookup4_bulk(SIMD_SCALAR), lookup4_bulk_scalar);
	assert_ptr_equal(lookup6_bulk(SIMD_SCALAR), lookup6_bulk_scalar);
	for (enum simd simd = SIMD_SCALAR + 1; simd < SIMD_N; simd++) {
		assert_int_equal(lookup4_bulk(simd) != NULL, simd_supported(simd));
		assert_int_equal(lookup6_bulk(simd) != NULL, simd_supported(simd));
		assert_ptr_not_equal(lookup4_bulk(simd), lookup4_bulk(SIMD_SCALAR));
		assert_ptr_not_equal(lookup6_bulk(simd), lookup6_bulk(SIMD_SCALAR));
	}
	assert_null(lookup4_bulk(SIMD_N));
	assert_null(lookup6_bulk(SIMD_N));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(no_routes),
		cmocka_unit_test(without_default_route),
		cmocka_unit_test(with_default_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
