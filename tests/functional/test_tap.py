# SPDX-License-Identifier: BSD-3-Clause
"""A TAP that sluiced makes, given to a host.

    h1 --- p0 router tap1, moved to --- h2
"""
import pytest

from lab import host4, host6, host_mac, router4
from tools import iperf


@pytest.fixture(scope="module")
def hosts(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1)
    n = router.add_port("net_tap{n},iface=tap{n},mac={mac}")
    router.serve()
    router.ip(f"link set tap{n} netns {h2.name}")
    h2.ip(f"link set tap{n} address {host_mac(n)}")
    h2.configure(f"tap{n}", n)
    return h1, h2


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_tap(hosts, address):
    h1, h2 = hosts
    assert h1.ping(address)[0]
    for direction in [], ["-R"]:
        end = iperf(h1, h2, address, "-t", "1", "-w", "256K", *direction)
        assert end["sum_received"]["bytes"] > 5e6


def test_from_the_far_side(hosts):
    assert hosts[1].ping(host4(0))[0]
    assert hosts[1].ping(router4(1))[0]
