# SPDX-License-Identifier: BSD-3-Clause
"""Ping and traceroute, through the router and to it.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, host6, link_local, router4, router6, router_mac
from tools import hops, losses


@pytest.fixture(scope="module")
def net(lab):
    one, two, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(one)
    router.connect(two)
    router.serve()
    return one, router


@pytest.fixture(scope="module")
def h1(net):
    return net[0]


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@pytest.mark.parametrize("size", [0, 56, 1400])
def test_through(h1, address, size):
    assert h1.ping(address, "-s", str(size))[0]


def test_ttl_is_aged_once(h1):
    for address in host4(1), host6(1):
        assert "ttl=63" in h1.ping(address)[1]


@pytest.mark.parametrize("address", [router4(0), router6(0), router4(1), router6(1),
                                     link_local(router_mac(0)) + "%eth0"])
def test_the_router_answers(h1, address):
    answered, out = h1.ping(address)
    assert answered
    assert "ttl=64" in out


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_flood(net, address):
    """It ends with the answer number 2000; what a busy machine loses is sent again."""
    h1, router = net
    before = losses(router)
    out = h1.run("ping", "-n", "-f", "-c", "2000", "-w", "60", address)
    assert " 2000 received" in out
    assert losses(router) == before


@pytest.mark.parametrize("method", [[], ["-I"], ["-T", "-p", "9"]], ids=["udp", "icmp", "tcp"])
def test_traceroute(h1, method):
    assert hops(h1, "-4", *method, host4(1)) == {1: router4(0), 2: host4(1)}
    assert hops(h1, "-6", *method, host6(1)) == {1: router6(0), 2: host6(1)}


@pytest.mark.parametrize("method", [[], ["-I"]], ids=["udp", "icmp"])
def test_traceroute_to_the_router_ends(h1, method):
    for n in 0, 1:
        assert hops(h1, "-4", *method, router4(n)) == {1: router4(n)}
        assert hops(h1, "-6", *method, router6(n)) == {1: router6(n)}
