# SPDX-License-Identifier: BSD-3-Clause
"""What is for the router itself and is no ping: broadcast, multicast, ARP, ND, other EtherTypes;
and what Linux forwards itself: to a netdev that is no port, and packets with options.

    h1 --- p0 router p1 --- h2
                |
                x0 (no port) --- h3
"""
import json
import socket
import struct

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

from lab import host4, host6, host_mac, router4, router6, router_mac
from linux_lab import KERNEL, linux_router, sluiced_only
from netns import wait_for
from tools import Capture, Session, family_of, udp_socket

BROADCAST = "ff:ff:ff:ff:ff:ff"
H3 = {4: "10.3.0.2", 6: "2001:db8:3::2"}


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, h3, router = lab.host("h1"), lab.host("h2"), lab.host("h3"), linux_router(lab)
    router.connect(h1)
    router.connect(h2)
    router.serve()
    router.linux.ip(f"link add x0 type veth peer name eth0 netns {h3.name}", "link set x0 up",
                    "address add 10.3.0.1/24 dev x0", "address add 2001:db8:3::1/64 dev x0 nodad",
                    "address add 10.255.0.1/32 dev lo", "address add 2001:db8:ff::1/128 dev lo")
    h3.run("ethtool", "-K", "eth0", "tx", "off")
    router.linux.run("ethtool", "-K", "x0", "tx", "off")
    h3.ip("link set eth0 up", f"address add {H3[4]}/24 dev eth0",
          f"address add {H3[6]}/64 dev eth0 nodad", "route add default via 10.3.0.1",
          "route add default via 2001:db8:3::1")
    router.synced()
    return h1, h2, h3, router


def bound(namespace, netdev, port, family=socket.AF_INET):
    """A UDP socket that hears what comes in by the netdev."""
    with namespace.inside():
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, netdev.encode())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.bind(("", port))
    sock.settimeout(10)
    return sock


def test_a_broadcast_and_its_answer(net):
    """As DHCP does it: who asks has no address, and the answer is a broadcast."""
    h1, _, _, router = net
    question = (Ether(src=host_mac(0), dst=BROADCAST) / IP(src="0.0.0.0", dst="255.255.255.255")
                / UDP(sport=68, dport=67) / b"discover")
    with bound(router.linux, "p0", 67) as server, bound(h1, "eth0", 68) as client, \
            Capture(h1) as wire:
        wire.send(question)
        data, peer = server.recvfrom(100)
        assert (data, peer) == (b"discover", ("0.0.0.0", 68))
        server.sendto(b"offer", ("255.255.255.255", 68))
        data, peer = client.recvfrom(100)
        assert (data, peer) == (b"offer", (router4(0), 67))
        frame, = (one for one in wire.frames() if one[-5:] == b"offer")
        assert (Ether(frame).dst, Ether(frame).src) == (BROADCAST, router_mac(0))


@pytest.mark.parametrize("group", ["224.0.0.251", "239.1.2.3", "ff02::fb", "ff0e::1234"])
def test_multicast_to_a_daemon(net, group):
    h1, _, _, router = net
    family = family_of(group)
    with bound(router.linux, "p0", 5353, family) as server, bound(h1, "eth0", 0, family) as client:
        with router.linux.inside():
            index = socket.if_nametoindex("p0")
            if family == socket.AF_INET:
                server.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(
                    group) + socket.inet_aton(router4(0)) + struct.pack("@I", index))
            else:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                                  socket.inet_pton(family, group) + struct.pack("@I", index))
        client.sendto(b"query", (group, 5353))
        assert server.recv(100) == b"query"


def test_an_arp_request(net):
    """One answer, by the port's MAC; none for the address of somebody else."""
    h1, _, _, _ = net
    assert h1.ping(router4(0))[0]  # h1 itself asks no more
    with Capture(h1) as wire:
        for target in "10.0.0.99", router4(0):
            wire.send(Ether(src=host_mac(0), dst=BROADCAST)
                      / ARP(op=1, hwsrc=host_mac(0), psrc=host4(0), pdst=target))
        assert h1.ping(router4(0))[0]
        replies = [Ether(frame)[ARP] for frame in wire.frames()
                   if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2"]
    assert [(arp.psrc, arp.hwsrc) for arp in replies] == [(router4(0), router_mac(0))]


def test_another_ethertype(net):
    """LLDP, both ways: as daemons send and receive it."""
    h1, _, _, router = net
    lldp = bytes.fromhex("0180c200000e") + bytes(6) + b"\x88\xcc" + bytes(range(60))
    with Capture(h1) as wire, Capture(router.linux, "p0") as mirror:
        for tx, rx in (wire, mirror), (mirror, wire):
            tx.send(lldp)
            found = []
            wait_for(lambda rx=rx, found=found: found.extend(rx.frames()) or lldp in found, "LLDP")


@pytest.mark.parametrize("address", ["10.255.0.1", "2001:db8:ff::1"])
def test_an_address_of_lo(net, address):
    h1, h2, _, router = net
    for host in h1, h2:
        answered, out = host.ping(address)
        assert answered and "ttl=64" in out
    with Session(h1, router.linux, address) as session:
        session.exchange()


@pytest.mark.parametrize("family", [4, 6])
def test_behind_a_netdev_that_is_no_port(net, family):
    """Linux forwards it, in both directions."""
    h1, _, h3, router = net
    answered, out = h1.ping(H3[family])
    assert answered and "ttl=63" in out
    assert h3.ping(host4(1) if family == 4 else host6(1))[0]
    with Session(h1, h3, H3[family]) as session:
        session.exchange(50000)


@pytest.mark.parametrize("family", [4, 6])
def test_a_route_to_it_and_back_to_a_port(net, family):
    """The more specific one goes to the netdev that is no port, the other one to a port."""
    h1, h2, h3, router = net
    prefix, longer, far, gateway = (
        ("10.9.0.0/16", "10.9.1.0/24", "10.9.1.1", host4(1)) if family == 4
        else ("2001:db8:9::/48", "2001:db8:9:1::/64", "2001:db8:9:1::1", host6(1)))
    for host in h2, h3:
        host.ip(f"address add {far} dev lo")
    router.linux.ip(f"route add {prefix} via {gateway}")
    router.synced()
    with Capture(h2) as two, Capture(h3) as three:
        assert h1.ping(far)[0]
        assert has_echo(two) and not has_echo(three)
        router.linux.ip(f"route add {longer} via {H3[family]}")
        router.synced()
        assert h1.ping(far)[0]
        assert has_echo(three) and not has_echo(two)


def has_echo(capture):
    return any(frame[12:14] == b"\x08\0" and frame[34] == 8
               or frame[12:14] == b"\x86\xdd" and frame[54] == 128 for frame in capture.frames())


def test_ip4_options_are_forwarded(net):
    h1, _, _, router = net
    before = router.punted("options")
    out = h1.run("ping", "-n", "-R", "-c", "1", "-W", "10", host4(1))
    assert "1 received" in out and f"\t{router4(1)}" in out
    assert KERNEL or router.punted("options") >= before + 2


def test_hop_by_hop_options_are_forwarded(net):
    h1, h2, _, router = net
    before = router.punted("options")
    with udp_socket(h2, host6(1)) as rx, udp_socket(h1, host6(0)) as tx:
        rx.settimeout(10)
        tx.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
        tx.sendto(b"x", rx.getsockname())
        assert rx.recv(10) == b"x"
    assert KERNEL or router.punted("options") == before + 1


def test_neighbour_discovery(net):
    h1, _, _, router = net
    h1.run("ip", "neigh", "flush", "dev", "eth0")
    assert h1.ping(router6(0))[0]
    known, = json.loads(h1.run("ip", "-j", "neigh", "show", router6(0)))
    assert known["lladdr"] == router_mac(0)


@sluiced_only
def test_copies_are_counted(net):
    """Each packet to Linux and each one from it."""
    h1, _, _, router = net

    def copies():
        return {row["site"]: row["packets"] for row in router.json("show", "copies")}

    before = copies()
    h1.run("ping", "-n", "-c", "10", "-i", "0.01", "-s", "1000", router4(0))
    after = copies()
    for site in "tap_read", "tap_write":
        assert after[site] >= before[site] + 10
    h1.run("ping", "-n", "-c", "100", "-i", "0.005", host4(1))
    assert copies()["tap_read"] < after["tap_read"] + 20
