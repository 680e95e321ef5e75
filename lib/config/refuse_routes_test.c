/* SPDX-License-Identifier: BSD-3-Clause */
/* Each way to write routes, neighbours, and what they need, wrong. */
#include "refuse_testing.h"

/* A line that is right, so that the wrong one is line 2. */
#define PORTS                                                                          \
	"ports: [{name: p0, device: d0, addresses: [192.0.2.1/24, '2001:db8::1/64']}," \
	" {name: p1, device: d1, addresses: [198.51.100.1/31, '2001:db8:2::1/64'],"    \
	" mac: '02:00:00:00:00:01'}]\n"
#define ROUTE(text) PORTS "routes: [{" text "}]"
#define NEIGH(text) PORTS "neighbours: [{" text "}]"
#define MAC         "mac: '02:00:00:00:00:02'"

static void routes(void **state)
{
	REFUSED({ROUTE("via: 192.0.2.9"), "2:10: routes[0]: the key 'to' is missing"},
		{ROUTE("to: 10.0.0.0/8"), "2:10: routes[0]: found no next hop, expected 'via', "
					  "'port' or a 'type' other than unicast"},
		{ROUTE("to: default, via: 192.0.2.9"),
		 "2:15: routes[0].to: found 'default', expected a prefix (192.0.2.0/24)"},
		{ROUTE("to: 10.1.0.0/8, via: 192.0.2.9"),
		 "2:15: routes[0].to: found '10.1.0.0/8', expected a prefix without host bits: "
		 "10.0.0.0/8"},
		{ROUTE("to: '2001:db8:9::1/48', port: p0"),
		 "2:15: routes[0].to: found '2001:db8:9::1/48', expected a prefix without host "
		 "bits: 2001:db8:9::/48"},
		{PORTS "routes:\n- {to: 10.0.0.0/8, port: p0}\n- {to: 10.0.0.0/9, port: p0}\n"
		       "- {to: 10.0.0.0/8, port: p1}\n",
		 "5:8: routes[2].to: found '10.0.0.0/8', expected a prefix other than that in line "
		 "3"},
		{ROUTE("to: 10.0.0.0/8, type: local"),
		 "2:33: routes[0].type: found 'local', expected unicast, blackhole, unreachable or "
		 "prohibit"},
		{ROUTE("to: 10.0.0.0/8, type: blackhole, via: 192.0.2.9"),
		 "2:49: routes[0].via: found '192.0.2.9', expected no 'via' in a route of type "
		 "blackhole"},
		{ROUTE("to: 10.0.0.0/8, type: prohibit, port: p0"),
		 "2:49: routes[0].port: found 'p0', expected no 'port' in a route of type "
		 "prohibit"},
		{ROUTE("to: 10.0.0.0/8, port: p9"), "2:33: routes[0].port: found 'p9', expected "
						    "the name of a port, an interface or a bridge"},
		{ROUTE("to: 10.0.0.0/8, via: 192.0.2.9, port: p9"),
		 "2:49: routes[0].port: found 'p9', expected the name of a port, an interface or a "
		 "bridge"},
		{ROUTE("to: 10.0.0.0/8, via: []"),
		 "2:32: routes[0].via: found an empty list, expected at least one item"},
		{ROUTE("to: 10.0.0.0/8, via: x"),
		 "2:32: routes[0].via: found 'x', expected an IPv4 or IPv6 address"},
		{ROUTE("to: 10.0.0.0/8, via: {gateway: 192.0.2.9}"),
		 "2:32: routes[0].via: found a mapping, expected a gateway's address or a list of "
		 "next hops"},
		{ROUTE("to: 10.0.0.0/8, via: [{weight: 1}]"),
		 "2:33: routes[0].via[0]: found no next hop, expected a 'gateway' or a 'port'"},
		{ROUTE("to: 10.0.0.0/8, via: [{port: p0}, {gateway: 192.0.2.9, port: x}]"),
		 "2:72: routes[0].via[1].port: found 'x', expected the name of a port, an "
		 "interface or a bridge"},
		{ROUTE("to: 10.0.0.0/8, via: [{port: p0, weight: 0}]"),
		 "2:52: routes[0].via[0].weight: found '0', expected an integer from 1 to 256"},
		{ROUTE("to: 10.0.0.0/8, via: [{port: p0, weight: 257}]"),
		 "2:52: routes[0].via[0].weight: found '257', expected an integer from 1 to 256"},
		{ROUTE("to: 10.0.0.0/8, via: [{port: p0, wait: 2}]"),
		 "2:44: routes[0].via[0]: unknown key 'wait', expected one of: gateway, port, "
		 "weight"},
		{ROUTE("to: 10.0.0.0/8, via: [{port: p0, gateway: 'fe80::2'}]"),
		 "2:53: routes[0].via[0].gateway: found 'fe80::2', expected an IPv4 address as in "
		 "'to'"});
}

/* PORTS has two IPv4 addresses, /24 and /31, and two IPv6 ones, both /64. */
static void limits(void **state)
{
	REFUSED({PORTS "limits: {routes4: 4}\n",
		 "2:19: limits.routes4: found '4', expected at least 5 (0 of routes, 5 of "
		 "addresses, 0 of neighbours)"},
		{PORTS "limits: {routes4: 7}\nroutes: [{to: 10.0.0.0/8, port: p0}, {to: "
		       "11.0.0.0/8, port: p0}]\nneighbours: [{address: 192.0.2.2, port: p0, "
		       "" MAC "}]",
		 "2:19: limits.routes4: found '7', expected at least 8 (2 of routes, 5 of "
		 "addresses, 1 of neighbours)"},
		{PORTS "routes: [{to: '::/0', port: p0}]\nlimits: {neighbours: 5, routes6: 6}\n",
		 "3:34: limits.routes6: found '6', expected at least 7 (1 of routes, 6 of "
		 "addresses, 0 of neighbours)"});
}

static void gateways(void **state)
{
	REFUSED({ROUTE("to: 10.0.0.0/8, via: '2001:db8::9'"),
		 "2:32: routes[0].via: found '2001:db8::9', expected an IPv4 address as in 'to'"},
		{ROUTE("to: '::/0', via: [{gateway: 192.0.2.9, port: p0}]"),
		 "2:39: routes[0].via[0].gateway: found '192.0.2.9', expected an IPv6 address as "
		 "in 'to'"},
		{ROUTE("to: 10.0.0.0/8, via: 203.0.113.1"),
		 "2:32: routes[0].via: found '203.0.113.1', expected an address in a port's "
		 "subnet, or a 'port' beside it"},
		{ROUTE("to: 10.0.0.0/8, via: [192.0.2.9, {gateway: 203.0.113.1}]"),
		 "2:54: routes[0].via[1].gateway: found '203.0.113.1', expected an address in a "
		 "port's subnet, or a 'port' beside it"},
		{ROUTE("to: '::/0', via: 'fe80::9'"),
		 "2:28: routes[0].via: found 'fe80::9', expected a 'port' beside a link-local "
		 "address"},
		{ROUTE("to: '::/0', via: 'fe80::ff:fe00:1', port: p1"),
		 "2:28: routes[0].via: found 'fe80::ff:fe00:1', expected another host's address, "
		 "not the router's own on 'p1'"},
		{ROUTE("to: 10.0.0.0/8, via: 192.0.2.1"),
		 "2:32: routes[0].via: found '192.0.2.1', expected another host's address, not the "
		 "router's own on 'p0'"},
		{ROUTE("to: 10.0.0.0/8, via: 192.0.2.1, port: p1"),
		 "2:32: routes[0].via: found '192.0.2.1', expected another host's address, not the "
		 "router's own on 'p0'"},
		{ROUTE("to: 10.0.0.0/8, via: 192.0.2.255"),
		 "2:32: routes[0].via: found '192.0.2.255', expected a host's address, not the "
		 "broadcast address of the subnet on 'p0'"},
		{ROUTE("to: 10.0.0.0/8, via: 192.0.2.0"),
		 "2:32: routes[0].via: found '192.0.2.0', expected a host's address, not the "
		 "network address of the subnet on 'p0'"},
		{ROUTE("to: 10.0.0.0/8, via: 224.0.0.1, port: p0"),
		 "2:32: routes[0].via: found '224.0.0.1', expected a unicast address, not a "
		 "multicast one"},
		{ROUTE("to: 10.0.0.0/8, via: 127.0.0.1, port: p0"),
		 "2:32: routes[0].via: found '127.0.0.1', expected a unicast address, not a "
		 "loopback one"},
		{ROUTE("to: '::/0', via: '::', port: p0"),
		 "2:28: routes[0].via: found '::', expected a unicast address, not the unspecified "
		 "one"});
}

static void neighbours_and_punts(void **state)
{
	REFUSED({NEIGH("address: 192.0.2.2, port: p0"),
		 "2:14: neighbours[0]: the key 'mac' is missing"},
		{NEIGH("address: 192.0.2.2, port: p9, " MAC),
		 "2:41: neighbours[0].port: found 'p9', expected the name of a port, an interface "
		 "or a bridge"},
		{NEIGH("address: 192.0.2.2, port: p0, mac: 'ff:ff:ff:ff:ff:ff'"),
		 "2:50: neighbours[0].mac: found 'ff:ff:ff:ff:ff:ff', expected a unicast MAC "
		 "address"},
		{NEIGH("address: 192.0.2.0/24, port: p0, " MAC),
		 "2:24: neighbours[0].address: found '192.0.2.0/24', expected an IPv4 or IPv6 "
		 "address"},
		{NEIGH("address: 'ff02::1', port: p0, " MAC),
		 "2:24: neighbours[0].address: found 'ff02::1', expected a unicast address, not a "
		 "multicast one"},
		{NEIGH("address: 192.0.2.1, port: p0, " MAC),
		 "2:24: neighbours[0].address: found '192.0.2.1', expected another host's address, "
		 "not the router's own on 'p0'"},
		{NEIGH("address: 192.0.2.255, port: p0, " MAC),
		 "2:24: neighbours[0].address: found '192.0.2.255', expected a host's address, not "
		 "the broadcast address of the subnet on 'p0'"},
		{PORTS "neighbours:\n- {address: 192.0.2.2, port: p0, " MAC "}\n"
		       "- {address: 192.0.2.2, port: p0, mac: '02:00:00:00:00:03'}\n",
		 "4:13: neighbours[1].address: found '192.0.2.2', expected a neighbour of the port "
		 "other than that in line 3"},
		{PORTS "limits: {neighbours: 1}\nneighbours:\n"
		       "- {address: 192.0.2.2, port: p0, " MAC "}\n"
		       "- {address: 192.0.2.3, port: p0, " MAC "}\n",
		 "2:22: limits.neighbours: found '1', expected at least 2 (those of the file)"},
		{PORTS "punts: [{reason: local, rate: 1}]\n",
		 "2:9: punts[0]: the key 'burst' is missing"},
		{PORTS "punts: [{reason: a b, rate: 1, burst: 1}]\n",
		 "2:18: punts[0].reason: found 'a b', expected a name of 1 to 15 letters, digits "
		 "and _.- (not 'all', no - in front)"},
		{PORTS "punts: [{reason: tll, rate: 1, burst: 1}]\n",
		 "2:18: punts[0].reason: found 'tll', did you mean 'ttl'?"},
		{PORTS "punts: [{reason: zzzz, rate: 1, burst: 1}]\n",
		 "2:18: punts[0].reason: found 'zzzz', expected one of: ethertype, scope, local, "
		 "multicast, options, ttl, mtu, glean, no_route, kernel, bridge"},
		{PORTS "punts: [{reason: local, class: icpm, rate: 1, burst: 1}]\n",
		 "2:32: punts[0].class: found 'icpm', did you mean 'icmp'?"},
		{PORTS "punts: [{reason: local, class: arp, rate: 1, burst: 1}]\n",
		 "2:32: punts[0].class: found 'arp', expected one of: routing, tcp, icmp, nd, "
		 "other"},
		{PORTS "punts:\n- {reason: local, class: nd, rate: 1, burst: 1}\n"
		       "- {reason: local, rate: 1, burst: 1}\n"
		       "- {reason: local, class: nd, rate: 1, burst: 1}\n",
		 "5:12: punts[2].reason: found 'local', expected a reason and class other than "
		 "that in line 3"});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),
		cmocka_unit_test(limits),
		cmocka_unit_test(gateways),
		cmocka_unit_test(neighbours_and_punts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
