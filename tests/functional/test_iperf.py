# SPDX-License-Identifier: BSD-3-Clause
"""TCP and UDP between real stacks.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, host6
from tools import iperf, losses


@pytest.fixture(scope="module")
def hosts(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1)
    router.connect(h2)
    router.serve()
    yield h1, h2
    assert losses(router) == {}


# How fast it is, and what others lose, is up to the machine; the router loses nothing. A window
# that no ring on the way can overflow with.
@pytest.mark.parametrize("address", [host4(1), host6(1)])
@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_tcp(hosts, address, direction):
    end = iperf(*hosts, address, "-n", "5M", "-w", "256K", *direction)
    assert end["sum_received"]["bytes"] > 4e6


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_udp(hosts, address, direction):
    end = iperf(*hosts, address, "-u", "-b", "20M", "-l", "1200", "-n", "2M", *direction)["sum"]
    assert end["bytes"] > 1e6
