# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 packets that are forwarded: TTL less one, its checksum, a new Ethernet header."""
import struct

from scapy.layers.inet import ICMP, TCP
from scapy.packet import Raw

from frames import H0, H0_MAC, P0_MAC, ether, forwarded, ip4, seal4, udp


def test_sizes(forwards):
    forwards([ether(ip4(Raw(bytes(i % 256 for i in range(n))), proto=253))
              for n in range(0, 1481)])


def test_fields(forwards):
    """Type of service, identification, fragments, TTL, and what they carry."""
    uppers = [udp(), TCP(sport=1, dport=2) / b"x", ICMP() / b"ping", Raw(b"\0" * 64)]
    forwards([ether(ip4(uppers[n % 4], tos=n, id=n * 257, ttl=max(2, 255 - n)))
              for n in range(256)] +
             [ether(ip4(upper)) for upper in uppers] +
             [ether(ip4(Raw(b"f" * 64), proto=17, flags=flags, frag=offset))
              for flags in ("MF", "DF", "", "evil") for offset in (0, 1, 8, 8191)])


def numbered(ident):
    """A frame whose checksum depends on the identification alone; fast, without scapy."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, ident, 0, 64, 253, 0,
                         bytes([192, 0, 2, 10]), bytes([198, 51, 100, 10]))
    return ether(seal4(header) + b"\1" * 8)


def checksum(frame):
    return int.from_bytes(frame[24:26], "big")


def test_checksum(forwards):
    """The incremental checksum over the whole range of old ones (RFC 1624), its ends too."""
    edges = {0, 1, 0xFE, 0xFF, 0x100, 0x101, 0xFEFE, 0xFEFF, 0xFF00, 0xFFFD, 0xFFFE}
    frames = [numbered(ident) for ident in range(0, 65536, 109)]
    frames += [one for one in map(numbered, range(65536)) if checksum(one) in edges]
    assert edges <= set(map(checksum, frames))
    forwards(frames)


def test_both_zeroes(exchange):
    """A sum has two zeroes: a checksum of 0xffff for one of 0 is right, and so is what comes
    out."""
    frames = [one for one in map(numbered, range(65536)) if checksum(one) == 0]
    assert frames
    result = exchange({"p0": [one[:24] + b"\xff\xff" + one[26:] for one in frames]})
    assert result.counters == {}
    assert result.sent["p1"] == list(map(forwarded, frames))


def test_unusual_addresses(forwards):
    """Linux forwards class E, 169.254/16 and 0/8 but for 0.0.0.0 like any unicast."""
    routes = [{"to": "0.0.0.0/0", "via": "198.51.100.10"}]
    odd = ["240.0.0.1", "255.255.255.254", "169.254.1.1", "0.0.0.1", "0.255.255.255", "1.0.0.0",
           "126.255.255.255", "128.0.0.0", "223.255.255.255", "10.0.0.0", "10.255.255.255"]
    forwards([ether(ip4(src=one)) for one in odd] + [ether(ip4(dst=one)) for one in odd] +
             [ether(ip4(src="203.0.113.5", dst="203.0.113.5")), ether(ip4(src="198.51.100.10"))],
             routes=routes)


def test_out_by_the_port_it_came_in(exchange):
    """A router on a stick; a redirect is not sent."""
    frame = ether(ip4(src="192.0.2.77", dst=H0))
    result = exchange({"p0": [frame]})
    assert result.counters == {}
    assert result.sent == {"p0": [forwarded(frame, src=P0_MAC, dst=H0_MAC)], "p1": []}
