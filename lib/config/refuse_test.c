/* SPDX-License-Identifier: BSD-3-Clause */
/* Each way to write the file and its ports wrong: the place, to the column, and the sentence. */
#include "refuse_testing.h"

/* A line that is right, so that the wrong one is line 2. */
#define PORTS        "ports: [{name: p0, device: d0}]\n"
#define PORT(text)   "ports: [{name: p0, device: d0, " text "}]"
#define LONG_NAME_16 "abcdefghijklmnop"
#define TEN          "xxxxxxxxxx"
#define PATH_108     TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "xxxxxxxx"

static void yaml_itself(void **state)
{
	REFUSED({"\n", "1:1: found an empty file, expected a mapping (key: value)"},
		{"# only a comment\n", "1:1: found an empty file, expected a mapping (key: value)"},
		{"---\n", "2:1: found an empty value, expected a mapping (key: value)"},
		{"ports: [a, b\n", "2:1: not YAML: did not find expected ',' or ']' while parsing "
				   "a flow sequence that begins in line 1"},
		{"ports:\n  - {name: p0\n  - {name: p1}\n",
		 "3:5: not YAML: did not find expected ',' or '}' while parsing a flow mapping "
		 "that begins in line 2"},
		{"ports: [\xff]\n",
		 "1:1: not YAML: invalid leading UTF-8 octet at byte 9 of the file"},
		{"\tports: []\n", "1:1: not YAML: found character that cannot start any token "
				  "while scanning for the next token that begins in line 1"},
		{PORTS "---\nports: []\n", "2:1: found a second YAML document, expected only one"},
		{PORTS "---\nports: [\n", "4:1: not YAML: did not find expected node content while "
					  "parsing a flow node that begins in line 4"},
		{PORTS "api: *missing\n", "2:6: not YAML: found undefined alias"},
		{PORTS "api: \"a\\0b\"\n",
		 "2:6: api: found a zero byte, expected text without one"},
		{PORTS "api: !secret x\n",
		 "2:6: api: found the tag '!secret', expected a value without a tag"},
		{PORTS "? [a, b]\n: c\n", "2:3: found a list or mapping, expected a key's name"},
		{"ports: &p [*p]\n", "1:8: ports: found a list, expected a mapping (key: value)"});
}

static void keys_and_kinds(void **state)
{
	REFUSED({"[1, 2]\n", "1:1: found a list, expected a mapping (key: value)"},
		{"workers: [1]\n", "1:1: the key 'ports' is missing"},
		{"port: []\n", "1:1: unknown key 'port', did you mean 'ports'?"},
		{PORTS "zzzzzzzz: 1\n",
		 "2:1: unknown key 'zzzzzzzz', expected one of: workers, idle, control, netns, "
		 "netlink, api, api_group, dpdk, drivers_cfg, ports, interfaces, bridges, mirrors, "
		 "routes, neighbours, punts, limits"},
		{PORTS "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff: 1\n",
		 "2:1: unknown key 'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee...', expected one "
		 "of: workers, idle, control, netns, netlink, api, api_group, dpdk, drivers_cfg, "
		 "ports, interfaces, bridges, mirrors, routes, neighbours, punts, limits"},
		{"ports:\n  - name: p0\n    device: d0\n    adresses: []\n",
		 "4:5: ports[0]: unknown key 'adresses', did you mean 'addresses'?"},
		{PORTS "api: a\nworkers: [1]\napi: b\n",
		 "4:1: key 'api' is given twice, first in line 2"},
		{PORT("device: d1"),
		 "1:32: ports[0]: key 'device' is given twice, first in line 1"},
		{"ports: {name: p0}\n", "1:8: ports: found a mapping, expected a list"},
		{"ports:\n", "1:7: ports: found an empty value, expected a list"},
		{"ports: []\n", "1:8: ports: found an empty list, expected at least one item"},
		{"ports: [p0]\n", "1:9: ports[0]: found 'p0', expected a mapping (key: value)"},
		{"ports: [{device: d0}]\n", "1:9: ports[0]: the key 'name' is missing"},
		{"ports: [{name: p0}]\n", "1:9: ports[0]: the key 'device' is missing"},
		{PORTS "dpdk: [hugepages]\n",
		 "2:7: dpdk: found a list, expected a mapping (key: value)"},
		{PORTS "dpdk: {hugepages: yes}\n",
		 "2:19: dpdk.hugepages: found 'yes', expected true or false"},
		{PORTS "dpdk: {hugepages: [true]}\n",
		 "2:19: dpdk.hugepages: found a list, expected true or false"},
		{PORTS "dpdk: {arg: []}\n", "2:8: dpdk: unknown key 'arg', did you mean 'args'?"},
		{PORTS "dpdk: {args: ['']}\n",
		 "2:15: dpdk.args[0]: found an empty value, expected text of 1 to 1023 bytes"},
		{PORTS "workers: 1\n", "2:10: workers: found '1', expected a list"},
		{PORTS "workers: []\n",
		 "2:10: workers: found an empty list, expected at least one item"},
		{PORTS "routes: {to: 0.0.0.0/0}\n",
		 "2:9: routes: found a mapping, expected a list"},
		{PORTS "api: [a]\n", "2:6: api: found a list, expected text of 1 to 107 bytes"},
		{PORTS "api: ''\n",
		 "2:6: api: found an empty value, expected text of 1 to 107 bytes"},
		{PORTS "api: " PATH_108 "\n", "2:6: api: found "
					      "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
					      "xxxxxxxxx...', expected text of 1 to 107 bytes"},
		{PORTS "control: windows\n",
		 "2:10: control: found 'windows', expected linux or none"},
		{PORTS "control: {}\n", "2:10: control: found a mapping, expected linux or none"});
}

static void integers(void **state)
{
	REFUSED({PORT("mtu: 67"),
		 "1:37: ports[0].mtu: found '67', expected an integer from 68 to 9600"},
		{PORT("mtu: 9601"),
		 "1:37: ports[0].mtu: found '9601', expected an integer from 68 to 9600"},
		{PORT("mtu: 0"),
		 "1:37: ports[0].mtu: found '0', expected an integer from 68 to 9600"},
		{PORT("mtu: 1500x"),
		 "1:37: ports[0].mtu: found '1500x', expected an integer from 68 to 9600"},
		{PORT("mtu: -1500"),
		 "1:37: ports[0].mtu: found '-1500', expected an integer from 68 to 9600"},
		{PORT("mtu: ' 1500'"),
		 "1:37: ports[0].mtu: found ' 1500', expected an integer from 68 to 9600"},
		{PORT("mtu: 0x5dc"),
		 "1:37: ports[0].mtu: found '0x5dc', expected an integer from 68 to 9600"},
		{PORT("mtu: 01500"),
		 "1:37: ports[0].mtu: found '01500', expected an integer from 68 to 9600"},
		{PORT("mtu: 1.5e3"),
		 "1:37: ports[0].mtu: found '1.5e3', expected an integer from 68 to 9600"},
		{PORT("mtu: 67036"),
		 "1:37: ports[0].mtu: found '67036', expected an integer from 68 to 9600"},
		{PORT("mtu: 18446744073709553116"),
		 "1:37: ports[0].mtu: found '18446744073709553116', expected an integer from 68 to "
		 "9600"},
		{PORT("mtu: 99999999999999999999999"),
		 "1:37: ports[0].mtu: found '99999999999999999999999', expected an integer from 68 "
		 "to 9600"},
		{PORT("mtu: "),
		 "1:37: ports[0].mtu: found an empty value, expected an integer from 68 to 9600"},
		{PORT("mtu: [1500]"),
		 "1:37: ports[0].mtu: found a list, expected an integer from 68 to 9600"},
		{PORT("queues: 0"),
		 "1:40: ports[0].queues: found '0', expected an integer from 1 to 1024"},
		{PORT("burst: 65"),
		 "1:39: ports[0].burst: found '65', expected an integer from 1 to 64"},
		{PORT("offloads: {rx: [udp_cksum]}"),
		 "1:48: ports[0].offloads.rx[0]: found 'udp_cksum', expected one of: vlan_strip, "
		 "ipv4_cksum, "
		 "scatter"},
		{PORT("rss: {key: 6d5}"),
		 "1:43: ports[0].rss.key: found '6d5', expected 'default', 'symmetric' or the hex "
		 "digits of 1 to 128 bytes"},
		{PORT("rx_descriptors: 31"),
		 "1:48: ports[0].rx_descriptors: found '31', expected 'default' or an integer from "
		 "32 to 32768"},
		{PORTS "dpdk: {memory: 15}\n",
		 "2:16: dpdk.memory: found '15', expected 0 or an integer from 16 to 16777216"},
		{PORTS "dpdk: {mbufs: 1}\n",
		 "2:15: dpdk.mbufs: found '1', expected 0 or an integer from 1024 to 1073741824"},
		{PORTS "dpdk: {mbuf_size: 65536}\n",
		 "2:19: dpdk.mbuf_size: found '65536', expected 0 or an integer from 256 to 65535"},
		{PORTS "limits: {fdb: 0}\n",
		 "2:15: limits.fdb: found '0', expected an integer from 1 to 16777216"},
		{PORTS "limits: {fdb: 16777217}\n",
		 "2:15: limits.fdb: found '16777217', expected an integer from 1 to 16777216"},
		{PORTS "limits: {routes4: 0}\n",
		 "2:19: limits.routes4: found '0', expected an integer from 1 to 268435456"},
		{PORTS "punts: [{reason: local, rate: 4294967296, burst: 1}]\n",
		 "2:31: punts[0].rate: found '4294967296', expected an integer from 1 to "
		 "4294967295"},
		{PORTS "punts: [{reason: local, rate: 1, burst: 0}]\n",
		 "2:41: punts[0].burst: found '0', expected an integer from 1 to 4294967295"});
}

static void workers(void **state)
{
	REFUSED({PORTS "workers: [128]\n",
		 "2:11: workers[0]: found '128', expected an integer from 0 to 127"},
		{PORTS "workers: [{lcore: 128}]\n",
		 "2:19: workers[0].lcore: found '128', expected an integer from 0 to 127"},
		{PORTS "workers: [{idle: poll}]\n", "2:11: workers[0]: the key 'lcore' is missing"},
		{PORTS "workers: [1, {lcore: 2, idle: nap}]\n",
		 "2:31: workers[1].idle: found 'nap', expected poll, pause, sleep or interrupt"},
		{PORTS "idle: 3\n",
		 "2:7: idle: found '3', expected poll, pause, sleep or interrupt"},
		{PORTS "workers: [1, {lcore: 1}]\n",
		 "2:22: workers[1].lcore: found '1', expected each worker once"},
		{PORTS "workers: [1, 2, 1]\n",
		 "2:17: workers[2]: found '1', expected each worker once"},
		{PORT("workers: [1]"), "1:42: ports[0].workers[0]: found '1', expected one of "
				       "those in the file's 'workers', which is missing"},
		{PORT("workers: [2]") "\nworkers: [1, 3]\n",
		 "1:42: ports[0].workers[0]: found '2', expected one of those in the file's "
		 "'workers'"},
		{PORT("workers: [1, 1]") "\nworkers: [1]\n",
		 "1:45: ports[0].workers[1]: found '1', expected each worker once"});
}

#define ARGS(text) PORTS "dpdk: {args: [--no-hpet, " text "]}\n"

static void eal_args(void **state)
{
	REFUSED({ARGS("--help"), "2:26: dpdk.args[1]: found '--help', expected no --help: sluiced "
				 "decides that itself"},
		{ARGS("-hx"), "2:26: dpdk.args[1]: found '-hx', expected no -h: sluiced decides "
			      "that itself"},
		{ARGS("--he"), "2:26: dpdk.args[1]: found '--he', expected no --help: sluiced "
			       "decides that itself"},
		{ARGS("-v"), "2:26: dpdk.args[1]: found '-v', expected no -v: sluiced decides that "
			     "itself"},
		{ARGS("-l1"), "2:26: dpdk.args[1]: found '-l1', expected no -l: 'workers' says "
			      "that"},
		{ARGS("--lcores=0@0"), "2:26: dpdk.args[1]: found '--lcores=0@0', expected no "
				       "--lcores: 'workers' says that"},
		{ARGS("-m, '64'"),
		 "2:26: dpdk.args[1]: found '-m', expected no -m: 'dpdk.memory' says that"},
		{ARGS("--in-mem"), "2:26: dpdk.args[1]: found '--in-mem', expected no --in-memory: "
				   "'dpdk.hugepages' says that"},
		{ARGS("--vdev=net_null0"), "2:26: dpdk.args[1]: found '--vdev=net_null0', expected "
					   "no --vdev: 'ports' says that"},
		{ARGS("--proc-type=auto"), "2:26: dpdk.args[1]: found '--proc-type=auto', expected "
					   "no --proc-type: sluiced decides that itself"},
		{ARGS("--"), "2:26: dpdk.args[1]: found '--', expected an argument of DPDK"});
}

static void bonds(void **state)
{
	REFUSED({PORT("members: []"),
		 "1:41: ports[0].members: found an empty list, expected at least one item"},
		{PORT("members: [m0]"),
		 "1:41: ports[0].members: found members, but the device is no bond "
		 "(net_bonding0,...)"},
		{"ports: [{name: p0, device: net_bonding0, members: ['m0,x=1', m0]}]\n",
		 "1:62: ports[0].members[1]: found 'm0', expected a device other than that in "
		 "line 1"},
		{"ports: [{name: p0, device: net_bonding0, members: [m0]}, {name: p1, device: "
		 "'m0,x=1'}]\n",
		 "1:77: ports[1].device: found 'm0,x=1', expected a device other than that in "
		 "line 1"},
		{"ports: [{name: p0, device: '0:03:00.0,x=1'}, {name: p1, device: '03:00.0'}]\n",
		 "1:65: ports[1].device: found '03:00.0', expected a device other than that in "
		 "line 1"},
		{"ports: [{name: p0, device: 'net_bonding0,mode=0,slave=m0,x=1'}]\n",
		 "1:28: ports[0].device: found 'slave=m0', which takes another device: those of a "
		 "bond stand in its 'members'"},
		{"ports: [{name: p0, device: net_bonding0, members: [m0, 'x,member=m1']}]\n",
		 "1:56: ports[0].members[1]: found 'member=m1', which takes another device: those "
		 "of a bond stand in its 'members'"},
		{"ports: [{name: p0, device: 'net_bonding0,primary=m1', members: [m0]}]\n",
		 "1:28: ports[0].device: found 'primary=m1', which takes another device: those of "
		 "a bond stand in its 'members'"});
}

static void ports(void **state)
{
	REFUSED({"ports: [{name: '', device: d}]\n",
		 "1:16: ports[0].name: found an empty value, expected a name of 1 to 15 letters, "
		 "digits and _.- (not 'all', no - in front)"},
		{"ports: [{name: a b, device: d}]\n",
		 "1:16: ports[0].name: found 'a b', expected a name of 1 to 15 letters, digits and "
		 "_.- (not 'all', no - in front)"},
		{"ports: [{name: " LONG_NAME_16 ", device: d}]\n",
		 "1:16: ports[0].name: found 'abcdefghijklmnop', expected a name of 1 to 15 "
		 "letters, digits and _.- (not 'all', no - in front)"},
		{"ports: [{name: p/0, device: d}]\n",
		 "1:16: ports[0].name: found 'p/0', expected a name of 1 to 15 letters, digits and "
		 "_.- (not 'all', no - in front)"},
		{"ports: [{name: .., device: d}]\n",
		 "1:16: ports[0].name: found '..', expected a name of 1 to 15 letters, digits and "
		 "_.- (not 'all', no - in front)"},
		{"ports: [{name: -j, device: d}]\n",
		 "1:16: ports[0].name: found '-j', expected a name of 1 to 15 letters, digits and "
		 "_.- (not 'all', no - in front)"},
		{"ports: [{name: all, device: d}]\n",
		 "1:16: ports[0].name: found 'all', expected a name of 1 to 15 letters, digits and "
		 "_.- (not 'all', no - in front)"},
		{"ports: [{name: \"p\\e[2J\", device: d}]\n",
		 "1:16: ports[0].name: found 'p?[2J', expected a name of 1 to 15 letters, digits "
		 "and _.- (not 'all', no - in front)"},
		{"ports:\n- {name: a, device: x}\n- {name: b, device: y}\n"
		 "- {name: a, device: z}\n",
		 "4:10: ports[2].name: found 'a', expected a name other than that in line 2"},
		{"ports:\n- {name: a, device: x}\n- {name: b, device: x}\n",
		 "3:21: ports[1].device: found 'x', expected a device other than that in line 2"},
		{"ports:\n- {name: a, device: 'x,k=1'}\n- {name: b, device: xx}\n"
		 "- {name: c, device: 'x,k=2'}\n",
		 "4:21: ports[2].device: found 'x,k=2', expected a device other than that in line "
		 "2"},
		{PORT("mac: '02:00:00:00:00'"), "1:37: ports[0].mac: found '02:00:00:00:00', "
						"expected a MAC address (02:00:00:00:00:01)"},
		{PORT("mac: '03:00:00:00:00:01'"),
		 "1:37: ports[0].mac: found '03:00:00:00:00:01', expected a unicast MAC address"},
		{PORT("mac: '00:00:00:00:00:00'"),
		 "1:37: ports[0].mac: found '00:00:00:00:00:00', expected a unicast MAC address"},
		{PORT("mac: []"),
		 "1:37: ports[0].mac: found a list, expected a MAC address (02:00:00:00:00:01)"},
		{PORT("mtu: 1279, addresses: ['2001:db8::1/64']"),
		 "1:37: ports[0].mtu: found '1279', expected at least 1280 with IPv6 addresses"});
}

static void interface_addresses(void **state)
{
	REFUSED({PORT("addresses: 192.0.2.1/24"),
		 "1:43: ports[0].addresses: found '192.0.2.1/24', expected a list"},
		{PORT("addresses: [192.0.2.1/33]"),
		 "1:44: ports[0].addresses[0]: found '192.0.2.1/33', expected an address and "
		 "length (192.0.2.1/24)"},
		{PORT("addresses: [192.0.2/24]"),
		 "1:44: ports[0].addresses[0]: found '192.0.2/24', expected an address and length "
		 "(192.0.2.1/24)"},
		{PORT("addresses: [[192.0.2.1/24]]"),
		 "1:44: ports[0].addresses[0]: found a list, expected an address and length "
		 "(192.0.2.1/24)"},
		{PORT("addresses: [192.0.2.1/0]"),
		 "1:44: ports[0].addresses[0]: found '192.0.2.1/0', expected a length of at least "
		 "1"},
		{PORT("addresses: [0.0.0.0/8]"),
		 "1:44: ports[0].addresses[0]: found '0.0.0.0/8', expected a unicast address, not "
		 "the unspecified one"},
		{PORT("addresses: ['::/64']"),
		 "1:44: ports[0].addresses[0]: found '::/64', expected a unicast address, not the "
		 "unspecified one"},
		{PORT("addresses: [127.0.0.1/8]"),
		 "1:44: ports[0].addresses[0]: found '127.0.0.1/8', expected a unicast address, "
		 "not a loopback one"},
		{PORT("addresses: ['::1/128']"), "1:44: ports[0].addresses[0]: found '::1/128', "
						 "expected a unicast address, not a loopback one"},
		{PORT("addresses: [224.0.0.5/24]"),
		 "1:44: ports[0].addresses[0]: found '224.0.0.5/24', expected a unicast address, "
		 "not a multicast one"},
		{PORT("addresses: ['ff02::1/64']"),
		 "1:44: ports[0].addresses[0]: found 'ff02::1/64', expected a unicast address, not "
		 "a multicast one"},
		{PORT("addresses: [255.255.255.255/32]"),
		 "1:44: ports[0].addresses[0]: found '255.255.255.255/32', expected a unicast "
		 "address, not the limited broadcast"},
		{PORT("addresses: [192.0.2.0/24]"),
		 "1:44: ports[0].addresses[0]: found '192.0.2.0/24', expected the address of a "
		 "host, not the network address of its subnet"},
		{PORT("addresses: [192.0.2.255/24]"),
		 "1:44: ports[0].addresses[0]: found '192.0.2.255/24', expected the address of a "
		 "host, not the broadcast address of its subnet"},
		{PORT("addresses: [192.0.2.3/30]"),
		 "1:44: ports[0].addresses[0]: found '192.0.2.3/30', expected the address of a "
		 "host, not the broadcast address of its subnet"},
		{PORT("addresses: [192.0.2.1/24, 192.0.2.1/25]"),
		 "1:58: ports[0].addresses[1]: found '192.0.2.1/25', expected an address other "
		 "than that in line 1"},
		{"ports:\n- {name: a, device: x, addresses: ['2001:db8::1/64']}\n"
		 "- {name: b, device: y, addresses:\n  [192.0.2.1/24, '2001:db8:0::1/48']}\n",
		 "4:18: ports[1].addresses[1]: found '2001:db8:0::1/48', expected an address other "
		 "than that in line 2"},
		{PORT("addresses: ['fe80::1/64']"),
		 "1:44: ports[0].addresses[0]: found 'fe80::1/64', expected no link-local address: "
		 "it follows from the MAC address"},
		{PORT("addresses: ['2001:db8::1/0']"),
		 "1:44: ports[0].addresses[0]: found '2001:db8::1/0', expected a length of at "
		 "least 1"});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_itself), cmocka_unit_test(keys_and_kinds),
		cmocka_unit_test(integers),    cmocka_unit_test(workers),
		cmocka_unit_test(eal_args),    cmocka_unit_test(bonds),
		cmocka_unit_test(ports),       cmocka_unit_test(interface_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
