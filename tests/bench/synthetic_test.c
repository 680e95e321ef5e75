/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "synthetic.h"

#define N 90000

static void assert_rising(const void *before, const void *after, size_t size, unsigned len_before,
			  unsigned len_after)
{
	int order = memcmp(before, after, size);

	assert_true(order < 0 || (order == 0 && len_before < len_after));
}

static void ipv4(void **state)
{
	struct fib4_prefix *p = calloc(N, sizeof(*p)), *again = calloc(N, sizeof(*p));
	unsigned of_len[33] = {0}, covered = 0;
	uint64_t end = 0;

	assert_int_equal(synthetic4(p, N, 7), N);
	assert_int_equal(synthetic4(again, N, 7), N);
	for (unsigned i = 0; i < N; i++) {
		uint32_t addr = rte_be_to_cpu_32(p[i].addr);

		assert_true(p[i].addr == again[i].addr && p[i].len == again[i].len);
		assert_in_range(p[i].len, 8, 32);
		assert_int_equal((uint64_t)addr << p[i].len & UINT32_MAX, 0);
		if (i)
			assert_rising(&p[i - 1].addr, &p[i].addr, 4, p[i - 1].len, p[i].len);
		of_len[p[i].len]++;
		covered += addr < end;
		if (addr >= end)
			end = addr + (UINT64_C(1) << (32 - p[i].len));
	}
	assert_in_range(of_len[24], N * 58 / 100, N * 62 / 100);
	assert_in_range(of_len[22] + of_len[23], N * 20 / 100, N * 25 / 100);
	assert_in_range(covered, N * 40 / 100, N * 85 / 100);
	synthetic4(again, N, 8);
	assert_memory_not_equal(p, again, N * sizeof(*p));
	free(p);
	free(again);
}

static void ipv6(void **state)
{
	struct fib6_prefix *p = calloc(N, sizeof(*p));
	unsigned of_len[129] = {0};

	assert_int_equal(synthetic6(p, N, 7), N);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(p[i].addr[0] >> 5, 1);
		assert_in_range(p[i].len, 16, 128);
		for (unsigned bit = p[i].len; bit < 128; bit++)
			assert_int_equal(p[i].addr[bit / 8] & 0x80 >> bit % 8, 0);
		if (i)
			assert_rising(p[i - 1].addr, p[i].addr, 16, p[i - 1].len, p[i].len);
		of_len[p[i].len]++;
	}
	assert_in_range(of_len[48], N * 43 / 100, N * 49 / 100);
	assert_in_range(of_len[32], N * 12 / 100, N * 16 / 100);
	free(p);
}

/* Also tables too small for every length to have its share. */
static void small(void **state)
{
	struct fib4_prefix p4[3];
	struct fib6_prefix p6[3];

	for (unsigned n = 1; n <= 3; n++) {
		assert_int_equal(synthetic4(p4, n, n), n);
		assert_int_equal(synthetic6(p6, n, n), n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
