# SPDX-License-Identifier: BSD-3-Clause
"""The data path is built for several kinds of CPU: whatever comes in, all do the same with it."""
import random

import pytest

from frames import IP4_TYPE, ether, ip4, ip6, seal4, udp

FRAMES = 4000
VERSIONS = {"scalar": None, "avx2": "avx2", "avx512": "avx512_vpopcntdq"}  # and the CPU's flag


def supported():
    with open("/proc/cpuinfo", encoding="ascii") as info:
        flags = next(line for line in info if line.startswith("flags")).split()
    return [name for name, flag in VERSIONS.items() if not flag or flag in flags]


def odd_frame(rng):
    """A good frame of one family or the other, and in every second some bytes of its headers are
    others; IPv4 checksums are mostly made right again, or nothing else would be seen."""
    four = rng.random() < 0.5
    frame = bytearray(ether((ip4 if four else ip6)(udp(bytes(rng.randrange(60)),
                                                       sport=rng.randrange(65536)))))
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 4))):
        at = rng.randrange(0, 34 if four else 54)
        frame[at] = rng.choice((0, 1, 0x45, 0x60, 0x7F, 0xE0, 0xFE, 0xFF, rng.randrange(256)))
    if four and frame[12:14] == IP4_TYPE.to_bytes(2, "big") and rng.random() < 0.9:
        frame = frame[:14] + seal4(bytes(frame[14:34])) + frame[34:]
    return bytes(frame[:rng.choice((len(frame), len(frame), len(frame), rng.randrange(1, 60)))]
                 + bytes(rng.choice((0, 0, 0, 1, 7, 40))))


@pytest.mark.skipif(len(supported()) < 2, reason="this CPU has no vector instructions")
def test_all_versions_do_the_same(exchange, monkeypatch):
    rng = random.Random(5)
    frames = [odd_frame(rng) for _ in range(FRAMES)]
    results = {}
    for version in supported():
        monkeypatch.setenv("SLUICE_SIMD", version)
        result = exchange({"p0": frames})
        # The router's own answers, by p0, have limits that depend on the time.
        results[version] = result.sent["p1"], {
            what: n for what, n in result.counters.items()
            if what.split()[1].startswith(("ether_", "ip4_", "ip6_")) or what.startswith("punt")}
    sent, counters = results["scalar"]
    assert len(sent) > FRAMES / 4 and len(counters) > 15, counters
    for version, other in results.items():
        assert other == (sent, counters), version
