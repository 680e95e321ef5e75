# SPDX-License-Identifier: BSD-3-Clause
"""The netdev under a port on af_packet: its MTU counts, and it is left as it was found.

    h1 --- p0 router p1 --- h2
                   1400
"""
import json

import pytest

from lab import host4, router4, router_mac

SMALL = 1400


def netdev(router, name):
    return json.loads(router.run("ip", "-j", "-d", "link", "show", name))[0]


@pytest.fixture
def net(lab):
    """The router's configuration says nothing of the MTU, and wants a MAC address for p1."""
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1)
    router.connect(h2, mtu=SMALL)
    for port in router.ports:
        del port["mtu"]
    return h1, h2, router


def test_netdev(net):
    h1, _, router = net
    before = [netdev(router, f"p{n}") for n in (0, 1)]
    router.ports[1]["mac"] = "02:00:00:00:77:77"
    router.neighbours[:] = [n for n in router.neighbours if "." in n["address"]]
    router.serve()

    assert [port["mtu"] for port in router.json("show", "ports")] == [1500, SMALL]
    answered, out = h1.ping(host4(1), "-M", "do", "-s", str(SMALL - 27))
    assert not answered and f"From {router4(0)}" in out and f"mtu = {SMALL}" in out

    assert netdev(router, "p1")["address"] == "02:00:00:00:77:77" != router_mac(1)
    router.daemon.terminate()
    assert router.daemon.wait(timeout=30) == 0
    for old in before:
        new = netdev(router, old["ifname"])
        for key in "address", "mtu", "promiscuity":
            assert new[key] == old[key], (old["ifname"], key)
