# SPDX-License-Identifier: BSD-3-Clause
"""A bridge of Linux with a member that is none of Sluice's netdevs.

    h1 --- p0 --+
    h2 --- p1 --+-- br0 10.9.0.1 -- router p2 --- h3
    c1 --- v0 --+   (c1: a container; its cable ends in Linux)

h1 is 10.9.0.11, h2 10.9.0.12, c1 10.9.0.13.
"""
import itertools
import json

import pytest
from scapy.layers.l2 import Ether

from bridged import (BRIDGE, BROADCAST, FRAMES, KIND, UNKNOWN, Bridged, copies, floods_once, is_counted,
                     own)
from lab import cable, host4, host_mac, router4
from linux_lab import LinuxRouter
from netns import wait_for
from tools import Capture, Session, iperf

C1 = 2  # among the hosts of the bridge


def mac(n):
    return host_mac(7) if n == C1 else host_mac(n)


class Net(Bridged):
    def __init__(self, lab):
        h1, h2, h3 = (lab.host(f"h{n + 1}") for n in range(3))
        c1 = lab.host("c1")
        self.router = lab.add(LinuxRouter("router", lab.folder))
        for host in h1, h2, h3:
            self.router.connect(host)
        self.router.launch()
        self.linux = self.router.linux
        cable(c1, "eth0", self.linux, 7, end="v0")
        self.hosts, self.far = [h1, h2, c1], h3
        self.linux.ip("link add br0 type bridge", "link set br0 addrgenmode none",
                      *(f"link set {port} master br0" for port in ("p0", "p1", "v0")),
                      *(f"link set p{n} up" for n in range(3)), "link set br0 up",
                      f"address add {BRIDGE}/24 dev br0", f"address add {router4(2)}/24 dev p2")
        self.settle()
        self.forwarding()

    def mac(self, n):
        return mac(n)

    def sluice_fdb(self):
        return {row["mac"]: (row["port"], row["type"]) for row in self.router.json("show", "fdb")}

    def linux_fdb(self):
        return {row["mac"]: row["ifname"] for row in
                json.loads(self.linux.run("bridge", "-j", "fdb", "show", "br", "br0"))}

    def flush(self, n):
        """All, as frames of c1 go to the others by way of Linux."""
        for host in range(3):
            super().flush(host)


@pytest.fixture(scope="module")
def net(lab):
    return Net(lab)


def test_all_reach_each_other(net):
    net.all_answer()
    assert net.sluice_fdb()[mac(C1)] == ("br0", "foreign")
    assert net.sluice_fdb()[mac(0)] == ("p0", "learned")


@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_tcp(net, direction):
    end = iperf(net.hosts[0], net.hosts[C1], own(C1), "-n", "2M", "-w", "64K", *direction)
    assert end["sum_received"]["bytes"] > 1.5e6


def test_known_unicast_comes_once_and_to_its_host_only(net):
    net.forwarding()
    for a, b in itertools.permutations(range(3), 2):
        want = [0, 0, 0]
        want[b] = FRAMES
        assert copies(net, a, mac(b)) == want


@pytest.mark.parametrize("dst", [BROADCAST, UNKNOWN])
def test_what_is_flooded_comes_once(net, dst):
    floods_once(net, dst)


def test_flood_off(net):
    """Unknown unicast is none of the foreign member's then, and nothing of it is punted."""
    net.linux.run("bridge", "link", "set", "dev", "v0", "flood", "off")
    try:
        wait_for(lambda: copies(net, 0, UNKNOWN) == [0, FRAMES, 0], "not to c1")
        punted = net.router.punted("bridge")
        assert copies(net, 0, UNKNOWN) == [0, FRAMES, 0]
        assert net.router.punted("bridge") == punted
    finally:
        net.linux.run("bridge", "link", "set", "dev", "v0", "flood", "on")
    wait_for(lambda: copies(net, 0, UNKNOWN) == [0, FRAMES, FRAMES], "again")


def test_routed(net):
    """Between a host beyond the router and the foreign one, and its own bridge."""
    assert net.hosts[C1].ping(BRIDGE)[0]
    wait_for(lambda: net.hosts[C1].ping(host4(2))[0], "c1 reaches h3")
    assert net.far.ping(own(C1))[0]
    out = net.far.run("ping", "-n", "-c", "5", "-i", "0.01", own(C1))
    assert "DUP" not in out and " 5 received" in out
    with Session(net.far, net.hosts[C1], own(C1)) as session:
        session.exchange()


def test_a_host_moves(net):
    """c1's address speaks from h2's cable, in unicast that Linux does not see, and back."""
    net.forwarding()
    with Capture(net.hosts[1]) as h2, Capture(net.hosts[C1]) as c1:
        h2.send(Ether(src=mac(C1), dst=mac(0), type=KIND) / bytes(46))
        wait_for(lambda: net.sluice_fdb()[mac(C1)] == ("p1", "learned"), "it is at p1")
        wait_for(lambda: net.linux_fdb()[mac(C1)] == "p1", "Linux knows too")
        assert copies(net, 0, mac(C1)) == [0, FRAMES, 0]
        c1.send(Ether(src=mac(C1), dst=mac(0), type=KIND) / bytes(46))
        wait_for(lambda: net.sluice_fdb()[mac(C1)] == ("br0", "foreign"), "it is back")
        assert net.linux_fdb()[mac(C1)] == "v0"
        assert copies(net, 0, mac(C1)) == [0, 0, FRAMES]
    net.forwarding()
    assert net.far.ping(own(C1))[0]


def test_entries_of_the_operator(net):
    there = "02:00:00:00:55:01"
    net.linux.run("bridge", "fdb", "add", there, "dev", "v0", "master", "static")
    wait_for(lambda: net.sluice_fdb().get(there) == ("br0", "foreign"), "a foreign one")
    assert copies(net, 0, there) == [0, 0, FRAMES]
    net.linux.run("bridge", "fdb", "del", there, "dev", "v0", "master")
    wait_for(lambda: there not in net.sluice_fdb(), "no entry")
    # One that is replaced, by another kind each time.
    for dev, kind, shown in (("p0", "static", ("p0", "static")), ("v0", "static", ("br0", "foreign")),
                             ("p1", "static", ("p1", "static")), ("p1", "local", ("br0", "own")),
                             ("v0", "static", ("br0", "foreign")), ("p0", "local", ("br0", "own")),
                             ("p1", "static", ("p1", "static"))):
        net.linux.run("bridge", "fdb", "replace", there, "dev", dev, "master", kind)
        wait_for(lambda shown=shown: net.sluice_fdb().get(there) == shown, f"{kind} on {dev}")
    net.linux.run("bridge", "fdb", "del", there, "dev", "p1", "master")
    wait_for(lambda: there not in net.sluice_fdb(), "no entry")


def test_ageing(net):
    """Linux's ageing counts: Sluice does not see a host that only speaks within Linux."""
    silent = "02:00:00:00:66:01"

    def aged():
        """What is in use stays meanwhile."""
        assert net.hosts[C1].ping(BRIDGE)[0]
        assert net.sluice_fdb()[mac(C1)] == ("br0", "foreign")
        return silent not in net.sluice_fdb()

    net.linux.ip("link set br0 type bridge ageing_time 200")
    try:
        with Capture(net.hosts[C1]) as c1:
            c1.send(Ether(src=silent, dst=BROADCAST, type=KIND) / bytes(46))
        wait_for(lambda: net.sluice_fdb().get(silent) == ("br0", "foreign"), "one that falls silent")
        wait_for(aged, "it ages")
        net.hosts[C1].ip("link set eth0 down")
        wait_for(lambda: mac(C1) not in net.sluice_fdb(), "it ages, or goes with the carrier")
        net.hosts[C1].ip("link set eth0 up", f"route replace default via {BRIDGE}")
    finally:
        net.linux.ip("link set br0 type bridge ageing_time 30000")
    net.forwarding()


def test_the_member_leaves_and_returns(net):
    net.linux.ip("link set v0 nomaster")
    wait_for(lambda: mac(C1) not in net.sluice_fdb(), "it is forgotten")
    punted = net.router.punted("bridge")
    with Capture(net.hosts[0]) as h1, Capture(net.hosts[1]) as h2:
        h1.send(Ether(src=mac(0), dst=UNKNOWN, type=KIND) / bytes(46))
        wait_for(lambda: any(is_counted(frame) for frame in h2.frames()),
                 "the frame at h2")
    assert net.router.punted("bridge") == punted
    net.linux.ip("link set v0 master br0")
    net.forwarding()


def test_a_restart(net):
    net.forwarding()
    for end in net.router.stop, net.router.kill:
        end()
        net.router.launch_only()
        net.forwarding()
        assert net.sluice_fdb()[mac(C1)] == ("br0", "foreign")
        assert copies(net, 0, BROADCAST) == [0, FRAMES, FRAMES]
