# SPDX-License-Identifier: BSD-3-Clause
"""A smaller MTU behind the router: fragments, errors, path MTU discovery.

    h1 --- p0 router p1 --- h2
       1500          1400

h2 announces segments as if its link took 1500 bytes: only path MTU discovery keeps h1 from sending
what p1 cannot.
"""
import json
import struct

import pytest

from lab import host4, host6, router4, router6
from linux_lab import KERNEL, linux_router, sluiced_only
from netns import wait_for
from tools import Capture, iperf

SMALL = 1400
MORE_FRAGMENTS = 0x2000


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    router.connect(h1)
    router.connect(h2, mtu=SMALL)
    h2.ip(f"route change default via {router4(1)} advmss 1460",
          f"route change default via {router6(1)} advmss 1440")
    router.serve()
    return h1, h2, router


@pytest.fixture
def fresh(net):
    """h1 knows nothing of the path."""
    for family in "-4", "-6":
        net[0].run("ip", family, "route", "flush", "cache")
    return net


def path_mtu(host, address):
    route, = json.loads(host.run("ip", "-j", "route", "get", address))
    return [metrics.get("mtu") for metrics in route.get("metrics", [])]


@sluiced_only
def test_the_mirror_has_it(net):
    for n, mtu in (0, 1500), (1, SMALL):
        link, = json.loads(net[2].linux.run("ip", "-j", "link", "show", "dev", f"p{n}"))
        assert link["mtu"] == mtu


@sluiced_only
def test_it_stays_below_that_of_the_port(net):
    """An operator's smaller one stays as well, whatever becomes of the port's."""
    router = net[2]

    def is_now(port, mirror):
        link, = json.loads(router.linux.run("ip", "-j", "link", "show", "dev", "p0"))
        return router.json("show", "ports")[0]["mtu"] == port and link["mtu"] == mirror

    router.ip("link set p0 mtu 1400")
    wait_for(lambda: is_now(1400, 1400), "the port's MTU at the mirror")
    router.linux.ip("link set p0 mtu 1300")
    router.ip("link set p0 mtu 1500")
    wait_for(lambda: is_now(1500, 1300), "the operator's MTU")
    router.linux.ip("link set p0 mtu 1500")
    wait_for(lambda: is_now(1500, 1500), "the old MTU")


@pytest.mark.parametrize("address,router_address,sentence", [
    (host4(1), router4(0), "Frag needed and DF set (mtu = 1400)"),
    (host6(1), router6(0), "Packet too big: mtu=1400")])
def test_ping_is_told(fresh, address, router_address, sentence):
    h1, _, _ = fresh
    headers = 48 if ":" in address else 28
    assert h1.ping(address, "-M", "do", "-s", str(SMALL - headers))[0]
    assert path_mtu(h1, address) == []
    answered, out = h1.ping(address, "-M", "do", "-s", str(SMALL - headers + 1))
    assert not answered
    assert f"From {router_address} icmp_seq=1 {sentence}" in out
    assert path_mtu(h1, address) == [SMALL]


def test_the_router_fragments(fresh):
    """What must not be fragmented by h1 and may be by the router: the pieces that h2 gets."""
    h1, h2, router = fresh
    size = 1480
    before = router.punted("mtu")
    with Capture(h2) as capture:
        # The answer too is too large for h2's link, and comes in pieces.
        assert h1.ping(host4(1), "-M", "dont", "-s", str(size - 28))[0]
        frames = capture.frames()
    pieces = []
    for frame in frames:
        length, _, fragment = struct.unpack_from("!HHH", frame, 16)
        if frame[12:14] == b"\x08\x00" and frame[23] == 1:
            assert length <= SMALL
            assert frame[22] == 63
            pieces.append(((fragment & 0x1fff) * 8, length - 20, bool(fragment & MORE_FRAGMENTS)))
    first = (SMALL - 20) // 8 * 8
    assert sorted(pieces) == [(0, first, True), (first, size - 20 - first, False)]
    assert KERNEL or router.punted("mtu") == before + 1


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_tcp_discovers_it(fresh, address):
    h1, h2, router = fresh
    before = router.punted("mtu")
    end = iperf(h1, h2, address, "-n", "3M", "-w", "128K")
    assert end["sum_received"]["bytes"] > 2e6
    assert path_mtu(h1, address) == [SMALL]
    assert KERNEL or before < router.punted("mtu") < before + 300


@sluiced_only
def test_an_mtu_of_linux_counts(net):
    """ip link set mtu: the smaller one of a mirror holds for what leaves by it."""
    h1, _, router = net
    router.linux.ip("link set p1 mtu 1300")
    router.synced()
    try:
        answered, out = h1.ping(host4(1), "-M", "do", "-s", "1300")
        assert not answered and "mtu = 1300" in out
    finally:
        router.linux.ip(f"link set p1 mtu {SMALL}")
