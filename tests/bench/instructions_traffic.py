# SPDX-License-Identifier: BSD-3-Clause
"""What the router of tests/bench/instructions is given: routes, neighbours and frames of each case,
the same in every run. The ports and their hosts are those of tests/packet/frames.py.

Nothing in it is an exception: each frame is forwarded, out of the port that it did not come from.
The hosts of the bridge are in its table from the start, so that no burst is of those that learn.
"""
import ipaddress
import random

from frames import (H0, H0_6, H0_MAC, H1, H1_6, H1_MAC, P0, P0_6, P0_MAC, P1, P1_6, P1_MAC, ether,
                    ip4, ip6, mac_bytes, seal4, udp)

BURST = 64
ROUND = 8   # bursts of both ports together, which are polled in turn; they come again and again
PATHS = 4   # of a group
PREFIXES = 256  # of each family, in the case mix
LENGTHS = {4: [16, 20, 22, 23, 24, 24, 24, 24, 28, 32], 6: [32, 36, 40, 44, 48, 48, 48, 56, 64, 128]}
HOSTS = {4: (H0, H1), 6: (H0_6, H1_6)}
PORTS = [{"name": "p0", "mac": P0_MAC}, {"name": "p1", "mac": P1_MAC}]
ADDRESSES = [[P0 + "/24", P0_6 + "/64"], [P1 + "/24", P1_6 + "/64"]]
VLANS = (100, 200)  # of each port
BRIDGED = 200       # hosts behind each port of the bridge


def gateways(family, port):
    first = ipaddress.ip_address(HOSTS[family][port])
    return [str(first + i) for i in range(PATHS)]


def few(rng, family, paths=1):
    """16 routes, half of them out of each port."""
    prefixes = [f"10.{i}.0.0/16" if family == 4 else f"2001:db8:{16 + i:x}::/48"
                for i in range(16)]
    return [(ipaddress.ip_network(prefix), i % 2, paths) for i, prefix in enumerate(prefixes)]


def many(rng, family):
    """Routes of many lengths, so that the lookup goes down to each level of the trie. None lies in
    another, so that it is clear by which port a frame leaves."""
    outer = ipaddress.ip_network("10.0.0.0/8" if family == 4 else "2a00::/16")
    found = []
    for i in range(PREFIXES):
        block = int(outer.network_address) + (i << (16 if family == 4 else 96))
        length = rng.choice(LENGTHS[family])
        spread = rng.getrandbits(16 if family == 4 else 96) + block
        network = ipaddress.ip_network((spread, length), strict=False)
        found.append((network, rng.randrange(2), 1))
    return found


def frames_of(rng, routes, port, count):
    """Frames into the port whose destinations are drawn from all routes out of the other one."""
    template = {4: ether(ip4(udp(bytes(18)))), 6: ether(ip6(udp(bytes(0))))}
    targets = {family: [network for network, out, _ in of_family if out != port]
               for family, of_family in routes.items()}
    found = []
    for _ in range(count):
        family = rng.choice(list(targets))
        network = rng.choice(targets[family])
        dst = network.network_address + rng.randrange(network.num_addresses)
        frame = bytearray(template[family])
        frame[:12] = ether(b"", 0, (P0_MAC, P1_MAC)[port], (H0_MAC, H1_MAC)[port])[:12]
        if family == 4:
            frame[26:28] = b"\xc6\x12"  # from 198.18.0.0/16
            frame[28:34] = rng.randbytes(2) + dst.packed
            frame[14:34] = seal4(bytes(frame[14:34]))
            frame[34:36] = rng.randbytes(2)
        else:
            frame[30:54] = rng.randbytes(8) + dst.packed  # the source's lower half
            frame[54:56] = rng.randbytes(2)
        found.append(bytes(frame))
    return found


def by_ports(_):
    return {"ports": [{**port, "addresses": ADDRESSES[i]} for i, port in enumerate(PORTS)]}


def by_vlans(names):
    return {"ports": PORTS, "interfaces": [
        {"name": names[i], "parent": f"p{i}", "vlan": vlan, "addresses": ADDRESSES[i]}
        for i, vlan in enumerate(VLANS)]}


def routed(routes_of, layout=by_ports):
    """A case: what stands in the configuration file, and frames by port."""
    names = [f"p{i}.{vlan}" for i, vlan in enumerate(VLANS)] if layout == by_vlans else ["p0", "p1"]

    def make_case(rng, count):
        routes = routes_of(rng)
        frames = [frames_of(rng, routes, port, count) for port in (0, 1)]
        if layout == by_vlans:
            frames = [[frame[:12] + b"\x81\x00" + VLANS[port].to_bytes(2, "big") + frame[12:]
                       for frame in frames[port]] for port in (0, 1)]
        return {
            **layout(names),
            "neighbours": [{"address": address, "port": names[port], "mac": mac[:-2] + f"{i:02x}"}
                           for port, mac in enumerate((H0_MAC, H1_MAC)) for family in HOSTS
                           for i, address in enumerate(gateways(family, port))],
            "routes": [{"to": str(network),
                        "via": [{"gateway": address} for address in gateways(family, out)[:paths]]}
                       for family, of_family in routes.items() for network, out, paths in of_family],
        }, frames
    return make_case


def host_mac(port, number):
    return f"02:00:10:{port:02x}:{number >> 8:02x}:{number & 255:02x}"


def bridged(rng, count):
    """From each host behind a port in turn to a random one behind the other. The hosts are static:
    others are marked as seen when time goes on, which no two runs do alike."""
    template = ether(ip4(udp(bytes(18))))
    frames = [[mac_bytes(host_mac(1 - port, rng.randrange(BRIDGED))) +
               mac_bytes(host_mac(port, i % BRIDGED)) + template[12:] for i in range(count)]
              for port in (0, 1)]
    return {"ports": PORTS, "bridges": [{"name": "br0", "ports": ["p0", "p1"], "fdb": [
        {"mac": host_mac(port, number), "port": f"p{port}", "type": "static"}
        for port in (0, 1) for number in range(BRIDGED)]}]}, frames


CASES = {
    "ip4-few": routed(lambda rng: {4: few(rng, 4)}),
    "ip6-few": routed(lambda rng: {6: few(rng, 6)}),
    "ip4-ecmp": routed(lambda rng: {4: few(rng, 4, PATHS)}),
    "mix": routed(lambda rng: {family: many(rng, family) for family in (4, 6)}),
    "vlan4": routed(lambda rng: {4: few(rng, 4)}, by_vlans),
    "bridge": bridged,
}


def make(name):
    """(what stands in the configuration file, frames of a round by port) of a case."""
    config, frames = CASES[name](random.Random(1), BURST * ROUND // 2)
    return ({"workers": [1], "dpdk": {"hugepages": False, "memory": 128}, **config},
            {f"p{port}": frames[port] for port in (0, 1)})
