# SPDX-License-Identifier: BSD-3-Clause
"""Several workers, several queues: nothing is lost, and what comes in by a queue stays in order."""
import os

import pytest

from conftest import CONFIG, assert_same
from frames import (H0, H0_6, H0_MAC, H1, H1_6, P0_MAC, P1_MAC, forwarded, ip4, ip6, mac_bytes,
                    numbered)
from router import write_pcap

COUNT = 5000


@pytest.mark.parametrize("workers", [[0], [0, 1], [1, 0]], ids=str)
def test_both_directions(exchange, workers):
    there = [numbered(n) for n in range(COUNT)]
    here = [mac_bytes(P1_MAC) + one[6:] for n in range(0, COUNT, 2) for one in (
        numbered(n, ip4, src=H1, dst=H0), numbered(n, ip6, src=H1_6, dst=H0_6))]
    result = exchange({"p0": there, "p1": here}, workers=workers)
    assert result.counters == {}
    assert_same(result.sent["p1"], list(map(forwarded, there)))
    assert_same(result.sent["p0"], [forwarded(one, src=P0_MAC, dst=H0_MAC) for one in here])


def test_queues_are_spread(router, tmp_path):
    """Two queues, two workers; each queue's frames keep their order."""
    queues = [[numbered(n) for n in range(first, COUNT, 2)] for first in (0, 1)]
    for n, frames in enumerate(queues):
        write_pcap(tmp_path / f"q{n}.pcap", frames)
    files = "".join(f",rx_pcap={tmp_path}/q{n}.pcap,tx_pcap={tmp_path}/t{n}.pcap" for n in (0, 1))
    ports = [{**CONFIG["ports"][0], "device": "net_pcap_p0" + files, "queues": 2},
             CONFIG["ports"][1]]
    with router({"p0": queues[0] + queues[1]}, workers=[0, 1], ports=ports) as one:
        one.settle()
        rows = one.cmd("show workers")
        assert [row["lcore"] for row in rows] == [0, 1]
        assert [sum(queue.startswith("p0/") for queue in row["queues"]) for row in rows] == [1, 1]
        assert sorted(sum((row["queues"] for row in rows), [])) == ["p0/0", "p0/1", "p1/0"]
        assert sum(row["packets"] for row in rows) == COUNT
        assert min(row["packets"] for row in rows) == COUNT // 2
        assert one.counters() == {}
        one.stop()
        sent = one.sent_by("p1")
    for frames in queues:
        wanted = list(map(forwarded, frames))
        of_queue = set(wanted)
        assert_same([frame for frame in sent if frame in of_queue], wanted)


def test_one_worker_by_default(router):
    """On the second of the CPUs that the process may use."""
    config = {key: value for key, value in CONFIG.items() if key != "workers"}
    allowed = sorted(os.sched_getaffinity(0))
    with router(config=config) as one:
        row, = one.cmd("show workers")
        assert (row["lcore"], row["queues"]) == (allowed[:2][-1], ["p0/0", "p1/0"])


@pytest.fixture
def affinity():
    """Set the CPUs that what this test starts begins with."""
    before = os.sched_getaffinity(0)
    yield lambda *cpus: os.sched_setaffinity(0, cpus)
    os.sched_setaffinity(0, before)


def cpus_of_threads(pid):
    """{name: its CPUs} of the control thread and the workers."""
    cpus = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="ascii") as comm:
            name = comm.read().strip()
        if int(thread) == pid or "worker" in name:
            cpus[name] = os.sched_getaffinity(int(thread))
    return cpus


def test_a_worker_outside_the_affinity(router, affinity):
    """As isolcpus makes it: CPU 1 is nobody's who does not ask for it. The control thread stays
    where it was started."""
    affinity(0)
    with router(workers=[1]) as one:
        row, = one.cmd("show workers")
        assert row["lcore"] == 1
        threads = cpus_of_threads(one.process.pid)
        control = os.sched_getaffinity(one.process.pid)
        assert control == {0}
        assert sorted(map(tuple, threads.values())) == [(0,), (1,)], threads


def test_queues_by_configuration(router):
    """`workers` of a port says who polls it."""
    ports = [{**port, "workers": [lcore]} for port, lcore in zip(CONFIG["ports"], (1, 1))]
    with router(workers=[0, 1], ports=ports) as one:
        assert {row["lcore"]: row["queues"] for row in one.cmd("show workers")} == \
            {0: [], 1: ["p0/0", "p1/0"]}
