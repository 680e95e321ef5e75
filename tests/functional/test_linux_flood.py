# SPDX-License-Identifier: BSD-3-Clause
"""100,000 frames to the router's own addresses harm no session, neither through it nor to it.

    h1 --- p0 router p1 --- h2
    h3 --- p2 --+
"""
import concurrent.futures

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether

from lab import host4, host6, host_mac, router4, router6, router_mac
from linux_lab import KERNEL, linux_router
from tools import Capture, Session

FRAMES = 100_000
BGP = 179


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, h3, router = lab.host("h1"), lab.host("h2"), lab.host("h3"), linux_router(lab)
    for host in h1, h2, h3:
        router.connect(host)
    router.serve()
    return h1, h2, h3, router


def flood(wire, frames):
    for i in range(FRAMES):
        wire.sock.send(frames[i % len(frames)])


def test_sessions_outlive_a_flood(net):
    h1, h2, h3, router = net
    ether = Ether(src=host_mac(2), dst=router_mac(2))
    ip4, ip6 = IP(src=host4(2), dst=router4(2)), IPv6(src=host6(2), dst=router6(2))
    frames = [bytes(ether / ip / l4) for ip, l4 in (
        (ip4, UDP(sport=1, dport=9)), (ip6, UDP(sport=1, dport=9)), (ip4, ICMP()),
        (ip6, ICMPv6EchoRequest()), (ip4, TCP(sport=1, dport=80)))]
    before = router.lost().get("punt_full", 0)
    with Session(h1, h2, host4(1)) as through, Session(h1, router.linux, router4(0), BGP) as to4, \
            Session(h2, router.linux, router6(1), BGP) as to6, Capture(h3) as wire, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        work = pool.submit(flood, wire, frames)
        rounds = 0
        while not work.done() or rounds < 5:
            for session in through, to4, to6:
                session.exchange(3000)
            rounds += 1
        work.result()
    assert router.lost().get("punt_full", 0) == before
    if not KERNEL:
        limited = sum(row["limited"] for row in router.json("show", "punts")
                      if row["reason"] == "local")
        assert limited > FRAMES / 100
    # And the router answers again.
    for address in router4(2), router6(2):
        out = h3.run("ping", "-n", "-i", "0.1", "-c", "1", "-w", "20", address)
        assert "1 received" in out
