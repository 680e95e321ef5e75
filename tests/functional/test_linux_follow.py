# SPDX-License-Identifier: BSD-3-Clause
"""VLAN interfaces and a bridge of the configuration with `control: linux`: what they have from what
they are on, and what becomes of them when a port goes.

    h1 --- p0 --+
    h2 --- p1 --+-- br0 10.9.0.1
    h3 --- p2 -- p2.100 10.7.0.1, p2.100.5
"""
import pytest

from file_lab import FileNet
from netns import wait_for

INTERFACES = [{"name": "p2.100", "parent": "p2", "vlan": 100, "addresses": ["10.7.0.1/24"]},
              {"name": "p2.100.5", "parent": "p2.100", "vlan": 5}]
BRIDGES = [{"name": "br0", "addresses": ["10.9.0.1/24"], "ports": ["p0", "p1"]}]
TAPS = "p0", "p1", "p2", "p2.100", "p2.100.5", "br0"


class Follow(FileNet):
    def __init__(self, lab):
        super().__init__(lab, TAPS, interfaces=INTERFACES, bridges=BRIDGES)

    def has(self, name, key, value):
        """Sluice and its TAP have this MAC address or MTU."""
        wait_for(lambda: self.interface(name)[key] == value
                 and self.link(name)["address" if key == "mac" else key] == value,
                 f"{name} has {key} {value}")

    def interfaces(self):
        return {row["interface"] for row in self.router.json("show", "interfaces")}


@pytest.fixture(scope="module")
def net(lab):
    return Follow(lab)


def test_as_what_they_are_on(net):
    """From the first start on, when the TAPs are new."""
    for name, on in ("p2.100", "p2"), ("p2.100.5", "p2"), ("br0", "p0"):
        net.has(name, "mac", net.interface(on)["mac"])
        net.has(name, "mtu", 1500)


def test_mac_address(net):
    net.linux.ip("link set p2 address 02:00:00:00:22:01")
    for name in "p2", "p2.100", "p2.100.5":
        net.has(name, "mac", "02:00:00:00:22:01")
    net.linux.ip("link set p0 address 02:00:00:00:22:02")
    net.has("br0", "mac", "02:00:00:00:22:02")


def test_mtu(net):
    for mtu in 1400, 1500, 1350, 1500:
        net.linux.ip(f"link set p1 mtu {mtu}")
        net.has("br0", "mtu", mtu)
    net.linux.ip("link set p2 mtu 1300")
    for name in "p2.100", "p2.100.5":
        net.has(name, "mtu", 1300)


def test_what_the_operator_says_stays(net):
    net.linux.ip("link set p2.100 address 02:00:00:00:22:03")
    net.has("p2.100.5", "mac", "02:00:00:00:22:03")
    net.linux.ip("link set p2 address 02:00:00:00:22:04")
    net.has("p2", "mac", "02:00:00:00:22:04")
    net.has("p2.100", "mac", "02:00:00:00:22:03")


def test_the_first_member_goes(net):
    net.router.sluice("port", "del", "p0")
    net.has("br0", "mac", net.interface("p1")["mac"])
    net.hosts[1].run("ip", "neigh", "flush", "all")
    assert net.hosts[1].ping("10.9.0.1")[0]


def test_a_port_with_vlans_goes(net):
    """What is on it goes with it, and comes back with it."""
    for _ in range(3):
        net.router.sluice("port", "del", "p2")
        wait_for(lambda: not any(net.link(name) for name in ("p2", "p2.100", "p2.100.5")),
                 "no netdev of it is left")
        assert not net.interfaces() & {"p2", "p2.100", "p2.100.5"}
        # The timers that look after mirrors come round: the others still follow.
        for state in "down", "up":
            net.hosts[1].ip(f"link set eth0 {state}")
            wait_for(lambda s=state: net.link("br0")["operstate"] == s.upper(), f"br0 is {state}")
        net.router.sluice("port", "add", "p2", "net_af_packet2,iface=p2")
        for name in "p2", "p2.100", "p2.100.5":
            wait_for(lambda n=name: net.link(n) and net.link(n)["operstate"] == "UP", f"{name} is up")
        assert "10.7.0.1/24" in net.linux.run("ip", "address", "show", "dev", "p2.100")
    assert net.hosts[1].ping("10.9.0.1")[0]


def test_a_port_that_cannot_be_added(net):
    net.router.sluice("port", "del", "p2")
    net.linux.ip("tuntap add p2 mode tap")
    assert net.router.client("port", "add", "p2", "net_af_packet2,iface=p2").returncode
    assert "p2" not in net.interfaces()
    net.linux.ip("tuntap del p2 mode tap")
    net.router.sluice("port", "add", "p2", "net_af_packet2,iface=p2")
    wait_for(lambda: net.link("p2"), "the mirror is there")
