# SPDX-License-Identifier: BSD-3-Clause
"""VLAN interfaces and a bridge of the configuration with `control: linux`: each has a TAP of its own
in Linux, which needs neither 802.1Q nor bridges.

    h1 --- p0 --+
    h2 --- p1 --+-- br0 10.9.0.1, br0.20 10.8.0.1 (VLAN-aware: 10 native, 20)
    h3 --- p2 -- p2.100 10.7.0.1
"""
import pytest

from file_lab import OWN, FileNet
from lab import host_mac
from linux_lab import LinuxRouter
from netns import wait_for
from tagged import Tagged
from tools import Flood

TAPS = "p0", "p1", "p2", "p2.100", "br0", "br0.20"
INTERFACES = [{"name": "p2.100", "parent": "p2", "vlan": 100, "addresses": ["10.7.0.1/24"]},
              {"name": "br0.20", "parent": "br0", "vlan": 20, "addresses": ["10.8.0.1/24"]}]
BRIDGES = [{"name": "br0", "vlans": [10, 20], "native": 10, "addresses": ["10.9.0.1/24"],
            "ports": [{"name": "p0", "trunk": [10, 20], "native": 10}, {"name": "p1", "access": 10}]}]


class Net(FileNet):
    def __init__(self, lab):
        super().__init__(lab, TAPS, interfaces=INTERFACES, bridges=BRIDGES,
                         dpdk={"hugepages": False})
        self.tagged = [Tagged(self.hosts[2], "eth0", "v100", "100"),
                       Tagged(self.hosts[0], "eth0", "v20", "20")]
        self.hosts[2].ip("address add 10.7.0.2/24 dev v100", "route replace default via 10.7.0.1")
        self.hosts[0].ip("address add 10.8.0.2/24 dev v20")
        self.ready()

    def ready(self):
        self.taps_up()
        for host, address in (0, "10.9.0.1"), (1, "10.9.0.1"), (2, "10.7.0.1"), (0, "10.8.0.1"):
            wait_for(lambda a=(host, address): self.answers(*a), f"{address} answers")
        self.router.synced()

    def answers(self, n, address):
        return self.hosts[n].ping(address, "-W", "1")[0]


@pytest.fixture(scope="module")
def net(lab):
    net = Net(lab)
    yield net
    for tagged in net.tagged:
        tagged.close()


def test_each_has_a_tap(net):
    for name in TAPS:
        assert net.link(name)["linkinfo"]["info_kind"] == "tun"
        assert net.link(name)["address"] == net.interface(name)["mac"]
    assert "10.7.0.1/24" in net.linux.run("ip", "address", "show", "dev", "p2.100")


def test_hosts_reach_each_other(net):
    assert net.hosts[0].ping(OWN[1])[0]
    for n in 0, 1:
        assert net.hosts[n].ping("10.7.0.2")[0]
        assert net.hosts[2].ping(OWN[n])[0]
    net.router.synced()
    punted = net.router.punted()
    with Flood(net.hosts[0], OWN[0], net.hosts[1], OWN[1]) as within, \
            Flood(net.hosts[1], OWN[1], net.hosts[2], "10.7.0.2") as routed:
        for _ in range(50):
            within.burst()
            routed.burst()
    assert net.router.punted() - punted < 100


def test_what_linux_sends(net):
    for n, address in (0, "10.8.0.2"), (0, OWN[0]), (1, OWN[1]), (2, "10.7.0.2"):
        net.linux.run("ip", "neigh", "flush", "all")
        out = net.linux.run("ping", "-n", "-c", "2", "-i", "0.1", "-s", "1400", address)
        assert " 2 received" in out and "DUP" not in out, (n, out)


def test_no_entries_for_bridges_that_linux_does_not_have(net):
    wait_for(lambda: any(row["mac"] == host_mac(1) for row in net.router.json("show", "fdb")),
             "h2 is learned")
    assert "extern_learn" not in net.linux.run("bridge", "fdb", "show")


def test_carrier(net):
    """Of a VLAN that of its parent; of a bridge that of any member."""
    net.hosts[2].ip("link set eth0 down")
    wait_for(lambda: net.link("p2.100")["operstate"] == "DOWN", "no carrier at p2.100")
    net.hosts[0].ip("link set eth0 down")
    wait_for(lambda: net.link("p0")["operstate"] == "DOWN", "no carrier at p0")
    assert net.link("br0")["operstate"] == "UP"
    net.hosts[1].ip("link set eth0 down")
    wait_for(lambda: net.link("br0")["operstate"] == "DOWN", "no carrier at br0")
    wait_for(lambda: net.link("br0.20")["operstate"] == "DOWN", "no carrier at br0.20")
    for n, lines in (0, ["route replace default via 10.9.0.1"]), \
            (1, ["route replace default via 10.9.0.1"]), (2, ["route replace default via 10.7.0.1"]):
        net.hosts[n].ip("link set eth0 up", *lines)
    net.ready()


def test_the_operator_changes_them(net):
    net.linux.ip("link set p2.100 mtu 1400")
    wait_for(lambda: net.interface("p2.100")["mtu"] == 1400, "the MTU")
    net.linux.ip("link set p2.100 mtu 1500", "link set br0 mtu 1300")
    wait_for(lambda: net.interface("br0")["mtu"] == 1300, "the bridge's MTU")
    net.linux.ip("link set br0 mtu 1500")
    wait_for(lambda: net.interface("br0")["mtu"] == 1500, "its old one")
    net.linux.ip("link set p2.100 down")
    wait_for(lambda: net.interface("p2.100")["admin"] == "down", "it is down")
    assert not net.answers(2, "10.7.0.1")
    net.linux.ip("link set p2.100 up")
    wait_for(lambda: net.answers(2, "10.7.0.1"), "and up")
    net.linux.ip("link set br0 address 02:00:00:00:09:0a")
    wait_for(lambda: net.interface("br0")["mac"] == "02:00:00:00:09:0a", "the MAC address")
    for n in 0, 1:
        net.hosts[n].run("ip", "neigh", "flush", "all")
        assert net.hosts[n].ping("10.9.0.1")[0] and net.hosts[n].ping("10.7.0.2")[0]


def test_one_that_is_deleted_is_made_anew(net):
    before = net.link("br0")["ifindex"]
    net.linux.ip("link del br0")
    wait_for(lambda: net.link("br0") and net.link("br0")["ifindex"] != before, "a new TAP")
    for n in 0, 1:
        net.hosts[n].run("ip", "neigh", "flush", "all")
    net.ready()


def test_ports_that_come_back(net):
    """A member with its VLANs, and a port with a VLAN interface that has an address."""
    for n in 0, 2:
        mac = net.interface(f"p{n}")["mac"]
        net.router.sluice("port", "del", f"p{n}")
        net.router.sluice("port", "add", f"p{n}", f"net_af_packet{n},iface=p{n}", "mac", mac)
    for n in 0, 1:
        net.hosts[n].run("ip", "neigh", "flush", "all")
    net.ready()
    for n in 0, 1:
        assert net.hosts[n].ping("10.7.0.2")[0]
    assert net.hosts[0].ping(OWN[1])[0]
    net.router.synced()


def test_a_restart_takes_them_over(net):
    indices = {name: net.link(name)["ifindex"] for name in TAPS}
    net.router.stop()
    assert not net.answers(2, "10.7.0.1")
    net.router.launch_only()
    for n in 0, 1:  # the bridge has the MAC address of the configuration again
        net.hosts[n].run("ip", "neigh", "flush", "all")
    net.ready()
    assert indices == {name: net.link(name)["ifindex"] for name in TAPS}
    # Those of an older configuration go.
    net.router.stop()
    net.router.config = {}
    net.router.launch_only()
    for name in "p2.100", "br0", "br0.20":
        assert not net.link(name)


def test_a_vlan_of_the_file_in_a_bridge_of_linux(lab):
    """The kernel's bridge answers what comes by it, and so does each host."""
    hosts = [lab.host(f"in{n}") for n in range(2)]
    router = lab.add(LinuxRouter("mixed", lab.folder))
    for host in hosts:
        router.connect(host)
    router.launch(dpdk={"hugepages": False},
                  interfaces=[{"name": "p1.100", "parent": "p1", "vlan": 100}])
    router.linux.ip("link add br1 type bridge", "link set p0 master br1", "link set p1.100 master br1",
                    *(f"link set {name} up" for name in ("p0", "p1", "p1.100", "br1")),
                    "address add 10.6.0.1/24 dev br1")
    tagged = Tagged(hosts[1], "eth0", "v100", "100")
    try:
        for host, netdev in zip(hosts, ("eth0", "v100")):
            host.ip(f"address add 10.6.0.{2 + hosts.index(host)}/24 dev {netdev}")
        for n, address in (0, "10.6.0.3"), (0, "10.6.0.1"), (1, "10.6.0.1"), (1, "10.6.0.2"):
            wait_for(lambda a=(n, address): "1 received" in hosts[a[0]].run(
                "ping", "-n", "-c", "1", "-W", "1", a[1], ok=False), f"{address} answers")
    finally:
        tagged.close()


@pytest.fixture(scope="module")
def many(lab):
    """A bridge with one member and a VLAN interface in each of many VLANs."""
    host = lab.host("h_many")
    router = lab.add(LinuxRouter("many", lab.folder))
    router.connect(host)
    router.launch(dpdk={"hugepages": False}, bridges=[{"name": "br0", "ports": ["p0"], "vlans": ["1-301"],
                                                       "native": 301}],
                  interfaces=[{"name": f"b.{vid}", "parent": "br0", "vlan": vid} for vid in range(1, 301)])
    router.linux.ip("link set p0 up", "link set br0 up")
    return host, router


def carrier(router):
    return "NO-CARRIER" not in router.linux.run("ip", "link", "show", "dev", "br0")


def test_a_link_with_many_vlans_on_its_bridge(many):
    """The control thread is not held when the link goes and comes back."""
    host, router = many
    wait_for(lambda: carrier(router), "br0 has carrier")
    for command, want in ("down", False), ("up", True):
        router.sluice("clear", "stats")
        host.ip(f"link set eth0 {command}")
        wait_for(lambda want=want: carrier(router) == want, f"br0 follows: {command}")
        assert router.json("show", "control")["longest_turn_us"] < 100_000
