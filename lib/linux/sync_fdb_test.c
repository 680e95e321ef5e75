/* SPDX-License-Identifier: BSD-3-Clause */
/* Forwarding entries of the kernel's bridges. */
#include <linux/neighbour.h>

#include "sync_bridge_testing.h"

static struct nl_fdb *fdb_msg(int ifindex, unsigned mac, uint16_t state)
{
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_FDB;
	testing->msg.fdb = (struct nl_fdb){
		.ifindex = ifindex, .master = BR0, .mac = testing_mac(mac), .state = state};
	return &testing->msg.fdb;
}

static void fdb(int ifindex, unsigned mac, uint16_t state)
{
	fdb_msg(ifindex, mac, state);
	testing_event(0);
}

static bool get(unsigned mac, uint16_t vid, struct bridge_entry *e)
{
	struct mac_addr addr = testing_mac(mac);

	return bridge_fdb_get(testing->r.bridges, br0(), &addr, vid, e);
}

/* The interface that it is on. */
static const char *where(unsigned mac)
{
	struct bridge_entry e;

	return get(mac, 0, &e) ? e.iface->name : "";
}

static void assert_entry(unsigned mac, const char *iface_name, uint8_t flags)
{
	struct bridge_entry e;

	assert_true(get(mac, 0, &e));
	assert_string_equal(e.iface->name, iface_name);
	assert_int_equal(e.flags, flags);
}

static void entries_of_the_operator(void **state)
{
	two_members();
	fdb(10, 50, NUD_NOARP);
	assert_entry(50, "p0", FDB_STATIC);
	fdb(11, 50, NUD_NOARP);
	assert_string_equal(where(50), "p1");
	fdb_msg(11, 51, NUD_REACHABLE)->sticky = true;
	testing_event(0);
	assert_entry(51, "p1", FDB_STICKY);
	fdb(10, 52, NUD_PERMANENT);
	assert_string_equal(where(52), "br0");
	/* The kernel's own learning. */
	fdb(10, 53, NUD_REACHABLE);
	assert_string_equal(where(53), "");
	fdb_msg(11, 51, NUD_REACHABLE)->sticky = true;
	testing_deleted();
	assert_string_equal(where(51), "");
	/* A dump that does not name them. */
	dump_links();
	fdb_msg(11, 50, NUD_NOARP);
	sync_dumped(testing->sync, &testing->msg);
	dump_end();
	assert_string_equal(where(50), "p1");
	assert_string_equal(where(52), "");
}

/* A veth in the bridge, 20. */
static void foreign_member(void)
{
	link_msg(20, "v0")->master = BR0;
	testing_event(0);
	port_msg(20, BR_STATE_FORWARDING)->brport.mcast_flood = false;
	testing_event(0);
}

static void entries_of_foreign_members(void **state)
{
	two_members();
	assert_int_equal(bridge_conf(br0())->foreign, 0);
	foreign_member();
	assert_int_equal(bridge_conf(br0())->foreign, BRIDGE_FLOOD | BRIDGE_BCAST_FLOOD);
	fdb(20, 70, NUD_REACHABLE);
	assert_entry(70, "br0", 0);
	fdb(20, 71, NUD_NOARP);
	assert_entry(71, "br0", FDB_STICKY);
	/* It moves to a member, as the kernel sees it, and back. */
	fdb(10, 70, NUD_REACHABLE);
	assert_string_equal(where(70), "");
	fdb(20, 70, NUD_REACHABLE);
	assert_string_equal(where(70), "br0");
	/* The address of the netdev itself is the kernel's own. */
	fdb(20, 72, NUD_PERMANENT);
	assert_entry(72, "br0", FDB_STATIC);
	fdb_msg(20, 70, NUD_REACHABLE);
	testing_deleted();
	assert_string_equal(where(70), "");
	/* A flush by hand does not last, as the kernel has it still. */
	bridge_fdb_flush(testing->r.bridges, br0(), NULL, 0, true);
	assert_string_equal(where(71), "");
	sync_keepalive(testing->sync);
	assert_string_equal(where(71), "br0");
	/* A dump that does not name them. */
	dump_links();
	dump_end();
	assert_string_equal(where(71), "");
	assert_int_equal(bridge_conf(br0())->foreign, 0);
}

/* An entry that the operator has set is somewhere else now, or is another thing. */
static void entries_are_replaced(void **state)
{
	struct bridge_entry e;

	two_members();
	foreign_member();
	fdb(10, 50, NUD_NOARP);
	fdb(20, 50, NUD_NOARP);
	assert_entry(50, "br0", FDB_STICKY);
	fdb(11, 50, NUD_NOARP);
	assert_entry(50, "p1", FDB_STATIC);
	fdb(20, 50, NUD_REACHABLE);
	assert_entry(50, "br0", 0);
	fdb(10, 50, NUD_PERMANENT);
	assert_entry(50, "br0", FDB_STATIC);
	fdb(11, 50, NUD_NOARP);
	assert_entry(50, "p1", FDB_STATIC);
	fdb(10, 50, NUD_PERMANENT);
	fdb(20, 50, NUD_NOARP);
	assert_entry(50, "br0", FDB_STICKY);
	fdb_msg(20, 50, NUD_NOARP);
	testing_deleted();
	assert_false(get(50, 0, &e));
	/* The bridge's own address stays its own. */
	fdb(11, 77, NUD_NOARP);
	assert_entry(77, "br0", FDB_STATIC);
	fdb(20, 77, NUD_NOARP);
	assert_entry(77, "br0", FDB_STATIC);
}

/* What Sluice has told took the operator's along. */
static void entries_are_put_back(void **state)
{
	two_members();
	fdb(11, 50, NUD_NOARP);
	testing->echo = true;
	fdb_msg(10, 50, NUD_NOARP)->ext_learned = true;
	testing_event(0);
	assert_int_equal(testing->put_back, 11);
	assert_entry(50, "p1", FDB_STATIC);
	/* By the operator. */
	testing->echo = false;
	fdb_msg(10, 50, NUD_NOARP)->ext_learned = true;
	testing_event(0);
	assert_entry(50, "p0", FDB_STATIC);
}

/* One host of the bridge, behind the foreign member and not. */
static void neighbours_follow(void **state)
{
	const struct mac_addr mac = testing_mac(70);

	two_members();
	foreign_member();
	testing_connected("10.5.0.0/24", BR0);
	testing_neighbour("10.5.0.2", BR0, NUD_REACHABLE, 70);
	assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 1);
	for (int round = 0; round < 2; round++) {
		fdb(20, 70, NUD_REACHABLE);
		assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 0);
		/* It moves, and the kernel says so when it has been told. */
		assert_int_equal(
			bridge_fdb_add(testing->r.bridges, br0(), iface("p0"), &mac, 0, 0, NULL),
			0);
		fdb_msg(10, 70, NUD_REACHABLE)->ext_learned = true;
		testing_event(0);
		assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 1);
		/* Static, and to the operator's. */
		fdb(20, 70, NUD_NOARP);
		assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 0);
		fdb(11, 70, NUD_NOARP);
		assert_int_equal(testing_count(SYNC_NEIGHBOURS).in_sluice, 1);
	}
}

/* More than one turn has time for. */
static void many_foreign_entries_are_refreshed(void **state)
{
	two_members();
	foreign_member();
	for (unsigned mac = 0; mac < 40; mac++)
		fdb(20, 100 + mac, NUD_REACHABLE);
	/* What stands in no bridge of Sluice's counts for a turn too. */
	for (unsigned mac = 0; mac < 8192; mac++) {
		fdb_msg(20, 1000 + mac, NUD_REACHABLE)->vid = 9;
		testing_event(0);
	}
	fdb(20, 99, NUD_REACHABLE);
	bridge_fdb_flush(testing->r.bridges, br0(), NULL, 0, true);
	sync_keepalive(testing->sync);
	assert_string_equal(where(100), "br0");
	assert_string_equal(where(99), "");
	/* The next one goes. */
	fdb_msg(20, 1000 + 4096 - 40, NUD_REACHABLE)->vid = 9;
	testing_deleted();
	sync_go_on(testing->sync);
	assert_string_equal(where(99), "");
	sync_go_on(testing->sync);
	assert_string_equal(where(99), "br0");
	/* The round is over. */
	bridge_fdb_flush(testing->r.bridges, br0(), NULL, 0, true);
	sync_go_on(testing->sync);
	assert_string_equal(where(100), "");
	sync_keepalive(testing->sync);
	assert_string_equal(where(100), "br0");
}

/* VLAN 5 of an aware bridge, at p0. */
static void vlan_5(bool untagged)
{
	set_vlan(port_msg(10, BR_STATE_FORWARDING), 5, untagged);
	testing_event(0);
}

static void aware_bridge(void)
{
	bridge_msg()->vlan_filtering = true;
	testing_event(0);
}

/* They go when the bridge's VLANs do, and nobody says them again but a dump. */
static void static_entries_of_vlans(void **state)
{
	struct bridge_entry e;

	for (int round = 0; round < 2; round++) {
		aware_bridge();
		mirror(0, BR0);
		vlan_5(false);
		fdb_msg(10, 50, NUD_NOARP)->vid = 5;
		testing_event(0);
		assert_true(get(50, 5, &e));
		sync_take_stale(testing->sync);
		aware_bridge();
		vlan_5(false);
		assert_false(sync_take_stale(testing->sync));
		vlan_5(true);
		assert_true(sync_take_stale(testing->sync));
		bridge();
		assert_true(sync_take_stale(testing->sync));
	}
}

/* What is deleted while the bridge is VLAN-aware does not come back. */
static void entries_of_no_vlan(void **state)
{
	struct bridge_entry e;

	two_members();
	for (unsigned mac = 50; mac < 53; mac++)
		fdb(10, mac, NUD_NOARP);
	fdb(10, 53, NUD_PERMANENT);
	aware_bridge();
	for (unsigned mac = 50; mac < 54; mac += 3) {
		fdb_msg(10, mac, mac == 53 ? NUD_PERMANENT : NUD_NOARP);
		testing_deleted();
	}
	bridge();
	assert_false(get(50, 0, &e));
	assert_false(get(53, 0, &e));
	assert_true(get(77, 0, &e));
	/* A dump names the others again. */
	fdb(10, 51, NUD_NOARP);
	assert_entry(51, "p0", FDB_STATIC);
}

static void entries_of_an_earlier_run(void **state)
{
	two_members();
	dump_links();
	fdb_msg(10, 60, NUD_REACHABLE)->ext_learned = true;
	sync_dumped(testing->sync, &testing->msg);
	dump_end();
	assert_entry(60, "p0", 0);
	assert_int_equal(testing->leftovers, 0);
	/* Later ones are leftovers: here on another member, and not there at all. */
	dump_links();
	fdb_msg(10, 60, NUD_REACHABLE)->ext_learned = true;
	sync_dumped(testing->sync, &testing->msg);
	assert_int_equal(testing->leftovers, 0);
	fdb_msg(11, 60, NUD_REACHABLE)->ext_learned = true;
	sync_dumped(testing->sync, &testing->msg);
	assert_int_equal(testing->leftovers, 1);
	fdb_msg(11, 61, NUD_REACHABLE)->ext_learned = true;
	sync_dumped(testing->sync, &testing->msg);
	assert_int_equal(testing->leftovers, 2);
	assert_int_equal(testing->last_leftover.ifindex, 11);
	dump_end();
	/* Sluice has deleted it, and learned it again; then an operator deletes it. */
	testing->echo = true;
	fdb_msg(10, 60, NUD_REACHABLE)->ext_learned = true;
	testing_deleted();
	assert_string_equal(where(60), "p0");
	testing->echo = false;
	fdb_msg(10, 60, NUD_REACHABLE)->ext_learned = true;
	testing_deleted();
	assert_string_equal(where(60), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_sync_create, testing_sync_destroy)
	const struct CMUnitTest tests[] = {
		TEST(entries_of_the_operator),   TEST(entries_of_foreign_members),
		TEST(entries_are_replaced),      TEST(entries_are_put_back),
		TEST(neighbours_follow),         TEST(many_foreign_entries_are_refreshed),
		TEST(static_entries_of_vlans),   TEST(entries_of_no_vlan),
		TEST(entries_of_an_earlier_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
