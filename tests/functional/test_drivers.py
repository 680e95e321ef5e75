# SPDX-License-Identifier: BSD-3-Clause
"""The drivers that any machine can run, each with its preset: they start, packets go through both
ways, and `show port config` says what they run with.

    h1 --- p0 router p1 --- h2            netdevs
    h1 --- p0 left link === link right p1 --- h2     what connects two processes
"""
import pytest

from lab import host4, host6, router4, router6
from linux_lab import LinuxRouter, sluiced_only
from netns import wait_for

NETDEVS = {"af_packet": "net_af_packet{n},iface={end}", "af_xdp": "net_af_xdp{n},iface={end}",
           "pcap": "net_pcap{n},rx_iface_in={end},tx_iface={end}"}
# Which end listens must be there first: that of the right router.
LINKS = {"memif": ("net_memif0,role=client,socket={socket},socket-abstract=no",
                   "net_memif0,role=server,socket={socket},socket-abstract=no"),
         "vhost": ("net_virtio_user0,path={socket}", "net_vhost0,iface={socket}")}


def value(router, port, key):
    row, = (row for row in router.json("show", "port", "config", port) if row["key"] == key)
    return row["origin"], row["value"]


def assert_preset(router, port, name, driver=None):
    assert value(router, port, "driver")[1] == (driver or f"net_{name}")
    assert value(router, port, "preset")[1].endswith(f"drivers-cfg/{name}.yaml")
    assert value(router, port, "burst") == (f"preset {name}.yaml", 64)
    assert "test_drivers.py" in value(router, port, "tried")[1]


def reaches(host, address):
    """An echo is answered, once the drivers have come up."""
    wait_for(lambda: host.ping(address, "-W", "1")[0], f"an answer of {address}")


def assert_crossed(h1, h2):
    reaches(h1, host4(1))
    for host, n in (h1, 1), (h2, 0):
        for address in host4(n), host6(n):
            answered, said = host.ping(address, "-s", "1200")
            assert answered, said


@pytest.fixture
def net(lab):
    """An empty lab for each test."""
    yield lab
    lab.close()


@pytest.mark.parametrize("name", NETDEVS)
def test_netdev(net, name):
    h1, h2, router = net.host("h1"), net.host("h2"), net.router()
    for host in h1, h2:
        router.connect(host, device=NETDEVS[name])
    router.serve()
    assert_preset(router, "p0", name)
    assert_crossed(h1, h2)


def test_tap(net):
    h1, h2, router = net.host("h1"), net.host("h2"), net.router()
    for _ in h1, h2:
        router.add_tap()
    router.serve()
    for n, host in enumerate((h1, h2)):
        router.hand_over(n, host, "eth0")
        host.configure("eth0", n)
    assert_preset(router, "p0", "tap")
    # The driver has it, and does it in software.
    assert "ipv4_cksum" not in value(router, "p0", "rx_offloads")[1]
    assert_crossed(h1, h2)


def add_link(router, device, own, other, cable):
    """The port to the other router, behind which is that cable."""
    mac = "02:00:00:00:0f:0{}".format
    router.ports.append({"name": "link", "device": device, "mac": mac(own),
                         "addresses": [f"10.9.0.{own}/24", f"2001:db8:9::{own}/64"]})
    gateways = [f"10.9.0.{other}", f"2001:db8:9::{other}"]
    router.neighbours += [{"address": gateway, "port": "link", "mac": mac(other)}
                          for gateway in gateways]
    subnets = [router4(cable).removesuffix(".1") + ".0/24", router6(cable).removesuffix("1") + "/64"]
    return [{"to": to, "via": via} for to, via in zip(subnets, gateways)]


@pytest.mark.parametrize("name", LINKS)
def test_link(net, name):
    h1, h2 = net.host("h1"), net.host("h2")
    left, right = net.router("left"), net.router("right")
    client, server = (device.format(socket=net.folder / f"{name}.sock") for device in LINKS[name])
    left.connect(h1)
    left_routes = add_link(left, client, 1, 2, 1)
    right_routes = add_link(right, server, 2, 1, 0)
    right.connect(h2)  # the second port: so its cable has number 1
    right.ports[1]["name"] = "p1"
    right.serve(routes=right_routes)
    left.serve(routes=left_routes)
    if name == "vhost":
        assert_preset(left, "link", "virtio_user")
    else:
        assert_preset(left, "link", name)
    assert_preset(right, "link", name)
    assert_crossed(h1, h2)


@pytest.mark.parametrize("mode", [0, 1], ids=["round-robin", "active-backup"])
def test_bonding(net, mode):
    """p0 is a bond of two cables, whose other ends are eth0 of h1 and a dead end."""
    h1, h2, router = net.host("h1"), net.host("h2"), net.router()
    router.connect(h1, device=f"net_bonding0,mode={mode}",
                   members=["net_af_packet8,iface=p0"] +
                   (["net_af_packet9,iface=spare"] if mode else []))
    router.ip("link add spare type veth peer name other", "link set spare up", "link set other up")
    router.connect(h2)
    router.serve()
    assert_preset(router, "p0", "bonding")
    members = [row["value"] for row in router.json("show", "port", "config", "p0")
               if row["key"] == "member"]
    assert members == router.ports[0]["members"]
    assert_crossed(h1, h2)


def test_af_xdp_vanishes(net):
    h1, router = net.host("h1"), net.router()
    router.connect(h1, device=NETDEVS["af_xdp"])
    router.serve()
    router.ip("link del p0")
    wait_for(lambda: router.json("show", "ports")[0]["link"] == "gone", "the port to be gone")
    assert "port p0: its device net_af_xdp0,iface=p0 has vanished" in router.log.read_text()
    router.sluice("port", "del", "p0")


@sluiced_only
def test_netdevs_of_a_bond(net):
    """With a mirror, the kernel's copies of what comes in by a member are dropped, until the port
    goes; a member that vanishes is told of."""
    h1, router = net.host("h1"), net.add(LinuxRouter("router", net.folder))
    router.connect(h1, device="net_bonding0,mode=1",
                   members=["net_af_packet8,iface=p0", "net_af_packet9,iface=spare"])
    router.ip("link add spare type veth peer name other", "link set spare up", "link set other up")
    router.serve()
    held = router.run("nft", "list", "ruleset")
    assert '"p0"' in held and '"spare"' in held
    reaches(h1, router4(0))
    refused = router.client("port", "add", "p5", "net_af_packet5,iface=spare")
    assert "the netdev under device 'net_af_packet5,iface=spare' is that of port p0" in \
        refused.stderr
    router.ip("link del spare")
    wait_for(lambda: "port p0: its member net_af_packet9 has vanished" in router.log.read_text(),
             "the news")
    reaches(h1, router4(0))
    router.sluice("port", "del", "p0")
    assert "hook" not in router.run("nft", "list", "ruleset")
