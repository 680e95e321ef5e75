# SPDX-License-Identifier: BSD-3-Clause
"""What is forwarded: the routes of each case, and the frames that come in by each of two ports.

The destinations of the small cases leave by the other port, as in the usual two-port test. In the
full tables every route has one of all next hops at random, 16 a port: a burst is for both ports
then, and neighbouring prefixes agree less often than on the Internet. That is the hard way round.
"""
import collections
import ipaddress
import random

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

# routes: pairs of a prefix (text) and its gateways; frames: of each port
Traffic = collections.namedtuple("Traffic", "routes frames")


def gateways(family, port):
    """The neighbours on the link of a port."""
    first = ipaddress.ip_interface(ADDRESSES[port][family == 6]).network.network_address
    return [str(first + 2 + i) for i in range(NEIGHBOURS)]


def neighbours():
    """(address, port, MAC address) of all."""
    return [(address, port, "02:00:00:%02x:%02x:%02x" % (family, port + 1, i))
            for family in BITS for port in (0, 1) for i, address in enumerate(gateways(family, port))]


def mac_bytes(port):
    return bytes.fromhex(MACS[port].replace(":", ""))


def few(family, paths=1):
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
                traffic[port].append(FRAME[family](mac_bytes(port), address, rng))
        return Traffic(routes, traffic)
    return make


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
        return Traffic(routes, traffic)
    return make


CASES = {"ip4-few": few(4), "ip4-full": full(4), "ip6-few": few(6), "ip6-full": full(6),
         "ip4-ecmp": few(4, paths=4), "mix": full(4, 6)}


def make(name, tables):
    """The same traffic in every run. tables(family): the prefixes of a full table."""
    return CASES[name](random.Random(1), tables)
