# SPDX-License-Identifier: BSD-3-Clause
"""Malformed IPv6 headers (RFC 8200 3)."""
from scapy.packet import Raw

from frames import ether, ip6, numbered


def test_version(refuses):
    frame = ether(ip6())
    refuses({"drop ip6_version": [frame[:14] + bytes([version << 4 | frame[14] & 15]) + frame[15:]
                                  for version in range(16) if version != 6]})


def test_ip4_under_the_ethertype_of_ip6(refuses):
    refuses({"drop ip6_version": [ether(numbered(0)[14:], kind=0x86DD)]})


def test_payload_length(refuses):
    payload = Raw(b"x" * 80)
    refuses({"drop ip6_payload_length": [ether(ip6(payload, nh=253, plen=n))
                                         for n in (81, 82, 1500, 65535)]})
