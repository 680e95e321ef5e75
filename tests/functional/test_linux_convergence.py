# SPDX-License-Identifier: BSD-3-Clause
"""Many routes over a group of next hops, one of which dies and comes back: no route is touched, all
flows heal, and only those of the dead one move.

                       +-- p1 --- eth0 --+
    h1 --- p0 router --+-- p2 --- eth1 --+-- h2, 10.64.0.0/10
                       +-- p3 --- eth2 --+
"""
import socket

import pytest

from lab import host4, host_mac
from linux_lab import linux_router, sluiced_only
from netns import wait_for
from tools import DISCARD, Capture, arrival, udp_socket

pytestmark = sluiced_only

ROUTES = 50_000
GROUP, IDS = 10, (1, 2, 3)
TARGETS = ["10.64.0.1", "10.64.77.1", "10.65.9.1"]  # behind routes of their own
PORTS = range(20000, 20024)
FEW = 10  # changes of other IPv4 routes: those of links and of hosts


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    for host in h1, h2, h2, h2:
        router.connect(host)
    h2.ip("route add local 10.64.0.0/10 dev lo")
    router.serve()
    for n in IDS:  # neighbours that nobody has to resolve again
        router.linux.ip(f"neigh replace {host4(n)} lladdr {host_mac(n)} dev p{n} nud permanent",
                        f"nexthop add id {n} via {host4(n)} dev p{n}")
    members = "/".join(map(str, IDS))
    prefixes = [f"10.{64 + (n >> 16)}.{n >> 8 & 255}.{n & 255}/32" for n in range(ROUTES)]
    router.linux.ip(f"nexthop add id {GROUP} group {members}")
    for first in range(0, ROUTES, 10000):
        router.linux.ip(*(f"route add {prefix} nhid {GROUP}"
                          for prefix in prefixes[first:first + 10000]))
    router.linux.ip(f"route add 10.64.0.0/10 nhid {GROUP}")
    router.synced()
    return h1, h2, router


def cable_of(net, flow, seconds=5):
    """The cable that a flow takes; None when it does not arrive in time."""
    h1, h2, _ = net
    target, port = flow
    return arrival(h1, host4(0), h2, target, port, seconds)


def ways(net):
    """The cable that each flow takes."""
    return {(target, port): cable_of(net, (target, port)) for target in TARGETS for port in PORTS}


def updates(router):
    """Changes of the IPv4 table, which is where the routes over the group are."""
    return router.json("show", "fib")[0]["updates"]


def standing(router):
    """How many routes there are, IPv4 and IPv6."""
    return [row["routes"] for row in router.json("show", "fib")]


def spread_over_all(before):
    return min(list(before.values()).count(f"eth{n}") for n in range(3)) >= len(before) // 10


def assert_healed(before, now, dead):
    """The flows of the dead cable go by both others, and no other has moved."""
    moved = {flow for flow in before if before[flow] != now[flow]}
    assert None not in now.values() and dead not in now.values()
    assert moved == {flow for flow, way in before.items() if way == dead}
    assert len({now[flow] for flow in moved}) == 2


def test_a_next_hop_is_taken_out(net):
    """By its name, as a routing daemon does; then it is there again."""
    router = net[2]
    before, count = ways(net), updates(router)
    assert spread_over_all(before)
    router.linux.ip("nexthop del id 1")
    router.synced()
    now = ways(net)
    assert_healed(before, now, "eth0")
    router.linux.ip(f"nexthop add id 1 via {host4(1)} dev p1",
                    f"nexthop replace id {GROUP} group 2/3/1")
    router.synced()
    assert ways(net) == before
    assert updates(router) <= count + FEW


def test_a_link_dies(net):
    """The kernel flushes its next hop objects without a word, and its address stays."""
    h2, router = net[1:]
    before, count, routes = ways(net), updates(router), standing(router)
    assert spread_over_all(before)
    # IPv6 keeps no routes without a link, and says so.
    h2.ip("link set eth1 down")
    try:
        wait_for(lambda: "2" not in members(router), "the end of the object")
        router.synced()
        assert_healed(before, ways(net), "eth1")
        # The subnet of the link and its neighbour have gone.
        assert updates(router) <= count + FEW
    finally:
        h2.ip("link set eth1 up")
    wait_for(lambda: "LOWER_UP" in router.linux.run("ip", "link", "show", "dev", "p2"), "the link")
    router.linux.ip(f"neigh replace {host4(2)} lladdr {host_mac(2)} dev p2 nud permanent",
                    f"nexthop replace id 2 via {host4(2)} dev p2",
                    f"nexthop replace id {GROUP} group 1/2/3")
    # The kernel takes up to a second to bring back what the link and its addresses had: subnets of
    # both families, the host.
    wait_for(lambda: standing(router) == routes and router.is_synced(), "the routes of the link")
    assert ways(net) == before
    assert updates(router) <= count + 2 * FEW


def members(router):
    """Of the group, as Linux has them."""
    words = router.linux.run("ip", "nexthop", "show", "id", str(GROUP)).split()
    return words[words.index("group") + 1].split("/")


def flows_to(frames, mac):
    """The flows of UDP over IPv4 in frames to this MAC address."""
    return {(socket.inet_ntoa(frame[30:34]), int.from_bytes(frame[34:36], "big")) for frame in frames
            if frame[:6] == mac and frame[12:14] == b"\x08\x00" and frame[23] == socket.IPPROTO_UDP}


def test_a_neighbour_changes(net):
    """Another MAC address, and none: the routes behind it know nothing of it."""
    h1, h2, router = net
    before, count = ways(net), updates(router)
    router.linux.ip(f"neigh replace {host4(3)} lladdr 02:00:00:00:77:77 dev p3 nud permanent")
    router.synced()
    lost = {flow for flow, way in before.items() if way == "eth2"}
    assert lost and all(cable_of(net, flow) == before[flow] for flow in before.keys() - lost)
    seen = set()
    with Capture(h2, "eth2") as wire:
        for target, port in lost:
            with udp_socket(h1, host4(0), port) as sender:
                sender.sendto(b"x", (target, DISCARD))
        wait_for(lambda: seen.update(flows_to(wire.frames(), bytes.fromhex("020000007777"))) or
                 seen == lost, "all lost flows, to the other MAC address")
    router.linux.ip(f"neigh replace {host4(3)} lladdr {host_mac(3)} dev p3 nud permanent")
    router.synced()
    assert ways(net) == before
    assert updates(router) <= count + FEW
