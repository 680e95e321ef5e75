# SPDX-License-Identifier: BSD-3-Clause
"""Two tags (802.1ad around 802.1Q) on a TAP, whose kernel knows nothing of them: the host's frames
are written by hand, and what comes back is read by the byte. (On af_packet the kernel takes the
outer tag off, and it comes back as one of 802.1Q.)

    tagged host --- p0 (net_tap) router: p0.7 (802.1ad, no addresses), p0.7.30: 10.9.1.1
                                 p1 --- h4
"""
import struct

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from lab import host4, router_mac
from lan_lab import gateway, gateway4, lan4, lan_mac, neighbours
from netns import wait_for
from tools import SOL_PACKET, Capture, losses

ME = lan_mac(1, 0)
TAGS = [("Dot1AD", 7), ("Dot1Q", 30)]
PACKET_AUXDATA = 8
VLAN_VALID, TPID_VALID = 1 << 4, 1 << 6  # linux/if_packet.h, TP_STATUS_VLAN_...


class Wire(Capture):
    """Frames as on the wire: the kernel gives the outer tag beside them."""

    def __init__(self, namespace):
        super().__init__(namespace)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)

    def frames(self):
        found = []
        while True:
            try:
                data, aux, _, _ = self.sock.recvmsg(65536, 256)
            except BlockingIOError:
                return found
            status, tci, tpid = (struct.unpack("=IIIHHHH", aux[0][2])[i] for i in (0, 5, 6))
            if status & VLAN_VALID:
                tag = struct.pack("!HH", tpid if status & TPID_VALID else 0x8100, tci)
                data = data[:12] + tag + data[12:]
            found.append(data)


@pytest.fixture(scope="module")
def net(lab):
    host, router, h4 = lab.host("tagged"), lab.router(), lab.host("h4")
    router.add_tap()
    router.ports[0].pop("addresses")
    router.neighbours.clear()
    router.connect(h4)
    router.serve(neighbours=router.neighbours + neighbours(1, 0, "p0.7.30"), interfaces=[
        {"name": "p0.7.30", "parent": "p0.7", "vlan": 30, "addresses": gateway(1)},
        {"name": "p0.7", "parent": "p0", "vlan": 7, "protocol": "802.1ad"}])
    router.hand_over(0, host, "eth0")
    host.ip("link set eth0 up promisc on")
    with Wire(host) as wire:
        yield wire, h4, router


def tagged(payload, dst=router_mac(0), outer=7, inner=30, priority=0):
    return (Ether(dst=dst, src=ME) / Dot1AD(vlan=outer, prio=priority) / Dot1Q(vlan=inner) /
            payload)


def answer(wire, question, is_it):
    """Send the frame until one comes back that is it."""
    def asked():
        wire.send(question)
        return next((f for f in map(Ether, wire.frames()) if is_it(f)), None)

    return wait_for(asked, "the answer")


def tags_of(frame):
    return [(type(layer).__name__, layer.vlan) for layer in
            map(frame.getlayer, range(1, 3)) if isinstance(layer, (Dot1Q, Dot1AD))]


def test_arp(net):
    wire, _, _ = net
    got = answer(wire, tagged(ARP(op=1, hwsrc=ME, psrc=lan4(1, 0), pdst=gateway4(1)),
                              dst="ff:ff:ff:ff:ff:ff"),
                 lambda f: ARP in f and f[ARP].op == 2)
    assert (got[ARP].hwsrc, got[ARP].psrc, got.dst) == (router_mac(0), gateway4(1), ME)
    assert tags_of(got) == TAGS


@pytest.mark.parametrize("address, ttl", [(gateway4(1), 64), (host4(1), 63)],
                         ids=["itself", "routed"])
@pytest.mark.parametrize("size", [0, 1000])
def test_ping(net, address, ttl, size):
    wire, _, _ = net
    packet = IP(src=lan4(1, 0), dst=address) / ICMP(id=size) / Raw(bytes(size))
    got = answer(wire, tagged(packet),
                 lambda f: ICMP in f and f[ICMP].type == 0 and f[ICMP].id == size and
                 f[IP].src == address)
    assert got[IP].ttl == ttl and got[IP].len == 28 + size
    assert tags_of(got) == TAGS


def test_from_an_untagged_port(net):
    """h4's request leaves with both tags."""
    wire, h4, _ = net
    h4.run("ping", "-c", "1", "-W", "1", lan4(1, 0), ok=False)
    got = wait_for(lambda: next((f for f in map(Ether, wire.frames())
                                 if ICMP in f and f[ICMP].type == 8), None), "the request")
    assert (got[IP].src, got[IP].ttl, got.dst) == (host4(1), 63, ME)
    assert tags_of(got) == TAGS


@pytest.mark.parametrize("outer, inner", [(8, 30), (7, 31)])
def test_other_vlans_are_nobodys(net, outer, inner):
    wire, _, router = net

    def unknown():
        return {row["reason"]: row["packets"]
                for row in router.json("show", "drops")}["vlan_unknown"]

    before = unknown()
    wire.send(tagged(IP(src=lan4(1, 0), dst=gateway4(1)) / ICMP(), outer=outer, inner=inner))
    wait_for(lambda: unknown() > before, "the drop")


def test_nothing_else_was_lost(net):
    assert set(losses(net[2])) <= {"vlan_unknown"}


def test_af_packet_is_warned_of(lab):
    """At the start: nothing will come by it."""
    host, router = lab.host("other"), lab.router("warned")
    for _ in range(2):
        router.connect(host)
        router.ports[-1].pop("addresses")
    router.add_tap()
    router.ports[2].pop("addresses")
    router.serve(neighbours=[], interfaces=[
        {"name": "p0.7", "parent": "p0", "vlan": 7, "protocol": "802.1ad"},
        {"name": "p0.7.30", "parent": "p0.7", "vlan": 30},
        {"name": "p0.8", "parent": "p0", "vlan": 8}], bridges=[
            {"name": "br0", "vlans": [5], "protocol": "802.1ad", "ports": ["p1", "p2"]}])
    said = [line for line in router.log.read_text().splitlines() if "802.1ad" in line]
    assert [line.split(" does not get there")[0] for line in said] == [
        "sluiced: warning: p0.7: what comes by p0 with an 802.1ad tag",
        "sluiced: warning: br0: what comes by p1 with an 802.1ad tag"]
