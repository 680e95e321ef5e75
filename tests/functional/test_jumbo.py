# SPDX-License-Identifier: BSD-3-Clause
"""Packets of 9000 bytes.

    h1 --- p0 router p1 --- h2
       9000          9000
"""
import pytest

from lab import host4, host6, router4, router6
from tools import iperf

# af_packet's rings have slots of framesz bytes, and the mbufs must hold what a slot does.
DEVICE = "net_af_packet{n},iface=p{n},blocksz=65536,framesz=16384,framecnt=512"


@pytest.fixture(scope="module")
def hosts(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1, mtu=9000, device=DEVICE)
    router.connect(h2, mtu=9000, device=DEVICE)
    router.serve(dpdk={"hugepages": False, "memory": 256, "mbufs": 8192, "mbuf_size": 17024})
    return h1, h2


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_through(hosts, address):
    headers = 48 if ":" in address else 28
    for size in 8000, 9000 - headers:
        assert hosts[0].ping(address, "-M", "do", "-s", str(size))[0]
    end = iperf(*hosts, address, "-t", "1", "-w", "256K")
    assert end["sum_received"]["bytes"] > 5e6


@pytest.mark.parametrize("address", [router4(0), router6(0)])
def test_the_router_answers(hosts, address):
    assert hosts[0].ping(address, "-s", "8000")[0]


def test_slots_too_small_are_refused(lab):
    router = lab.router("small")
    router.connect(lab.host("h3"), mtu=9000)
    assert "needs framesz=9084 or more" in router.run(*router.daemon_command(), ok=False)
