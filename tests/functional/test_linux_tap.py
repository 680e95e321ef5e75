# SPDX-License-Identifier: BSD-3-Clause
"""Ports on TAPs of the driver, given to the hosts, and their mirrors. Unlike af_packet they pass
fragments of IPv4.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, host6, router4, router6
from linux_lab import LinuxRouter, sluiced_only
from tools import Flood, Session, iperf

pytestmark = sluiced_only


@pytest.fixture(scope="module")
def net(lab):
    h1, h2 = lab.host("h1"), lab.host("h2")
    router = lab.add(LinuxRouter("router", lab.folder))
    for _ in range(2):
        router.add_tap()
    router.serve()
    for n, host in enumerate((h1, h2)):
        router.hand_over(n, host, "eth0")
        host.configure("eth0", n)
    return h1, h2, router


@pytest.mark.parametrize("address", [host4(1), host6(1), router4(0), router6(0)])
def test_ping(net, address):
    assert net[0].ping(address)[0]


@pytest.mark.parametrize("address", [host4(1), host6(1), router4(0), router6(0)])
def test_fragments(net, address):
    """The router itself puts together what is for it."""
    for size in 1600, 4000, 20000:
        assert net[0].ping(address, "-M", "dont", "-s", str(size))[0]


@pytest.mark.parametrize("source,address", [(host4(0), host4(1)), (host6(0), host6(1))],
                         ids=["ip4", "ip6"])
def test_traffic(net, source, address):
    h1, h2, router = net
    end = iperf(h1, h2, address, "-n", "3M", "-w", "128K")
    assert end["sum_received"]["bytes"] > 2e6
    with Flood(h1, source, h2, address) as flood, \
            Session(h1, router.linux, router4(0)) as session:
        for _ in range(10):
            flood.burst()
            session.exchange()
