# SPDX-License-Identifier: BSD-3-Clause
"""What a host hears of a packet that has no way.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import router4, router6
from tools import losses

ROUTES = [
    {"to": "10.66.1.0/24", "type": "unreachable"},
    {"to": "10.66.2.0/24", "type": "prohibit"},
    {"to": "10.66.3.0/24", "type": "blackhole"},
    {"to": "2001:db8:6601::/48", "type": "unreachable"},
    {"to": "2001:db8:6602::/48", "type": "prohibit"},
    {"to": "2001:db8:6603::/48", "type": "blackhole"},
]


@pytest.fixture(scope="module")
def net(lab):
    one, two, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(one)
    router.connect(two)
    router.serve(routes=ROUTES)
    return one, router


@pytest.fixture(scope="module")
def h1(net):
    return net[0]


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
def test_the_right_error(h1, address, sentence):
    answered, out = h1.ping(address)
    assert not answered
    assert f"From {router6(0) if ':' in address else router4(0)} icmp_seq=1 {sentence}" in out


@pytest.mark.parametrize("address,reason", [("10.66.3.1", "ip4_blackhole"),
                                            ("2001:db8:6603::1", "ip6_blackhole")])
def test_a_blackhole_is_silent(net, address, reason):
    h1, router = net
    before = losses(router).get(reason, 0)
    answered, out = h1.ping(address, "-W", "1")
    assert not answered
    assert "From" not in out
    assert losses(router)[reason] == before + 1
