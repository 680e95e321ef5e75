# SPDX-License-Identifier: BSD-3-Clause
"""The MAC address of a neighbour changes under traffic.

                                             h2
    h1 --- p0 router p1 --- eth0 (bridged) --+-- br0, the MAC of eth0
                                             +-- other, a MAC of its own
"""
import pytest

from lab import host4, host6, host_mac
from tools import Flood

OTHER_MAC = "02:00:00:00:ff:02"


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1)
    router.connect(h2)
    h2.ip("link add br0 type bridge", "link set br0 up",
          f"link add uplink type veth peer name other address {OTHER_MAC}",
          "link set eth0 master br0", "link set uplink master br0",
          "link set uplink up", "link set other up")
    router.serve()
    return h1, h2, router


def received(host, netdev):
    with host.inside(), open("/proc/net/dev", encoding="ascii") as table:
        line, = (line for line in table if line.split(":")[0].strip() == netdev)
    return int(line.split(":")[1].split()[1])


@pytest.mark.parametrize("source,address", [(host4(0), host4(1)), (host6(0), host6(1))],
                         ids=["ip4", "ip6"])
def test_its_mac_changes_without_loss(net, source, address):
    h1, h2, router = net
    macs = [OTHER_MAC, host_mac(1)]
    before = [received(h2, netdev) for netdev in ("br0", "other")]
    with Flood(h1, source, h2, address) as flood:
        flood.during(lambda i: router.sluice("neighbour", "add", address, "port", "p1", "mac",
                                             macs[i % 2]), 200)
    for netdev, n in zip(("br0", "other"), before):
        assert received(h2, netdev) - n >= 100 * flood.WINDOW
