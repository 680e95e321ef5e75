# SPDX-License-Identifier: BSD-3-Clause
"""Each reason to punt has a token bucket: a flood of one starves neither another nor transit."""
import pytest
from scapy.layers.inet import ICMP, TCP

from frames import H0_6, P0, P0_6, ether, forwarded, icmp6, ip4, ip6, numbered

BGP4, BGP6 = ether(ip4(TCP(dport=179), dst=P0)), ether(ip6(TCP(dport=179), dst=P0_6))


@pytest.mark.parametrize("frame", [ether(ip4(ttl=1)), ether(ip6(hlim=1))], ids=["ip4", "ip6"])
def test_flood_of_one_reason(exchange, frame):
    """Each of 20,000 is punted or limited, and everything else is forwarded."""
    result = exchange({"p0": ([frame] * 40 + [numbered(0)]) * 500}, punts=[])
    counters = result.counters
    assert counters["punt ttl/any"] + counters["limit ttl/any"] == 20000
    assert counters["punt ttl/any"] >= 128 and counters["limit ttl/any"] > 0
    assert counters["drop punt_limited"] == counters["limit ttl/any"]
    assert len(result.sent["p0"]) == counters["punt ttl/any"] - counters["drop no_control"] - \
        counters["drop inject_full"]
    assert result.sent["p1"] == [forwarded(numbered(0))] * 500
    assert set(counters) <= {"punt ttl/any", "limit ttl/any", "drop punt_limited",
                             "drop no_control", "drop inject_full"}


@pytest.mark.parametrize("ping, syn, bgp", [
    (ether(ip4(ICMP() / b"flood", dst=P0)), ether(ip4(TCP(dport=22), dst=P0)), BGP4),
    (ether(icmp6(H0_6, P0_6, b"\x80\0", b"flood")), ether(ip6(TCP(dport=22), dst=P0_6)), BGP6),
], ids=["ip4", "ip6"])
def test_bgp_among_floods(exchange, ping, syn, bgp):
    """Pings and a port scan are limited; the routing session is not."""
    frames = ([ping] * 100 + [syn] * 100 + [bgp]) * 100
    counters = exchange({"p0": frames}, punts=[]).counters
    assert counters["punt local/routing"] == 100 and counters["limit local/routing"] == 0
    for name in ("local/icmp", "local/tcp"):
        assert counters["punt " + name] + counters["limit " + name] == 10000
        assert counters["limit " + name] > 0
    assert counters["drop punt_limited"] == counters["limit local/icmp"] + \
        counters["limit local/tcp"]


def test_configured(exchange):
    """A reason as a whole, and one class of another."""
    frames = [ether(ip4(ttl=1)), ether(ip4(ICMP() / b"x", dst=P0)), BGP4,
              ether(ip4(TCP(dport=22), dst=P0))] * 1000
    counters = exchange({"p0": frames}, punts=[
        {"reason": "ttl", "rate": 1, "burst": 5},
        {"reason": "local", "class": "icmp", "rate": 1, "burst": 7},
        {"reason": "local", "class": "routing", "rate": 1000000, "burst": 1000}]).counters
    # A token a second: a run may last a few.
    assert 5 <= counters["punt ttl/any"] < 50
    assert 7 <= counters["punt local/icmp"] < 50
    assert counters["punt local/routing"] == 1000
    assert counters["punt local/tcp"] == 1000


def test_the_last_line_for_a_class_counts(router):
    with router(punts=[{"reason": "local", "rate": 11, "burst": 12},
                       {"reason": "local", "class": "nd", "rate": 13, "burst": 14}]) as one:
        found = {row["class"]: (row["rate_pps"], row["burst"]) for row in one.cmd("show punts")
                 if row["reason"] == "local"}
    assert found == {"routing": (11, 12), "icmp": (11, 12), "nd": (13, 14), "other": (11, 12),
                     "tcp": (11, 12)}


def test_no_limit(exchange):
    """The highest rate is none; the ring to the slow path then is the limit, and blocks nobody."""
    frames = [ether(ip4(TCP(dport=22), dst=P0))] * 40 + [numbered(0)]
    most = 0xFFFFFFFF
    result = exchange({"p0": frames * 500},
                      punts=[{"reason": "local", "rate": most, "burst": most}])
    counters = result.counters
    assert counters["punt local/tcp"] + counters["drop punt_full"] == 20000
    assert counters["drop no_control"] == counters["punt local/tcp"] >= 8000
    assert counters["limit local/tcp"] == 0
    assert len(result.sent["p1"]) == 500
