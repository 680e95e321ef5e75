/* SPDX-License-Identifier: BSD-3-Clause */
/* Files with VLAN interfaces, bridges, mirrors and storm control that are right. */
#include "config_testing.h"

#define PORTS                                                       \
	"ports: [{name: p0, device: d0, mac: '02:00:00:00:00:01'}," \
	" {name: p1, device: d1}, {name: p2, device: d2}, {name: p3, device: d3}]\n"

static void is_taken(const char *text)
{
	struct config cfg;

	parses(text, &cfg);
	config_free(&cfg);
}

static void interfaces(void **state)
{
	struct config cfg;

	parses(PORTS "interfaces:\n"
		     "  - {name: p0.7.30, parent: p0.7, vlan: 30}\n"
		     "  - {name: p0.7, parent: p0, vlan: 7, protocol: 802.1ad}\n"
		     "  - {name: q, parent: p0, vlan: 7, mtu: 1400, mac: '02:00:00:00:00:09',"
		     " addresses: [192.0.2.1/24, '2001:db8::1/64']}\n",
	       &cfg);
	assert_int_equal(cfg.n_interfaces, 3);
	assert_string_equal(cfg.interfaces[0].name, "p0.7.30");
	assert_string_equal(cfg.interfaces[0].parent, "p0.7");
	assert_int_equal(cfg.interfaces[0].vlan, 30);
	assert_int_equal(cfg.interfaces[0].protocol, CONFIG_8021Q);
	assert_int_equal(cfg.interfaces[0].mtu, 0);
	assert_false(cfg.interfaces[0].has_mac);
	assert_int_equal(cfg.interfaces[0].line, 3);
	assert_int_equal(cfg.interfaces[1].protocol, CONFIG_8021AD);
	assert_int_equal(cfg.interfaces[2].mtu, 1400);
	assert_true(cfg.interfaces[2].has_mac);
	assert_int_equal(cfg.interfaces[2].n_addresses, 2);
	config_free(&cfg);
	assert_null(cfg.interfaces);
}

static void plain_bridge(void **state)
{
	struct config cfg;
	const struct config_bridge *b;

	parses(PORTS "bridges:\n"
		     "  - name: br0\n"
		     "    ports: [p0, {name: p1, isolated: true, learning: false, flood: false,"
		     " mcast_flood: false, bcast_flood: false, max_macs: 100}]\n"
		     "    addresses: [192.0.2.1/24]\n"
		     "    ageing: 0\n"
		     "    max_macs: 1000\n"
		     "    fdb: [{mac: '02:00:00:00:01:00', port: p0},"
		     " {mac: '02:00:00:00:01:01', port: p1, type: sticky}]\n"
		     "  - {name: br1}\n",
	       &cfg);
	assert_int_equal(cfg.n_bridges, 2);
	b = &cfg.bridges[0];
	assert_int_equal(b->n_members, 2);
	assert_string_equal(b->members[0].port, "p0");
	assert_int_equal(b->members[0].line, 4);
	assert_false(b->members[0].isolated);
	assert_true(b->members[0].learning);
	assert_true(b->members[0].flood);
	assert_true(b->members[0].mcast_flood);
	assert_true(b->members[0].bcast_flood);
	assert_int_equal(b->members[0].max_macs, 0);
	assert_true(b->members[1].isolated);
	assert_false(b->members[1].learning);
	assert_false(b->members[1].flood);
	assert_false(b->members[1].mcast_flood);
	assert_false(b->members[1].bcast_flood);
	assert_int_equal(b->members[1].max_macs, 100);
	assert_int_equal(b->ageing_s, 0);
	assert_int_equal(b->max_macs, 1000);
	assert_false(b->vlan_aware);
	assert_int_equal(b->n_fdb, 2);
	assert_false(b->fdb[0].sticky);
	assert_true(b->fdb[1].sticky);
	assert_string_equal(b->fdb[1].port, "p1");
	assert_int_equal(cfg.bridges[1].ageing_s, 300);
	assert_int_equal(cfg.bridges[1].n_members, 0);
	config_free(&cfg);
}

static unsigned count(const struct config_vlans *set)
{
	unsigned n = 0;

	for (uint16_t vid = 0; vid < 4096; vid++)
		n += config_has_vlan(set, vid);
	return n;
}

/* What members have, also where the file does not say it. */
static void vlans_of_members(void **state)
{
	struct config cfg;
	const struct config_member *m;

	parses(PORTS "bridges:\n"
		     "  - name: br1\n"
		     "    vlans: [10, 20, 100-110, 4094, 1]\n"
		     "    native: 10\n"
		     "    protocol: 802.1ad\n"
		     "    ports: [{name: p0, access: 20}, {name: p1, trunk: [20, 100-105]}, p2,"
		     " {name: p3, trunk: [10], native: 20}]\n"
		     "interfaces: [{name: br1.20, parent: br1, vlan: 20, protocol: 802.1ad}]\n",
	       &cfg);
	assert_true(cfg.bridges->vlan_aware);
	assert_int_equal(count(&cfg.bridges->vlans), 15);
	assert_true(config_has_vlan(&cfg.bridges->vlans, 110));
	assert_false(config_has_vlan(&cfg.bridges->vlans, 111));
	assert_int_equal(cfg.bridges->native, 10);
	assert_int_equal(cfg.bridges->protocol, CONFIG_8021AD);
	m = cfg.bridges->members;
	assert_int_equal(m[0].native, 20);
	assert_int_equal(count(&m[0].vlans), 1);
	assert_true(config_has_vlan(&m[0].vlans, 20));
	assert_int_equal(m[1].native, 0); /* its trunk has no 10 */
	assert_int_equal(count(&m[1].vlans), 7);
	assert_int_equal(m[2].native, 10);
	assert_int_equal(count(&m[2].vlans), 15);
	assert_int_equal(m[3].native, 20);
	assert_int_equal(count(&m[3].vlans), 2);
	config_free(&cfg);
	parses(PORTS "bridges: [{name: br1, vlans: [1-4094], native: 1,"
		     " ports: [{name: p0, native: 0}]}]\n",
	       &cfg);
	assert_int_equal(count(&cfg.bridges->members->vlans), 4094);
	assert_int_equal(cfg.bridges->members->native, 0);
	config_free(&cfg);
}

static void mirrors(void **state)
{
	struct config cfg;

	parses(PORTS "mirrors: [{from: [p0, p1], to: p3}, {from: [p0], direction: rx, to: p2,"
		     " sample: 16}, {from: [p1], direction: tx, to: p2}]\n",
	       &cfg);
	assert_int_equal(cfg.n_mirrors, 3);
	assert_int_equal(cfg.mirrors[0].n_from, 2);
	assert_string_equal(cfg.mirrors[0].from[1], "p1");
	assert_string_equal(cfg.mirrors[0].to, "p3");
	assert_int_equal(cfg.mirrors[0].direction, CONFIG_BOTH);
	assert_int_equal(cfg.mirrors[0].sample, 1);
	assert_int_equal(cfg.mirrors[1].direction, CONFIG_RX);
	assert_int_equal(cfg.mirrors[1].sample, 16);
	assert_int_equal(cfg.mirrors[2].direction, CONFIG_TX);
	config_free(&cfg);
}

static void storm(void **state)
{
	struct config cfg;
	const struct config_storm *s;

	parses("ports: [{name: p0, device: d0, storm: {broadcast: 1000pps,"
	       " unknown_unicast: 10Mbps}}]\n",
	       &cfg);
	s = &cfg.ports->storm;
	assert_int_equal(s->broadcast.per_s, 1000);
	assert_false(s->broadcast.bits);
	assert_int_equal(s->unknown_unicast.per_s, 10000000);
	assert_true(s->unknown_unicast.bits);
	assert_int_equal(s->multicast.per_s, 0);
	config_free(&cfg);
}

/* Routes, gateways and neighbours over interfaces and bridges, as over ports. */
static void over_all(void **state)
{
	struct config cfg;

	parses(PORTS "interfaces: [{name: p0.9, parent: p0, vlan: 9, addresses: [192.0.2.1/24]},"
		     " {name: p1.9, parent: p1, vlan: 9}]\n"
		     "bridges: [{name: br0, ports: [p1.9, p2],"
		     " addresses: [198.51.100.1/24, '2001:db8::1/64']}]\n"
		     "routes:\n"
		     "  - {to: 10.1.0.0/16, via: 192.0.2.2}\n"
		     "  - {to: 10.2.0.0/16, via: [{gateway: 198.51.100.2, port: br0}]}\n"
		     "  - {to: 10.3.0.0/16, port: p0.9}\n"
		     "  - {to: '::/0', via: [{gateway: 'fe80::2', port: br0}]}\n"
		     "neighbours:\n"
		     "  - {address: 198.51.100.2, port: br0, mac: '02:00:00:00:00:02'}\n"
		     "  - {address: 192.0.2.2, port: p0.9, mac: '02:00:00:00:00:03'}\n",
	       &cfg);
	assert_int_equal(config_l3_count(&cfg), 7);
	assert_string_equal(config_l3(&cfg, 0).name, "p0");
	assert_non_null(config_l3(&cfg, 0).mac);
	assert_null(config_l3(&cfg, 1).mac);
	assert_string_equal(config_l3(&cfg, 4).name, "p0.9");
	assert_int_equal(config_l3(&cfg, 4).n_addresses, 1);
	assert_string_equal(config_l3(&cfg, 6).name, "br0");
	assert_int_equal(config_l3(&cfg, 6).n_addresses, 2);
	config_free(&cfg);
	/* A bridge without an address may get one: its subnet may hold the gateway. */
	is_taken("ports: [{name: p0, device: d0}]\nbridges: [{name: br0, ports: [p0]}]\n"
		 "routes: [{to: 0.0.0.0/0, via: 192.0.2.1}]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interfaces),
		cmocka_unit_test(plain_bridge),
		cmocka_unit_test(vlans_of_members),
		cmocka_unit_test(mirrors),
		cmocka_unit_test(storm),
		cmocka_unit_test(over_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
