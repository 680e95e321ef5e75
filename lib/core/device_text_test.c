/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "device_text.h"

static void one_device_has_several_spellings(void **state)
{
	assert_true(device_text_same("net_null0", "net_null0,copy=1"));
	assert_true(device_text_same("vdev:net_null0", "net_null0"));
	assert_true(device_text_same("03:00.0", "0000:03:00.0"));
	assert_true(device_text_same("0000:0a:00.1,x=1", "A:0.1"));
	assert_true(device_text_same("pci:0000:03:00.0", "3:00.0,a=1:2"));
}

static void others_are_others(void **state)
{
	assert_false(device_text_same("net_null0", "net_null1"));
	assert_false(device_text_same("net_null", "net_null1"));
	assert_false(device_text_same("net_null1", "net_null"));
	assert_false(device_text_same("03:00.0", "0001:03:00.0"));
	assert_false(device_text_same("03:00.0", "03:00.1"));
	assert_false(device_text_same("03:00.0", "03:01.0"));
	assert_false(device_text_same("03:00.0", "03:00.0x"));
	assert_false(device_text_same("03:00.0", "04:00.0"));
	assert_false(device_text_same("03:00", "03:00.0"));
	assert_false(device_text_same("", "0:0.0"));
}

static void assert_taking(const char *device, const char *argument)
{
	char m0[] = "net_null0,copy=1", m1[] = "0000:03:00.0";
	char *const members[] = {m0, m1};
	const char *found = device_text_taking(device, members, 2);

	if (!argument) {
		assert_null(found);
		return;
	}
	assert_non_null(found);
	assert_int_equal(strcspn(found, ","), strlen(argument));
	assert_memory_equal(found, argument, strlen(argument));
}

static void arguments_that_take_another_device(void **state)
{
	assert_taking("net_bonding0,slave=net_null0", "slave=net_null0");
	assert_taking("net_bonding0,mode=0,slave=0,slave=1", "slave=0");
	assert_taking("eth_bond0,member=03:00.0,mode=1", "member=03:00.0");
	assert_taking("net_bonding0,mode=1,primary=net_null2", "primary=net_null2");
	assert_taking("net_bonding0,mode=1,primary=0", "primary=0");
	assert_taking("net_failsafe0,mac=02:00:00:00:00:01,dev(net_null0,copy=1)", "dev(net_null0");
	assert_taking("net_failsafe0,device=(net_null0)", "device=(net_null0)");
	assert_taking("net_failsafe0,fd(3)", "fd(3)");
	assert_taking("net_failsafe0,exec(echo net_null0)", "exec(echo net_null0)");
}

static void arguments_that_do_not(void **state)
{
	assert_taking("slave=", NULL);
	assert_taking("net_null0,copy=1", NULL);
	assert_taking("net_bonding0,mode=1,primary=net_null0", NULL);
	assert_taking("net_bonding0,mode=1,primary=03:00.0,lacp_rate=fast", NULL);
	assert_taking("net_pcap0,rx_pcap=/tmp/dev(1)slave=.pcap", NULL);
	assert_taking("0000:03:00.0,devices=1,x=(", NULL);
	assert_taking("", NULL);
	assert_taking("net_null0,", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_device_has_several_spellings),
		cmocka_unit_test(others_are_others),
		cmocka_unit_test(arguments_that_take_another_device),
		cmocka_unit_test(arguments_that_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
