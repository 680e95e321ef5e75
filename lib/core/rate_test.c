/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rate.h"

static void is_rate(const char *text, uint64_t per_s, bool bits, const char *printed)
{
	struct rate rate;
	char buf[RATE_STRLEN];

	assert_int_equal(rate_parse(text, &rate), 0);
	assert_int_equal(rate.per_s, per_s);
	assert_int_equal(rate.bits, bits);
	assert_string_equal(rate_print(&rate, buf), printed);
}

static void units(void **state)
{
	is_rate("1pps", 1, false, "1pps");
	is_rate("1000pps", 1000, false, "1kpps");
	is_rate("1500pps", 1500, false, "1500pps");
	is_rate("20kpps", 20000, false, "20kpps");
	is_rate("3Mpps", 3000000, false, "3Mpps");
	is_rate("3000Mpps", 3000000000, false, "3000Mpps");
	is_rate("8bps", 8, true, "8bps");
	is_rate("64kbps", 64000, true, "64kbps");
	is_rate("10Mbps", 10000000, true, "10Mbps");
	is_rate("400Gbps", UINT64_C(400000000000), true, "400Gbps");
	is_rate("1000000Gbps", RATE_MAX, true, "1000000Gbps");
	is_rate("1000000000000000pps", RATE_MAX, false, "1000000000Mpps");
}

static void refused(void **state)
{
	static const char *const texts[] = {
		"",
		"0pps",
		"pps",
		"1000",
		"1000 pps",
		"-1pps",
		"+1pps",
		"01pps",
		"1.5Mbps",
		"10MBps",
		"1Gpps",
		"10mbps",
		"10Mbps ",
		"10 Mbps",
		"1000001Gbps",
		"1e3pps",
		"99999999999999999999999pps",
		"1000000000000001pps",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct rate rate;

		if (!rate_parse(texts[i], &rate))
			fail_msg("'%s' is taken", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
