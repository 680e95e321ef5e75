# SPDX-License-Identifier: BSD-3-Clause
"""Two paths to the same host: flows spread over both, and moved from one to the other.

                       +-- p1 --- eth0 --+
    h1 --- p0 router --+                 +-- h2, 10.9.0.1 and 2001:db8:9::1
                       +-- p2 --- eth1 --+
"""
import socket
import struct

import pytest

from lab import host4, host6
from tools import Flood, udp_socket

IP_PKTINFO = 8
FLOWS = 64

FAMILIES = pytest.mark.parametrize("prefix,target,source,gateways", [
    ("10.9.0.0/24", "10.9.0.1", host4(0), [host4(1), host4(2)]),
    ("2001:db8:9::/64", "2001:db8:9::1", host6(0), [host6(1), host6(2)]),
], ids=["ip4", "ip6"])


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1)
    router.connect(h2)
    router.connect(h2)
    h2.ip("address add 10.9.0.1/32 dev lo", "address add 2001:db8:9::1/128 dev lo nodad")
    router.serve()
    return h1, h2, router


def vias(gateways):
    return [word for gateway in gateways for word in ("via", gateway)]


def netdev_of(control):
    """The netdev's index in what recvmsg() tells beside a datagram."""
    (level, _, data), = control
    at = 16 if level == socket.IPPROTO_IPV6 else 0
    return struct.unpack_from("@I", data, at)[0]


@FAMILIES
def test_flows_are_spread_and_stay(net, prefix, target, source, gateways):
    h1, h2, router = net
    router.sluice("route", "add", prefix, *vias(gateways))
    seen = {}  # source port: netdevs that its datagrams came by
    with udp_socket(h2, target) as rx:
        rx.settimeout(10)
        if rx.family == socket.AF_INET:
            rx.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        else:
            rx.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        for _ in range(FLOWS):
            with udp_socket(h1, source) as tx:
                for _ in range(4):
                    tx.sendto(b"x", rx.getsockname())
                    _, control, _, peer = rx.recvmsg(64, 256)
                    seen.setdefault(peer[1], set()).add(netdev_of(control))
        dport = rx.getsockname()[1]
    with h2.inside():
        ports = {socket.if_nametoindex("eth0"): "p1", socket.if_nametoindex("eth1"): "p2"}
    assert all(len(netdevs) == 1 for netdevs in seen.values())
    taken = {sport: ports[netdevs.pop()] for sport, netdevs in seen.items()}
    for port in "p1", "p2":
        assert list(taken.values()).count(port) >= FLOWS // 8
    # The client knows where a flow goes. Not in IPv6: it cannot be told of the flow label.
    for sport, port in taken.items() if ":" not in target else ():
        said = router.json("lookup", target, "source", source, "protocol", "udp", "sport",
                           str(sport), "dport", str(dport))
        assert said["port"] == port


@FAMILIES
def test_a_route_moves_without_loss(net, prefix, target, source, gateways):
    h1, h2, router = net
    router.sluice("route", "add", prefix, *vias(gateways[:1]))
    router.sluice("clear", "stats")
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.sluice("route", "add", prefix, "via", gateways[1 - i % 2]),
                     200)
    for stats in router.json("show", "port", "stats", "all")[1:]:
        assert stats["tx_packets"] >= 100 * flood.WINDOW


@FAMILIES
def test_a_group_changes_without_loss(net, prefix, target, source, gateways):
    h1, h2, router = net
    sets = [gateways, gateways[:1], gateways[::-1], gateways[1:]]
    router.sluice("route", "add", prefix, *vias(gateways))
    with Flood(h1, source, h2, target) as flood:
        flood.during(lambda i: router.sluice("route", "add", prefix, *vias(sets[i % 4])), 100)
