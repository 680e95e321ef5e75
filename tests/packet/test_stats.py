# SPDX-License-Identifier: BSD-3-Clause
"""Counters are exact: of ports, interfaces, nodes, and after they were cleared."""
import time

import pytest
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import H0, H1, P0, P0_6, P0_LL, P1_MAC, ether, ip4, mac_bytes, numbered
from router import Router, wait_for

JUMBO = ether(ip4(Raw(b"j" * 8000), proto=253))  # in several mbufs
FORWARDED = [numbered(n) for n in range(298)] + [JUMBO] * 2
DROPPED = [ether(ip4())[:20 + n] for n in range(10)]
ANSWERED = [ether(ip4(ttl=1))] * 7
SILENT = [ether(b"lldp" * 12, 0x88CC)] * 5
BACK = [mac_bytes(P1_MAC) + numbered(n, ip4, src=H1, dst=H0)[6:] for n in range(100)]
WIDE = with_mtu(CONFIG, 9000, "p0", "p1")
P0_FRAMES = FORWARDED + DROPPED + ANSWERED + SILENT


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """Shared by the tests that only look."""
    with Router(tmp_path_factory.mktemp("settled"), WIDE, {"p0": P0_FRAMES, "p1": BACK}) as one:
        one.settle()
        yield one


def size(frames):
    return sum(map(len, frames))


def test_port_stats_and_clear(router):
    """As many packets and bytes as were sent in and came out; then none."""
    with router({"p0": P0_FRAMES, "p1": BACK}, config=WIDE) as one:
        one.settle()
        rows = {row["port"]: row for row in one.cmd("show port stats all")}
        one.cmd("clear stats")
        assert_nothing_counted(one)
        one.stop()
        sent = one.sent()
    for port, came in (("p0", P0_FRAMES), ("p1", BACK)):
        row = rows[port]
        assert (row["rx_packets"], row["rx_bytes"]) == (len(came), size(came))
        assert (row["tx_packets"], row["tx_bytes"]) == (len(sent[port]), size(sent[port]))
        assert row["rx_missed"] == row["rx_errors"] == row["rx_nombuf"] == row["tx_errors"] == 0
    assert (rows["p1"]["tx_packets"], rows["p0"]["tx_packets"]) == (300, 100 + 7)


def assert_nothing_counted(one):
    for table in ("port stats", "interfaces"):
        for row in one.cmd("show " + table):
            assert not any(row[f"{way}_{what}"] for way in ("rx", "tx")
                           for what in ("packets", "bytes"))
    assert not any(one.cmd("show fwd stats")["accumulated"].values())
    assert one.counters() == {}
    assert {row["packets"] for row in one.cmd("show nodes")} == {0}


def test_one_port(settled):
    assert [row["port"] for row in settled.cmd("show port stats p1")] == ["p1"]
    assert settled.refused("show port stats p9") == "sluice: there is no port 'p9'\n"


def test_interfaces(settled):
    found = {row["interface"]: row for row in settled.cmd("show interfaces")}
    stats = {row["port"]: row for row in settled.cmd("show port stats")}
    for name in ("p0", "p1"):
        for key in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes"):
            assert found[name][key] == stats[name][key], (name, key)
    assert found["p1"]["mac"] == P1_MAC
    assert set(found["p0"]["addresses"]) == {P0 + "/24", P0_6 + "/64", P0_LL + "/64"}


def test_fwd_stats(settled):
    found = settled.cmd("show fwd stats")
    rows = {row.pop("port"): row for row in found["ports"]}
    assert rows["p0"] == {"rx_packets": 322, "rx_dropped": 0, "rx_total": 322, "tx_packets": 107,
                          "tx_dropped": 0, "tx_total": 107}
    assert found["accumulated"] == {key: rows["p0"][key] + rows["p1"][key] for key in rows["p0"]}


UNUSED = ("bridge_input", "bridge_output", "span_tx")


def test_nodes(settled):
    """Each node has seen just the packets whose way leads through it."""
    rows = {row["node"]: row for row in settled.cmd("show nodes")}
    assert {name: row["packets"] for name, row in rows.items()} == {
        "port_rx": 422, "ether_input": 422, "ip4_input": 151 + 10 + 7 + 100, "ip6_input": 149,
        "output": 400, "port_tx": 400 + 7, "punt": 12, "drop": 10,
        **dict.fromkeys(UNUSED, 0)}
    for row in (row for name, row in rows.items() if name not in UNUSED):
        assert row["calls"] > 0 and row["cycles_per_packet"] > 0
        assert row["packets"] / row["calls"] - 0.1 <= row["packets_per_call"] <= 64


def test_workers(settled):
    row, = settled.cmd("show workers")
    assert (row["lcore"], row["queues"], row["packets"]) == (1, ["p0/0", "p1/0"], 422)
    assert row["loops"] > 0 and 0 <= row["busy_percent"] <= 100


def test_rates(router):
    """The first rates are since the start, and the next since the first: nothing."""
    begin = time.monotonic()
    with router({"p0": FORWARDED}, config=WIDE) as one:
        wait_for("the frames", lambda: one.row("show interfaces", "interface", "p0")["rx_packets"]
                 == len(FORWARDED))
        first, again = (one.row("show port stats", "port", "p0") for _ in range(2))
        seconds = time.monotonic() - begin
    assert first["rx_pps"] >= len(FORWARDED) / seconds - 1
    assert abs(first["rx_bps"] / 8 / size(FORWARDED) - first["rx_pps"] / len(FORWARDED)) < 0.1
    assert (again["rx_pps"], again["rx_bps"]) == (0, 0)


def test_version(settled):
    version = settled.cmd("show version")
    assert version["pid"] == settled.process.pid
    assert 1e8 < version["tsc_hz"] < 1e11
