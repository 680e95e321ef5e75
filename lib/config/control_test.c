/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is in control, and what the file may say with whom. */
#include "refuse_testing.h"

#define PORTS               "ports: [{name: p0, device: d0}]\n"
#define TEN                 "xxxxxxxxxx"
#define HUNDRED             TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define NONE                "control: none\n"
#define NAMED(port, device) "ports: [{name: " port ", device: '" device "'}]\n"

static void refusals(void **state)
{
	REFUSED({PORTS NONE "netns: r\n",
		 "3:8: netns: found 'r', expected none with 'control: none': nothing of Sluice is "
		 "in Linux then"},
		{PORTS NONE "netlink: {receive_buffer: 4096}\n",
		 "3:27: netlink.receive_buffer: found '4096', expected none with 'control: none': "
		 "nothing of Sluice is in Linux then"},
		{PORTS "netns: ..\n", "2:8: netns: found '..', expected the name of a network "
				      "namespace (as `ip netns` lists them), or a path"},
		{PORTS "netns: [r]\n", "2:8: netns: found a list, expected text of 0 to 255 bytes"},
		{PORTS "netns: " HUNDRED HUNDRED TEN TEN TEN TEN TEN "xxxxxx"
		       "\n",
		 "2:8: netns: found '" TEN TEN TEN TEN TEN TEN "...', expected text of 0 to 255 "
		 "bytes"},
		{PORTS "netlink: {receive_buffer: 1023}\n",
		 "2:27: netlink.receive_buffer: found '1023', expected 0 or an integer from 1024 "
		 "to 1073741824"},
		{NAMED("lo", "d"), "1:16: ports[0].name: found 'lo', expected a name that a netdev "
				   "can have, for its mirror: not 'lo' or 'default'"},
		{NAMED("default", "d"),
		 "1:16: ports[0].name: found 'default', expected a name that a netdev can have, "
		 "for its mirror: not 'lo' or 'default'"},
		{NAMED("v0", "net_af_packet0,iface=v0"),
		 "1:16: ports[0].name: found 'v0', expected another name, or a 'netns' for the "
		 "mirrors: the netdev under port 'v0' has it already"},
		{"ports:\n- {name: v0, device: x}\n"
		 "- {name: p1, device: 'net_af_xdp0,start_queue=0,iface=v0,queue_count=1'}\n",
		 "2:10: ports[0].name: found 'v0', expected another name, or a 'netns' for the "
		 "mirrors: the netdev under port 'p1' has it already"});
}

static void linux_control(void **state)
{
	struct config cfg;

	parses("control: linux\nnetns: /run/netns/a b\nnetlink: {receive_buffer: 1073741824}\n"
	       "ports: [{name: v0, device: 'net_af_packet0,iface=v0'}]\n",
	       &cfg);
	assert_int_equal(cfg.control, CONTROL_LINUX);
	assert_string_equal(cfg.netns, "/run/netns/a b");
	assert_int_equal(cfg.netlink_receive_buffer, 1 << 30);
	config_free(&cfg);
	assert_null(cfg.netns);
	parses(PORTS "netns: " HUNDRED HUNDRED TEN TEN TEN TEN TEN "xxxxx\n", &cfg);
	assert_int_equal(strlen(cfg.netns), 255);
	config_free(&cfg);
}

/* What looks like one of the refusals and is none. */
static void unusual_but_right(void **state)
{
	static const struct {
		const char *text;
		enum config_control control;
	} cases[] = {
		/* names that are no netdev's, where there are no mirrors */
		{"ports: [{name: lo, device: x}, {name: default, device: y}]\n" NONE, CONTROL_NONE},
		{NAMED("v0", "n,iface=v0") NONE "netns: ''\nnetlink: {receive_buffer: 0}",
		 CONTROL_NONE},
		/* the netdev's own name, in another namespace */
		{NAMED("v0", "n,iface=v0") "netns: r\nnetlink: {receive_buffer: 0}", CONTROL_LINUX},
		/* other names, other arguments */
		{NAMED("v0", "n,iface=v00,xiface=v0"), CONTROL_LINUX},
		{NAMED("v0", "n,iface="), CONTROL_LINUX},
	};
	struct config cfg;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		parses(cases[i].text, &cfg);
		assert_int_equal(cfg.control, cases[i].control);
		config_free(&cfg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(linux_control),
		cmocka_unit_test(unusual_but_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
