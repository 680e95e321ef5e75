# SPDX-License-Identifier: BSD-3-Clause
"""What a router without traffic costs, and how long the first packet after a quiet time waits.

    h1 --- p0 router p1 --- h2

The ports are TAPs of the driver, which has receive interrupts, or veth by af_packet, which has none.
Shares of a CPU are CPU time of threads: what else runs on the machine is not in them.
"""
import json
import os
import re
import signal
import statistics
import time

import pytest

from lab import host4, router4
from linux_lab import LinuxRouter, sluiced_only
from netns import wait_for

pytestmark = sluiced_only

SECONDS = 2  # of idleness that are measured
PINGS = 50
PAUSE_S = 0.03  # between them: beyond the 10 ms after which a worker waits for interrupts
GENEROUS_US = 1500  # what the first packet waits in the median; a busy machine has to keep to it


class Idle:
    """A router that forwards, with nothing more to do."""

    def __init__(self, lab, role, tap, **config):
        self.hosts = lab.host("h1"), lab.host("h2")
        self.router = lab.add(LinuxRouter(role, lab.folder))
        for host in self.hosts:
            if tap:
                self.router.add_tap()
            else:
                self.router.connect(host)
        self.router.serve(workers=[1], **config)
        for n, host in enumerate(self.hosts if tap else ()):
            self.router.hand_over(n, host, "eth0")
            host.configure("eth0", n)
        for address in host4(1), router4(0):
            assert self.hosts[0].ping(address)[0]

    @property
    def pid(self):
        return self.router.daemon.pid

    def worker(self):
        return self.router.json("show", "workers")[0]

    def cpu_ns(self):
        """By the thread's name."""
        spent = {}
        for task in os.listdir(f"/proc/{self.pid}/task"):
            folder = f"/proc/{self.pid}/task/{task}"
            with open(f"{folder}/comm", encoding="ascii") as comm, \
                    open(f"{folder}/schedstat", encoding="ascii") as stat:
                spent[comm.read().strip()] = int(stat.read().split()[0])
        return spent

    def shares(self):
        """Of a CPU, in percent, by the thread's name; "all" of them together."""
        before, begin = self.cpu_ns(), time.monotonic()
        time.sleep(SECONDS)  # it is the measure
        after, took = self.cpu_ns(), time.monotonic() - begin
        shares = {name: (after[name] - before[name]) / took / 1e7 for name in before}
        return {**shares, "all": sum(shares.values())}

    def round_trip_us(self, address):
        """The median of pings with pauses between them, to be idle in."""
        out = self.hosts[0].run("ping", "-n", "-c", PINGS, "-i", PAUSE_S, address)
        return statistics.median(float(ms) * 1000 for ms in re.findall(r"time=([\d.]+)", out))


def idle_router(lab_of_module, role, tap, **config):
    return Idle(lab_of_module, role, tap, **config)


@pytest.fixture(scope="module")
def routers(lab):
    """By port and mode, made when they are asked for."""
    made = {}

    def get(ports, mode):
        if (ports, mode) not in made:
            made[ports, mode] = Idle(lab, f"{ports}-{mode}", ports == "tap", idle=mode)
        return made[ports, mode]

    return get


def test_poll_and_pause_keep_the_cpu(routers):
    """The worker has what is left to it of its CPU: it never gives it away."""
    for mode in "poll", "pause":
        one = routers("tap", mode)
        before = voluntary_switches(one.pid)
        shares = one.shares()
        assert shares["rte-worker-1"] > 10, shares  # it never sleeps: the rest is others'
        assert voluntary_switches(one.pid) == before
        assert (one.worker()["idle"], one.worker()["sleeps"]) == (mode, 0)


def voluntary_switches(pid):
    """How often the worker gave its CPU away."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as status:
            text = status.read()
        if "rte-worker-1" in text:
            return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", text, re.M)[1])
    raise AssertionError("there is no worker")
