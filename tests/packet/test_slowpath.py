# SPDX-License-Identifier: BSD-3-Clause
"""`show slowpath`: what became of the punted packets."""
from scapy.layers.inet import ICMP, TCP
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import H0_6, P0, P0_6, ether, icmp6, ip4, ip6, udp
from test_nd import solicit

FRAMES = {
    "arp_reply": [ether(ARP(op=1, psrc="192.0.2.10", hwsrc="02:00:00:00:01:10", pdst=P0), 0x0806)],
    "neighbour_advert": [solicit(P0_6)],
    "echo_reply": [ether(ip4(ICMP() / b"x", dst=P0)),
                   ether(icmp6(H0_6, P0_6, b"\x80\0", b"\0\0\0\0"))],
    "error_ttl": [ether(ip4(ttl=1))],
    "error_too_big": [ether(ip6(Raw(b"x" * 1460), nh=253))],
    "error_scope": [ether(ip6(src="fe80::1:2"))],
    "error_no_route": [ether(ip4(dst="203.0.113.1"))],
    "error_unreachable": [ether(ip4(dst="203.0.114.1"))],
    "error_prohibit": [ether(ip4(dst="203.0.115.1"))],
    "error_host": [ether(ip4(dst="198.51.100.77"))],
    "error_protocol": [ether(ip4(Raw(b"x"), dst=P0, proto=253))],
    "error_port": [ether(ip4(udp(), dst=P0))],
    "limited": [],
    "unfragmented": [ether(ip4(Raw(b"x" * 1480), proto=253))],
    "unanswered": [ether(ip4(TCP(), dst=P0))],
}
# Each kind as often as no other; the errors together within the burst that is not limited.
ERRORS = [name for name in FRAMES if name.startswith("error_") and name != "error_too_big"]
TIMES = {name: n for n, name in enumerate(
    ERRORS + [name for name in FRAMES if name not in ERRORS], 1)}
CASES = {name: frames * TIMES[name] for name, frames in FRAMES.items()}
ROUTES = [{"to": "203.0.114.0/24", "type": "unreachable"},
          {"to": "203.0.115.0/24", "type": "prohibit"}]


def shown(router):
    return {row["answer"]: row["packets"] for row in router.cmd("show slowpath")}


def test_every_kind(router):
    frames = [frame for case in CASES.values() for frame in case]
    with router({"p0": frames}, config=with_mtu(CONFIG, 1400, "p1"), routes=ROUTES) as one:
        one.settle()
        assert shown(one) == {name: len(case) for name, case in CASES.items()}


def test_limited(router):
    with router({"p0": FRAMES["error_ttl"] * 1000}) as one:
        one.settle()
        found = shown(one)
        assert found["limited"] > 0
        assert found["limited"] + found["error_ttl"] == 1000


def test_clear(router):
    with router({"p0": CASES["echo_reply"]}) as one:
        one.settle()
        assert shown(one)["echo_reply"] == len(CASES["echo_reply"])
        assert one.cmd("clear stats") is None
        assert set(shown(one).values()) == {0}
