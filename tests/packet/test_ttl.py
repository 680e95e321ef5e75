# SPDX-License-Identifier: BSD-3-Clause
"""TTL or hop limit would reach 0: time exceeded (RFC 1812 5.3.1, RFC 4443 3.3)."""
from scapy.layers.inet import ICMP, TCP
from scapy.packet import Raw

from frames import H0_6, P0_6, error4, error6, ether, icmp6, ip4, ip6, udp


def test_ip4(answers):
    frames = [ether(ip4(upper, ttl=ttl, tos=tos)) for ttl in (0, 1) for tos in (0, 0x10, 0xFF)
              for upper in (udp(), TCP(dport=80), ICMP() / b"ping")]
    frames += [ether(ip4(udp(b"x" * n), ttl=1)) for n in (0, 1, 519, 520, 521, 1400)]
    frames += [ether(ip4(ttl=1, dst="192.0.2.10")), ether(ip4(ttl=1, flags="MF"))]
    answers("punt ttl/any", [(frame, error4(frame, 11, 0)) for frame in frames])


def test_ip6(answers):
    frames = [ether(ip6(upper, hlim=hlim, tc=tc)) for hlim in (0, 1) for tc in (0, 0xFF)
              for upper in (udp(), TCP(dport=80))]
    frames += [ether(icmp6(H0_6, "2001:db8:2::10", b"\x80\0", b"ping", hlim=1))]
    frames += [ether(ip6(udp(b"x" * n), hlim=1)) for n in (0, 1, 1183, 1184, 1185, 1400)]
    answers("punt ttl/any", [(frame, error6(frame, 3, 0)) for frame in frames])


def test_no_error_about_errors(refuses):
    """RFC 1122 3.2.2, RFC 4443 2.4 (e); nor about later fragments of IPv4."""
    inner = Raw(bytes(ip4())[:28])
    refuses({"punt ttl/any": [
        ether(ip4(ICMP(type=3, code=1) / inner, ttl=1)), ether(ip4(ICMP(type=11) / inner, ttl=1)),
        ether(ip4(Raw(b"x" * 64), proto=17, frag=8, ttl=1)),
        ether(icmp6(H0_6, "2001:db8:2::10", b"\x01\4", b"\0" * 4 + bytes(ip6()), hlim=1)),
        ether(icmp6(H0_6, "2001:db8:2::10", b"\x89\0", b"\0" * 36, hlim=1)),
    ]})


def test_to_who_cannot_be_told(refuses):
    """A source that is no single host."""
    refuses({"punt ttl/any": [ether(ip4(src="192.0.2.255", ttl=1)),
                              ether(ip6(src="2001:db8:1::", hlim=1))]})


def test_own_address_is_reached_with_one(answers):
    frame = ether(ip4(dst="192.0.2.1", ttl=1))
    answers("punt local/other", [(frame, error4(frame, 3, 3))])


def test_own_address_is_reached_with_one6(answers):
    frame = ether(ip6(dst=P0_6, hlim=1))
    answers("punt local/other", [(frame, error6(frame, 1, 4))])
