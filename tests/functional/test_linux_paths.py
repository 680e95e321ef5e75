# SPDX-License-Identifier: BSD-3-Clause
"""Two paths to the same host, by routes: metrics, multipath, replacement under traffic.

                       +-- p1 --- eth0 --+
    h1 --- p0 router --+                 +-- h2, 10.9.0.1 and 2001:db8:9::1
                       +-- p2 --- eth1 --+
"""
import collections

import pytest

from lab import host4, host6, router4, router6
from linux_lab import linux_router
from netns import wait_for
from tools import Flood, arrival

FLOWS = 64

FAMILIES = pytest.mark.parametrize("prefix,target,source,gateways", [
    ("10.9.0.0/24", "10.9.0.1", host4(0), [host4(1), host4(2)]),
    ("2001:db8:9::/64", "2001:db8:9::1", host6(0), [host6(1), host6(2)]),
], ids=["ip4", "ip6"])
NETDEVS = ["eth0", "eth1"]


@pytest.fixture(scope="module")
def made(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    h2.sysctl({"ipv6/conf/default/keep_addr_on_down": 1})
    router.connect(h1)
    router.connect(h2)
    router.connect(h2)
    h2.ip("address add 10.9.0.1/32 dev lo", "address add 2001:db8:9::1/128 dev lo nodad")
    router.serve()
    return h1, h2, router


@pytest.fixture
def net(made):
    """With no route to the target, and neighbours that are known."""
    _, h2, router = made
    for family, root in ("-4", "10.9.0.0/16"), ("-6", "2001:db8:9::/48"):
        router.linux.run("ip", family, "route", "flush", "root", root)
    for address in host4(1), host6(1), host4(2), host6(2):
        router.linux.run("ping", "-n", "-c", "1", "-W", "10", address)
    router.synced()
    return made


def hop(gateway, n, weight=1):
    return f"nexthop via {gateway} dev p{n} weight {weight}"


def ways(h1, source, h2, target, flows=FLOWS, seconds=5):
    """How many flows take which cable, each by a source port of its own."""
    return collections.Counter(arrival(h1, source, h2, target, port, seconds)
                               for port in range(20000, 20000 + flows))


@FAMILIES
def test_flows_are_spread_and_stay(net, prefix, target, source, gateways):
    h1, h2, router = net
    router.linux.ip(f"route add {prefix} {hop(gateways[0], 1)} {hop(gateways[1], 2)}")
    router.synced()
    taken = ways(h1, source, h2, target)
    assert taken["eth0"] + taken["eth1"] == FLOWS
    assert min(taken[netdev] for netdev in NETDEVS) >= FLOWS // 8
    assert ways(h1, source, h2, target) == taken


@FAMILIES
def test_weights(net, prefix, target, source, gateways):
    h1, h2, router = net
    router.linux.ip(f"route add {prefix} {hop(gateways[0], 1, 15)} {hop(gateways[1], 2)}")
    router.synced()
    taken = ways(h1, source, h2, target, 128)
    assert taken["eth0"] > 4 * taken["eth1"]
    assert taken["eth0"] + taken["eth1"] == 128


@FAMILIES
@pytest.mark.parametrize("side", ["host", "mirror"])
def test_it_heals_when_a_path_goes(net, prefix, target, source, gateways, side):
    h1, h2, router = net
    router.linux.ip(f"route add {prefix} {hop(gateways[0], 1)} {hop(gateways[1], 2)}")
    router.synced()
    where, netdev = (h2, "eth1") if side == "host" else (router.linux, "p2")
    where.ip(f"link set {netdev} down")
    try:
        # All flows, also those that went the other way; what was sent before is none of ours.
        wait_for(lambda: ways(h1, source, h2, target, 16, 0.3) == {"eth0": 16}, "all flows by p1")
        with Flood(h1, source, h2, target) as flood:
            flood.burst()
    finally:
        where.ip(f"link set {netdev} up")
        h2.ip(f"address replace {host6(2)}/64 dev eth1 nodad")
        router.linux.ip(f"address replace {router4(2)}/24 dev p2",
                        f"address replace {router6(2)}/64 dev p2 nodad")
    # Linux takes routes away with the link, but not all of them: once more.
    wait_for(lambda: router.linux.run("ping", "-n", "-c", "1", "-W", "1", gateways[1], ok=False)
             .find("1 received") >= 0, f"an answer of {gateways[1]}")
    router.linux.ip(f"route replace {prefix} {hop(gateways[0], 1)} {hop(gateways[1], 2)}")
    router.synced()
    taken = ways(h1, source, h2, target)
    assert min(taken[netdev] for netdev in NETDEVS) >= FLOWS // 8


@FAMILIES
def test_the_best_metric_wins(net, prefix, target, source, gateways):
    h1, h2, router = net

    def goes_by(netdev):
        router.synced()
        wait_for(lambda: arrival(h1, source, h2, target, 20000, 1) == netdev, f"it at {netdev}")

    worse = f"route add {prefix} via {gateways[0]} dev p1 metric 200"
    better = f"{prefix} via {gateways[1]} dev p2 metric 100"
    router.linux.ip(worse)
    goes_by("eth0")
    router.linux.ip(f"route add {better}")
    goes_by("eth1")
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.linux.ip(f"route {'add' if i % 2 else 'del'} {better}"), 20)
    router.linux.ip(f"route del {better}")
    goes_by("eth0")


@FAMILIES
def test_the_next_metric_takes_over_without_a_link(net, prefix, target, source, gateways):
    """Nobody says anything: the better route is there all the time."""
    h1, h2, router = net

    def goes_by(netdev):
        wait_for(lambda: arrival(h1, source, h2, target, 20000, 1) == netdev, f"it at {netdev}")
        router.synced()

    router.linux.ip(f"route add {prefix} via {gateways[0]} dev p1 metric 200",
                    f"route add {prefix} via {gateways[1]} dev p2 metric 100")
    goes_by("eth1")
    h2.ip("link set eth1 down")
    try:
        goes_by("eth0")
        # In the workers' tables, not only by the kernel.
        wait_for(lambda: not grows(router.punted, h1, source, h2, target), "nothing punted")
    finally:
        h2.ip("link set eth1 up", f"address replace {host6(2)}/64 dev eth1 nodad")
    goes_by("eth1")


def grows(counter, h1, source, h2, target):
    before = counter("glean")
    assert arrival(h1, source, h2, target, 20000, 5)
    return counter("glean") > before


@FAMILIES
def test_a_route_replaced_1000_times(net, prefix, target, source, gateways):
    h1, h2, router = net
    router.linux.ip(f"route add {prefix} via {gateways[0]} dev p1")
    router.synced()
    # Links that were down in other tests have lost what hosts said meanwhile.
    before, lost = router.punted(), router.lost()
    lines = [f"route replace {prefix} via {gateways[i % 2]} dev p{1 + i % 2}" for i in range(5)]
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.linux.ip(*lines), 200)
    assert router.punted() - before < flood.bursts * flood.WINDOW / 10
    assert router.lost() == lost


@FAMILIES
def test_paths_added_and_taken_away(net, prefix, target, source, gateways):
    h1, h2, router = net
    one, two = hop(gateways[0], 1), hop(gateways[1], 2)
    sets = [f"{one} {two}", one, f"{two} {one}", two]
    router.linux.ip(f"route add {prefix} {sets[0]}")
    router.synced()
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.linux.ip(f"route replace {prefix} {sets[i % 4]}"), 100)


def test_an_ip4_route_by_an_ip6_gateway(net):
    """RFC 8950."""
    h1, h2, router = net
    for n, netdev in (1, "eth0"), (2, "eth1"):
        router.linux.ip(f"route replace 10.9.0.0/24 via inet6 {host6(n)} dev p{n}")
        router.synced()
        wait_for(lambda: arrival(h1, host4(0), h2, "10.9.0.1", 0, 1) == netdev, netdev)
        before = router.punted()
        with Flood(h1, host4(0), h2, "10.9.0.1") as flood:
            for _ in range(10):
                flood.burst()
        assert router.punted() - before < flood.WINDOW


@FAMILIES
def test_a_longer_prefix_wins(net, prefix, target, source, gateways):
    h1, h2, router = net
    host = f"{target}/{128 if ':' in target else 32}"
    router.linux.ip(f"route add {prefix} via {gateways[0]}", f"route add {host} via {gateways[1]}")
    router.synced()
    assert arrival(h1, source, h2, target) == "eth1"
    router.linux.ip(f"route del {host}")
    wait_for(lambda: arrival(h1, source, h2, target, 0, 1) == "eth0", "the route behind it")
