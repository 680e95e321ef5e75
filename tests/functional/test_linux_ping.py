# SPDX-License-Identifier: BSD-3-Clause
"""Ping and traceroute, through a router that is configured with ip(8), and to it.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, host6, link_local, router4, router6, router_mac
from linux_lab import linux_router
from tools import hops


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    router.connect(h1)
    router.connect(h2)
    router.serve()
    return h1, h2, router


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@pytest.mark.parametrize("size", [0, 56, 1400])
def test_through(net, address, size):
    answered, out = net[0].ping(address, "-s", str(size))
    assert answered
    assert size < 16 or "ttl=63" in out
    assert "DUP" not in out


@pytest.mark.parametrize("address", [router4(0), router6(0), router4(1), router6(1),
                                     link_local(router_mac(0)) + "%eth0"])
def test_the_router_answers(net, address):
    answered, out = net[0].ping(address)
    assert answered
    assert "ttl=64" in out


@pytest.mark.parametrize("address", [host4(1), host6(1), router4(0), router6(0)])
def test_many(net, address):
    """Ended by answer number 500; what a busy machine or the policer loses is sent again."""
    out = net[0].run("ping", "-n", "-f", "-c", "500", "-w", "60", address)
    assert " 500 received" in out and "duplicates" not in out


@pytest.mark.parametrize("address", [host4(0), host6(0), host4(1), host6(1)])
def test_the_router_pings(net, address):
    assert "1 received" in net[2].linux.run("ping", "-n", "-c", "1", "-W", "10", address)


def test_forwarding_is_not_the_kernels(net):
    """What the workers can do they do."""
    h1, _, router = net
    for address in host4(1), host6(1):
        assert h1.ping(address)[0]
        router.synced()
        before = router.punted()
        h1.run("ping", "-n", "-i", "0.005", "-c", "200", "-w", "60", address)
        assert router.punted() - before < 20


@pytest.mark.parametrize("method", [[], ["-I"], ["-T", "-p", "9"]], ids=["udp", "icmp", "tcp"])
def test_traceroute(net, method):
    h1, _, _ = net
    assert hops(h1, "-4", *method, host4(1)) == {1: router4(0), 2: host4(1)}
    assert hops(h1, "-6", *method, host6(1)) == {1: router6(0), 2: host6(1)}


@pytest.mark.parametrize("method", [[], ["-I"]], ids=["udp", "icmp"])
def test_traceroute_to_the_router_ends(net, method):
    h1, _, _ = net
    for n in 0, 1:
        assert hops(h1, "-4", *method, router4(n)) == {1: router4(n)}
        assert hops(h1, "-6", *method, router6(n)) == {1: router6(n)}
