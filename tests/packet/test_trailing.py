# SPDX-License-Identifier: BSD-3-Clause
"""Bytes behind the IP packet do not travel on, but for the padding of a frame of 60 bytes."""
import pytest
from scapy.packet import Raw

from conftest import assert_same
from frames import ether, forwarded, ip4, ip6, padded
from vlans import AD, Q, tagged


def trailers():
    """(what comes in, how much of it leaves)."""
    for size in (0, 1, 5, 6, 7, 25, 26, 27, 100, 1000, 1400):
        payload = Raw(b"x" * size)
        for whole in (ether(ip4(payload, proto=253)), ether(ip6(payload, nh=253))):
            for more in (1, 2, 4, 20, 46, 60, 600):
                frame = whole + b"t" * more
                yield frame, frame if len(frame) <= 60 else frame[:max(60, len(whole))]


@pytest.mark.parametrize("dpdk", [{}, {"mbuf_size": 256}], ids=["one segment", "segments"])
def test_trimmed(exchange, dpdk):
    cases = list(trailers())
    result = exchange({"p0": [frame for frame, _ in cases]},
                      dpdk={"hugepages": False, "memory": 128, **dpdk})
    assert result.counters == {}
    assert_same(result.sent["p1"], [forwarded(frame) for _, frame in cases])
    assert set(result.copies.values()) == {0}


@pytest.mark.parametrize("tags", [[(Q, 0x2000)], [(AD, 0), (Q, 0)]], ids=["one tag", "two"])
def test_behind_tags(exchange, tags):
    """Padding is that of the frame as it leaves: without the tags it is not too short."""
    cases = list(trailers())
    result = exchange({"p0": [tagged(frame, *tags) for frame, _ in cases]})
    assert result.counters == {}
    assert_same(result.sent["p1"], [padded(forwarded(frame)) for _, frame in cases])
    assert set(result.copies.values()) == {0}
