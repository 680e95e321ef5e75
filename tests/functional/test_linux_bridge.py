# SPDX-License-Identifier: BSD-3-Clause
"""A bridge that an operator makes with ip(8) and bridge(8).

    h1 --- p0 --+
    h2 --- p1 --+-- br0 10.9.0.1 -- router p3 --- h4
    h3 --- p2 --+

h1 is 10.9.0.11, h2 10.9.0.12, h3 10.9.0.13.
"""
import itertools
import json
import re

import pytest
from scapy.layers.l2 import ARP, Dot3, Ether, LLC, STP

from lab import host4, host_mac, router4, router_mac
from linux_lab import LinuxRouter
from netns import wait_for
from tools import Capture, Flood

BRIDGE = "10.9.0.1"
KIND = 0x88b5  # EtherType for experiments, IEEE 802
BROADCAST = "ff:ff:ff:ff:ff:ff"
MULTICAST = "01:00:5e:01:02:03"
UNKNOWN = "02:00:00:00:77:77"
FRAMES = 20


def own(n):
    """The address of the host at port n in the bridge's network."""
    return f"10.9.0.1{n + 1}"


def bridge_words():
    return ["link add br0 type bridge", "link set br0 addrgenmode none",
            *(f"link set p{n} master br0" for n in range(3)), *(f"link set p{n} up" for n in range(4)),
            "link set br0 up", f"address add {BRIDGE}/24 dev br0",
            f"address add {router4(3)}/24 dev p3"]


class Net:
    """Hosts, the router, and what is asked of both."""

    def __init__(self, lab):
        self.hosts = [lab.host(f"h{n + 1}") for n in range(4)]
        self.router = lab.add(LinuxRouter("router", lab.folder))
        for host in self.hosts:
            self.router.connect(host)
        self.router.launch()
        self.linux = self.router.linux
        self.linux.ip(*bridge_words())
        for n, host in enumerate(self.hosts[:3]):
            host.ip(f"address add {own(n)}/24 dev eth0", f"route replace default via {BRIDGE}")
        self.forwarding()

    def bridge(self, *words, ok=True):
        return self.linux.run("bridge", *words, ok=ok)

    def state(self, n):
        """Of the port, in Linux."""
        port, = json.loads(self.bridge("-j", "link", "show", "dev", f"p{n}"))
        return port["state"]

    def member(self, n):
        """The row of `show bridges` for the port; None: it is in no bridge."""
        rows = [row for row in self.router.json("show", "bridges", "members")
                if row["interface"] == f"p{n}"]
        return rows[0] if rows else None

    def forwarding(self):
        for n in range(3):
            wait_for(lambda n=n: self.state(n) == "forwarding", f"p{n} forwards")
        wait_for(lambda: all(self.reaches(a, b) for a, b in itertools.permutations(range(3), 2)),
                 "hosts that reach each other")
        self.router.synced()

    def reaches(self, a, b):
        return "1 received" in self.hosts[a].run("ping", "-n", "-c", "1", "-W", "1", own(b), ok=False)

    def flush(self, n=0):
        """What was punted before has gone through Linux when its own answer comes."""
        for _ in range(2):
            assert self.hosts[n].ping(BRIDGE)[0]


@pytest.fixture(scope="module")
def net(lab):
    return Net(lab)


def copies(net, sender, dst, src=None):
    """Frames that the host sends: how many of them come to each host, and each how often."""
    src = src or host_mac(sender)
    captures = [Capture(host) for host in net.hosts[:3]]
    try:
        for number in range(FRAMES):
            captures[sender].send(Ether(src=src, dst=dst, type=KIND) / bytes([number] * 50))
        net.flush(sender)
        seen = []
        for capture in captures:
            numbers = [frame[14] for frame in capture.frames()
                       if frame[12:14] == KIND.to_bytes(2, "big")]
            assert len(numbers) == len(set(numbers)), f"several times: {sorted(numbers)}"
            seen.append(len(numbers))
        return seen
    finally:
        for capture in captures:
            capture.sock.close()


def test_hosts_reach_each_other(net):
    for a, b in itertools.permutations(range(3), 2):
        out = net.hosts[a].run("ping", "-n", "-c", "5", "-i", "0.01", own(b))
        assert "DUP" not in out and " 5 received" in out
    punted = net.router.punted()
    with Flood(net.hosts[0], own(0), net.hosts[1], own(1)) as flood:
        for _ in range(50):
            flood.burst()
    # Sluice's own work, not the kernel's.
    assert net.router.punted() - punted < 100


@pytest.mark.parametrize("dst", [BROADCAST, MULTICAST, UNKNOWN])
def test_what_is_flooded_comes_once(net, dst):
    for sender in range(3):
        want = [FRAMES] * 3
        want[sender] = 0
        assert copies(net, sender, dst) == want


def test_known_unicast_comes_once_and_to_its_host_only(net):
    net.forwarding()
    assert copies(net, 0, host_mac(1)) == [0, FRAMES, 0]
    assert copies(net, 2, host_mac(0)) == [FRAMES, 0, 0]


def test_what_linux_sends_leaves_once(net):
    """To all, or to the one that Sluice has learned and told it of."""
    captures = [Capture(host) for host in net.hosts[:3]]
    net.forwarding()
    with Capture(net.linux, "br0") as linux:
        for dst, want in (BROADCAST, [FRAMES] * 3), (host_mac(1), [0, FRAMES, 0]):
            for number in range(FRAMES):
                linux.send(Ether(src=router_mac(0), dst=dst, type=KIND) / bytes([number] * 50))
            for n in range(3):
                net.flush(n)
            assert [sum(frame[12:14] == KIND.to_bytes(2, "big") for frame in capture.frames())
                    for capture in captures] == want
    for capture in captures:
        capture.sock.close()


def test_the_bridges_own_address(net):
    for n in range(3):
        assert net.hosts[n].ping(BRIDGE)[0]
        assert net.hosts[n].ping(host4(3))[0]  # by way of the router
    assert net.hosts[3].ping(own(1))[0]
    net.router.synced()
    punted = net.router.punted()
    with Flood(net.hosts[0], own(0), net.hosts[3], host4(3)) as flood, \
            Flood(net.hosts[3], host4(3), net.hosts[2], own(2)) as back:
        for _ in range(50):
            flood.burst()
            back.burst()
    assert net.router.punted() - punted < 100


def set_port(net, n, *words):
    net.bridge("link", "set", "dev", f"p{n}", *words)


def stays(net, sender, dst, want, *words, n=1, back=()):
    """With the words at port n the copies are these, after a moment in which Sluice follows."""
    set_port(net, n, *words)
    try:
        wait_for(lambda: copies(net, sender, dst) == want, f"{words}: {want}")
        assert copies(net, sender, dst) == want
    finally:
        set_port(net, n, *back)
    everyone = [FRAMES] * 3
    everyone[sender] = 0
    wait_for(lambda: copies(net, sender, dst) == everyone, f"{back}: {everyone}")


def test_flood_flags(net):
    for dst, flag in (BROADCAST, "bcast_flood"), (MULTICAST, "mcast_flood"), (UNKNOWN, "flood"):
        stays(net, 0, dst, [0, 0, FRAMES], flag, "off", back=(flag, "on"))


def test_isolated_is_the_operators(net):
    assert not json.loads(net.bridge("-j", "-d", "link", "show", "dev", "p1"))[0]["isolated"]
    set_port(net, 2, "isolated", "on")
    try:
        wait_for(lambda: copies(net, 0, BROADCAST) == [0, FRAMES, FRAMES], "one is not enough")
        stays(net, 1, BROADCAST, [FRAMES, 0, 0], "isolated", "on", back=("isolated", "off"))
        assert net.hosts[2].ping(BRIDGE)[0]
    finally:
        set_port(net, 2, "isolated", "off")
    net.forwarding()


def test_a_disabled_port(net):
    """Without a spanning tree, Linux takes back every other state at once."""
    stays(net, 0, BROADCAST, [0, 0, FRAMES], "state", "disabled", back=("state", "forwarding"))
    set_port(net, 1, "state", "disabled")
    wait_for(lambda: copies(net, 0, BROADCAST) == [0, 0, FRAMES], "a disabled port")
    assert copies(net, 0, host_mac(1)) == [0, 0, FRAMES]  # forgotten, so flooded
    assert not net.reaches(0, 1)
    set_port(net, 1, "state", "forwarding")
    net.forwarding()


def bpdu(sender, bridge):
    """Configuration of a bridge that says to be the root, IEEE 802.1D 9.3.1."""
    return (Dot3(src=host_mac(sender), dst="01:80:c2:00:00:00") / LLC(dsap=0x42, ssap=0x42, ctrl=3)
            / STP(rootid=0, rootmac=bridge, bridgeid=0, bridgemac=bridge, portid=0x8001, maxage=20,
                  hellotime=2, fwddelay=2))


def test_the_spanning_tree_of_linux(net):
    """A better bridge is heard at two ports: the kernel blocks one, and Sluice follows."""
    net.linux.ip("link set br0 type bridge forward_delay 200 stp_state 1")
    try:
        with Capture(net.hosts[0]) as h1, Capture(net.hosts[1]) as h2:
            def blocked():
                h1.send(bpdu(0, "02:00:00:00:99:01"))
                h2.send(bpdu(1, "02:00:00:00:99:01"))
                return net.state(0) == "forwarding" and net.state(1) == "blocking"

            wait_for(blocked, "a blocked port")
            wait_for(lambda: copies(net, 2, BROADCAST) == [FRAMES, 0, 0], "Sluice that follows")
            # Its own BPDUs leave by Sluice.
            wait_for(lambda: [frame for frame in h2.frames() if frame[:6] == b"\1\x80\xc2\0\0\0"]
                     or not blocked(), "a BPDU of Linux or a change")
    finally:
        net.linux.ip("link set br0 type bridge stp_state 0")
    net.forwarding()
