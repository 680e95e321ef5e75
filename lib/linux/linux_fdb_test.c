/* SPDX-License-Identifier: BSD-3-Clause */
/* What Sluice deletes from the kernel's bridges, and what the kernel says of that. The kernel here
 * has no bridge, and refuses all. */
#include <linux/if_bridge.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "bridge_ctl.h"
#include "linux_own.h"
#include "netns_testing.h"
#include "sync_testing.h"

#define BR0 30
#define P0  10

static struct linux_ctl l;

static void link_event(int index, const char *name, int master)
{
	struct nl_link *link = &testing->msg.link;

	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_LINK;
	*link = (struct nl_link){.index = index,
				 .mtu = 1500,
				 .up = true,
				 .carrier = true,
				 .running = true,
				 .master = master,
				 .type = master ? NL_LINK_OTHER : NL_LINK_BRIDGE,
				 .tpid = master ? 0 : 0x8100,
				 .ageing_cs = 30000};
	snprintf(link->name, sizeof(link->name), "%s", name);
	if (master) {
		link->has_brport = true;
		link->brport.state = BR_STATE_FORWARDING;
		link->brport.learning = true;
	}
	testing_event(0);
}

static int set_up(void **state)
{
	struct error err;

	testing_sync_create(state);
	l = (struct linux_ctl){.r = &testing->r, .sync = testing->sync};
	l.base = event_base_new();
	assert_int_equal(netns_open(&l.ns, "", &err), 0);
	assert_int_equal(linux_fdb_create(&l, &err), 0);
	link_event(BR0, "br0", 0);
	link_event(P0, "p0", BR0);
	return 0;
}

static int tear_down(void **state)
{
	linux_fdb_destroy(&l);
	netns_close(&l.ns);
	event_base_free(l.base);
	return testing_sync_destroy(state);
}

static void add(unsigned mac)
{
	struct bridge *b = bridge_by_name(testing->r.bridges, "br0");
	struct mac_addr addr = testing_mac(mac);

	assert_int_equal(bridge_fdb_add(testing->r.bridges, b,
					iface_by_name(testing->r.ifaces, "p0"), &addr, 0, 0, NULL),
			 0);
}

static void forget(unsigned mac)
{
	struct bridge *b = bridge_by_name(testing->r.bridges, "br0");
	struct mac_addr addr = testing_mac(mac);

	assert_int_equal(bridge_fdb_del(testing->r.bridges, b, &addr, 0, NULL), 0);
}

/* Until the queue is empty. */
static void tell(void)
{
	assert_true(event_base_dispatch(l.base) >= 0);
}

static bool is_echo(unsigned mac)
{
	const struct nl_fdb fdb = {.ifindex = P0, .master = BR0, .mac = testing_mac(mac)};

	return linux_fdb_is_echo(&l, &fdb);
}

static void each_deletion_is_heard_once(void **state)
{
	for (unsigned mac = 50; mac < 250; mac++) {
		add(mac);
		forget(mac);
		assert_false(is_echo(mac)); /* it is queued */
	}
	tell();
	for (unsigned mac = 50; mac < 250; mac++) {
		assert_true(is_echo(mac));
		assert_false(is_echo(mac)); /* an operator's */
	}
	assert_false(is_echo(251));
}

static void what_is_learned_again_stays(void **state)
{
	for (unsigned mac = 50; mac < 60; mac++) {
		add(mac);
		forget(mac);
	}
	add(53);
	tell();
	for (unsigned mac = 50; mac < 60; mac++)
		assert_int_equal(is_echo(mac), mac != 53);
}

static void what_the_kernel_refused_is_forgotten(void **state)
{
	add(50);
	forget(50);
	tell();
	linux_fdb_heard(&l);
	assert_false(is_echo(50));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_deletion_is_heard_once),
		TEST(what_is_learned_again_stays),
		TEST(what_the_kernel_refused_is_forgotten),
	};

	return cmocka_run_group_tests(tests, testing_netns, NULL);
}
