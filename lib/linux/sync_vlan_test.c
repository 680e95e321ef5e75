/* SPDX-License-Identifier: BSD-3-Clause */
/* VLAN netdevs of the kernel, and the VLANs of its bridges. */
#include "sync_bridge_testing.h"

static void vlans_over_mirrors(void **state)
{
	struct iface *outer, *inner;

	vlan(41, "p0.100", 10, 100);
	outer = iface("p0.100");
	assert_non_null(outer);
	assert_ptr_equal(outer->parent, iface("p0"));
	assert_int_equal(outer->vid, 100);
	assert_int_equal(sync_ifindex(testing->sync, outer), 41);
	/* In another, and one whose parent is not ours. */
	vlan(42, "q", 41, 7);
	inner = iface("q");
	assert_non_null(inner);
	assert_ptr_equal(inner->parent, outer);
	vlan(43, "foreign", TESTING_FOREIGN, 5);
	assert_null(iface("foreign"));
	vlan_msg(42, "q", 41, 7)->up = false;
	testing_event(0);
	assert_false(inner->up);
	gone(41); /* the other's end is still to be said */
	assert_null(iface("p0.100"));
	assert_null(iface("q"));
	assert_non_null(iface("p0"));
	/* And in any order again. */
	vlan(42, "q", 41, 7);
	assert_null(iface("q"));
	vlan(41, "p0.100", 10, 100);
	assert_non_null(iface("q"));
	sync_set_ifindex(testing->sync, iface("p0"), 0);
	sync_settle_links(testing->sync);
	assert_null(iface("p0.100"));
	assert_null(iface("q"));
}

/* All in one dump: each has the name that another had. */
static void names_that_change_places(void **state)
{
	static const char *const names[] = {"a", "b", "c"};
	struct iface *ifaces[3];

	for (int i = 0; i < 3; i++) {
		vlan(41 + i, names[i], 10, (uint16_t)(100 + i));
		ifaces[i] = iface(names[i]);
	}
	for (int turn = 1; turn < 4; turn++) {
		sync_dump_begin(testing->sync, false);
		for (int i = 0; i < 3; i++) {
			vlan_msg(41 + i, names[(i * (turn == 3 ? 2 : 1) + turn) % 3], 10,
				 (uint16_t)(100 + i));
			sync_dumped(testing->sync, &testing->msg);
		}
		sync_settle_links(testing->sync);
		for (int i = 0; i < 3; i++)
			assert_ptr_equal(iface(names[(i * (turn == 3 ? 2 : 1) + turn) % 3]),
					 ifaces[i]);
	}
}

/* In one dump: a bridge and a VLAN are called otherwise, and new ones have their names. */
static void names_of_renamed_ones(void **state)
{
	struct iface *lan, *old;

	two_members();
	vlan(41, "v", 10, 100);
	lan = iface("br0");
	old = iface("v");
	sync_dump_begin(testing->sync, false);
	/* In the order in which the links would be made first. */
	vlan_msg(42, "v", 10, 101);
	sync_dumped(testing->sync, &testing->msg);
	bridge_msg()->index = 31;
	sync_dumped(testing->sync, &testing->msg);
	mirror_msg(2, 31);
	sync_dumped(testing->sync, &testing->msg);
	strcpy(bridge_msg()->name, "lan");
	sync_dumped(testing->sync, &testing->msg);
	vlan_msg(41, "w", 10, 100);
	sync_dumped(testing->sync, &testing->msg);
	for (int n = 0; n < 2; n++) {
		mirror_msg(n, BR0);
		sync_dumped(testing->sync, &testing->msg);
	}
	sync_settle_links(testing->sync);
	dump_end();
	assert_ptr_equal(iface("lan"), lan);
	assert_ptr_equal(iface("w"), old);
	assert_int_equal(sync_ifindex(testing->sync, iface("br0")), 31);
	assert_int_equal(sync_ifindex(testing->sync, iface("v")), 42);
	assert_true(is_member("p2"));
	assert_string_equal(iface("v")->mirror, "v");
}

static void vlans_of_a_port_that_goes(void **state)
{
	bridge();
	vlan(41, "p0.100", 10, 100);
	vlan(42, "q", 41, 7);
	vlan(43, "p1.5", 11, 5);
	vlan_msg(42, "q", 41, 7)->master = BR0;
	testing_event(0);
	assert_true(is_member("q"));
	sync_take_away_on(testing->sync, iface("p0"));
	assert_null(iface("p0.100"));
	assert_null(iface("q"));
	assert_non_null(iface("p1.5"));
	assert_int_equal(testing->isolated, 0);
	/* It stays after all. */
	sync_settle_links(testing->sync);
	assert_true(is_member("q"));
	sync_take_away_on(testing->sync, iface("p0"));
	sync_set_ifindex(testing->sync, iface("p0"), 0);
	sync_settle_links(testing->sync);
	assert_null(iface("p0.100"));
	assert_null(br0());
}

static void vlans_and_bridges(void **state)
{
	bridge();
	vlan(41, "p0.100", 10, 100);
	vlan_msg(41, "p0.100", 10, 100)->master = BR0;
	testing_event(0);
	assert_true(is_member("p0.100"));
	vlan(44, "br0.9", BR0, 9);
	assert_ptr_equal(iface("br0.9")->parent, iface("br0"));
	assert_int_equal(testing->isolated, UINT64_C(1) << 41);
	gone(41);
	assert_null(iface("br0"));
	assert_null(iface("br0.9"));
	assert_int_equal(testing->isolated, 0);
}

static unsigned count(const uint64_t *words)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BRIDGE_VID_WORDS; i++)
		n += (unsigned)__builtin_popcountll(words[i]);
	return n;
}

static void lists_of_vlans(void **state)
{
	const struct bridge_vlans *vlans;
	struct nl_port *p;
	uint16_t pvid;

	bridge_msg()->vlan_filtering = true;
	testing_event(0);
	mirror(0, BR0);
	p = port_msg(10, BR_STATE_FORWARDING);
	for (unsigned vid = 100; vid <= 200; vid++)
		set_vlan(p, vid, vid == 150);
	set_vlan(p, 4094, false);
	p->pvid = 150;
	testing_event(0);
	assert_true(bridge_vlans_of(br0(), iface("p0"), &vlans, &pvid));
	assert_int_equal(pvid, 150);
	assert_int_equal(count(vlans->member), 102);
	assert_int_equal(count(vlans->untagged), 1);
	assert_true(bridge_vlan_has(vlans->untagged, 150));
	p = port_msg(10, BR_STATE_FORWARDING);
	set_vlan(p, 150, false);
	set_vlan(p, 1, true);
	p->pvid = 1;
	testing_event(0);
	assert_true(bridge_vlans_of(br0(), iface("p0"), &vlans, &pvid));
	assert_int_equal(pvid, 1);
	assert_int_equal(count(vlans->member), 2);
	assert_false(bridge_vlan_has(vlans->untagged, 150));
	/* The bridge itself. */
	p = port_msg(BR0, 0);
	p->has_brport = false;
	set_vlan(p, 10, true);
	testing_event(0);
	assert_true(bridge_vlans_of(br0(), iface("br0"), &vlans, &pvid));
	assert_int_equal(count(vlans->member), 1);
	assert_int_equal(pvid, 0);
}

/* VLAN netdevs over the TAP of a bridge that the configuration has made, as Linux has no word on
 * what VLANs that is in. */
static void vlans_over_a_bridge_of_the_file(void **state)
{
	const struct bridge_conf conf = {.vlan_aware = true, .own_tap = true, .ageing_cs = 30000};
	struct bridge *b = bridge_add(testing->r.bridges, "br1", &conf, NULL);
	const struct bridge_vlans *vlans;

	assert_non_null(b);
	assert_int_equal(bridge_vlan_add(testing->r.bridges, b, iface("br1"), 10, 10,
					 BRIDGE_VLAN_PVID | BRIDGE_VLAN_UNTAGGED, NULL),
			 0);
	sync_set_ifindex(testing->sync, iface("br1"), 31);
	link_msg(31, "br1");
	testing_event(0);
	vlan(44, "br1.20", 31, 20);
	vlan(45, "br1.10", 31, 10);
	assert_ptr_equal(iface("br1.20")->parent, iface("br1"));
	bridge_vlans_of(b, iface("br1"), &vlans, NULL);
	assert_int_equal(count(vlans->member), 2);
	assert_true(bridge_vlan_has(vlans->member, 20));
	assert_true(bridge_vlan_has(vlans->untagged, 10)); /* as before */
	gone(44);
	gone(45);
	bridge_vlans_of(b, iface("br1"), &vlans, NULL);
	assert_int_equal(count(vlans->member), 1);
	assert_int_equal(count(vlans->untagged), 1);
	/* Another protocol's is none of the bridge's. */
	vlan_msg(46, "br1.30", 31, 30)->tpid = 0x88a8;
	testing_event(0);
	bridge_vlans_of(b, iface("br1"), &vlans, NULL);
	assert_int_equal(count(vlans->member), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, testing_sync_create, testing_sync_destroy)
	const struct CMUnitTest tests[] = {
		TEST(vlans_over_mirrors),
		TEST(names_that_change_places),
		TEST(names_of_renamed_ones),
		TEST(vlans_of_a_port_that_goes),
		TEST(vlans_and_bridges),
		TEST(lists_of_vlans),
		TEST(vlans_over_a_bridge_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
