# SPDX-License-Identifier: BSD-3-Clause
"""Many changes at once, and messages of Linux that get lost.

    h1 --- p0 router p1 --- h2
"""
import contextlib
import signal

import pytest

from lab import host4, host6
from linux_lab import LinuxRouter, sluiced_only
from netns import wait_for
from tools import Flood

pytestmark = sluiced_only

ROUTES = 10_000


def prefixes4(n=ROUTES):
    return [f"10.{128 + i // 65536}.{i // 256 % 256}.{i % 256}/32" for i in range(n)]


def prefixes6(n=ROUTES):
    return [f"2001:db8:f000:{i:x}::/64" for i in range(n)]


def made(lab, role, **config):
    n = len(lab.namespaces)
    h1, h2 = lab.host(f"h1_{n}"), lab.host(f"h2_{n}")
    router = lab.add(LinuxRouter(role, lab.folder))
    router.connect(h1)
    router.connect(h2)
    router.serve(**config)
    for address in host4(1), host6(1):
        assert h1.ping(address)[0]
    return h1, h2, router


@pytest.fixture(scope="module")
def net(lab):
    return made(lab, "router")


def count(router):
    return len(router.json("show", "routes"))


@pytest.mark.parametrize("source,address,prefixes", [(host4(0), host4(1), prefixes4()),
                                                     (host6(0), host6(1), prefixes6())],
                         ids=["ip4", "ip6"])
def test_routes_added_and_removed(net, source, address, prefixes):
    """Under traffic, which does not notice."""
    h1, h2, router = net
    router.synced()
    before = count(router)
    add = [f"route add {prefix} via {address}" for prefix in prefixes]
    delete = [f"route del {prefix}" for prefix in prefixes]
    with Flood(h1, source, h2, address) as flood:
        flood.during(lambda _: router.linux.ip(*add), 1)
        wait_for(lambda: router.is_synced() and count(router) == before + ROUTES, "all routes")
        assert router.json("lookup", prefixes[-1].split("/")[0])["port"] == "p1"
        flood.during(lambda _: router.linux.ip(*delete), 1)
    wait_for(lambda: router.is_synced() and count(router) == before, "no routes")


@contextlib.contextmanager
def stopped(process):
    """It does nothing, and does not receive what it is told."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_messages_that_are_lost(lab):
    """A socket that holds next to nothing: a resync sees to what it has missed, and takes nothing
    away that still stands."""
    h1, h2, router = made(lab, "small", netlink={"receive_buffer": 4096})
    h2.ip("address add 10.9.0.1 dev lo")
    router.linux.ip(f"route add 10.9.0.0/24 via {host4(1)}")
    router.synced()
    before, lost = count(router), router.lost()
    prefixes = prefixes4()
    add = [f"route add {prefix} via {host4(1)}" for prefix in prefixes]
    delete = [f"route del {prefix}" for prefix in prefixes]
    for lines, expected in (add, before + ROUTES), (delete, before):
        overruns, resyncs = router.counter("overruns"), router.counter("resyncs")
        with stopped(router.daemon):
            router.linux.ip(*lines)
        with Flood(h1, host4(0), h2, "10.9.0.1") as flood:
            flood.during(lambda _: wait_for(
                lambda: router.is_synced() and count(router) == expected, f"{expected} routes"), 1)
        assert router.counter("overruns") > overruns
        assert router.counter("resyncs") > resyncs
    assert router.lost() == lost


def test_a_network_of_many_that_flaps(net):
    """The gateway of 1000 routes goes away and comes back: with the link, as Linux does it."""
    h1, h2, router = net
    router.linux.ip(*(f"route add {prefix} via {host4(1)}" for prefix in prefixes4(1000)))
    router.synced()
    before = count(router)
    router.linux.ip("link set p1 down")
    wait_for(lambda: router.is_synced() and count(router) <= before - 1000, "no routes")
    router.linux.ip("link set p1 up")
    router.synced()
    assert router.client("show", "version").returncode == 0
