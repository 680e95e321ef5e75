# SPDX-License-Identifier: BSD-3-Clause
"""Malformed IPv4 headers (RFC 1812 5.2.2)."""
from scapy.packet import Raw

from frames import ether, ip4, numbered, seal4


def with_byte(frame, at, value):
    """The frame with another byte in its IPv4 header, and a checksum that fits."""
    data = frame[:14 + at] + bytes([value]) + frame[14 + at + 1:]
    return data[:14] + seal4(data[14:34]) + data[34:]


def sealed(layer3):
    """Of any header length: the checksum of all that the header claims to be."""
    data = bytes(layer3)
    length = (data[0] & 15) * 4
    return ether(seal4(data[:length]) + data[length:], kind=0x0800)


def test_version(refuses):
    frame = ether(ip4())
    refuses({"drop ip4_version": [with_byte(frame, 0, version << 4 | 5)
                                  for version in range(16) if version != 4]})


def test_ip6_under_the_ethertype_of_ip4(refuses):
    refuses({"drop ip4_version": [ether(numbered(1)[14:], kind=0x0800)]})


def test_header_length(refuses):
    """Below five words, and beyond the frame."""
    frame = ether(ip4(Raw(b"x" * 8), proto=253))
    assert len(frame) == 14 + 28
    refuses({"drop ip4_header_length":
             [with_byte(frame, 0, 0x40 | ihl) for ihl in (0, 1, 2, 3, 4, 8, 9, 15)]})


def test_total_length(refuses):
    """Below the header (of 20 and of 60 bytes), and beyond the frame."""
    payload = Raw(b"x" * 80)
    refuses({"drop ip4_total_length":
             [sealed(ip4(payload, len=n)) for n in (0, 1, 19, 101, 102, 1500, 65535)] +
             [sealed(ip4(Raw(b"\1" * 40 + b"x" * 60), ihl=15, len=n)) for n in (20, 59, 121)]})


def test_checksum_every_bit(refuses):
    """Any single bit of the header that flips, but for those that make it another malformation."""
    frame = ether(ip4(flags="DF", id=0x1234))
    flipped = [frame[:at] + bytes([frame[at] ^ 1 << bit]) + frame[at + 1:]
               for at in range(15, 34) for bit in range(8)]
    refuses({"drop ip4_checksum": flipped})


def test_checksum_over_options(refuses):
    frame = sealed(ip4(Raw(b"\1\1\1\1" + b"x" * 40), ihl=6))
    refuses({"drop ip4_checksum": [frame[:34] + bytes([frame[34] ^ 2]) + frame[35:],
                                   frame[:24] + b"\0\0" + frame[26:]]})
