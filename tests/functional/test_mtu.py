# SPDX-License-Identifier: BSD-3-Clause
"""A smaller MTU behind the router.

    h1 --- p0 router p1 --- h2
       1500          1400

h2 announces segments as if its link took 1500 bytes: only path MTU discovery keeps h1 from sending
what p1 cannot.
"""
import pytest

from lab import host4, host6, router4, router6
from tools import iperf

SMALL = 1400


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
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


def punted_for_mtu(router):
    return sum(row["punted"] for row in router.json("show", "punts") if row["reason"] == "mtu")


@pytest.mark.parametrize("address,router_address,sentence", [
    (host4(1), router4(0), "Frag needed and DF set (mtu = 1400)"),
    (host6(1), router6(0), "Packet too big: mtu=1400")])
def test_ping_is_told(fresh, address, router_address, sentence):
    h1, _, _ = fresh
    headers = 48 if ":" in address else 28
    assert h1.ping(address, "-M", "do", "-s", str(SMALL - headers))[0]
    answered, out = h1.ping(address, "-M", "do", "-s", str(SMALL - headers + 1))
    assert not answered
    assert f"From {router_address} icmp_seq=1 {sentence}" in out


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_tcp_discovers_it(fresh, address):
    h1, h2, router = fresh
    before = punted_for_mtu(router)
    end = iperf(h1, h2, address, "-t", "1", "-w", "128K")
    assert end["sum_received"]["bytes"] > 5e6
    assert punted_for_mtu(router) > before, "the path MTU was known before"
