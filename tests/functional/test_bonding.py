# SPDX-License-Identifier: BSD-3-Clause
r"""Ports that are bonds: members come and go under traffic, and the mirror's carrier follows.

    h1: br0 = eth0 ---- a0 \                        active-backup
              eth1 ---- a1 / p0 router p1 --- h2

    h1 --- p0 left p1 = a0 ---- b0 = link right p1 --- h2      LACP
                        a1 ---- b1
"""
import json
import os
import signal
import statistics
import struct
import time

import pytest

from lab import host4, host6, host_mac, router_mac
from linux_lab import LinuxRouter, netdev_words
from netns import wait_for
from test_drivers import add_link, reaches
from tools import Capture, Flood, losses

pytestmark = pytest.mark.alone

BOND = "net_bonding0,mode={mode},xmit_policy=l34"
MEMBERS = ["net_af_packet8,iface={0}0", "net_af_packet9,iface={0}1"]
SLOW = 0x8809  # the EtherType of LACP: IEEE 802.1AX 5.3.4
CARRIER_S = 0.1


@pytest.fixture
def net(lab):
    """An empty lab for each test."""
    yield lab
    lab.close()


def members(letter):
    return [member.format(letter) for member in MEMBERS]


def link(namespace, netdev):
    return json.loads(namespace.run("ip", "-j", "-s", "link", "show", "dev", netdev))[0]


def received(namespace, netdev):
    return link(namespace, netdev)["stats64"]["rx"]["packets"]


def operstate(namespace, netdev):
    return link(namespace, netdev)["operstate"]


class LinkMonitor:
    """What the kernel tells of a netdev's state, as routing daemons hear it."""

    def __init__(self, namespace, netdev):
        self.process = namespace.start("ip", "-o", "monitor", "link", "dev", netdev, stdout=-1)
        os.set_blocking(self.process.stdout.fileno(), False)

    def hears(self, state):
        try:
            return f" state {state} " in os.read(self.process.stdout.fileno(), 65536).decode()
        except BlockingIOError:
            return False

    def seconds_until(self, state, change):
        begin = time.monotonic()
        change()
        wait_for(lambda: self.hears(state), f"the state {state}")
        return time.monotonic() - begin


def veths(one, left, other, right):
    for i in range(2):
        one.ip(f"link add {left}{i} type veth peer name {right}{i} netns {other.name}",
               f"link set {left}{i} up")
        other.ip(f"link set {right}{i} up")
        for namespace, netdev in (one, left), (other, right):
            namespace.run("ethtool", "-K", f"{netdev}{i}", "tx", "off")


def make_backup(net):
    """A router with an active-backup bond to h1, and a cable to h2; h1 has a bridge over both cables, as
    a host behind a switch has it."""
    h1, h2, router = net.host("h1"), net.host("h2"), net.add(LinuxRouter("router", net.folder))
    veths(router, "a", h1, "eth")
    router.add_port(BOND.format(mode=1), members=members("a"))
    h1.ip(f"link add br0 address {host_mac(0)} type bridge", "link set eth0 master br0",
          "link set eth1 master br0")
    h1.run("ethtool", "-K", "br0", "tx", "off")
    h1.configure("br0", 0)
    router.connect(h2)
    router.serve()
    return h1, h2, router


def test_active_backup(net):
    """The member in use loses its link: the other takes over, with the same MAC address."""
    h1, h2, router = make_backup(net)
    reaches(h1, host4(1))
    # In the ring of the member that is not in use, this would wait for its turn.
    h1.run("ping", "-n", "-c", "3", "-i", "0.01", "-W", "0.1", "-b", "10.0.0.255", ok=False)
    used = [link(router, f"a{i}")["address"] == router_mac(0) for i in range(2)]
    assert used == [True, False]
    gaps = []
    for lost, spare in (0, 1), (1, 0), (0, 1):
        before = received(h1, f"eth{spare}")
        ping = h2.start("ping", "-n", "-D", "-i", "0.01", host4(0), stdout=-1)
        wait_for(lambda: ping.stdout.readline().startswith("["), "the first answer")
        h1.ip(f"link set eth{lost} down")
        wait_for(lambda n=spare, so_far=before: received(h1, f"eth{n}") - so_far > 50, "the other takes over")
        ping.send_signal(signal.SIGINT)
        answers = [float(line[1:].split("]")[0])
                   for line in ping.communicate(timeout=60)[0].splitlines() if line[:1] == "["]
        gaps.append(max(b - a for a, b in zip(answers, answers[1:])))
        assert link(router, f"a{spare}")["address"] == router_mac(0)
        assert link(router, f"a{lost}")["address"] != router_mac(0)
        assert operstate(router.linux, "p0") == "UP"
        assert router.json("show", "ports")[0]["link"] == "up"
        # Nobody had to learn anything: with both directions full, nothing is lost any more.
        with Flood(h1, host4(0), h2, host4(1)) as flood:
            flood.burst()
        with Flood(h2, host6(1), h1, host6(0)) as flood:
            flood.burst()
        h1.ip(f"link set eth{lost} up")
        wait_for(lambda n=lost: operstate(h1, f"eth{n}") == "UP", "both cables")
    print("the longest times without an answer: " + ", ".join(f"{1000 * gap:.0f}" for gap in gaps) + " ms")
    assert statistics.median(gaps) < 1  # of a busy machine one may be late
    lost = losses(router)
    assert lost.pop("bond_standby") > 0
    assert lost == {}


def carrier_times(namespace, netdev, set_link):
    """How long it takes to follow, of several changes each way."""
    times = {"DOWN": [], "UP": []}
    monitor = LinkMonitor(namespace, netdev)
    for _ in range(5):
        for state in times:
            seconds = monitor.seconds_until(state, lambda s=state: set_link(s.lower()))
            times[state].append(seconds)
    for state, seconds in times.items():
        print(f"{state}: " + ", ".join(f"{1000 * s:.0f}" for s in seconds) + " ms")
    return times


def test_carrier_of_a_bond(net):
    """It goes with the last member, and comes with the first, each in 100 ms."""
    h1, h2, router = make_backup(net)
    times = carrier_times(router.linux, "p0", lambda state: h1.ip(
        f"link set eth0 {state}", f"link set eth1 {state}"))
    # Of a busy machine one in five may be late.
    assert all(statistics.median(seconds) < CARRIER_S for seconds in times.values())
    for _ in range(2):
        router.linux.ip(*netdev_words(0))
    reaches(h2, host4(0))


def make_lacp(net):
    """Two daemons, each with an LACP bond, and a host behind each. The left one runs."""
    h1, h2 = net.host("h1"), net.host("h2")
    left, right = net.add(LinuxRouter("left", net.folder)), net.router("right")
    veths(left, "a", right, "b")
    left.connect(h1)
    left.add_port(BOND.format(mode=4), members=members("a"))
    add_link(right, BOND.format(mode=4), 2, 1, 0)
    right.ports[0]["members"] = members("b")
    right.connect(h2)  # the second port: so its cable has number 1
    right.ports[1]["name"] = "p1"
    gateways = {"10.0.0.0/24": "10.9.0.1", "2001:db8:100::/64": "2001:db8:9::1"}
    for neighbour in right.neighbours:
        if neighbour["address"] in gateways.values():
            neighbour["mac"] = router_mac(1)
    left.launch()
    left.linux.ip(*netdev_words(0), "link set p1 up", "address add 10.9.0.1/24 dev p1",
                  "address add 2001:db8:9::1/64 dev p1 nodad")
    return h1, h2, left, right, lambda: right.serve(
        routes=[{"to": to, "via": via} for to, via in gateways.items()])


def port_link(router, n):
    return router.json("show", "ports")[n]["link"]


def ethertypes(frames):
    return {struct.unpack_from("!H", frame, 12)[0] for frame in frames}


def test_lacp(net):
    """Workers that have nothing to do keep LACP alive; flows go by both members; the link is what
    LACP says."""
    h1, h2, left, right, serve_right = make_lacp(net)
    with Capture(left.linux, "p1") as mirror, Capture(left, "a0") as wire:
        assert port_link(left, 1) == "down"  # nobody agrees yet
        serve_right()
        wait_for(lambda: port_link(left, 1) == port_link(right, 0) == "up", "LACP to agree")
        wait_for(lambda: operstate(left.linux, "p1") == "UP", "the carrier")
        assert SLOW in ethertypes(wire.frames())
        left.linux.ip("route add 10.0.1.0/24 via 10.9.0.2",
                      "route add 2001:db8:101::/64 via 2001:db8:9::2")
        left.synced()
        reaches(h1, host4(1))
        assert SLOW not in ethertypes(mirror.frames())
    before = [received(right, f"b{i}") for i in range(2)], [received(left, f"a{i}") for i in range(2)]
    for _ in range(32):  # each with another port of the source
        with Flood(h1, host4(0), h2, host4(1)) as flood:
            flood.burst()
        with Flood(h2, host6(1), h1, host6(0)) as flood:
            flood.burst()
    for namespace, letter, then in (right, "b", before[0]), (left, "a", before[1]):
        assert all(received(namespace, f"{letter}{i}") - then[i] > 50 for i in range(2))
    assert losses(left) == losses(right) == {}
    right.ip("link set b0 down", "link set b1 down")
    wait_for(lambda: operstate(left.linux, "p1") == "DOWN", "the end of the carrier")
    assert port_link(left, 1) == port_link(right, 0) == "down"
