# SPDX-License-Identifier: BSD-3-Clause
"""What a router without traffic costs, and how long the first packet after a quiet time waits.

    h1 --- p0 router p1 --- h2

The ports are TAPs of the driver, which has receive interrupts, or veth by af_packet, which has none.
Shares of a CPU are CPU time of threads: what else runs on the machine is not in them.
"""
import ctypes
import os
import re
import statistics
import time

import pytest

from lab import Lab, host4, router4
from linux_lab import LinuxRouter, sluiced_only
from netns import wait_for

pytestmark = [sluiced_only, pytest.mark.alone]

SECONDS = 1  # of idleness that are measured
PINGS = 20
PAUSE_S = 0.02  # before each: beyond the 10 ms after which a worker waits for interrupts
TIMERS = 500  # sleeps that are measured
SHARE, WAIT_US = 5, 100  # of a CPU, in percent, and of half the packets: what is asked for
LIMIT_US, FACTOR = 600, 24  # of sleeps: idle.h
ATTEMPTS = 3  # others may want the CPUs


def timer_us():
    """What a short sleep costs on the worker's CPU: CPU time, and by how much it is too long."""
    slack, asked_us, cpus = 29, 100, os.sched_getaffinity(0)  # PR_SET_TIMERSLACK
    libc = ctypes.CDLL(None)
    libc.prctl(slack, 1)
    os.sched_setaffinity(0, {1})
    begin, cpu = time.monotonic(), time.thread_time()
    for _ in range(TIMERS):
        time.sleep(asked_us / 1e6)
    cpu, took = time.thread_time() - cpu, time.monotonic() - begin
    os.sched_setaffinity(0, cpus)
    libc.prctl(slack, 0)
    return cpu / TIMERS * 1e6, took / TIMERS * 1e6 - asked_us


def bounds(by):
    """The share in percent and the median wait in us that are right here. A sleep with its turn may
    cost twice as much as one alone."""
    cost, late = timer_us()
    limit, turn = min(FACTOR * 2 * cost, LIMIT_US), 2 * cost
    print(f"a sleep costs {cost:.1f} us and is {late:.1f} us too long")
    if by == "interrupt":
        return SHARE, WAIT_US + 4 * late
    return max(SHARE, 1 + 100 * turn / (limit + turn)), max(WAIT_US, limit / 2) + 3 * late


class IdleRouter:
    """It forwards, and has nothing more to do. driver: tap or af_packet."""

    def __init__(self, lab, driver, mode):
        self.hosts = lab.host("h1"), lab.host("h2")
        self.router = lab.add(LinuxRouter("router", lab.folder))
        for host in self.hosts:
            if driver == "tap":
                self.router.add_tap()
            else:
                self.router.connect(host)
        self.router.serve(workers=[{"lcore": 1, "idle": mode}])
        for n, host in enumerate(self.hosts if driver == "tap" else ()):
            self.router.hand_over(n, host, "eth0")
            host.configure("eth0", n)
        for address in host4(1), router4(0):
            assert self.hosts[0].ping(address)[0]

    def tasks(self):
        """The files of the threads, by their names."""
        folder = f"/proc/{self.router.daemon.pid}/task"
        found = {}
        for task in os.listdir(folder):
            with open(f"{folder}/{task}/comm", encoding="ascii") as comm:
                found[comm.read().strip()] = f"{folder}/{task}"
        return found

    def cpu_ns(self):
        """CPU time by thread."""
        spent = {}
        for name, folder in self.tasks().items():
            with open(f"{folder}/schedstat", encoding="ascii") as stat:
                spent[name] = int(stat.read().split()[0])
        return spent

    def shares(self):
        """Of a CPU, in percent, by thread; "all" of them together."""
        before, begin = self.cpu_ns(), time.monotonic()
        time.sleep(SECONDS)
        after, took = self.cpu_ns(), time.monotonic() - begin
        shares = {name: (after[name] - before[name]) / took / 1e7 for name in before}
        return {**shares, "all": sum(shares.values())}

    def wanted_cpu_ns(self):
        """For how long the worker ran, or waited for others to leave the CPU to it."""
        with open(self.tasks()["rte-worker-1"] + "/schedstat", encoding="ascii") as stat:
            return sum(map(int, stat.read().split()[:2]))

    def worker(self):
        return self.router.json("show", "workers")[0]

    def round_trip_us(self, namespace, address):
        """Of pings after pauses to be idle in."""
        times = []
        for _ in range(PINGS):
            time.sleep(PAUSE_S)
            out = namespace.run("ping", "-n", "-c", "1", "-W", "10", address)
            times.append(float(re.search(r"time=([\d.]+)", out)[1]) * 1000)
        return times

    def round_trips_us(self):
        """Forwarded to the other host; to the router; from the router."""
        h1, linux = self.hosts[0], self.router.linux
        return {"forwarded": self.round_trip_us(h1, host4(1)),
                "punted": self.round_trip_us(h1, router4(0)),
                "injected": self.round_trip_us(linux, host4(0))}


@pytest.fixture
def idle_router(tmp_path):
    """Makes routers, one at a time: idle_router(driver, mode)."""
    labs = []

    def make(*args):
        while labs:
            labs.pop().close()
        labs.append(Lab(tmp_path))
        return IdleRouter(labs[-1], *args)

    yield make
    for lab in labs:
        lab.close()


@pytest.mark.parametrize("mode", ["poll", "pause"])
def test_busy(idle_router, mode):
    """Who polls has the CPU to 100%, as far as nobody else wants it."""
    one = idle_router("tap", mode)
    before, begin = one.wanted_cpu_ns(), time.monotonic()
    shares = one.shares()
    wanted = (one.wanted_cpu_ns() - before) / (time.monotonic() - begin) / 1e7
    print(f"{mode}: wants {wanted:.1f}% of the CPU; had {shares}")
    assert wanted > 90
    worker = one.worker()
    assert (worker["idle"], worker["sleeps"], worker["asleep_percent"]) == (mode, 0, 0)


@pytest.mark.parametrize("driver,mode,by", [("tap", "interrupt", "interrupt"),
                                            ("af_packet", "interrupt", "sleep")])
def test_idle(idle_router, driver, mode, by):
    """Less than a twentieth of a CPU, and the first packet hardly waits. af_packet has no
    interrupts: the worker sleeps."""
    polling = {way: statistics.median(times)
               for way, times in idle_router(driver, "poll").round_trips_us().items()}
    one = idle_router(driver, mode)
    for _ in range(ATTEMPTS):
        share_max, wait_max = bounds(by)
        shares, before = one.shares(), one.worker()
        waits = {way: [own - polling[way] for own in times]
                 for way, times in one.round_trips_us().items()}
        wait = statistics.median(sum(waits.values(), []))
        medians = {way: round(statistics.median(times)) for way, times in waits.items()}
        print(f"{driver} {mode}: {shares['all']:.2f}% of a CPU ({share_max:.2f}), worker "
              f"{shares['rte-worker-1']:.2f}%; median wait {wait:.0f} us ({wait_max:.0f}): {medians};"
              f" by polling {polling}")
        assert one.worker()["sleeps"] > before["sleeps"]
        assert before["idle"] == mode
        if shares["all"] < share_max and wait < wait_max:
            break
    else:
        pytest.fail(f"{shares['all']:.2f}% of a CPU, packets wait for {wait:.0f} us")
    assert 80 < one.worker()["asleep_percent"] <= 100


def waits_for_interrupts(one):
    """10 waits a second when nothing comes, against 2000 sleeps or more."""
    before, begin = one.worker()["sleeps"], time.monotonic()
    time.sleep(0.2)
    return one.worker()["sleeps"] - before < 100 * (time.monotonic() - begin)


def test_wait(idle_router):
    """A worker that waits for interrupts forwards what the kernel sends, and ends at once; one
    without them does not wait."""
    one = idle_router("tap", "interrupt")
    wait_for(lambda: waits_for_interrupts(one), "a worker that waits")
    one.round_trip_us(one.router.linux, host4(0))
    wait_for(lambda: waits_for_interrupts(one), "a worker that waits")
    begin = time.monotonic()
    one.router.daemon.terminate()
    assert one.router.daemon.wait(timeout=60) == 0
    print(f"ended after {time.monotonic() - begin:.3f} s")
    assert not waits_for_interrupts(idle_router("af_packet", "interrupt"))
