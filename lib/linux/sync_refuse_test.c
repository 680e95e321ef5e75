/* SPDX-License-Identifier: BSD-3-Clause */
/* Links that cannot be followed: what is said of them, and how often. */
#include <stdarg.h>

#include "log.h"
#include "sync_bridge_testing.h"

#define BR1 31

static unsigned warnings;
static char last[512];

void __wrap_log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void __wrap_log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level != LOG_LEVEL_WARN)
		return;
	va_start(ap, fmt);
	vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
	warnings++;
}

/* br1, with p2 in it. */
static void second_bridge(void)
{
	struct nl_link *link = bridge_msg();

	link->index = BR1;
	strcpy(link->name, "br1");
	testing_event(0);
	mirror(2, BR1);
	port_msg(12, BR_STATE_FORWARDING)->master = BR1;
	testing_event(0);
}

static void vlan_into(int master)
{
	vlan_msg(41, "br0.100", BR0, 100)->master = master;
	testing_event(0);
}

static void says_once_for_one_reason(void **state)
{
	static const char *const text =
		"br0.100 of Linux is not followed: br0.100 cannot be a member of br1: expected a "
		"port, or a VLAN interface on one; Sluice forwards nothing between it and other "
		"members";

	two_members();
	second_bridge();
	vlan(41, "br0.100", BR0, 100);
	warnings = 0;
	vlan_into(BR1);
	assert_string_equal(last, text);
	assert_int_equal(warnings, 1);
	port_msg(41, BR_STATE_LEARNING)->master = BR1;
	testing_event(0);
	port_msg(41, BR_STATE_FORWARDING)->master = BR1;
	testing_event(0);
	vlan_msg(41, "br0.100", BR0, 100)->master = BR1;
	testing->msg.link.mtu = 1400;
	testing_event(0);
	assert_int_equal(warnings, 1);
	assert_int_equal(testing->isolated & UINT64_C(1) << 41, 0);
	/* It was out in between. */
	vlan_into(0);
	vlan_into(BR1);
	assert_int_equal(warnings, 2);
	assert_string_equal(last, text);
}

static void another_reason_is_said(void **state)
{
	two_members();
	vlan(41, "p0.5", 10, 5);
	warnings = 0;
	vlan(42, "p0.5b", 10, 5);
	assert_int_equal(warnings, 1);
	vlan(42, "p0.5b", 10, 5);
	assert_int_equal(warnings, 1);
	vlan(42, "p1", 10, 6);
	assert_int_equal(warnings, 2);
	assert_non_null(strstr(last, "'p1' is used twice"));
	/* It was followed in between. */
	vlan(42, "p0.6", 10, 6);
	assert_non_null(iface("p0.6"));
	gone(42);
	vlan(42, "p1", 10, 6);
	assert_int_equal(warnings, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_sync_create, testing_sync_destroy)
	const struct CMUnitTest tests[] = {
		TEST(says_once_for_one_reason),
		TEST(another_reason_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
