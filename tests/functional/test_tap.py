# SPDX-License-Identifier: BSD-3-Clause
"""TAPs that sluiced makes, given to the hosts. Unlike af_packet (which asks the kernel to
reassemble what it receives) they pass fragments of IPv4.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, host6, router4, router6
from tools import iperf


@pytest.fixture(scope="module")
def hosts(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    for host in h1, h2:
        router.add_tap()
    router.serve()
    for n, host in enumerate((h1, h2)):
        router.hand_over(n, host, "eth0")
        host.configure("eth0", n)
    return h1, h2


@pytest.mark.parametrize("address", [host4(1), host6(1), router4(0), router6(0)])
def test_ping(hosts, address):
    assert hosts[0].ping(address)[0]


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_fragments(hosts, address):
    for size in 1600, 4000, 60000:
        assert hosts[0].ping(address, "-M", "dont", "-s", str(size))[0]


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_tcp(hosts, address, direction):
    end = iperf(*hosts, address, "-t", "1", "-w", "128K", *direction)
    assert end["sum_received"]["bytes"] > 5e6
