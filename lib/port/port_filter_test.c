/* SPDX-License-Identifier: BSD-3-Clause */
/* The filter of a device that does as it is told, that cannot, and that fails for a while. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "log.h"
#include "port_filter.h"

static struct port port = {.conf.name = "p0", .id = 10, .started = true};
static struct port_table ports;
static struct iface_table *ifaces;
static struct iface *p0;
static int answer; /* of the device */
static unsigned opened, closed, warnings;

int __wrap_rte_eth_promiscuous_enable(uint16_t id);
int __wrap_rte_eth_promiscuous_disable(uint16_t id);
void __wrap_log_line(enum log_level level, const char *fmt, ...);

int __wrap_rte_eth_promiscuous_enable(uint16_t id)
{
	assert_int_equal(id, port.id);
	opened++;
	return answer;
}

int __wrap_rte_eth_promiscuous_disable(uint16_t id)
{
	assert_int_equal(id, port.id);
	closed++;
	return answer;
}

void __wrap_log_line(enum log_level level, const char *fmt, ...)
{
	warnings += level == LOG_LEVEL_WARN;
}

static int setup(void **state)
{
	static struct port *all[] = {&port};
	const struct mac_addr mac = {{2, 0, 0, 0, 0, 1}};

	ports = (struct port_table){.ports = all, .n = 1};
	ifaces = iface_table_create(4, -1);
	p0 = ifaces ? iface_add(ifaces, "p0", port.id, &mac, 1500, NULL) : NULL;
	port.open = port.promiscuous = false;
	answer = 0;
	opened = closed = warnings = 0;
	return p0 ? 0 : -1;
}

static int teardown(void **state)
{
	iface_table_destroy(ifaces);
	return 0;
}

static void follow(bool member, unsigned times)
{
	ifaces->fwd[p0->id].flags = member ? IFACE_FWD_MEMBER : 0;
	while (times--)
		port_filter_follow(&ports, ifaces);
}

static void does_it_once(void **state)
{
	follow(true, 3);
	assert_true(port.open);
	follow(false, 3);
	assert_false(port.open);
	assert_int_equal(opened, 1);
	assert_int_equal(closed, 1);
	assert_int_equal(warnings, 0);
}

static void has_no_filter(void **state)
{
	answer = -ENOTSUP;
	follow(true, 3);
	assert_true(port.open);
	follow(false, 3);
	assert_int_equal(opened, 1);
	assert_int_equal(closed, 1);
	assert_int_equal(warnings, 0);
}

static void fails_for_a_while(void **state)
{
	answer = -EIO;
	follow(true, 3);
	assert_false(port.open);
	assert_int_equal(opened, 3);
	assert_int_equal(warnings, 1);
	answer = 0;
	follow(true, 3);
	assert_true(port.open);
	assert_int_equal(opened, 4);
	/* Another failure is said again. */
	answer = -EIO;
	follow(false, 3);
	assert_true(port.open);
	assert_int_equal(closed, 3);
	assert_int_equal(warnings, 2);
	/* Nothing is left to do. */
	follow(true, 3);
	assert_int_equal(opened, 4);
}

static void is_promiscuous_anyway(void **state)
{
	port.promiscuous = true;
	follow(true, 2);
	assert_true(port.open);
	follow(false, 2);
	assert_false(port.open);
	assert_int_equal(opened + closed, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(does_it_once),
		TEST(has_no_filter),
		TEST(fails_for_a_while),
		TEST(is_promiscuous_anyway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
