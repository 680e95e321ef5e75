# SPDX-License-Identifier: BSD-3-Clause
"""What is forwarded: the routes of each case, and the frames that come in by each of two ports.

The destinations of the small cases leave by the other port, as in the usual two-port test. In the
full tables every route has one of all next hops at random, 16 a port: a burst is for both ports
then, and neighbouring prefixes agree less often than on the Internet. That is the hard way round.
What is bridged comes from 1000 hosts a port, each frame from another, for a random one at the other.
"""
import collections
import ipaddress
import random
import struct

from . import frames
from .machine import die

MACS = ["02:00:00:00:00:01", "02:00:00:00:00:02"]  # of the ports
ADDRESSES = [["192.0.2.1/24", "2001:db8:1::1/64"], ["198.51.100.1/24", "2001:db8:2::1/64"]]
NEIGHBOURS = 16  # a port and family
FEW_FRAMES = 1000  # a port
FULL_FRAMES = 16000
TRIES = 10000  # of a destination; most are the first

BITS = {4: 32, 6: 128}
FRAME = {4: frames.frame4, 6: frames.frame6}
# Nobody's destination: this network, loopback, link-local, multicast and reserved; the links here.
SPECIAL = {family: [(int(net.network_address), int(net.broadcast_address))
                    for net in map(ipaddress.ip_network, nets)]
           for family, nets in {
               4: ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3", "192.0.2.0/24",
                   "198.51.100.0/24"],
               6: ["::/3", "4000::/2", "8000::/1", "2001:db8:1::/64", "2001:db8:2::/64"]}.items()}

# routes: pairs of a prefix (text) and its gateways; frames: of each port; layout: LAYOUTS has it;
# nodes: between ether_input and port_tx, and no others
Traffic = collections.namedtuple("Traffic", "routes frames layout nodes")

L3_NODES = {4: "ip4_input", 6: "ip6_input"}
VLANS = [100, 200]  # of each port
HOSTS = 1000  # behind a port of a bridge


def gateways(family, port):
    """The neighbours on the link of a port."""
    first = ipaddress.ip_interface(ADDRESSES[port][family == 6]).network.network_address
    return [str(first + 2 + i) for i in range(NEIGHBOURS)]


def routed(names):
    """What has the addresses, and their neighbours: of the ports' interfaces of these names."""
    return [{"address": address, "port": names[port], "mac": "02:00:00:%02x:%02x:%02x" % (family, port + 1, i)}
            for family in BITS for port in (0, 1) for i, address in enumerate(gateways(family, port))]


def ports_alone(ports):
    return {"ports": [{**port, "addresses": ADDRESSES[i]} for i, port in enumerate(ports)],
            "neighbours": routed(["p0", "p1"])}


def vlan_a_port(ports):
    names = ["p%d.%d" % pair for pair in enumerate(VLANS)]
    return {"ports": ports, "neighbours": routed(names),
            "interfaces": [{"name": names[i], "parent": "p%d" % i, "vlan": vlan, "addresses": ADDRESSES[i]}
                           for i, vlan in enumerate(VLANS)]}


def one_bridge(ports):
    return {"ports": ports, "bridges": [{"name": "br0", "ports": ["p0", "p1"]}]}


# What is configured of the ports, given as the configuration has them.
LAYOUTS = {"ports": ports_alone, "vlans": vlan_a_port, "bridge": one_bridge}


def mac_bytes(port):
    return bytes.fromhex(MACS[port].replace(":", ""))


def few(family, paths=1, layout="ports"):
    """16 prefixes, 8 to each port, each over so many next hops."""
    def make(rng, _):
        nets = [ipaddress.ip_network("10.%d.0.0/16" % i if family == 4 else "2001:db8:%x::/48" % (16 + i))
                for i in range(16)]
        routes = [(str(net), gateways(family, i % 2)[:paths]) for i, net in enumerate(nets)]
        traffic = [[], []]
        for port in (0, 1):
            for _ in range(FEW_FRAMES):
                net = nets[rng.randrange(8) * 2 + 1 - port]
                address = int(net.network_address) + rng.randrange(1, 65536)
                frame = FRAME[family](mac_bytes(port), address, rng)
                traffic[port].append(frames.tagged(frame, VLANS[port]) if layout == "vlans" else frame)
        return Traffic(routes, traffic, layout, {L3_NODES[family], "output"})
    return make


def host_mac(port, number):
    return struct.pack("!HBBH", 0x0200, 0x10, port, number)


def bridged(rng, _):
    """Of all hosts behind a port in turn, each to a random one behind the other."""
    traffic = [[], []]
    for port in (0, 1):
        for number in range(HOSTS):
            frame = frames.frame4(host_mac(1 - port, rng.randrange(HOSTS)), rng.getrandbits(32), rng)
            traffic[port].append(frame[:6] + host_mac(port, number) + frame[12:])
    return Traffic([], traffic, "bridge", {"bridge_input"})


def is_special(family, address):
    return any(first <= address <= last for first, last in SPECIAL[family])


def destination(family, prefixes, rng):
    """A random address in a random prefix, that a packet may have."""
    for _ in range(TRIES):
        net = ipaddress.ip_network(rng.choice(prefixes))
        address = int(net.network_address) | rng.getrandbits(BITS[family]) & int(net.hostmask)
        if not is_special(family, address):
            return address
    return die("no destinations are found in the prefixes of IPv%d: most are special ones" % family)


def full(*families):
    """All prefixes of the families; the frames are of each in equal parts, in random order."""
    def make(rng, tables):
        routes, traffic = [], [[], []]
        for family in families:
            hops = [[hop] for port in (0, 1) for hop in gateways(family, port)]
            prefixes = tables(family)
            routes += zip(prefixes, rng.choices(hops, k=len(prefixes)))
            for port in (0, 1):
                traffic[port] += (FRAME[family](mac_bytes(port), destination(family, prefixes, rng), rng)
                                  for _ in range(FULL_FRAMES // len(families)))
        for port in (0, 1):
            rng.shuffle(traffic[port])
        return Traffic(routes, traffic, "ports", {L3_NODES[family] for family in families} | {"output"})
    return make


CASES = {"ip4-few": few(4), "ip4-full": full(4), "ip6-few": few(6), "ip6-full": full(6),
         "ip4-ecmp": few(4, paths=4), "mix": full(4, 6), "vlan4": few(4, layout="vlans"), "bridge": bridged}


def make(name, tables):
    """The same traffic in every run. tables(family): the prefixes of a full table."""
    return CASES[name](random.Random(1), tables)
