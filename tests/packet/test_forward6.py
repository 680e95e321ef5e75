# SPDX-License-Identifier: BSD-3-Clause
"""IPv6 packets that are forwarded: hop limit less one, a new Ethernet header, nothing else."""
from scapy.layers.inet import TCP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, \
    IPv6ExtHdrRouting
from scapy.packet import Raw

from frames import H0_6, H0_MAC, P0_6, P0_MAC, ether, forwarded, ip6, udp


def test_sizes(forwards):
    forwards([ether(ip6(Raw(bytes(i % 256 for i in range(n))), nh=253)) for n in range(0, 1461)])


def test_fields(forwards):
    """Traffic class, flow label, hop limit, and what they carry: all next headers but hop-by-hop
    are none of a router's business."""
    uppers = [udp(), TCP() / b"x", ICMPv6EchoRequest(data=b"ping"), IPv6ExtHdrDestOpt() / udp(),
              IPv6ExtHdrRouting(addresses=[P0_6]) / udp(),
              IPv6ExtHdrFragment(offset=0, m=1) / Raw(b"1" * 64),
              IPv6ExtHdrFragment(offset=8) / Raw(b"2" * 64)]
    forwards([ether(ip6(Raw(b"\x3b" + b"\0" * 63), nh=max(1, n), tc=n, hlim=max(2, 255 - n),
                        fl=n * 8191 % (1 << 20))) for n in range(256)] +
             [ether(ip6(upper)) for upper in uppers])


def test_unusual_addresses(forwards):
    """Linux forwards them all; IPv6 has no check of sources that are the router's own."""
    odd = ["2001:db8:ffff::", "fc00::1", "fdff:ffff::1", "::2", "64:ff9b::1", "2002:c000:201::1",
           "fec0::1", "::ffff:192.0.2.10", "3fff::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]
    forwards([ether(ip6(src=one)) for one in odd] +
             [ether(ip6(dst=one)) for one in odd] +
             [ether(ip6(src=P0_6)),
              ether(ip6(src="2001:db8:9::5", dst="2001:db8:9::5"))],
             routes=[{"to": "::/0", "via": "2001:db8:2::10"}])


def test_out_by_the_port_it_came_in(exchange):
    frame = ether(ip6(src="2001:db8:1::77", dst=H0_6))
    result = exchange({"p0": [frame]})
    assert result.counters == {}
    assert result.sent == {"p0": [forwarded(frame, src=P0_MAC, dst=H0_MAC)], "p1": []}
