# SPDX-License-Identifier: BSD-3-Clause
"""Mirrors in the namespace of sluiced and of its netdevs: the kernel sees each frame twice, and
must act on one of the two only.

    h1 --- v0 (p0) router (p1) v1 --- h2
"""
import collections
import json

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS, IPv6
from scapy.layers.l2 import ARP, Ether

from lab import host4, host6, host_mac, router4, router6, router_mac
from linux_lab import SharedRouter, sluiced_only
from tools import Capture, Flood, Session, hops

pytestmark = sluiced_only

PINGS = 50


@pytest.fixture(scope="module")
def net(lab):
    h1, h2 = lab.host("h1"), lab.host("h2")
    router = lab.add(SharedRouter("router", lab.folder))
    router.connect(h1)
    router.connect(h2)
    router.serve()
    return h1, h2, router


def seen(captures):
    """How often each ICMP echo, ARP reply and advertisement came in, by host and what it says."""
    count = collections.Counter()
    for host, capture in captures.items():
        for frame in map(Ether, capture.frames()):
            for echo in ICMP, ICMPv6EchoRequest, ICMPv6EchoReply:
                if echo in frame and hasattr(frame[echo], "seq"):
                    ip = frame[IP] if IP in frame else frame[IPv6]
                    count[host, "echo", frame[echo].type, ip.src, ip.dst, frame[echo].id,
                          frame[echo].seq] += 1
            if ARP in frame and frame[ARP].op == 2:
                count[host, "arp", frame[ARP].psrc, frame[ARP].hwsrc, frame.src] += 1
    return count


def test_each_ping_once(net):
    h1, h2, _ = net
    targets = [host4(1), host6(1), router4(0), router6(0), router4(1), router6(1)]
    with Capture(h1) as one, Capture(h2) as two:
        for target in targets:
            out = h1.run("ping", "-n", "-i", "0.005", "-c", str(PINGS), "-w", "60", target)
            assert "DUP" not in out and f" {PINGS} received" in out
        count = {key: n for key, n in seen({"h1": one, "h2": two}).items() if key[1] == "echo"}
    assert len(count) >= (len(targets) + 2) * PINGS  # the answers, and the questions at h2
    assert set(count.values()) == {1}


def test_an_arp_request_is_answered_once(net):
    h1, _, _ = net
    assert h1.ping(router4(0))[0]
    with Capture(h1) as wire:
        for _ in range(20):
            # One address of the router is asked for at each port: Linux answers for both.
            wire.send(Ether(src=host_mac(0), dst="ff:ff:ff:ff:ff:ff")
                      / ARP(op=1, hwsrc=host_mac(0), psrc=host4(0), pdst=router4(0)))
            assert h1.ping(router4(0))[0]
        count = seen({"h1": wire})
    arp = {key: n for key, n in count.items() if key[1] == "arp"}
    assert arp == {("h1", "arp", router4(0), router_mac(0), router_mac(0)): 20}


def test_a_solicitation_is_answered_once(net):
    h1, _, _ = net
    assert h1.ping(router6(0))[0]
    with Capture(h1) as wire:
        for _ in range(20):
            wire.send(Ether(src=host_mac(0), dst="33:33:ff:00:00:01")
                      / IPv6(src=host6(0), dst="ff02::1:ff00:1", hlim=255)
                      / ICMPv6ND_NS(tgt=router6(0)) / b"\1\1" / bytes.fromhex(
                          host_mac(0).replace(":", "")))
            assert h1.ping(router6(0))[0]
        answers = [frame for frame in map(Ether, wire.frames())
                   if ICMPv6ND_NA in frame and frame[ICMPv6ND_NA].tgt == router6(0)]
    assert len(answers) == 20
    assert {frame.src for frame in answers} == {router_mac(0)}


def test_the_hosts_know_the_right_macs(net):
    h1, h2, _ = net
    for n, host in enumerate((h1, h2)):
        host.run("ip", "neigh", "flush", "dev", "eth0")
        for own in router4(n), router6(n):
            assert host.ping(own)[0]
            known, = json.loads(host.run("ip", "-j", "neigh", "show", own))
            assert known["lladdr"] == router_mac(n)


def test_all_else_works_as_well(net):
    h1, h2, router = net
    assert hops(h1, "-4", host4(1)) == {1: router4(0), 2: host4(1)}
    assert hops(h1, "-6", host6(1)) == {1: router6(0), 2: host6(1)}
    for source, address in (host4(0), host4(1)), (host6(0), host6(1)):
        with Flood(h1, source, h2, address) as flood, Session(h1, h2, address) as through, \
                Session(h1, router, router4(0)) as to:
            for _ in range(10):
                flood.burst()
                through.exchange()
                to.exchange()


def test_the_kernel_gets_its_netdevs_back(net):
    """At the end, and also when there was no time for it."""
    h1, _, router = net
    for netdev in "v0", "v1":
        assert netdev in router.run("nft", "list", "ruleset")
    for end in router.kill, router.stop:
        end()
        assert router.run("nft", "list", "ruleset").strip() == ""
        # The address at v0 for a moment: the kernel hears h1 again.
        router.ip("link set p0 down", f"address add {router4(0)}/24 dev v0")
        assert h1.ping(router4(0))[0]
        router.ip(f"address del {router4(0)}/24 dev v0", "link set p0 up",
                  f"address replace {router4(0)}/24 dev p0",
                  f"address replace {router6(0)}/64 dev p0 nodad")
        router.restart()
        assert h1.ping(router4(0))[0]
