# SPDX-License-Identifier: BSD-3-Clause
"""Packets of 9000 bytes: through the router, and to its own addresses by the mirrors.

    h1 --- p0 router p1 --- h2
       9000          9000
"""
import pytest

from lab import host4, host6, router4, router6
from linux_lab import linux_router
from test_jumbo import DEVICE


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    for host in h1, h2:
        router.connect(host, mtu=9000, device=DEVICE)
    router.serve(dpdk={"hugepages": False, "memory": 512, "mbufs": 8192, "mbuf_size": 17024})
    return h1, h2, router


@pytest.mark.parametrize("address,headers", [(host4(1), 28), (host6(1), 48), (router4(0), 28),
                                             (router6(0), 48)])
def test_ping(net, address, headers):
    for size in 8000, 9000 - headers:
        answered, out = net[0].ping(address, "-M", "do", "-s", str(size))
        assert answered, out
    assert not net[2].lost()
