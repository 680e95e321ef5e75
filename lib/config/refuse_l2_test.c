/* SPDX-License-Identifier: BSD-3-Clause */
/* Each way to write layer 2 wrong: the place, to the column, and the sentence. */
#include "refuse_testing.h"

#define PORTS                                                                              \
	"ports: [{name: p0, device: d0, mac: '02:00:00:00:00:01'}, {name: p1, device: d1," \
	" mtu: 1400}, {name: p2, device: d2, addresses: [192.0.2.1/24]}]\n"
#define IFACE(text)  PORTS "interfaces: [{" text "}]\n"
#define BRIDGE(text) PORTS "bridges: [{name: br0, " text "}]\n"
#define AWARE(text)  BRIDGE("vlans: [10, 20-22], " text)
#define MIRROR(text) PORTS "mirrors: [{" text "}]\n"
#define STORM(text)  "ports: [{name: p0, device: d0, storm: {" text "}}]\n"

static void names(void **state)
{
	REFUSED({IFACE("name: p0, parent: p0, vlan: 1"),
		 "2:21: interfaces[0].name: found 'p0', expected a name other than that in line 1"},
		{PORTS "interfaces: [{name: x, parent: p0, vlan: 1}]\nbridges: [{name: x}]\n",
		 "3:18: bridges[0].name: found 'x', expected a name other than that in line 2"},
		{PORTS "bridges: [{name: a}, {name: a}]\n",
		 "2:29: bridges[1].name: found 'a', expected a name other than that in line 2"},
		{PORTS "bridges: [{name: lo}]\n",
		 "2:18: bridges[0].name: found 'lo', expected a name that a netdev can have, for "
		 "its mirror: not 'lo' or 'default'"},
		{"ports: [{name: p0, device: 'net_af_packet0,iface=e0'}]\n"
		 "interfaces: [{name: e0, parent: p0, vlan: 1}]\n",
		 "2:21: interfaces[0].name: found 'e0', expected another name, or a 'netns' for "
		 "the mirrors: the netdev under port 'p0' has it already"},
		{IFACE("name: a/b, parent: p0, vlan: 1"),
		 "2:21: interfaces[0].name: found 'a/b', expected a name of 1 to 15 letters, "
		 "digits and _.- (not 'all', no - in front)"},
		{IFACE("name: a, parent: p0, vlan: 1, addresses: [192.0.2.1/25]"),
		 "2:57: interfaces[0].addresses[0]: found '192.0.2.1/25', expected an address "
		 "other than that in line 1"},
		{BRIDGE("mtu: 1279, addresses: ['2001:db8::1/64']"),
		 "2:28: bridges[0].mtu: found '1279', expected at least 1280 with IPv6 "
		 "addresses"});
}

static void interfaces(void **state)
{
	REFUSED({IFACE("name: a, vlan: 1"), "2:14: interfaces[0]: the key 'parent' is missing"},
		{IFACE("name: a, parent: p0"), "2:14: interfaces[0]: the key 'vlan' is missing"},
		{IFACE("name: a, parent: p0, vlan: 0"),
		 "2:42: interfaces[0].vlan: found '0', expected an integer from 1 to 4094"},
		{IFACE("name: a, parent: p0, vlan: 4095"),
		 "2:42: interfaces[0].vlan: found '4095', expected an integer from 1 to 4094"},
		{IFACE("name: a, parent: p0, vlan: 1, protocol: 802.1q"),
		 "2:55: interfaces[0].protocol: found '802.1q', expected 802.1Q or 802.1ad"},
		{IFACE("name: a, parent: p9, vlan: 1"),
		 "2:32: interfaces[0].parent: found 'p9', expected the name of a port, an "
		 "interface or a bridge"},
		{IFACE("name: a, parent: a, vlan: 1"),
		 "2:32: interfaces[0].parent: found 'a', expected another interface than itself"},
		{IFACE("name: a, parent: b, vlan: 1}, {name: b, parent: a, vlan: 2"),
		 "2:32: interfaces[0].parent: found 'b', expected a parent that is on a port or a "
		 "bridge in the end: 'b' is on 'a' itself"},
		{IFACE("name: a, parent: b, vlan: 1}, {name: b, parent: c, vlan: 2}, "
		       "{name: c, parent: a, vlan: 3"),
		 "2:32: interfaces[0].parent: found 'b', expected a parent with one tag at most: "
		 "'b' is on the interface 'c' already"},
		{IFACE("name: a, parent: p0, vlan: 1}, {name: b, parent: a, vlan: 2}, "
		       "{name: c, parent: b, vlan: 3"),
		 "2:95: interfaces[2].parent: found 'b', expected a parent with one tag at most: "
		 "'b' is on the interface 'a' already"},
		{IFACE("name: a, parent: p0, vlan: 1}, "
		       "{name: b, parent: a, vlan: 2, protocol: 802.1ad"),
		 "2:86: interfaces[1].protocol: found '802.1ad', expected 802.1Q: the inner one "
		 "of two tags"},
		{IFACE("name: a, parent: p0, vlan: 1}, {name: b, parent: p0, vlan: 1"),
		 "2:74: interfaces[1].vlan: found '1', expected a VLAN of the parent other than "
		 "that in line 2"},
		{IFACE("name: a, parent: p1, vlan: 1, mtu: 1401"),
		 "2:50: interfaces[0].mtu: found '1401', expected at most 1400, the MTU of its "
		 "parent"});
}

static void on_bridges(void **state)
{
	REFUSED({BRIDGE("ports: [p0]") "interfaces: [{name: a, parent: br0, vlan: 1}]\n",
		 "3:32: interfaces[0].parent: found 'br0', expected a bridge with 'vlans': 'br0' "
		 "does not look at tags"},
		{AWARE("ports: [p0]") "interfaces: [{name: a, parent: br0, vlan: 11}]\n",
		 "3:43: interfaces[0].vlan: found '11', expected one of the vlans of 'br0'"},
		{AWARE("native: 10") "interfaces: [{name: a, parent: br0, vlan: 10}]\n",
		 "3:43: interfaces[0].vlan: found '10', expected another VLAN than the native one "
		 "of 'br0', which its own interface is in"},
		{AWARE("native: 10") "interfaces: [{name: a, parent: br0, vlan: 20, protocol: "
				     "802.1ad}]\n",
		 "3:14: interfaces[0]: found another 'protocol' than that of its bridge 'br0'"},
		{AWARE("native: 10") "interfaces: [{name: a, parent: br0, vlan: 20},"
				     " {name: b, parent: a, vlan: 2}]\n",
		 "3:66: interfaces[1].parent: found 'a', expected a port, a bridge or an interface "
		 "of a port: 'a' is on the bridge 'br0'"});
}

static void members(void **state)
{
	REFUSED({BRIDGE("ports: [p9]"),
		 "2:31: bridges[0].ports[0]: found 'p9', expected the name of a port or an "
		 "interface"},
		{BRIDGE("ports: [{isolated: true}]"),
		 "2:31: bridges[0].ports[0]: the key 'name' is missing"},
		{BRIDGE("ports: [br0]"),
		 "2:31: bridges[0].ports[0]: found 'br0', expected a port or an interface, not a "
		 "bridge"},
		{BRIDGE("ports: [p2]"),
		 "2:31: bridges[0].ports[0]: found 'p2', expected a member without addresses: "
		 "what comes by it is the bridge's, so they belong to 'br0'"},
		{BRIDGE("ports: [p0, {name: p0}]"),
		 "2:42: bridges[0].ports[1].name: found 'p0', expected a member other than that "
		 "in line 2"},
		{PORTS "bridges: [{name: a, ports: [p0]}, {name: b, ports: [p1, p0]}]\n",
		 "2:57: bridges[1].ports[1]: found 'p0', expected what is in no other bridge: "
		 "'p0' is in 'a'"},
		{PORTS "interfaces: [{name: i, parent: a, vlan: 10}]\n"
		       "bridges: [{name: a, vlans: [10]}, {name: b, ports: [i]}]\n",
		 "3:53: bridges[1].ports[0]: found 'i', expected a port, or an interface of one: "
		 "'i' is on the bridge 'a'"},
		{BRIDGE("ports: [p0, p1], mtu: 1401"),
		 "2:45: bridges[0].mtu: found '1401', expected at most 1400, the MTU of its "
		 "member 'p1'"},
		{IFACE("name: a, parent: p0, vlan: 1}, {name: b, parent: a, vlan: 2") "bridges: "
										      "[{name: c, "
										      "ports: "
										      "[a]}, "
										      "{name: d, "
										      "vlans: [1], "
										      "ports: "
										      "[b]}]\n",
		 "3:64: bridges[1].ports[0]: found 'b', expected an interface with one tag at most "
		 "in a bridge with 'vlans'"},
		{BRIDGE("ports: [{name: p0, isolate: true}]"),
		 "2:42: bridges[0].ports[0]: unknown key 'isolate', did you mean 'isolated'?"},
		{BRIDGE("ageing: 1000001"),
		 "2:31: bridges[0].ageing: found '1000001', expected 0 or an integer from 0 to "
		 "1000000"});
}

static void vlans(void **state)
{
	REFUSED({BRIDGE("vlans: 10"),
		 "2:30: bridges[0].vlans: found '10', expected a list of VLANs "
		 "and ranges of them ([10, 20-30])"},
		{BRIDGE("vlans: []"),
		 "2:30: bridges[0].vlans: found an empty list, expected at least one item"},
		{BRIDGE("vlans: [0]"), "2:31: bridges[0].vlans[0]: found '0', expected a VLAN or a "
				       "range of them (20-30), from 1 to 4094"},
		{BRIDGE("vlans: [4095]"),
		 "2:31: bridges[0].vlans[0]: found '4095', expected a VLAN or a range of them "
		 "(20-30), from 1 to 4094"},
		{BRIDGE("vlans: [30-20]"),
		 "2:31: bridges[0].vlans[0]: found '30-20', expected a VLAN or a range of them "
		 "(20-30), from 1 to 4094"},
		{BRIDGE("vlans: [1-]"),
		 "2:31: bridges[0].vlans[0]: found '1-', expected a VLAN or a range of them "
		 "(20-30), from 1 to 4094"},
		{BRIDGE("vlans: [01]"),
		 "2:31: bridges[0].vlans[0]: found '01', expected a VLAN or a range of them "
		 "(20-30), from 1 to 4094"},
		{BRIDGE("vlans: [1-2-3]"),
		 "2:31: bridges[0].vlans[0]: found '1-2-3', expected a VLAN or a range of them "
		 "(20-30), from 1 to 4094"},
		{BRIDGE("vlans: [10-12, 11]"),
		 "2:38: bridges[0].vlans[1]: found '11', expected each VLAN once: 11 is there "
		 "already"},
		{BRIDGE("native: 10"),
		 "2:31: bridges[0].native: found '10', expected none: the bridge has no 'vlans'"},
		{BRIDGE("protocol: 802.1ad"),
		 "2:33: bridges[0].protocol: found '802.1ad', expected none: the bridge has no "
		 "'vlans'"},
		{AWARE("native: 11"),
		 "2:51: bridges[0].native: found '11', expected one of its vlans"},
		{AWARE("addresses: [198.51.100.1/24]"),
		 "2:54: bridges[0].addresses: found addresses, but no 'native', the VLAN that "
		 "they would be in"});
}

static void vlans_of_members(void **state)
{
	REFUSED({BRIDGE("ports: [{name: p0, access: 10}]"),
		 "2:50: bridges[0].ports[0].access: found '10', expected none: the bridge has no "
		 "'vlans'"},
		{BRIDGE("ports: [{name: p0, trunk: [10]}]"),
		 "2:49: bridges[0].ports[0].trunk: found a list, expected none: the bridge has no "
		 "'vlans'"},
		{BRIDGE("ports: [{name: p0, native: 0}]"),
		 "2:50: bridges[0].ports[0].native: found '0', expected none: the bridge has no "
		 "'vlans'"},
		{AWARE("ports: [{name: p0, access: 11}]"),
		 "2:70: bridges[0].ports[0].access: found '11', expected one of the bridge's "
		 "vlans"},
		{AWARE("ports: [{name: p0, access: 10, trunk: [20]}]"),
		 "2:81: bridges[0].ports[0].trunk: found a list, expected either 'access' or "
		 "'trunk'"},
		{AWARE("ports: [{name: p0, access: 10, native: 10}]"),
		 "2:82: bridges[0].ports[0].native: found '10', expected no 'native' beside "
		 "'access', which is it"},
		{AWARE("ports: [{name: p0, trunk: [10, 22-23]}]"),
		 "2:69: bridges[0].ports[0].trunk: found a list, expected vlans of the bridge: it "
		 "has no 23"},
		{AWARE("ports: [{name: p0, trunk: [20, 22], native: 30}]"),
		 "2:87: bridges[0].ports[0].native: found '30', expected one of the bridge's "
		 "vlans"});
}

static void fdb(void **state)
{
	REFUSED({BRIDGE("ports: [p0], fdb: [{mac: '01:00:00:00:00:01', port: p0}]"),
		 "2:48: bridges[0].fdb[0].mac: found '01:00:00:00:00:01', expected a unicast MAC "
		 "address"},
		{BRIDGE("ports: [p0], fdb: [{mac: '02:00:00:00:00:05', port: p1}]"),
		 "2:75: bridges[0].fdb[0].port: found 'p1', expected the name of a member of "
		 "'br0'"},
		{BRIDGE("ports: [p0], fdb: [{mac: '02:00:00:00:00:05', port: p0, vlan: 1}]"),
		 "2:85: bridges[0].fdb[0].vlan: found '1', expected none: the bridge has no "
		 "'vlans'"},
		{AWARE("ports: [p0], fdb: [{mac: '02:00:00:00:00:05', port: p0}]"),
		 "2:62: bridges[0].fdb[0]: the key 'vlan' is missing: the bridge has 'vlans'"},
		{AWARE("ports: [{name: p0, access: 20}],"
		       " fdb: [{mac: '02:00:00:00:00:05', port: p0, vlan: 10}]"),
		 "2:125: bridges[0].fdb[0].vlan: found '10', expected one of the vlans of 'p0'"},
		{BRIDGE("ports: [p0], fdb: [{mac: '02:00:00:00:00:05', port: p0, type: dynamic}]"),
		 "2:85: bridges[0].fdb[0].type: found 'dynamic', expected static or sticky"},
		{BRIDGE("ports: [p0, p1], fdb: [{mac: '02:00:00:00:00:05', port: p0},"
			"\n{mac: '02:00:00:00:00:05', port: p1}]"),
		 "3:7: bridges[0].fdb[1].mac: found '02:00:00:00:00:05', expected a MAC address "
		 "other than that in line 2"},
		/* Its own address: as given, as its first member's, in the VLANs that it is in. */
		{BRIDGE("mac: '02:00:00:00:00:05', ports: [p0],\n"
			"fdb: [{mac: '02:00:00:00:00:05', port: p0}]"),
		 "3:13: bridges[0].fdb[0].mac: found '02:00:00:00:00:05', expected the address of "
		 "a host: this one is that of 'br0' itself"},
		{BRIDGE("ports: [p0, p1], fdb: [{mac: '02:00:00:00:00:01', port: p1}]"),
		 "2:52: bridges[0].fdb[0].mac: found '02:00:00:00:00:01', expected the address of "
		 "a host: this one is that of 'br0' itself"},
		{AWARE("native: 10, ports: [p0],\n"
		       "fdb: [{mac: '02:00:00:00:00:01', port: p0, vlan: 10}]"),
		 "3:13: bridges[0].fdb[0].mac: found '02:00:00:00:00:01', expected the address of "
		 "a host: this one is that of 'br0' itself"},
		{AWARE("ports: [p0],\nfdb: [{mac: '02:00:00:00:00:01', port: p0, vlan: 20}]") "inte"
											      "rfac"
											      "es: "
											      "[{"
											      "name"
											      ": "
											      "a, "
											      "pare"
											      "nt: "
											      "br0,"
											      " vla"
											      "n: "
											      "20}]"
											      "\n",
		 "3:13: bridges[0].fdb[0].mac: found '02:00:00:00:00:01', expected the address of "
		 "a host: this one is that of 'br0' itself"},
		{AWARE("ports: [p0],\nfdb: [{mac: '02:00:00:00:00:05', port: p0, vlan: 20}]") "inte"
											      "rfac"
											      "es: "
											      "[{"
											      "name"
											      ": "
											      "a, "
											      "pare"
											      "nt: "
											      "br0,"
											      " vla"
											      "n: "
											      "20, "
											      "mac:"
											      " '"
											      "02:"
											      "00:"
											      "00:"
											      "00:"
											      "00:"
											      "05'}"
											      "]\n",
		 "3:13: bridges[0].fdb[0].mac: found '02:00:00:00:00:05', expected the address of "
		 "a host: this one is that of 'a' itself"},
		{BRIDGE("ports: [p0], fdb: [{mac: '02:00:00:00:00:05', port: p0}]") "limits: {fdb: "
										    "1}\n",
		 "3:15: limits.fdb: found '1', expected at least 2 (those of the file and the "
		 "bridges' own)"});
}

static void mirrors(void **state)
{
	REFUSED({MIRROR("to: p1"), "2:11: mirrors[0]: the key 'from' is missing"},
		{MIRROR("from: [], to: p1"),
		 "2:18: mirrors[0].from: found an empty list, expected at least one item"},
		{MIRROR("from: [p9], to: p1"),
		 "2:19: mirrors[0].from[0]: found 'p9', expected the name of a port"},
		{MIRROR("from: [p0], to: p9"),
		 "2:28: mirrors[0].to: found 'p9', expected the name of a port"},
		{MIRROR("from: [p0, p1], to: p1"),
		 "2:32: mirrors[0].to: found 'p1', expected a port other than those in 'from'"},
		{MIRROR("from: [p0], to: br0") "bridges: [{name: br0}]\n",
		 "2:28: mirrors[0].to: found 'br0', expected the name of a port"},
		{MIRROR("from: [p0, p0], to: p1"),
		 "2:23: mirrors[0].from[1]: found 'p0', expected each port once for a target: it "
		 "is mirrored to 'p1' in line 2 already"},
		{MIRROR("from: [p0], to: p1}, {from: [p2, p0], to: p1"),
		 "2:45: mirrors[1].from[1]: found 'p0', expected each port once for a target: it "
		 "is mirrored to 'p1' in line 2 already"},
		{MIRROR("from: [p0], to: p1, sample: 0"),
		 "2:40: mirrors[0].sample: found '0', expected an integer from 1 to 1000000"},
		{MIRROR("from: [p0], to: p1, direction: in"),
		 "2:43: mirrors[0].direction: found 'in', expected rx, tx or both"});
}

static void storm(void **state)
{
#define EXPECTED "expected a rate: a number from 1 and pps, kpps, Mpps, bps, kbps, Mbps or Gbps"
	REFUSED({STORM("broadcast: 1000"),
		 "1:51: ports[0].storm.broadcast: found '1000', " EXPECTED},
		{STORM("multicast: 0pps"),
		 "1:51: ports[0].storm.multicast: found '0pps', " EXPECTED},
		{STORM("unknown_unicast: [10Mbps]"),
		 "1:57: ports[0].storm.unknown_unicast: found a list, " EXPECTED},
		{STORM("broadcasts: 1pps"),
		 "1:40: ports[0].storm: unknown key 'broadcasts', did you mean 'broadcast'?"});
}

static void over_all(void **state)
{
	REFUSED({BRIDGE("ports: [p0]") "routes: [{to: 10.0.0.0/8, port: p0}]\n",
		 "3:33: routes[0].port: found 'p0', expected what is in no bridge: 'p0' is a "
		 "member of 'br0', which has the addresses"},
		{BRIDGE("addresses: [198.51.100.1/24]") "routes: [{to: 10.0.0.0/8, via: "
							"198.51.100.1}]\n",
		 "3:32: routes[0].via: found '198.51.100.1', expected another host's address, not "
		 "the router's own on 'br0'"},
		{BRIDGE("addresses: [198.51.100.1/24]") "neighbours: [{address: 198.51.100.255, "
							"port: br0, "
							"mac: '02:00:00:00:00:02'}]\n",
		 "3:24: neighbours[0].address: found '198.51.100.255', expected a host's address, "
		 "not the broadcast address of the subnet on 'br0'"},
		/* The bridge's link-local address is that of its first member. */
		{BRIDGE("ports: [p0]") "routes: [{to: '::/0', via: [{gateway: 'fe80::ff:fe00:1',"
				       " port: br0}]}]\n",
		 "3:39: routes[0].via[0].gateway: found 'fe80::ff:fe00:1', expected another host's "
		 "address, not the router's own on 'br0'"},
		{BRIDGE("addresses: [198.51.100.1/24]") "limits: {routes4: 5}\n",
		 "3:19: limits.routes4: found '5', expected at least 6 (0 of routes, 6 of "
		 "addresses, 0 of neighbours)"});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),      cmocka_unit_test(interfaces),
		cmocka_unit_test(on_bridges), cmocka_unit_test(members),
		cmocka_unit_test(vlans),      cmocka_unit_test(vlans_of_members),
		cmocka_unit_test(fdb),        cmocka_unit_test(mirrors),
		cmocka_unit_test(storm),      cmocka_unit_test(over_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
