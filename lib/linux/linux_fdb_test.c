/* SPDX-License-Identifier: BSD-3-Clause */
/* What Sluice tells and deletes in the kernel's bridges, and what the kernel says of that. In the
 * first tests the kernel has no bridge, and refuses all. */
#include <linux/if_bridge.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "bridge_own.h"
#include "linux_own.h"
#include "netns_testing.h"
#include "sync_testing.h"

#define BR0 30
#define P0  10
#define P1  11
#define V0  20

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
	l.events = nl_listen(1 << 20, &err);
	assert_non_null(l.events);
	assert_int_equal(linux_fdb_create(&l, &err), 0);
	link_event(BR0, "br0", 0);
	link_event(P0, "p0", BR0);
	link_event(P1, "p1", BR0);
	return 0;
}

/* With what has been said of them in the kernel too. */
static int set_up_bridge(void **state)
{
	testing_run("ip link add br0 index %d type bridge", BR0);
	testing_run("ip link add p0 index %d type veth peer name q0", P0);
	testing_run("ip link add p1 index %d type veth peer name q1", P1);
	testing_run("ip link add v0 index %d type veth peer name w0", V0);
	testing_run("for d in p0 p1 v0; do ip link set $d master br0; done");
	testing_run("for d in br0 v0 w0; do ip link set $d up; done");
	return set_up(state);
}

static int tear_down(void **state)
{
	linux_fdb_destroy(&l);
	nl_close(l.events);
	netns_close(&l.ns);
	event_base_free(l.base);
	return testing_sync_destroy(state);
}

static int tear_down_bridge(void **state)
{
	testing_run("for d in br0 p0 p1 v0; do ip link del $d; done");
	return tear_down(state);
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
	for (unsigned mac = 50; mac < 114; mac++) { /* with one message */
		add(mac);
		forget(mac);
		assert_false(is_echo(mac)); /* it is queued */
	}
	tell();
	for (unsigned mac = 50; mac < 114; mac++) {
		assert_true(is_echo(mac));
		assert_false(is_echo(mac)); /* an operator's */
	}
	assert_false(is_echo(114));
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

/* As a worker has seen it. */
static void learn_at(unsigned mac, const char *name)
{
	const struct iface *port = iface_by_name(testing->r.ifaces, name);
	struct bridge *b = bridge_by_name(testing->r.bridges, "br0");
	struct mac_addr addr = testing_mac(mac);
	struct rte_ether_addr ether;
	struct bridge_entry e;

	memcpy(&ether, &addr, sizeof(ether));
	learn_one(testing->r.bridges,
		  &(struct learn_report){.key = fdb_key(&ether, b->fids[0]), .iface = port->id});
	assert_true(bridge_fdb_get(testing->r.bridges, b, &addr, 0, &e) && e.iface == port);
}

static void learn(unsigned mac)
{
	learn_at(mac, "p0");
}

static const char *text(unsigned mac)
{
	static char out[MAC_STRLEN];
	struct mac_addr addr = testing_mac(mac);

	return mac_print(&addr, out);
}

/* The kernel has it there, learned outside of it or static, both or none of it. */
static void assert_kernel(unsigned mac, const char *dev, bool learned, bool is_static)
{
	const char *line = testing_output("bridge fdb show br br0 | grep %s", text(mac));
	char want[16];

	snprintf(want, sizeof(want), "dev %s ", dev);
	assert_non_null(strstr(line, want));
	assert_int_equal(strstr(line, "extern_learn") != NULL, learned);
	assert_int_equal(strstr(line, "static") != NULL, is_static);
}

static void assert_sluice(unsigned mac, const char *name, uint8_t flags)
{
	struct bridge *b = bridge_by_name(testing->r.bridges, "br0");
	struct mac_addr addr = testing_mac(mac);
	struct bridge_entry e;

	assert_true(bridge_fdb_get(testing->r.bridges, b, &addr, 0, &e));
	assert_string_equal(e.iface->name, name);
	assert_int_equal(e.flags, flags);
}

static void operator_sets(unsigned mac, const char *dev)
{
	testing_run("bridge fdb replace %s dev %s master static", text(mac), dev);
}

/* Between Sluice's learning and its telling. */
static void what_an_operator_sets_stays(void **state)
{
	learn(50);
	learn(51);
	operator_sets(50, "p1");
	operator_sets(51, "p0");
	learn(52);
	tell();
	assert_kernel(50, "p1", false, true);
	assert_kernel(51, "p0", false, true);
	assert_kernel(52, "p0", true, false);
	assert_sluice(50, "p1", FDB_STATIC);
	assert_sluice(51, "p0", FDB_STATIC);
	/* Between Sluice's forgetting and its deleting. */
	forget(52);
	operator_sets(52, "p0");
	tell();
	assert_kernel(52, "p0", true, true);
	assert_sluice(52, "p0", FDB_STATIC);
	/* One that Sluice has no room for, or has flushed. */
	bridge_fdb_flush(testing->r.bridges, bridge_by_name(testing->r.bridges, "br0"), NULL, 0,
			 true);
	learn(50);
	tell();
	assert_kernel(50, "p1", false, true);
	forget(50);
	tell();
	assert_kernel(50, "p1", false, true);
}

/* The kernel's own learning, at a member that is none of Sluice's. */
static void what_the_kernel_has_learned_elsewhere_stays(void **state)
{
	learn(50);
	tell();
	assert_kernel(50, "p0", true, false);
	learn(51);
	testing_run("bridge fdb replace %s dev v0 master dynamic", text(51));
	tell();
	assert_kernel(51, "v0", false, false);
	assert_sluice(51, "br0", 0);
}

static void assert_not_in_kernel(unsigned mac)
{
	assert_string_equal(testing_output("bridge fdb show br br0 | grep %s || true", text(mac)),
			    "");
}

/* It stands there where it was told last. */
static void what_moves_and_is_forgotten_goes(void **state)
{
	learn(50);
	tell();
	assert_kernel(50, "p0", true, false);
	learn_at(50, "p1");
	forget(50);
	tell();
	assert_not_in_kernel(50);
}

static void what_becomes_the_routers_goes(void **state)
{
	struct bridge *b = bridge_by_name(testing->r.bridges, "br0");
	struct bridge_conf conf = *bridge_conf(b);

	learn(50);
	tell();
	assert_kernel(50, "p0", true, false);
	conf.has_mac = true;
	conf.mac = testing_mac(50);
	assert_int_equal(bridge_set(testing->r.bridges, b, &conf, NULL), 0);
	assert_sluice(50, "br0", FDB_STATIC);
	tell();
	assert_not_in_kernel(50);
}

/* The operator's command comes when Sluice has read all news, and has not told yet. */
static void what_was_moved_along_is_put_back(void **state)
{
	struct nl_socket *events = l.events;
	struct nl_fdb fdb = {.ifindex = P0, .master = BR0, .mac = testing_mac(50)};
	struct error err;

	l.events = nl_open(&err); /* which hears nothing */
	assert_non_null(l.events);
	learn(50);
	operator_sets(50, "p1");
	tell();
	assert_kernel(50, "p0", true, true);
	learn(51);
	nl_close(l.events);
	l.events = events;
	assert_true(linux_fdb_put_back(&l, &fdb, P1));
	fdb.ifindex = P1;
	assert_false(linux_fdb_put_back(&l, &fdb, P0));
	testing->echo = true;
	tell();
	assert_int_equal(testing->put_back, P1);
	assert_kernel(50, "p1", true, true);
	assert_sluice(50, "p1", FDB_STATIC);
}

int main(void)
{
#define TEST(name)        cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_BRIDGE(name) cmocka_unit_test_setup_teardown(name, set_up_bridge, tear_down_bridge)
	const struct CMUnitTest tests[] = {
		TEST(each_deletion_is_heard_once),
		TEST(what_is_learned_again_stays),
		TEST(what_the_kernel_refused_is_forgotten),
		TEST_BRIDGE(what_an_operator_sets_stays),
		TEST_BRIDGE(what_the_kernel_has_learned_elsewhere_stays),
		TEST_BRIDGE(what_moves_and_is_forgotten_goes),
		TEST_BRIDGE(what_becomes_the_routers_goes),
		TEST_BRIDGE(what_was_moved_along_is_put_back),
	};

	return cmocka_run_group_tests(tests, testing_netns, NULL);
}
