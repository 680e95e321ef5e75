# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 options and the IPv6 hop-by-hop header are the slow path's, which has no answer to them."""
from scapy.layers.inet6 import IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, Jumbo, RouterAlert
from scapy.packet import Raw

from frames import P0, P0_6, ether, ip4, ip6, seal4, udp


def with_options(data, proto=253, **fields):
    """Any bytes for options, four by four."""
    packet = bytes(ip4(Raw(data + b"x" * 20), ihl=5 + len(data) // 4, proto=proto, **fields))
    return ether(seal4(packet[:20 + len(data)]) + packet[20 + len(data):])


ROUTER_ALERT, NOP_END = b"\x94\x04\0\0", b"\x01\x01\x01\x00"
RECORD_ROUTE, SOURCE_ROUTE = b"\x07\x07\x04\0\0\0\0\0", b"\x83\x07\x04\xc0\0\x02\x01\0"


def transit():
    return [with_options(data) for data in (ROUTER_ALERT, NOP_END, RECORD_ROUTE, SOURCE_ROUTE)] + \
        [with_options(NOP_END * n) for n in range(1, 11)] + [
            ether(ip6(IPv6ExtHdrHopByHop(options=RouterAlert()) / udp())),
            ether(ip6(IPv6ExtHdrHopByHop() / udp())),
            ether(ip6(IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / udp())),
            ether(ip6(IPv6ExtHdrHopByHop(options=Jumbo(jumboplen=70000)) / udp(), plen=0)),
            ether(ip6(Raw(b""), nh=0))]


def test_options(refuses):
    """What is addressed to the router is local in the first place, what has no good source or is
    to vanish does so with options too."""
    refuses({
        "punt options/any": transit(),
        "punt local/tcp": [with_options(ROUTER_ALERT, dst=P0, proto=6)],
        "punt local/other": [ether(ip6(IPv6ExtHdrHopByHop() / udp(), dst=P0_6))],
        "drop ip4_blackhole": [with_options(ROUTER_ALERT, dst="198.18.0.1")],
        "drop ip6_blackhole": [ether(ip6(IPv6ExtHdrHopByHop() / udp(), dst="2001:db8:b::1"))],
        "drop ip4_src_own": [with_options(ROUTER_ALERT, src=P0)],
    }, routes=[{"to": "198.18.0.0/15", "type": "blackhole"},
               {"to": "2001:db8:b::/48", "type": "blackhole"}])
