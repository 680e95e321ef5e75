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


def versions():
    """All but 4, and an IPv6 packet under the EtherType of IPv4."""
    return [with_byte(ether(ip4()), 0, version << 4 | 5) for version in range(16)
            if version != 4] + [ether(numbered(1)[14:], kind=0x0800)]


def header_lengths():
    """Below five words, and beyond the frame."""
    frame = ether(ip4(Raw(b"x" * 8), proto=253))
    assert len(frame) == 14 + 28
    return [with_byte(frame, 0, 0x40 | ihl) for ihl in (0, 1, 2, 3, 4, 8, 9, 15)]


def total_lengths():
    """Below the header (of 20 and of 60 bytes), and beyond the frame."""
    payload = Raw(b"x" * 80)
    return [sealed(ip4(payload, len=n)) for n in (0, 1, 19, 101, 102, 1500, 65535)] + \
        [sealed(ip4(Raw(b"\1" * 40 + b"x" * 60), ihl=15, len=n)) for n in (20, 59, 121)]


def checksums():
    """Any single bit of the header that flips, but for those of version and header length; a bit
    of the options; none at all where one should be."""
    plain = ether(ip4(flags="DF", id=0x1234))
    options = sealed(ip4(Raw(b"\1\1\1\1" + b"x" * 40), ihl=6))
    return [plain[:at] + bytes([plain[at] ^ 1 << bit]) + plain[at + 1:]
            for at in range(15, 34) for bit in range(8)] + \
        [options[:34] + bytes([options[34] ^ 2]) + options[35:],
         options[:24] + b"\0\0" + options[26:]]


def test_malformed(refuses):
    refuses({"drop ip4_version": versions(), "drop ip4_header_length": header_lengths(),
             "drop ip4_total_length": total_lengths(), "drop ip4_checksum": checksums()})
