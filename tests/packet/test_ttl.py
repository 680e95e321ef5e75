# SPDX-License-Identifier: BSD-3-Clause
"""TTL or hop limit would reach 0: time exceeded (RFC 1812 5.3.1, RFC 4443 3.3)."""
from scapy.layers.inet import ICMP, TCP
from scapy.packet import Raw

from frames import H0_6, H1_6, error4, error6, ether, icmp6, ip4, ip6, udp


def exceeded4():
    """Around the longest quotation of 576 bytes too; back to where it came from; fragments."""
    frames = [ether(ip4(upper, ttl=ttl, tos=tos)) for ttl in (0, 1) for tos in (0, 0xFF)
              for upper in (udp(), TCP(dport=80), ICMP() / b"ping")]
    frames += [ether(ip4(udp(b"x" * n), ttl=1)) for n in (0, 1, 519, 520, 521, 1400)]
    frames += [ether(ip4(ttl=1, dst="192.0.2.10")), ether(ip4(ttl=1, flags="MF"))]
    return [(frame, error4(frame, 11, 0)) for frame in frames]


def exceeded6():
    """Around the longest quotation, that of the minimum MTU."""
    frames = [ether(ip6(upper, hlim=hlim, tc=tc)) for hlim in (0, 1) for tc in (0, 0xFF)
              for upper in (udp(), TCP(dport=80))]
    frames += [ether(icmp6(H0_6, H1_6, b"\x80\0", b"ping", hlim=1))]
    frames += [ether(ip6(udp(b"x" * n), hlim=1)) for n in (0, 1, 1183, 1184, 1185, 1400)]
    return [(frame, error6(frame, 3, 0)) for frame in frames]


def errors():
    """No error is about an error or a redirect (RFC 1122 3.2.2, RFC 4443 2.4 (e)), nor about a
    later fragment of IPv4."""
    inner = Raw(bytes(ip4())[:28])
    return [ether(ip4(ICMP(type=3, code=1) / inner, ttl=1)),
            ether(ip4(ICMP(type=11) / inner, ttl=1)),
            ether(ip4(Raw(b"x" * 64), proto=17, frag=8, ttl=1)),
            ether(icmp6(H0_6, H1_6, b"\x01\4", b"\0" * 4 + bytes(ip6()), hlim=1)),
            ether(icmp6(H0_6, H1_6, b"\x89\0", b"\0" * 36, hlim=1))]


def sources():
    """Those that are no single host cannot be told."""
    return [ether(ip4(src="192.0.2.255", ttl=1)), ether(ip6(src="2001:db8:1::", hlim=1))]


def test_ttl(refuses):
    refuses({"punt ttl/any": exceeded4() + exceeded6() + errors() + sources()})
