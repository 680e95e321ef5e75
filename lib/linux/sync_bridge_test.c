/* SPDX-License-Identifier: BSD-3-Clause */
/* Bridges of the kernel and their members. */
#include <linux/neighbour.h>

#include "sync_bridge_testing.h"

static void a_bridge_with_members(void **state)
{
	bridge();
	assert_null(br0()); /* nothing of it is ours */
	mirror(0, BR0);
	assert_true(is_member("p0"));
	assert_int_equal(bridge_member_conf(testing->r.bridges, iface("p0"))->state,
			 BRIDGE_DISABLED);
	port(0);
	assert_int_equal(bridge_member_conf(testing->r.bridges, iface("p0"))->state,
			 BRIDGE_FORWARDING);
	mirror(1, BR0);
	port(1);
	assert_true(is_member("p1"));
	assert_int_equal(testing->isolated, 3 << 10);
	assert_int_equal(sync_ifindex(testing->sync, iface("br0")), BR0);
	assert_int_equal(iface("br0")->mac.bytes[5], testing_mac(77).bytes[5]);
	assert_true(sync_take_stale(testing->sync));

	mirror(0, 0);
	assert_false(is_member("p0"));
	assert_int_equal(testing->isolated, 1 << 11);
	mirror(1, 0);
	assert_null(br0());
	assert_null(iface("br0"));
	assert_int_equal(testing->isolated, 0);
	mirror(1, BR0);
	assert_true(is_member("p1"));
	gone(BR0);
	assert_null(iface("br0"));
}

static void a_port_follows(void **state)
{
	const struct bridge_member_conf *conf;
	struct nl_port *p;

	bridge();
	mirror(0, BR0);
	p = port_msg(10, BR_STATE_BLOCKING);
	p->brport.learning = p->brport.flood = false;
	p->brport.isolated = true;
	testing_event(0);
	conf = bridge_member_conf(testing->r.bridges, iface("p0"));
	assert_int_equal(conf->state, BRIDGE_BLOCKING);
	assert_int_equal(conf->flags, BRIDGE_MCAST_FLOOD | BRIDGE_BCAST_FLOOD | BRIDGE_ISOLATED);
	/* The link's own message may say it too, or nothing of it. */
	mirror(0, BR0);
	assert_int_equal(bridge_member_conf(testing->r.bridges, iface("p0"))->state,
			 BRIDGE_BLOCKING);
	/* What forgets at once does not learn. */
	port(0);
	bridge_msg()->ageing_cs = 0;
	testing_event(0);
	conf = bridge_member_conf(testing->r.bridges, iface("p0"));
	assert_false(conf->flags & BRIDGE_LEARN);
	port_msg(10, 0);
	testing_deleted();
	assert_false(is_member("p0"));
}

static void a_locked_port_forwards_nothing(void **state)
{
	bridge();
	mirror(0, BR0);
	port_msg(10, BR_STATE_FORWARDING)->brport.locked = true;
	testing_event(0);
	assert_int_equal(bridge_member_conf(testing->r.bridges, iface("p0"))->state,
			 BRIDGE_DISABLED);
	port(0);
	assert_int_equal(bridge_member_conf(testing->r.bridges, iface("p0"))->state,
			 BRIDGE_FORWARDING);
}

static void the_bridge_follows(void **state)
{
	struct nl_link *link;

	bridge();
	mirror(0, BR0);
	link = bridge_msg();
	link->ageing_cs = 50;
	link->mtu = 1400;
	link->mac = testing_mac(78);
	link->up = link->carrier = false;
	snprintf(link->name, sizeof(link->name), "lan");
	testing_event(0);
	assert_null(iface("br0"));
	assert_non_null(iface("lan"));
	assert_int_equal(iface("lan")->mtu, 1400);
	assert_false(iface("lan")->up);
	assert_int_equal(iface("lan")->mac.bytes[5], testing_mac(78).bytes[5]);
	assert_int_equal(bridge_conf(bridge_by_iface(testing->r.bridges, iface("lan")))->ageing_cs,
			 100);
}

static void addresses_that_came_before(void **state)
{
	bridge();
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_ADDRESS;
	testing->msg.address = (struct nl_address){
		.ifindex = BR0, .addr = {.addr = testing_addr("10.5.0.1"), .len = 24}};
	testing_event(0);
	mirror(0, BR0);
	assert_int_equal(iface("br0")->n_addrs, 1);
	testing_connected("10.5.0.0/24", BR0);
	testing_neighbour("10.5.0.2", BR0, NUD_REACHABLE, 7);
	assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 1);
	mirror(0, 0);
	assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 0);
}

/* It has no room for the tag of a VLAN, and is a member all the same. */
static void a_member_with_two_tags(void **state)
{
	bridge();
	mirror(0, 0);
	vlan(40, "p0.5", 10, 5);
	vlan_msg(41, "p0.5.6", 40, 6)->master = BR0;
	testing_event(0);
	port_msg(41, BR_STATE_FORWARDING);
	testing_event(0);
	assert_true(is_member("p0.5.6"));
	for (int i = 0; i < 4; i++) {
		const struct bridge_member *m;

		bridge_msg()->vlan_filtering = i % 2;
		testing_event(0);
		port_msg(41, BR_STATE_FORWARDING);
		set_vlan(&testing->msg.port, 7, false);
		testing_event(0);
		assert_int_equal(bridge_conf(br0())->vlan_aware, i % 2);
		assert_true(is_member("p0.5.6"));
		m = bridge_member_of(&testing->r.ifaces->fwd[iface("p0.5.6")->id]);
		assert_int_equal(m->state, i % 2 ? BRIDGE_DISABLED : BRIDGE_FORWARDING);
	}
}

static void a_dump_without_the_bridge(void **state)
{
	two_members();
	vlan(41, "p0.100", 10, 100);
	sync_dump_begin(testing->sync, false);
	for (int n = 0; n < 2; n++) {
		mirror_msg(n, 0);
		sync_dumped(testing->sync, &testing->msg);
	}
	sync_settle_links(testing->sync);
	dump_end();
	assert_null(iface("br0"));
	assert_null(iface("p0.100"));
	assert_int_equal(testing->isolated, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_sync_create, testing_sync_destroy)
	const struct CMUnitTest tests[] = {
		TEST(a_bridge_with_members),          TEST(a_port_follows),
		TEST(a_locked_port_forwards_nothing), TEST(the_bridge_follows),
		TEST(addresses_that_came_before),     TEST(a_dump_without_the_bridge),
		TEST(a_member_with_two_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
