/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "addr.h"

static void parses_and_prints(void **state)
{
	static const char *const same[] = {"0.0.0.0/0", "192.0.2.1/24",   "255.255.255.255/32",
					   "::/0",      "2001:db8::1/64", "fe80::1/128"};
	char buf[IP_PREFIX_STRLEN];
	struct ip_prefix p;

	for (unsigned i = 0; i < sizeof(same) / sizeof(*same); i++) {
		assert_int_equal(ip_prefix_parse(same[i], &p), 0);
		assert_string_equal(ip_prefix_print(&p, buf), same[i]);
	}
	assert_int_equal(ip_prefix_parse("192.0.2.7", &p), 0);
	assert_int_equal(p.len, 32);
	assert_int_equal(ip_prefix_parse("2001:db8::7", &p), 0);
	assert_int_equal(p.len, 128);
}

static void refuses(void **state)
{
	static const char *const bad[] = {"",           "/",         "192.0.2.1/",  "192.0.2.1/33",
					  "192.0.2/24", "::/129",    "::1/-1",      "192.0.2.1/ 8",
					  "::g",        "1.2.3.4.5", "::/0000001",  "10.0.0.0/8x",
					  "a name",     "01.2.3.4/", "300.1.1.1/8", "::1 "};
	static const char *const macs[] = {"", "02:00:00:00:00", "02:00:00:00:00:0g",
					   "02:00:00:00:00:001", "02-00-00-00-00-01"};
	struct ip_prefix p;
	struct mac_addr m;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_not_equal(ip_prefix_parse(bad[i], &p), 0);
	for (unsigned i = 0; i < sizeof(macs) / sizeof(*macs); i++)
		assert_int_not_equal(mac_parse(macs[i], &m), 0);
}

static void masks_and_contains(void **state)
{
	struct ip_prefix p, q;
	struct ip_addr a;

	assert_int_equal(ip_prefix_parse("192.0.2.129/25", &p), 0);
	assert_false(ip_prefix_mask(&p));
	assert_true(ip_prefix_mask(&p));
	assert_int_equal(ip_prefix_parse("192.0.2.128/25", &q), 0);
	assert_true(ip_prefix_equal(&p, &q));
	assert_int_equal(ip_addr_parse("192.0.2.200", &a), 0);
	assert_true(ip_prefix_contains(&p, &a));
	assert_int_equal(ip_addr_parse("192.0.2.1", &a), 0);
	assert_false(ip_prefix_contains(&p, &a));
	assert_int_equal(ip_prefix_parse("::/0", &q), 0);
	assert_false(ip_prefix_contains(&q, &a));
	assert_int_equal(ip_prefix_parse("0.0.0.0/0", &q), 0);
	assert_true(ip_prefix_contains(&q, &a));
}

static void macs(void **state)
{
	char mac_buf[MAC_STRLEN], ip_buf[IP_ADDR_STRLEN];
	struct ip_addr ll;
	struct mac_addr m;

	assert_int_equal(mac_parse("02:Ab:00:00:00:01", &m), 0);
	assert_string_equal(mac_print(&m, mac_buf), "02:ab:00:00:00:01");
	assert_true(mac_is_unicast(&m));
	ll = ip6_link_local(&m);
	assert_string_equal(ip_addr_print(&ll, ip_buf), "fe80::ab:ff:fe00:1");
	assert_true(ip_addr_is_link_local6(&ll));
	m.bytes[0] |= 1;
	assert_false(mac_is_unicast(&m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_prints),
		cmocka_unit_test(refuses),
		cmocka_unit_test(masks_and_contains),
		cmocka_unit_test(macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
