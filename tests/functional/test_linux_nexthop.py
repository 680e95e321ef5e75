# SPDX-License-Identifier: BSD-3-Clause
"""Next hop objects and groups of them, changed under traffic.

                       +-- p1 --- eth0 --+
    h1 --- p0 router --+                 +-- h2, 10.9.0.1 and 2001:db8:9::1
                       +-- p2 --- eth1 --+
"""
import collections

import pytest

from lab import host4, host6
from linux_lab import linux_router
from netns import wait_for
from tools import Flood, arrival

FLOWS = 64

# Objects 1 and 2 are of IPv4, 11 and 12 of IPv6; 10 and 20 are the groups.
FAMILIES = pytest.mark.parametrize("prefix,target,source,gateways,ids,group", [
    ("10.9.0.0/24", "10.9.0.1", host4(0), [host4(1), host4(2)], [1, 2], 10),
    ("2001:db8:9::/64", "2001:db8:9::1", host6(0), [host6(1), host6(2)], [11, 12], 20),
], ids=["ip4", "ip6"])


@pytest.fixture(scope="module")
def made(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    router.connect(h1)
    router.connect(h2)
    router.connect(h2)
    h2.ip("address add 10.9.0.1/32 dev lo", "address add 2001:db8:9::1/128 dev lo nodad")
    router.serve()
    for address in host4(1), host6(1), host4(2), host6(2):
        router.linux.run("ping", "-n", "-c", "1", "-W", "10", address)
    return h1, h2, router


@pytest.fixture
def net(made):
    """Without the objects of another test; routes go with them."""
    router = made[2]
    router.linux.run("ip", "nexthop", "flush")
    router.synced()
    return made


def ways(h1, source, h2, target, seconds=5):
    return collections.Counter(arrival(h1, source, h2, target, port, seconds)
                               for port in range(20000, 20000 + FLOWS))


def add(router, ids, gateways):
    router.linux.ip(*(f"nexthop add id {ids[n]} via {gateways[n]} dev p{n + 1}" for n in range(2)))


@FAMILIES
def test_a_group_spreads(net, prefix, target, source, gateways, ids, group):
    h1, h2, router = net
    add(router, ids, gateways)
    router.linux.ip(f"nexthop add id {group} group {ids[0]},15/{ids[1]}",
                    f"route add {prefix} nhid {group}")
    router.synced()
    taken = ways(h1, source, h2, target)
    assert taken["eth0"] > 2 * taken["eth1"]
    assert taken["eth0"] + taken["eth1"] == FLOWS
    router.linux.ip(f"nexthop replace id {group} group {ids[0]}/{ids[1]}")
    router.synced()
    assert min(ways(h1, source, h2, target).values()) >= FLOWS // 8
    router.linux.ip(f"nexthop replace id {group} group {ids[1]}")
    wait_for(lambda: ways(h1, source, h2, target, 0.3) == {"eth1": FLOWS}, "the group of one")


@FAMILIES
def test_an_object_is_replaced_under_traffic(net, prefix, target, source, gateways, ids, group):
    h1, h2, router = net
    router.linux.ip(f"nexthop add id {ids[0]} via {gateways[0]} dev p1",
                    f"route add {prefix} nhid {ids[0]}")
    router.synced()
    before = router.punted()
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.linux.ip(
            f"nexthop replace id {ids[0]} via {gateways[1 - i % 2]} dev p{2 - i % 2}"), 100)
    assert router.punted() - before < flood.bursts * flood.WINDOW / 10
    router.synced()
    assert arrival(h1, source, h2, target) == "eth0"


@FAMILIES
def test_a_group_is_replaced_under_traffic(net, prefix, target, source, gateways, ids, group):
    h1, h2, router = net
    one, two = ids
    sets = [f"{one}/{two}", f"{one}", f"{one},3/{two},5", f"{two}"]
    add(router, ids, gateways)
    router.linux.ip(f"nexthop add id {group} group {sets[0]}", f"route add {prefix} nhid {group}")
    router.synced()
    before = router.punted()
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.linux.ip(
            f"nexthop replace id {group} group {sets[(i + 1) % 4]}"), 100)
    assert router.punted() - before < flood.bursts * flood.WINDOW / 10


@FAMILIES
def test_a_member_goes(net, prefix, target, source, gateways, ids, group):
    """Linux takes it out of its group; what went by it goes by the other."""
    h1, h2, router = net
    add(router, ids, gateways)
    router.linux.ip(f"nexthop add id {group} group {ids[0]}/{ids[1]}",
                    f"route add {prefix} nhid {group}")
    router.synced()
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.linux.ip(f"nexthop del id {ids[0]}"), 1)
    wait_for(lambda: ways(h1, source, h2, target, 0.3) == {"eth1": FLOWS}, "all flows by p2")


@FAMILIES
def test_routes_move_between_objects(net, prefix, target, source, gateways, ids, group):
    h1, h2, router = net
    add(router, ids, gateways)
    router.linux.ip(f"route add {prefix} nhid {ids[0]}")
    router.synced()
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.linux.ip(f"route replace {prefix} nhid {ids[1 - i % 2]}"),
                     100)


@FAMILIES
def test_an_object_that_is_a_blackhole(net, prefix, target, source, gateways, ids, group):
    h1, h2, router = net
    family = "-6 " if ":" in target else ""
    router.linux.run("ip", *family.split(), "nexthop", "add", "id", str(ids[0]), "blackhole")
    router.linux.ip(f"route add {prefix} nhid {ids[0]}")
    router.synced()
    assert arrival(h1, source, h2, target, 0, 0.3) is None
    router.linux.ip(f"nexthop replace id {ids[0]} via {gateways[0]} dev p1")
    wait_for(lambda: arrival(h1, source, h2, target, 0, 0.3) == "eth0", "the way through")
    router.linux.ip(f"nexthop del id {ids[0]}")
    wait_for(lambda: arrival(h1, source, h2, target, 0, 0.3) is None, "no way")
