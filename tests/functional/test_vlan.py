# SPDX-License-Identifier: BSD-3-Clause
"""VLANs between two of ours, as the hosts' kernel need have none: a switch gives and takes the
tags, a router has VLAN interfaces, or a bridge with VLANs, at the other end of the trunk.

    h0 --- p0 (VLAN 10) --+                                  +-- VLAN 10: 10.9.1.1
    h1 --- p1 (VLAN 20) --+-- switch p3 === trunk === p0 router
    h2 --- p2 (VLAN 10) --+                                  +-- VLAN 20: 10.9.2.1
                                                             p1 --- h4
"""
import json

import pytest

from lab import host4, host6
from lan_lab import (SWITCHES, LanHost, Switch, bare, gateway, gateway4, gateway6, lan4, lan6,
                     neighbours, trunk)
from netns import wait_for
from tools import Capture, iperf, losses

SWITCH_MAC = "02:00:00:09:99:{:02x}"  # not those of the router's ports
HOSTS = [(1, 0), (2, 1), (1, 2)]  # LAN and number; LAN l is VLAN 10 * l


def subinterfaces():
    """VLANs on a port of the router."""
    return {"interfaces": [{"name": f"p0.{10 * lan}", "parent": "p0", "vlan": 10 * lan,
                            "addresses": gateway(lan)} for lan in (1, 2)]}, "p0.10", "p0.20"


def irb():
    """A bridge that has the VLANs, one natively."""
    return {"bridges": [{"name": "br0", "vlans": [10, 20], "native": 10,
                         "ports": [{"name": "p0", "native": 0}], "addresses": gateway(1)}],
            "interfaces": [{"name": "br0.20", "parent": "br0", "vlan": 20,
                            "addresses": gateway(2)}]}, "br0", "br0.20"


ROUTERS = {"subinterfaces": subinterfaces, "irb": irb}


@pytest.fixture(scope="module", params=[(mode, kind) for mode in SWITCHES for kind in ROUTERS],
                ids="-".join)
def net(lab, request):
    mode, kind = request.param
    name = f"{mode}{kind}"
    hosts = [lab.add(LanHost(f"h{i}{name}", lan, i)) for lan, i in HOSTS]
    switch = lab.add(Switch(f"switch{name}", lab.folder))
    router = lab.add(SWITCHES[mode](f"router{name}", lab.folder))
    for host in hosts:
        bare(switch, host)
        host.settle("eth0")
    trunk(switch, router)
    for n, port in enumerate(switch.ports):
        port["mac"] = SWITCH_MAC.format(n)
    h4 = lab.host(f"h4{name}")
    router.connect(h4)
    if mode == "linux":
        router.ports[1]["addresses"] = ["10.0.1.1/24", "2001:db8:101::1/64"]
    config, *interfaces = ROUTERS[kind]()
    if mode == "none":
        config["neighbours"] = router.neighbours + [
            n for lan, i in HOSTS for n in neighbours(lan, i, interfaces[lan - 1])]
    switch.serve(neighbours=[], bridges=[
        {"name": "br0", "vlans": [10, 20], "mac": SWITCH_MAC.format(0xff),
         "ports": [{"name": "p0", "access": 10}, {"name": "p1", "access": 20},
                   {"name": "p2", "access": 10}, {"name": "p3", "trunk": [10, 20]}]}])
    router.serve(**config)
    yield *hosts, h4, switch, router
    for one in switch, router:
        # bridge_no_vlan: what the kernel says on the trunk's own mirror has no tag; ether_not_mine:
        # what the switch has flooded.
        assert set(losses(one)) <= {"bridge_nobody", "bridge_same_port", "bridge_no_vlan",
                                    "ether_not_mine"}


@pytest.mark.parametrize("address", [lan4(1, 2), lan6(1, 2)])
@pytest.mark.parametrize("size", [0, 1400])
def test_within_a_vlan(net, address, size):
    answered, out = net[0].ping(address, "-s", str(size))
    assert answered and "DUP" not in out
    assert size < 16 or "ttl=64" in out


def test_vlans_are_apart(net):
    """What a VLAN floods stays in it."""
    h0, h1, h2, *_ = net
    frame = b"\xff" * 6 + bytes.fromhex(h0.mac.replace(":", "")) + b"\x88\xb5" + bytes(46)
    with Capture(h0) as sender, Capture(h1) as other, Capture(h2) as same:
        for _ in range(5):
            sender.send(frame)
        seen = []
        wait_for(lambda: seen.extend(f for f in same.frames() if f == frame) or len(seen) == 5,
                 "five broadcasts")
        assert h1.ping(gateway4(2))[0]
        assert frame not in other.frames()


@pytest.mark.parametrize("i", range(3))
@pytest.mark.parametrize("gateway_of", [gateway4, gateway6])
def test_the_router_answers(net, i, gateway_of):
    answered, out = net[i].ping(gateway_of(HOSTS[i][0]))
    assert answered and "ttl=64" in out


@pytest.mark.parametrize("address", [lan4(2, 1), lan6(2, 1)])
@pytest.mark.parametrize("size", [56, 1400, 1472 - 20])
def test_routed_between_vlans(net, address, size):
    for i in 0, 2:
        answered, out = net[i].ping(address, "-s", str(size))
        assert answered and "ttl=63" in out and "DUP" not in out


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_routed_to_an_untagged_port(net, address):
    for host in net[:3]:
        answered, out = host.ping(address)
        assert answered and "ttl=63" in out


@pytest.mark.parametrize("address", [lan4(1, 0), lan6(2, 1), lan4(1, 2)])
def test_routed_from_an_untagged_port(net, address):
    answered, out = net[3].ping(address)
    assert answered and "ttl=63" in out


@pytest.mark.parametrize("address", [lan4(2, 1), lan6(2, 1)])
@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_tcp_between_vlans(net, address, direction):
    end = iperf(net[0], net[1], address, "-n", "5M", "-w", "256K", *direction)
    assert end["sum_received"]["bytes"] > 4e6


def test_routed_by_the_workers(net):
    h0, *_, router = net
    assert h0.ping(lan4(2, 1))[0]
    before = sum(row["punted"] for row in router.json("show", "punts"))
    h0.run("ping", "-n", "-i", "0.005", "-c", "200", "-w", "60", lan4(2, 1))
    assert sum(row["punted"] for row in router.json("show", "punts")) - before < 20


def test_what_vlan_interfaces_count(net):
    """All that comes by the trunk has a tag, and belongs to one of them."""
    *_, router = net

    def rows():
        return {row["interface"]: row for row in router.json("show", "interfaces")}

    if "p0.10" not in rows():
        pytest.skip("the router has no VLAN interfaces on the port")
    wait_for(lambda: (r := rows())["p0.10"]["rx_packets"] + r["p0.20"]["rx_packets"] ==
             r["p0"]["rx_packets"] > 100, "the sum of the VLANs")


def test_the_kernel_has_the_addresses(net):
    router = net[5]
    if not router.linux:
        pytest.skip("control: none: the kernel has nothing")
    shown = json.loads(router.linux.run("ip", "-j", "address", "show"))
    found = {a["local"] for link in shown for a in link["addr_info"] if a["scope"] == "global"}
    assert {gateway4(1), gateway6(1), gateway4(2), gateway6(2)} <= found
    for address in lan4(1, 0), lan6(2, 1):
        assert "1 received" in router.linux.run("ping", "-n", "-c", "1", "-W", "10", address)
