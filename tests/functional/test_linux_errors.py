# SPDX-License-Identifier: BSD-3-Clause
"""What a host hears of a packet that has no way: the kernel tells it.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host4, router4, router6
from linux_lab import KERNEL, linux_router
from tools import Flood, arrival


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    router.connect(h1)
    router.connect(h2)
    router.serve()
    # Three questions for a neighbour are over in less than a second.
    router.linux.sysctl({f"{family}/neigh/p1/retrans_time_ms": 250 for family in ("ipv4", "ipv6")})
    router.linux.ip("route add unreachable 10.66.1.0/24", "route add prohibit 10.66.2.0/24",
                    "route add blackhole 10.66.3.0/24",
                    "route add unreachable 2001:db8:6601::/48",
                    "route add prohibit 2001:db8:6602::/48",
                    "route add blackhole 2001:db8:6603::/48")
    router.synced()
    return h1, h2, router


@pytest.mark.parametrize("address,sentence", [
    ("10.66.1.1", "Destination Host Unreachable"),
    ("10.66.2.1", "Packet filtered"),
    ("10.66.4.1", "Destination Net Unreachable"),
    ("10.0.1.77", "Destination Host Unreachable"),  # on the link of p1, and no neighbour
    ("2001:db8:6601::1", "Destination unreachable: No route"),
    ("2001:db8:6602::1", "Destination unreachable: Administratively prohibited"),
    ("2001:db8:6604::1", "Destination unreachable: No route"),
    ("2001:db8:101::77", "Destination unreachable: Address unreachable"),
])
def test_the_right_error(net, address, sentence):
    answered, out = net[0].ping(address)
    assert not answered
    assert f"From {router6(0) if ':' in address else router4(0)} icmp_seq=1 {sentence}" in out


@pytest.mark.parametrize("address,reason", [("10.66.3.1", "ip4_blackhole"),
                                            ("2001:db8:6603::1", "ip6_blackhole")])
def test_a_blackhole_is_silent(net, address, reason):
    h1, _, router = net
    before = router.lost().get(reason, 0)
    answered, out = h1.ping(address, "-W", "0.5")
    assert not answered
    assert "From" not in out
    assert KERNEL or router.lost()[reason] == before + 1


@pytest.mark.parametrize("kind", ["unreachable", "prohibit", "blackhole"])
def test_a_route_becomes_one_and_is_one_no_more(net, kind):
    h1, h2, router = net
    h2.ip("address replace 10.9.0.1/32 dev lo")
    router.linux.ip(f"route add 10.9.0.0/24 via {host4(1)}")
    for _ in range(3):
        router.synced()
        with Flood(h1, host4(0), h2, "10.9.0.1") as flood:
            flood.burst()
        router.linux.ip(f"route replace {kind} 10.9.0.0/24")
        router.synced()
        assert arrival(h1, host4(0), h2, "10.9.0.1", 0, 0.2) is None
        router.linux.ip(f"route replace 10.9.0.0/24 via {host4(1)}")
    router.linux.ip("route del 10.9.0.0/24")
