# SPDX-License-Identifier: BSD-3-Clause
"""Frames cut short: every length from none to 59 bytes."""
from scapy.packet import Raw

from frames import ether, ip4, ip6


def cut(frame, lengths):
    return [frame[:n] for n in lengths]


def test_cut_packets(refuses):
    frame4, frame6 = ether(ip4(Raw(b"x" * 26), proto=253)), ether(ip6(Raw(b"x" * 6), nh=253))
    assert len(frame4) == len(frame6) == 60
    refuses({"drop ether_short": cut(frame4, range(0, 14)) + cut(frame6, range(0, 14)),
             "drop ip4_short": cut(frame4, range(14, 34)),
             "drop ip4_total_length": cut(frame4, range(34, 60)),
             "drop ip6_short": cut(frame6, range(14, 54)),
             "drop ip6_payload_length": cut(frame6, range(54, 60))})


def test_short_frames_of_others(refuses):
    """They are punted as they are: the EtherType is whole, and whose business the rest is."""
    refuses({"drop ether_short": cut(ether(b"", 0x88CC), range(0, 14)),
             "punt ethertype/other": [ether(b"x" * n, 0x88CC) for n in range(46)],
             "punt ethertype/arp": [ether(b"\0\1\x08\0\6\4\0\1" + b"\0" * n, 0x0806)
                                    for n in range(20)]})


def test_whole_packets_in_short_frames(forwards):
    """A frame that never met a wire has no padding; what it holds is whole."""
    forwards([ether(ip4(Raw(b"x" * n), proto=253)) for n in range(26)] +
             [ether(ip6(Raw(b"x" * n), nh=253)) for n in range(26)])
