# SPDX-License-Identifier: BSD-3-Clause
"""Frames cut short: every length from none to 59 bytes."""
import pytest
from scapy.packet import Raw

from frames import ether, ip4, ip6


def cut(frame, lengths):
    return [frame[:n] for n in lengths]


def test_ip4(refuses):
    frame = ether(ip4(Raw(b"x" * 26), proto=253))
    assert len(frame) == 60
    refuses({"drop ether_short": cut(frame, range(0, 14)),
             "drop ip4_short": cut(frame, range(14, 34)),
             "drop ip4_total_length": cut(frame, range(34, 60))})


def test_ip6(refuses):
    frame = ether(ip6(Raw(b"x" * 6), nh=253))
    assert len(frame) == 60
    refuses({"drop ether_short": cut(frame, range(0, 14)),
             "drop ip6_short": cut(frame, range(14, 54)),
             "drop ip6_payload_length": cut(frame, range(54, 60))})


def test_short_frames_of_others(refuses):
    """They are punted as they are: the EtherType is whole, and whose business the rest is."""
    refuses({"drop ether_short": cut(ether(b"", 0x88CC), range(0, 14)),
             "punt ethertype/other": [ether(b"x" * n, 0x88CC) for n in range(46)]})


def test_short_arp(refuses):
    refuses({"punt ethertype/arp": [ether(b"\0\1\x08\0\6\4\0\1" + b"\0" * n, 0x0806)
                                    for n in range(20)]})


@pytest.mark.parametrize("layer3", [ip4, ip6])
def test_whole_packets_in_short_frames(forwards, layer3):
    """A frame that never met a wire has no padding; what it holds is whole."""
    forwards([ether(layer3(Raw(b"x" * n), **{"proto" if layer3 is ip4 else "nh": 253}))
              for n in range(26)])
