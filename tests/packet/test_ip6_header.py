# SPDX-License-Identifier: BSD-3-Clause
"""Malformed IPv6 headers (RFC 8200 3)."""
from scapy.packet import Raw

from frames import ether, ip6, numbered


def test_malformed(refuses):
    """All versions but 6, an IPv4 packet under the EtherType of IPv6, payload beyond the frame."""
    frame, payload = ether(ip6()), Raw(b"x" * 80)
    refuses({
        "drop ip6_version": [frame[:14] + bytes([version << 4 | frame[14] & 15]) + frame[15:]
                             for version in range(16) if version != 6] +
        [ether(numbered(0)[14:], kind=0x86DD)],
        "drop ip6_payload_length": [ether(ip6(payload, nh=253, plen=n))
                                    for n in (81, 82, 1500, 65535)]})
