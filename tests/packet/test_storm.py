# SPDX-License-Identifier: BSD-3-Clause
"""Storm control: of what a port brings, its bridge floods so much and no more.

A bucket begins full, and the rates here fill it so slowly that a run adds few frames to it: what
passes is a frame for each token, from the first on, and at most those that its seconds bring.

    p0 ---+
    p1 ---+--- br0 (192.0.2.1)
    p2 ---+
"""
import time

import pytest

from conftest import CONFIG
from frames import mac_bytes
from router import wait_for

BURST = 32  # frames, or bytes of so many with 1518 bytes
KNOWN, UNKNOWN = "02:00:00:00:02:02", "02:00:00:00:02:99"
DESTINATIONS = {"broadcast": "ff:ff:ff:ff:ff:ff", "multicast": "01:00:5e:01:02:03",
                "unknown_unicast": UNKNOWN, "known": KNOWN}
KINDS = ["broadcast", "multicast", "unknown_unicast"]


def frame(kind, number, size=60, tag=b""):
    head = mac_bytes(DESTINATIONS[kind]) + mac_bytes("02:00:00:00:01:01") + tag + b"\x88\xb5"
    return head + number.to_bytes(4, "big") + bytes(size - len(head) - 4)


def config(storm=None, ports=("p0", "p1", "p2"), **keys):
    """storm: of p0."""
    return {**CONFIG, "punts": [], "neighbours": [],
            "ports": [{"name": name, "mac": f"02:00:00:00:00:0{i + 1}",
                       **({"storm": storm} if storm and name == "p0" else {})}
                      for i, name in enumerate(("p0", "p1", "p2"))],
            "bridges": [{"name": "br0", "ports": list(ports), "addresses": ["192.0.2.1/24"],
                         "fdb": [{"mac": KNOWN, "port": "p1"}]}], **keys}


class Run:
    """What came of the frames, by port."""

    def __init__(self, router, frames, **keys):
        begin = time.monotonic()
        with router(frames=frames, **keys) as one:
            total = sum(map(len, frames.values()))
            wait_for("all frames taken", lambda: total == sum(
                row["rx_packets"] for row in one.ask("show port stats")))
            self.rows = {(row["port"], row["kind"]): row for row in one.cmd("show storm")}
            self.drops = {row["reason"]: row["packets"] for row in one.cmd("show drops")}
            one.stop()
            self.seconds = int(time.monotonic() - begin) + 1
        self.sent = one.sent()


def of_kind(kind, frames):
    return [f for f in frames if f.startswith(mac_bytes(DESTINATIONS[kind]))]


@pytest.mark.parametrize("limited", KINDS)
def test_each_kind_alone(router, limited):
    """One kind is limited, the others and known unicast are not; both other members get the same
    frames, the first ones, in order."""
    frames = [frame(kind, i) for i in range(300) for kind in DESTINATIONS]
    run = Run(router, {"p0": frames}, config=config({limited: "1pps"}))
    passed = of_kind(limited, run.sent["p1"])
    assert BURST <= len(passed) <= BURST + run.seconds
    assert passed[:BURST] == [frame(limited, i) for i in range(BURST)]
    assert of_kind(limited, run.sent["p2"]) == passed
    assert run.sent["p0"] == []
    for kind in set(KINDS) - {limited}:
        for port in ("p1", "p2"):
            assert of_kind(kind, run.sent[port]) == [frame(kind, i) for i in range(300)]
    assert of_kind("known", run.sent["p1"]) == [frame("known", i) for i in range(300)]
    assert of_kind("known", run.sent["p2"]) == []
    row = run.rows[("p0", limited)]
    assert list(run.rows) == [("p0", limited)]
    assert (row["rate"], row["burst"], row["unit"]) == ("1pps", BURST, "packets")
    assert (row["passed"], row["dropped"]) == (len(passed), 300 - len(passed))
    assert run.drops[f"storm_{limited}"] == row["dropped"]


@pytest.mark.parametrize("size", [60, 1000, 1500])
def test_bits(router, size):
    """What passes is told by its length; 8 bit/s are a byte a second."""
    run = Run(router, {"p0": [frame("multicast", i, size) for i in range(1000)]},
              config=config({"multicast": "8bps"}))
    row = run.rows[("p0", "multicast")]
    assert (row["burst"], row["unit"]) == (BURST * 1518, "bytes")
    fit = BURST * 1518 // size
    assert fit <= row["passed"] <= (BURST * 1518 + run.seconds) // size
    assert row["passed"] + row["dropped"] == 1000
    assert run.sent["p1"] == run.sent["p2"] == \
        [frame("multicast", i, size) for i in range(row["passed"])]


def test_high_rates_pass_all(router):
    storm = {"broadcast": "1000Mpps", "multicast": "400Gbps", "unknown_unicast": "100Mpps"}
    frames = [frame(kind, i) for i in range(300) for kind in DESTINATIONS]
    run = Run(router, {"p0": frames}, config=config(storm))
    for kind in KINDS:
        assert (run.rows[("p0", kind)]["passed"], run.rows[("p0", kind)]["dropped"]) == (300, 0)
    assert len(run.sent["p1"]) == 1200 and len(run.sent["p2"]) == 900


def test_only_that_port(router):
    """p1's broadcast is its own affair."""
    run = Run(router, {"p0": [frame("broadcast", i) for i in range(100)],
                       "p1": [frame("broadcast", 1000 + i) for i in range(100)]},
              config=config({"broadcast": "1pps"}))
    assert run.sent["p0"] == [frame("broadcast", 1000 + i) for i in range(100)]
    assert BURST <= len(run.sent["p1"]) <= BURST + run.seconds
    assert len(run.sent["p2"]) == 100 + len(run.sent["p1"])


def test_the_router_is_flooded_no_more_than_others(router):
    """What storm control drops does not reach the bridge's own interface either."""
    run = Run(router, {"p0": [frame("broadcast", i) for i in range(500)]},
              config=config({"broadcast": "1pps"},
                            punts=[{"reason": "ethertype", "rate": 1000000, "burst": 5000}]))
    assert run.drops["no_control"] == run.rows[("p0", "broadcast")]["passed"]


def test_vlan_interfaces_count_for_their_port(router):
    """Two members on p0, a bucket."""
    tags = [b"\x81\0" + vid.to_bytes(2, "big") for vid in (5, 6)]
    run = Run(router, {"p0": [frame("broadcast", i, tag=tag) for i in range(100) for tag in tags]},
              config=config({"broadcast": "1pps"}, ports=("p0.5", "p1", "p2"), interfaces=[
                  {"name": f"p0.{vid}", "parent": "p0", "vlan": vid} for vid in (5, 6)]) | {
                  "bridges": [{"name": "br0", "ports": ["p0.5", "p1"]},
                              {"name": "br1", "ports": ["p0.6", "p2"]}]})
    row = run.rows[("p0", "broadcast")]
    assert BURST <= row["passed"] <= BURST + run.seconds
    assert len(run.sent["p1"]) + len(run.sent["p2"]) == row["passed"]
    assert abs(len(run.sent["p1"]) - len(run.sent["p2"])) <= 1
    assert row["passed"] + row["dropped"] == 200


def test_no_bridge_no_limit(router):
    """A port that is in no bridge floods nothing."""
    run = Run(router, {"p0": [frame("broadcast", i) for i in range(100)]},
              config={**config({"broadcast": "1pps"}), "bridges": []})
    assert (run.rows[("p0", "broadcast")]["passed"],
            run.rows[("p0", "broadcast")]["dropped"]) == (0, 0)
    assert run.drops["storm_broadcast"] == 0


def test_at_run_time(router):
    with router(config=config({"broadcast": "5kpps"})) as one:
        one.cmd("storm set p0 multicast 10Mbps")
        one.cmd("storm set p0 broadcast 2kpps")
        one.cmd("storm set p2 unknown_unicast 1Gbps")
        assert [(row["port"], row["kind"], row["rate"], row["burst"], row["unit"])
                for row in one.cmd("show storm")] == [
            ("p0", "broadcast", "2kpps", 200, "packets"),
            ("p0", "multicast", "10Mbps", 125000, "bytes"),
            ("p2", "unknown_unicast", "1Gbps", 12500000, "bytes")]
        one.cmd("storm del p0 multicast")
        one.cmd("storm del p2 unknown_unicast")
        assert [(row["port"], row["kind"]) for row in one.cmd("show storm")] == \
            [("p0", "broadcast")]
        assert one.refused("storm del p0 multicast") == "sluice: port p0 has no limit of multicast\n"
        assert one.refused("storm set p7 broadcast 1pps") == "sluice: there is no port p7\n"
        assert "10MBps" in one.answer("storm set", port="p0", kind="broadcast",
                                      rate="10MBps")["error"]
        assert "unicast" in one.answer("storm set", port="p0", kind="unicast",
                                       rate="1pps")["error"]
        one.cmd("storm del p0 broadcast")
        assert one.cmd("show storm") == []


def test_limit_set_while_frames_come(router):
    """Endless broadcast: from the set on at most the bucket and the rate pass; from its end on all
    do."""
    with router(frames={"p0": [frame("broadcast", i) for i in range(64)]}, endless=True,
                config=config()) as one:
        def passed():
            return one.row("show port stats", "port", "p1")["tx_packets"]

        wait_for("frames flooded", lambda: passed() > 10000)
        one.cmd("storm set p0 broadcast 1pps")
        wait_for("frames dropped", lambda: one.cmd("show storm")[0]["dropped"] > 10000)
        begin, before = time.monotonic(), one.cmd("show storm")[0]
        wait_for("more frames dropped",
                 lambda: one.cmd("show storm")[0]["dropped"] > before["dropped"] + 100000)
        after = one.cmd("show storm")[0]
        assert before["passed"] >= BURST
        assert after["passed"] - before["passed"] <= time.monotonic() - begin + 1
        one.cmd("storm del p0 broadcast")
        still = passed()
        wait_for("frames flooded again", lambda: passed() > still + 10000)
