# SPDX-License-Identifier: BSD-3-Clause
"""A bridge that an operator makes with ip(8) and bridge(8).

    h1 --- p0 --+
    h2 --- p1 --+-- br0 10.9.0.1 -- router p3 --- h4
    h3 --- p2 --+

h1 is 10.9.0.11, h2 10.9.0.12, h3 10.9.0.13.
"""
import json

import pytest
from scapy.layers.l2 import Dot3, Ether, LLC, STP

from bridged import (BRIDGE, BROADCAST, FRAMES, KIND, UNKNOWN, Bridged, copies, floods_once, is_counted,
                     own)
from lab import host4, host_mac, router4, router_mac
from linux_lab import LinuxRouter
from netns import wait_for
from tools import Capture, Flood

MULTICAST = "01:00:5e:01:02:03"


def bridge_words():
    return ["link add br0 type bridge", "link set br0 addrgenmode none",
            *(f"link set p{n} master br0" for n in range(3)), *(f"link set p{n} up" for n in range(4)),
            "link set br0 up", f"address add {BRIDGE}/24 dev br0",
            f"address add {router4(3)}/24 dev p3"]


class Net(Bridged):
    """Hosts, the router, and what is asked of both."""

    def __init__(self, lab):
        *self.hosts, self.far = (lab.host(f"h{n + 1}") for n in range(4))
        self.router = lab.add(LinuxRouter("router", lab.folder))
        for host in *self.hosts, self.far:
            self.router.connect(host)
        self.router.launch()
        self.linux = self.router.linux
        self.linux.ip(*bridge_words())
        self.settle()
        self.forwarding()

    def bridge(self, *words, ok=True):
        return self.linux.run("bridge", *words, ok=ok)

    def state(self, n):
        """Of the port, in Linux."""
        port, = json.loads(self.bridge("-j", "link", "show", "dev", f"p{n}"))
        return port["state"]

    def shown(self, bridge="br0"):
        """The row of `show bridges`; None: there is no such bridge."""
        return next((row for row in self.router.json("show", "bridges") if row["bridge"] == bridge),
                    None)

    def sluice_fdb(self, kinds=("learned",)):
        """MAC address: port, of Sluice's entries."""
        return {row["mac"]: row["port"] for row in self.router.json("show", "fdb")
                if row["type"] in kinds}

    def linux_fdb(self):
        """MAC address: port, of the kernel's entries that were learned outside of it."""
        return {row["mac"]: row["ifname"] for row in
                json.loads(self.bridge("-j", "fdb", "show", "br", "br0"))
                if "extern_learn" in row["flags"]}

    def forwarding(self):
        for n in range(3):
            wait_for(lambda n=n: self.state(n) == "forwarding", f"p{n} forwards")
        super().forwarding()


@pytest.fixture(scope="module")
def net(lab):
    return Net(lab)


def test_hosts_reach_each_other(net):
    net.all_answer()
    punted = net.router.punted()
    with Flood(net.hosts[0], own(0), net.hosts[1], own(1)) as flood:
        for _ in range(50):
            flood.burst()
    # Sluice's own work, not the kernel's.
    assert net.router.punted() - punted < 100


@pytest.mark.parametrize("dst", [BROADCAST, MULTICAST, UNKNOWN])
def test_what_is_flooded_comes_once(net, dst):
    floods_once(net, dst)


def test_known_unicast_comes_once_and_to_its_host_only(net):
    net.forwarding()
    assert copies(net, 0, host_mac(1)) == [0, FRAMES, 0]
    assert copies(net, 2, host_mac(0)) == [FRAMES, 0, 0]


@pytest.mark.parametrize("last", [0x02, 0x0e])
def test_reserved_addresses_are_for_linux(net, last):
    """LACP, LLDP: to the netdev of the port alone, whatever its state. IEEE 802.1Q 8.6.3"""
    dst = f"01:80:c2:00:00:{last:02x}"
    with Capture(net.linux, "p0") as p0, Capture(net.linux, "p1") as p1:
        assert copies(net, 0, dst) == [0, 0, 0]
        count = [sum(frame[:6] == bytes.fromhex(dst.replace(":", "")) for frame in one.frames())
                 for one in (p0, p1)]
    assert count == [FRAMES, 0]


def test_what_linux_sends_leaves_once(net):
    """To all, or to the one that Sluice has learned and told it of."""
    captures = [Capture(host) for host in net.hosts]
    net.forwarding()
    with Capture(net.linux, "br0") as linux:
        for dst, want in (BROADCAST, [FRAMES] * 3), (host_mac(1), [0, FRAMES, 0]):
            for number in range(FRAMES):
                linux.send(Ether(src=router_mac(0), dst=dst, type=KIND) / bytes([number] * 50))
            for n in range(3):
                net.flush(n)
            assert [sum(is_counted(frame) for frame in capture.frames())
                    for capture in captures] == want
    for capture in captures:
        capture.sock.close()


def test_the_bridges_own_address(net):
    for n in range(3):
        assert net.hosts[n].ping(BRIDGE)[0]
        assert net.hosts[n].ping(host4(3))[0]  # by way of the router
    assert net.far.ping(own(1))[0]
    net.router.synced()
    punted = net.router.punted()
    with Flood(net.hosts[0], own(0), net.far, host4(3)) as flood, \
            Flood(net.far, host4(3), net.hosts[2], own(2)) as back:
        for _ in range(50):
            flood.burst()
            back.burst()
    assert net.router.punted() - punted < 100


def test_fdb_of_both_agrees(net):
    net.forwarding()
    net.linux.ip("link set br0 type bridge ageing_time 30000")
    for n in range(3):
        assert net.sluice_fdb()[host_mac(n)] == f"p{n}"
    wait_for(lambda: net.linux_fdb() == net.sluice_fdb(), "the same")
    with Capture(net.hosts[0]) as h1:
        for i in range(300):
            h1.send(Ether(src=f"02:00:00:01:{i >> 8:02x}:{i & 255:02x}", dst=host_mac(1), type=KIND)
                    / bytes(46))
        wait_for(lambda: len(net.sluice_fdb()) >= 303, "303 addresses")
        wait_for(lambda: net.linux_fdb() == net.sluice_fdb(), "the same")
    # Deleted by an operator, and flushed by another.
    net.bridge("fdb", "del", "02:00:00:01:00:07", "dev", "p0", "master")
    wait_for(lambda: "02:00:00:01:00:07" not in net.sluice_fdb(), "one less")
    net.bridge("fdb", "flush", "dev", "br0", "brport", "p0", "extern_learn")
    wait_for(lambda: not [mac for mac in net.linux_fdb() if mac.startswith("02:00:00:01")], "none")
    net.forwarding()
    wait_for(lambda: net.linux_fdb() == net.sluice_fdb(), "the same")


def test_a_host_moves(net):
    net.forwarding()
    with Capture(net.hosts[2]) as h3:
        h3.send(Ether(src=host_mac(0), dst=host_mac(1), type=KIND) / bytes(46))
        wait_for(lambda: net.sluice_fdb()[host_mac(0)] == "p2", "it is at p2")
        wait_for(lambda: net.linux_fdb()[host_mac(0)] == "p2", "Linux knows too")
    wait_for(lambda: net.reaches(0, 1), "it speaks from p0 again")
    wait_for(lambda: net.linux_fdb()[host_mac(0)] == "p0", "it is back at p0")
    assert net.sluice_fdb()[host_mac(0)] == "p0"


def test_entries_of_the_operator(net):
    mac = "02:00:00:00:55:01"
    for words in ["static"], ["static", "sticky"]:
        net.bridge("fdb", "add", mac, "dev", "p1", "master", *words)
        wait_for(lambda: net.sluice_fdb(["static"]).get(mac) == "p1", "a static one")
        assert copies(net, 0, mac) == [0, FRAMES, 0]
        if "sticky" in words:  # it does not move, in Linux too
            assert copies(net, 2, BROADCAST, mac) == [FRAMES, FRAMES, 0]
            assert net.sluice_fdb(["static"])[mac] == "p1"
        net.bridge("fdb", "replace", mac, "dev", "p2", "master", *words)
        wait_for(lambda: net.sluice_fdb(["static"]).get(mac) == "p2", "replaced")
        assert "static" in net.bridge("fdb", "show", "br", "br0", "brport", "p2")
        net.bridge("fdb", "del", mac, "dev", "p2", "master")
        wait_for(lambda: mac not in net.sluice_fdb(["static"]), "no entry")
    # One of the bridge's own.
    net.bridge("fdb", "add", mac, "dev", "br0", "self", "local")
    wait_for(lambda: net.sluice_fdb(["own"]).get(mac) == "br0", "an own one")
    assert copies(net, 0, mac) == [0, 0, 0]
    net.bridge("fdb", "del", mac, "dev", "br0", "self")
    wait_for(lambda: mac not in net.sluice_fdb(["own"]), "no entry")
    # An address that was learned, and is set then, is the operator's.
    net.forwarding()
    net.bridge("fdb", "replace", host_mac(1), "dev", "p1", "master", "static")
    wait_for(lambda: net.sluice_fdb(["static"]).get(host_mac(1)) == "p1", "a static one")
    net.flush(0)
    assert "static" in net.bridge("fdb", "get", host_mac(1), "br", "br0")
    net.bridge("fdb", "del", host_mac(1), "dev", "p1", "master")
    net.forwarding()


def test_learning_off(net):
    net.forwarding()
    set_port(net, 1, "learning", "off")
    try:
        wait_for(lambda: host_mac(1) not in net.sluice_fdb(), "it is forgotten")
        wait_for(lambda: host_mac(1) not in net.linux_fdb(), "by Linux too")
        assert net.hosts[1].ping(own(0))[0]
        assert copies(net, 0, host_mac(1)) == [0, FRAMES, FRAMES]
        assert host_mac(1) not in net.sluice_fdb()
    finally:
        set_port(net, 1, "learning", "on")
    net.forwarding()


def test_ageing(net):
    net.forwarding()
    mac = "02:00:00:00:66:01"
    net.linux.ip("link set br0 type bridge ageing_time 200")

    def aged():
        """What is in use stays beyond the ageing time."""
        assert net.hosts[0].ping(own(1), "-w", "1")[0]
        assert net.linux_fdb()[host_mac(0)] == "p0"
        return mac not in net.sluice_fdb()

    try:
        wait_for(lambda: net.shown()["ageing"] == 2, "2 s")
        assert net.hosts[0].ping(own(1))[0]
        wait_for(lambda: net.linux_fdb().get(host_mac(0)) == "p0", "it is known")
        assert copies(net, 0, BROADCAST, mac) == [0, FRAMES, FRAMES]
        wait_for(lambda: mac in net.linux_fdb(), "Linux is told")
        wait_for(aged, "it ages", 15)
        wait_for(lambda: mac not in net.linux_fdb(), "Linux is told that too")
    finally:
        net.linux.ip("link set br0 type bridge ageing_time 30000")
    # 0 forgets at once: as a hub.
    net.linux.ip("link set br0 type bridge ageing_time 0")
    wait_for(lambda: not net.sluice_fdb(), "nothing is known")
    assert copies(net, 0, host_mac(1)) == [0, FRAMES, FRAMES]
    net.linux.ip("link set br0 type bridge ageing_time 30000")
    net.forwarding()


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

            # At first it is the root itself, and says so by all ports.
            wait_for(lambda: [frame for frame in h2.frames()
                              if frame[:6] == b"\1\x80\xc2\0\0\0"], "a BPDU of Linux")
            wait_for(blocked, "a blocked port")
            wait_for(lambda: copies(net, 2, BROADCAST) == [FRAMES, 0, 0], "Sluice that follows")
    finally:
        net.linux.ip("link set br0 type bridge stp_state 0")
        # Else it stays blocked for as long as what was heard there counts: 20 s.
        net.linux.ip("link set p1 nomaster", "link set p1 master br0")
    net.forwarding()


def ports(net):
    shown = net.shown()
    return sorted(row["port"] for row in shown["members"]) if shown else []


def test_members_leave_and_return(net):
    net.linux.ip("link set p1 nomaster")
    wait_for(lambda: ports(net) == ["p0", "p2"], "two members")
    assert copies(net, 0, BROADCAST) == [0, 0, FRAMES]
    assert host_mac(1) not in net.linux_fdb()
    net.linux.ip("link set p1 master br0")
    net.forwarding()
    net.linux.ip("link set p1 down")
    wait_for(lambda: host_mac(1) not in net.sluice_fdb(), "it is forgotten")
    assert copies(net, 0, BROADCAST) == [0, 0, FRAMES]
    net.linux.ip("link set p1 up")
    net.forwarding()


def test_a_member_without_carrier(net):
    net.hosts[1].ip("link set eth0 down")
    wait_for(lambda: host_mac(1) not in net.sluice_fdb(), "it is forgotten")
    wait_for(lambda: host_mac(1) not in net.linux_fdb(), "by Linux too")
    assert net.reaches(0, 2)
    net.hosts[1].ip("link set eth0 up", f"route replace default via {BRIDGE}")
    net.forwarding()
    assert net.sluice_fdb()[host_mac(1)] == "p1"


def test_the_bridge_is_renamed_and_goes_down(net):
    net.linux.ip("link set br0 down", "link set br0 name lan", "link set lan up")
    wait_for(lambda: net.shown("lan") and not net.shown(), "another name")
    net.linux.ip("link set lan down")
    wait_for(lambda: copies_down(net), "nothing while it is down")
    net.linux.ip("link set lan name br0", "link set br0 up")
    net.forwarding()
    net.linux.ip("link set br0 address 02:00:00:00:09:09")
    wait_for(lambda: net.shown()["mac"] == "02:00:00:00:09:09", "the MAC address")
    for host in net.hosts:
        host.run("ip", "neigh", "flush", "dev", "eth0")
    assert net.hosts[0].ping(BRIDGE)[0] and net.hosts[0].ping(host4(3))[0]
    net.linux.ip("link set br0 mtu 1400")
    wait_for(lambda: net.shown()["mtu"] == 1400, "the MTU")
    net.linux.ip("link set br0 mtu 1500")


def copies_down(net):
    """Frames that one host sends while the bridge is down: none arrives."""
    with Capture(net.hosts[0]) as h1, Capture(net.hosts[1]) as h2:
        for _ in range(FRAMES):
            h1.send(Ether(src=host_mac(0), dst=BROADCAST, type=KIND) / bytes(46))
        return not [frame for frame in h2.frames() if is_counted(frame)]


def test_a_restart(net):
    net.forwarding()
    assert net.linux_fdb()
    mac = "02:00:00:00:44:01"
    known = copies(net, 2, BROADCAST, mac) and net.sluice_fdb()
    assert known[mac] == "p2"
    wait_for(lambda: net.linux_fdb() == net.sluice_fdb(), "the same")
    assert "table bridge" in net.linux.run("nft", "list", "tables")
    for end in net.router.stop, net.router.kill:
        end()
        assert "table bridge" not in net.linux.run("nft", "list", "tables")
        net.bridge("fdb", "add", "02:00:00:00:44:02", "dev", "p1", "master", "extern_learn", "dynamic")
        net.router.launch_only()
        # What was known is known again, before any frame.
        assert known.items() <= net.sluice_fdb().items()
        assert net.sluice_fdb()["02:00:00:00:44:02"] == "p1"
        net.forwarding()
        net.bridge("fdb", "del", "02:00:00:00:44:02", "dev", "p1", "master")
        wait_for(lambda: "02:00:00:00:44:02" not in net.sluice_fdb(), "one less")
        wait_for(lambda: net.linux_fdb() == net.sluice_fdb(), "the same")
        assert copies(net, 0, BROADCAST) == [0, FRAMES, FRAMES]


def test_the_bridge_goes(net):
    net.linux.ip("link del br0")
    wait_for(lambda: not net.shown(), "no bridge")
    assert not net.reaches(0, 1)
    net.linux.ip(*(words for words in bridge_words() if "p3" not in words))
    for host in net.hosts:
        host.run("ip", "neigh", "flush", "dev", "eth0")
    net.forwarding()
    assert net.hosts[0].ping(host4(3))[0]
