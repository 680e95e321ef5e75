/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "unicast.h"

static void iface_addresses(void **state)
{
	static const struct {
		const char *addr, *expected; /* NULL: an interface can have it */
	} cases[] = {
		{"192.0.2.1/24", NULL},
		{"192.0.2.0/31", NULL},
		{"192.0.2.255/32", NULL},
		{"169.254.0.1/16", NULL},
		{"1.1.1.1/1", NULL},
		{"2001:db8::/64", NULL},
		{"fec0::1/64", NULL},
		{"1.1.1.1/0", "a length of at least 1"},
		{"2001:db8::1/0", "a length of at least 1"},
		{"0.0.0.0/8", "a unicast address, not the unspecified one"},
		{"::1/128", "a unicast address, not a loopback one"},
		{"224.0.0.1/24", "a unicast address, not a multicast one"},
		{"192.0.2.0/24", "the address of a host, not the network address of its subnet"},
		{"192.0.2.3/30", "the address of a host, not the broadcast address of its subnet"},
		{"fe80::1/64", "no link-local address: it follows from the MAC address"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct error expected = {.msg = ""};
		struct ip_prefix addr;
		int ret;

		assert_int_equal(ip_prefix_parse(cases[i].addr, &addr), 0);
		ret = unicast_check_iface(&addr, &expected);
		assert_int_equal(ret, cases[i].expected ? -EINVAL : 0);
		assert_string_equal(expected.msg, cases[i].expected ? cases[i].expected : "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(iface_addresses)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
