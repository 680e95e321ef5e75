# SPDX-License-Identifier: BSD-3-Clause
"""TCP and UDP through the router, and to daemons on it.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, host6, router4, router6
from linux_lab import linux_router
from tools import Flood, Session, iperf

DIRECTION = pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    router.connect(h1)
    router.connect(h2)
    router.serve()
    for address in host4(1), host6(1):
        assert h1.ping(address)[0]
    router.synced()
    lost = router.lost()
    yield h1, h2, router
    assert router.lost() == lost


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@DIRECTION
def test_tcp_through(net, address, direction):
    h1, h2, router = net
    before = router.punted()
    end = iperf(h1, h2, address, "-n", "5M", "-w", "256K", *direction)
    assert end["sum_received"]["bytes"] > 4e6
    assert router.punted() - before < 100


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@DIRECTION
def test_udp_through(net, address, direction):
    end = iperf(*net[:2], address, "-u", "-b", "20M", "-l", "1200", "-n", "1M", *direction)["sum"]
    assert end["bytes"] > 5e5


@pytest.mark.parametrize("address", [router4(0), router6(0), router4(1), router6(1)])
@DIRECTION
def test_tcp_to_a_daemon(net, address, direction):
    """The policer is in its way: congestion control finds what it allows. iperf3 ends when the last
    byte has been given to the socket; what both sockets still hold then is not counted."""
    h1, _, router = net
    end = iperf(h1, router.linux, address, "-n", "1M", "-w", "64K", *direction)
    assert end["sum_received"]["bytes"] > 2 ** 20 - 4 * 64 * 1024


@pytest.mark.parametrize("address", [router4(0), router6(0)])
def test_a_routing_session(net, address):
    h1, _, router = net
    with Session(h1, router.linux, address, port=179) as session:
        for _ in range(20):
            session.exchange()


@pytest.mark.parametrize("source,address", [(host4(0), router4(0)), (host6(0), router6(0))],
                         ids=["ip4", "ip6"])
def test_udp_to_a_daemon(net, source, address):
    """As much as the policer lets through at once."""
    h1, _, router = net
    with Flood(h1, source, router.linux, address) as flood:
        for _ in range(3):
            flood.burst()


@pytest.mark.parametrize("source,address", [(router4(1), host4(1)), (router6(1), host6(1))],
                         ids=["ip4", "ip6"])
def test_udp_of_a_daemon(net, source, address):
    _, h2, router = net
    with Flood(router.linux, source, h2, address) as flood:
        for _ in range(50):
            flood.burst()
