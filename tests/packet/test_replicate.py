# SPDX-License-Identifier: BSD-3-Clause
"""Flooding by reference: a frame leaves by all other members of its bridge, and no byte of its
payload is copied, but for ports that take no references."""
import pytest

from conftest import CONFIG
from router import wait_for

STATION = bytes.fromhex("020000000110")
OTHER = bytes.fromhex("020000000199")  # nobody's
SIZES = [60, 61, 96, 97, 128, 129, 1000, 1514]
PORTS = [f"p{i}" for i in range(5)]
MEMORY = {"hugepages": False, "memory": 192}


def frames(sizes, tag=b""):
    return [OTHER + STATION + tag + b"\x88\xb5" +
            bytes((i * 7 + i // 256 + size) % 256 for i in range(size - 14 - len(tag)))
            for size in sizes]


def ports(**devices):
    return [{"name": name, "mac": f"02:00:00:00:00:0{i + 1}", "mtu": 9000,
             **({"device": devices[name]} if name in devices else {})}
            for i, name in enumerate(PORTS)]


def flood(router, sent, bridge, sent_by, devices=None, dpdk=None, times=1):
    """What `sent_by` have sent of what p0 received, and the bytes copied by place."""
    with router({"p0": sent}, config={**CONFIG, "neighbours": [], "ports": ports(**devices or {})},
                bridges=[{"name": "br0", **bridge}], dpdk=dpdk or MEMORY) as one:
        out = len(sent) * (len(PORTS) - 1) * times
        wait_for("all frames", lambda: sum(row["tx_packets"] for row in one.ask("show interfaces")
                                           if row["interface"] in PORTS) >= out)
        copies = {row["site"]: row["bytes"] for row in one.cmd("show copies") if row["bytes"]}
        assert one.counters() == {}
        one.stop()
    return [one.sent_by(name) for name in sent_by], copies


def test_untagged(router):
    sent = frames(SIZES * 20)
    out, copies = flood(router, sent, {"ports": PORTS}, PORTS)
    assert out == [[]] + [sent] * 4
    assert copies == {}


def test_chains(router):
    """Of up to 71 segments."""
    sent = frames([60, 114, 128, 700, 1514, 9014] * 3)
    out, copies = flood(router, sent, {"ports": PORTS}, PORTS,
                        dpdk={"hugepages": False, "memory": 192, "mbuf_size": 256})
    assert out == [[]] + [sent] * 4
    assert copies == {}


@pytest.mark.parametrize("mbuf_size", [2176, 256])
def test_tags_of_some(router, mbuf_size):
    """Headers are written for those that have another tag; the payload stays where it is."""
    sent = frames(SIZES * 5)
    tagged = frames([size + 4 for size in SIZES * 5], b"\x81\0\0\x0a")
    tagged = [new[:16] + old[12:] for new, old in zip(tagged, sent)]
    out, copies = flood(
        router, sent, {"vlans": [10], "ports": [
            {"name": "p0", "access": 10}, {"name": "p1", "access": 10}, "p2", {"name": "p3",
                                                                             "trunk": [10]},
            {"name": "p4", "access": 10}]}, PORTS,
        dpdk={"hugepages": False, "memory": 192, "mbuf_size": mbuf_size})
    assert out == [[], sent, tagged, tagged, sent]
    assert set(copies) <= {"replicate_headers"}
    assert copies.get("replicate_headers", 0) <= 128 * 2 * len(sent)


def test_a_ring_gets_copies(router):
    """A driver that hands its mbufs on must not share them; the others still do. What it hands on
    comes in again, and is flooded once more."""
    sent = frames(SIZES)
    out, copies = flood(router, sent, {"ports": PORTS}, ["p0", "p2", "p3", "p4"],
                        devices={"p1": "net_ring_loop"}, times=2)
    assert list(map(sorted, out)) == [sorted(sent)] + [sorted(sent * 2)] * 3
    assert copies == {"replicate_copy": sum(map(len, sent))}
