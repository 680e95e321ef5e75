# SPDX-License-Identifier: BSD-3-Clause
"""TCP and UDP between real stacks.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, host6
from tools import iperf


@pytest.fixture(scope="module")
def hosts(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1)
    router.connect(h2)
    router.serve()
    return h1, h2


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_tcp(hosts, address, direction):
    # A window that fits into every ring on the way. A busy machine delays segments, and some of
    # them are sent again; a router that loses or spoils them has a storm.
    end = iperf(*hosts, address, "-t", "1", "-w", "128K", *direction)
    assert end["sum_received"]["bytes"] > 5e6
    segments = end["sum_sent"]["bytes"] / 1448
    assert end["sum_sent"]["retransmits"] <= segments / 20


@pytest.mark.parametrize("address", [host4(1), host6(1)])
@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_udp(hosts, address, direction):
    end = iperf(*hosts, address, "-u", "-b", "20M", "-l", "1200", "-t", "1", *direction)["sum"]
    assert end["bytes"] > 2e6
    assert end["lost_percent"] < 5
