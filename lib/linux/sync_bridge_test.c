/* SPDX-License-Identifier: BSD-3-Clause */
/* VLAN netdevs and bridges of the kernel, over the mirrors 10, 11, 12 of p0, p1, p2. */
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <string.h>

#include "bridge_ctl.h"
#include "sync_testing.h"

#define BR0 30

static struct nl_link *link_msg(int index, const char *name)
{
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_LINK;
	testing->msg.link = (struct nl_link){
		.index = index, .mtu = 1500, .up = true, .carrier = true, .running = true};
	snprintf(testing->msg.link.name, sizeof(testing->msg.link.name), "%s", name);
	return &testing->msg.link;
}

/* A mirror, in the bridge `master` or in none. */
static void mirror(int n, int master)
{
	char name[] = {'p', (char)('0' + n), 0};

	link_msg(10 + n, name)->master = master;
	testing_event(0);
}

static struct nl_link *bridge_msg(void)
{
	struct nl_link *link = link_msg(BR0, "br0");

	link->type = NL_LINK_BRIDGE;
	link->ageing_cs = 30000;
	link->has_mac = true;
	link->mac = testing_mac(77);
	link->tpid = 0x8100;
	return link;
}

static void bridge(void)
{
	bridge_msg();
	testing_event(0);
}

static struct nl_link *vlan_msg(int index, const char *name, int parent, uint16_t vid)
{
	struct nl_link *link = link_msg(index, name);

	link->type = NL_LINK_VLAN;
	link->parent = parent;
	link->vlan_id = vid;
	link->tpid = 0x8100;
	return link;
}

static void vlan(int index, const char *name, int parent, uint16_t vid)
{
	vlan_msg(index, name, parent, vid);
	testing_event(0);
}

static struct nl_port *port_msg(int index, uint8_t state)
{
	struct nl_port *port = &testing->msg.port;

	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_PORT;
	port->index = index;
	port->master = BR0;
	port->has_brport = true;
	port->brport = (struct nl_brport){.state = state,
					  .learning = true,
					  .flood = true,
					  .mcast_flood = true,
					  .bcast_flood = true};
	return port;
}

static void port(int n)
{
	port_msg(10 + n, BR_STATE_FORWARDING);
	testing_event(0);
}

static void gone(int index)
{
	link_msg(index, "");
	testing_deleted();
}

static struct bridge *br0(void)
{
	return bridge_by_name(testing->r.bridges, "br0");
}

static struct iface *iface(const char *name)
{
	return iface_by_name(testing->r.ifaces, name);
}

static bool is_member(const char *name)
{
	return br0() && bridge_of_member(testing->r.bridges, iface(name)) == br0();
}

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

static void set_vlan(struct nl_port *p, unsigned vid, bool untagged)
{
	p->vlans[vid / 64] |= UINT64_C(1) << vid % 64;
	if (untagged)
		p->untagged[vid / 64] |= UINT64_C(1) << vid % 64;
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

static struct nl_fdb *fdb_msg(int ifindex, unsigned mac, uint16_t state)
{
	memset(&testing->msg, 0, sizeof(testing->msg));
	testing->msg.kind = NL_FDB;
	testing->msg.fdb = (struct nl_fdb){
		.ifindex = ifindex, .master = BR0, .mac = testing_mac(mac), .state = state};
	return &testing->msg.fdb;
}

/* The interface that it is on, and its flags. */
static const char *entry(unsigned mac, uint8_t *flags)
{
	struct mac_addr addr = testing_mac(mac);
	struct bridge_entry e;

	if (!bridge_fdb_get(testing->r.bridges, br0(), &addr, 0, &e))
		return "";
	*flags = e.flags;
	return e.iface->name;
}

static void dump_end(void)
{
	for (int i = 0; i < 100; i++)
		if (!sync_dump_sweep(testing->sync))
			return;
	fail_msg("the sweep does not end");
}

static void two_members(void)
{
	bridge();
	for (int n = 0; n < 2; n++) {
		mirror(n, BR0);
		port(n);
	}
}

static void dump_links(void)
{
	sync_dump_begin(testing->sync, false);
	bridge_msg();
	sync_dumped(testing->sync, &testing->msg);
	for (int n = 0; n < 2; n++) {
		char name[] = {'p', (char)('0' + n), 0};

		link_msg(10 + n, name)->master = BR0;
		sync_dumped(testing->sync, &testing->msg);
	}
	sync_settle_links(testing->sync);
}

static void entries_of_the_operator(void **state)
{
	uint8_t flags = 0;

	two_members();
	fdb_msg(10, 50, NUD_NOARP);
	testing_event(0);
	assert_string_equal(entry(50, &flags), "p0");
	assert_int_equal(flags, FDB_STATIC);
	fdb_msg(11, 50, NUD_NOARP);
	testing_event(0);
	assert_string_equal(entry(50, &flags), "p1");
	fdb_msg(11, 51, NUD_REACHABLE)->sticky = true;
	testing_event(0);
	assert_string_equal(entry(51, &flags), "p1");
	assert_int_equal(flags, FDB_STICKY);
	fdb_msg(10, 52, NUD_PERMANENT);
	testing_event(0);
	assert_string_equal(entry(52, &flags), "br0");
	/* The kernel's own learning. */
	fdb_msg(10, 53, NUD_REACHABLE);
	testing_event(0);
	assert_string_equal(entry(53, &flags), "");
	fdb_msg(11, 51, NUD_REACHABLE)->sticky = true;
	testing_deleted();
	assert_string_equal(entry(51, &flags), "");
	/* A dump that does not name them. */
	dump_links();
	fdb_msg(11, 50, NUD_NOARP);
	sync_dumped(testing->sync, &testing->msg);
	dump_end();
	assert_string_equal(entry(50, &flags), "p1");
	assert_string_equal(entry(52, &flags), "");
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
	uint8_t flags = 9;

	two_members();
	assert_int_equal(bridge_conf(br0())->foreign, 0);
	foreign_member();
	assert_int_equal(bridge_conf(br0())->foreign, BRIDGE_FLOOD | BRIDGE_BCAST_FLOOD);
	fdb_msg(20, 70, NUD_REACHABLE);
	testing_event(0);
	assert_string_equal(entry(70, &flags), "br0");
	assert_int_equal(flags, 0);
	fdb_msg(20, 71, NUD_NOARP);
	testing_event(0);
	assert_string_equal(entry(71, &flags), "br0");
	assert_int_equal(flags, FDB_STICKY);
	/* It moves to a member, as the kernel sees it, and back. */
	fdb_msg(10, 70, NUD_REACHABLE);
	testing_event(0);
	assert_string_equal(entry(70, &flags), "");
	fdb_msg(20, 70, NUD_REACHABLE);
	testing_event(0);
	assert_string_equal(entry(70, &flags), "br0");
	/* The address of the netdev itself is the kernel's own. */
	fdb_msg(20, 72, NUD_PERMANENT);
	testing_event(0);
	assert_string_equal(entry(72, &flags), "br0");
	assert_int_equal(flags, FDB_STATIC);
	fdb_msg(20, 70, NUD_REACHABLE);
	testing_deleted();
	assert_string_equal(entry(70, &flags), "");
	/* A flush by hand does not last, as the kernel has it still. */
	bridge_fdb_flush(testing->r.bridges, br0(), NULL, 0, true);
	assert_string_equal(entry(71, &flags), "");
	sync_keepalive(testing->sync);
	assert_string_equal(entry(71, &flags), "br0");
	/* A dump that does not name them. */
	dump_links();
	dump_end();
	assert_string_equal(entry(71, &flags), "");
	assert_int_equal(bridge_conf(br0())->foreign, 0);
}

/* They go when the bridge's VLANs do, and nobody says them again but a dump. */
static void static_entries_of_vlans(void **state)
{
	struct mac_addr mac = testing_mac(50);
	struct bridge_entry e;
	struct nl_port *p;

	for (int round = 0; round < 2; round++) {
		bridge_msg()->vlan_filtering = true;
		testing_event(0);
		mirror(0, BR0);
		p = port_msg(10, BR_STATE_FORWARDING);
		set_vlan(p, 5, false);
		testing_event(0);
		fdb_msg(10, 50, NUD_NOARP)->vid = 5;
		testing_event(0);
		assert_true(bridge_fdb_get(testing->r.bridges, br0(), &mac, 5, &e));
		sync_take_stale(testing->sync);
		bridge_msg()->vlan_filtering = true;
		testing_event(0);
		p = port_msg(10, BR_STATE_FORWARDING);
		set_vlan(p, 5, false);
		testing_event(0);
		assert_false(sync_take_stale(testing->sync));
		p = port_msg(10, BR_STATE_FORWARDING);
		set_vlan(p, 5, true);
		testing_event(0);
		assert_true(sync_take_stale(testing->sync));
		bridge();
		assert_true(sync_take_stale(testing->sync));
	}
}

static void entries_of_an_earlier_run(void **state)
{
	uint8_t flags = 9;

	two_members();
	dump_links();
	fdb_msg(10, 60, NUD_REACHABLE)->ext_learned = true;
	sync_dumped(testing->sync, &testing->msg);
	dump_end();
	assert_string_equal(entry(60, &flags), "p0");
	assert_int_equal(flags, 0);
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
	assert_string_equal(entry(60, &flags), "p0");
	testing->echo = false;
	fdb_msg(10, 60, NUD_REACHABLE)->ext_learned = true;
	testing_deleted();
	assert_string_equal(entry(60, &flags), "");
}

static void a_dump_without_the_bridge(void **state)
{
	two_members();
	vlan(41, "p0.100", 10, 100);
	sync_dump_begin(testing->sync, false);
	for (int n = 0; n < 2; n++) {
		char name[] = {'p', (char)('0' + n), 0};

		link_msg(10 + n, name);
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
		TEST(a_bridge_with_members),
		TEST(a_port_follows),
		TEST(a_locked_port_forwards_nothing),
		TEST(the_bridge_follows),
		TEST(addresses_that_came_before),
		TEST(vlans_over_mirrors),
		TEST(names_that_change_places),
		TEST(vlans_of_a_port_that_goes),
		TEST(vlans_and_bridges),
		TEST(lists_of_vlans),
		TEST(entries_of_the_operator),
		TEST(entries_of_foreign_members),
		TEST(static_entries_of_vlans),
		TEST(entries_of_an_earlier_run),
		TEST(a_dump_without_the_bridge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
