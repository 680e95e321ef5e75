# SPDX-License-Identifier: BSD-3-Clause
"""Frames in chains of mbufs: forwarded as they are, no byte of them copied."""
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import error6, ether, ip4, ip6

JUMBO = with_mtu(CONFIG, 9000, "p0", "p1")
SMALL_MBUFS = {"hugepages": False, "memory": 128, "mbuf_size": 256}


def payload(size):
    return Raw(bytes((i * 7 + i // 256) % 256 for i in range(size)))


def frames(sizes):
    """Packets of so many bytes, in both families."""
    return [frame for size in sizes
            for frame in (ether(ip4(payload(size - 20), proto=253)),
                          ether(ip6(payload(size - 40), nh=253)))]


def test_jumbo(forwards):
    """Around each multiple of a segment of 2048 bytes, up to the MTU."""
    forwards(frames([n * 2048 - 14 + more for n in range(1, 5) for more in (-1, 0, 1)] +
                    [8999, 9000]), config=JUMBO)


def test_many_segments(forwards):
    """Segments of 128 bytes: up to 71 of them."""
    forwards(frames([114, 115, 128, 256, 1500, 9000] * 20), config=JUMBO, dpdk=SMALL_MBUFS)


def test_too_big(refuses):
    """An error quotes the beginning of a chain."""
    big = ether(ip6(payload(8960), nh=253))
    refuses({"punt mtu/any": [(big, error6(big, 2, 0, word=1500))]},
            config=with_mtu(CONFIG, 9000, "p0"))


def test_refused_and_freed(exchange):
    """Chains that are dropped or punted go back to the pool whole, again and again."""
    big = frames([9000])
    wrong = [big[0][:24] + b"\0\0" + big[0][26:], big[1][:14] + b"\x50" + big[1][15:]]
    local = [ether(ip4(payload(8980), proto=6, dst="192.0.2.1"))]
    result = exchange({"p0": wrong * 500 + local * 50 + big}, config=JUMBO, dpdk=SMALL_MBUFS)
    assert result.counters == {"drop ip4_checksum": 500, "drop ip6_version": 500,
                               "punt local/tcp": 50, "drop no_control": 50}
    assert len(result.sent["p1"]) == 2
