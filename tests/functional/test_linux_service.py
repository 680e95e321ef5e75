# SPDX-License-Identifier: BSD-3-Clause
"""The daemon under a service manager, with Linux in control: when it says that it forwards, and that
what it has given up is not missed.

    h1 --- p0 router p1 --- h2
"""
import os

import pytest

from lab import host4, host6
from linux_lab import LinuxRouter, SharedRouter, is_up, netdev_words, sluiced_only
from manager import KEPT, Manager, assert_confined, threads
from netns import wait_for
from tools import Flood

pytestmark = sluiced_only

ROUTES = 3000


@pytest.fixture(params=[LinuxRouter, SharedRouter], ids=["netns", "own"])
def net(lab, request, tmp_path, monkeypatch):
    """A router that has said READY=1, before anything was asked of it; Linux had many routes."""
    n = len(lab.namespaces)
    manager = Manager(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    h1, h2 = lab.host(f"h1_{n}"), lab.host(f"h2_{n}")
    router = lab.add(request.param(f"router{n}", lab.folder))
    router.connect(h1)
    router.connect(h2)
    router.linux.ip(*(f"route add blackhole 10.{100 + i // 250}.{i % 250}.0/24"
                      for i in range(ROUTES)))
    with open(router.log, "w", encoding="utf-8") as log:
        router.daemon = router.start(*router.daemon_command(), stdout=log, stderr=log)
    try:
        manager.until("READY")
        yield h1, h2, router
    finally:
        manager.close()


def ready(router, n):
    """As an operator does with a mirror that is new."""
    router.linux.ip(*netdev_words(n))
    wait_for(lambda: is_up(router.linux, n), f"p{n}")


def test_ready_and_confined(net):
    h1, h2, router = net
    rows = router.sync()
    assert rows["routes4"]["sluice"] >= ROUTES and router.is_synced()
    assert all(worker["loops"] > 0 for worker in router.json("show", "workers"))
    pid = router.daemon.pid
    assert "mirror" in assert_confined(pid, KEPT)
    # What it took of its privileges before, it has.
    mirror, = [thread for thread in threads(pid) if thread.name == "mirror"]
    assert os.getpriority(os.PRIO_PROCESS, mirror.tid) == -10
    for n in 0, 1:
        ready(router, n)
    router.synced()
    # Mirrors that are deleted are made anew, with their sysctls.
    for n in 0, 1:
        before = router.linux.run("ip", "-o", "link", "show", "dev", f"p{n}").split(":")[0]
        router.linux.ip(f"link delete p{n}")
        wait_for(lambda n=n, before=before: router.has_mirror(n) and router.linux.run(
            "ip", "-o", "link", "show", "dev", f"p{n}").split(":")[0] != before, f"a new p{n}")
        ready(router, n)
        for name in "ipv4/conf/p{}/forwarding", "ipv6/conf/p{}/forwarding":
            assert router.linux.run("cat", f"/proc/sys/net/{name.format(n)}").strip() == "1"
    router.synced()
    for source, address in (host4(0), host4(1)), (host6(0), host6(1)):
        with Flood(h1, source, h2, address) as flood:
            flood.burst()
    assert_confined(pid, KEPT)
    assert "does not give up" not in router.log.read_text()
