# SPDX-License-Identifier: BSD-3-Clause
"""IPv6 to the router: punted as local or multicast, by class; what control: none answers."""
from scapy.layers.inet import TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw

from conftest import CONFIG
from frames import (H0_6, H0_LL, H0_MAC, P0_6, P0_LL, P0_MAC, P1_6, answer, error6, ether, icmp6,
                    ip6, udp)

ECHO = b"\0\7\0\x09" + b"ping" * 14


def ping(dst, src=H0_6, rest=ECHO, **fields):
    return ether(icmp6(src, dst, b"\x80\0", rest, **fields))


def pong(src, dst=H0_6, rest=ECHO):
    return answer(icmp6(src, dst, b"\x81\0", rest))


def echoes():
    """To the addresses of both ports and the link-local one, of any size and hop limit."""
    return [(ping(dst, hlim=hlim), pong(dst)) for dst in (P0_6, P1_6) for hlim in (1, 64, 255)] + \
        [(ping(P0_LL, H0_LL), pong(P0_LL, H0_LL)), (ping(P0_6, H0_LL), pong(P0_6, H0_LL))] + \
        [(ping(P0_6, rest=b"\0\1\0\1" + b"x" * n), pong(P0_6, rest=b"\0\1\0\1" + b"x" * n))
         for n in (0, 1, 6, 7, 1448)]


def no_echoes():
    wrong = ping(P0_6)
    return [wrong[:56] + b"\0\0" + wrong[58:], ether(icmp6(H0_6, P0_6, b"\x81\0", ECHO))]


def unreachables():
    """Nothing listens here: port unreachable, unrecognized next header (its place is 6)."""
    frames = [(ether(ip6(udp(dport=port), dst=dst)), 1, 4, 0) for port in (1, 53)
              for dst in (P0_6, P1_6)]
    frames += [(ether(ip6(Raw(b"x" * 40), dst=P0_6, nh=nh)), 4, 1, 6) for nh in (4, 47, 132, 255)]
    frames += [(ether(ip6(dst=P0_6, hlim=1)), 1, 4, 0)]
    return [(frame, error6(frame, kind, code, src=IPv6(frame[14:]).dst, word=word))
            for frame, kind, code, word in frames]


def silence():
    """A wrong UDP checksum, no next header."""
    return [ether(ip6(UDP(chksum=1) / b"x", dst=P0_6)), ether(ip6(Raw(b""), dst=P0_6, nh=59))]


def tcp():
    """TCP; also to the subnet-router anycast addresses, which are the router's own (RFC 4291
    2.6.1), as in Linux."""
    return [ether(ip6(TCP(dport=22), dst=dst)) for dst in (P0_6, "2001:db8:1::", "2001:db8:2::")]


def routing():
    """Routing protocols have a token bucket of their own; nobody speaks them here."""
    silent = [ether(ip6(upper, dst=dst)) for dst in (P0_6, P0_LL)
              for upper in (TCP(dport=179), TCP(sport=179), UDP(dport=521, chksum=1),
                            UDP(dport=3784, chksum=1))]
    unknown = [ether(ip6(Raw(b"x" * 20), dst=P0_6, nh=nh)) for nh in (88, 89, 103, 112)]
    return silent + [(frame, error6(frame, 4, 1, word=6)) for frame in unknown]


def test_local(refuses):
    refuses({"punt local/other": unreachables() + silence(), "punt local/routing": routing(),
             "punt local/tcp": tcp(),
             "punt local/icmp": echoes() + no_echoes()})


def test_multicast(refuses):
    """Whatever the group; not forwarded, and no error about it. All nodes answer an echo."""
    group, all_nodes = "33:33:00:00:00:05", "33:33:00:00:00:01"
    refuses({
        "punt multicast/other":
        [ether(ip6(dst=dst, hlim=hlim), dst=group)
         for dst in ("ff02::1", "ff02::fb", "ff05::2", "ff0e::1") for hlim in (1, 64)] +
        [(ether(icmp6(src, "ff02::1", b"\x80\0", ECHO), dst=all_nodes), pong(own, src))
         for src, own in ((H0_6, P0_6), (H0_LL, P0_LL))],
        "punt multicast/routing": [ether(ip6(Raw(b"x" * 20), src=H0_LL, dst="ff02::5", nh=89),
                                         dst=group),
                                   ether(ip6(UDP(dport=521), src=H0_LL, dst="ff02::9"), dst=group)],
        "punt multicast/nd": [ether(icmp6(H0_LL, "ff02::2", b"\x85\0", b"\0" * 4, hlim=255),
                                    dst="33:33:00:00:00:02")],
    })


def test_ends_of_a_127_are_hosts(exchange):
    """RFC 6164: no anycast address in a subnet of two."""
    ports = [{**CONFIG["ports"][0], "addresses": ["2001:db8:1::/127"]}, CONFIG["ports"][1]]
    frames = [ping("2001:db8:1::", "2001:db8:1::1"), ether(ip6(dst="2001:db8:1::1"))]
    result = exchange({"p0": frames}, ports=ports, neighbours=[
        {"address": "2001:db8:1::1", "port": "p0", "mac": H0_MAC}])
    assert result.counters == {"punt local/icmp": 1}
    assert [frame[:12] for frame in result.sent["p0"]] == \
        [bytes.fromhex((H0_MAC + P0_MAC).replace(":", ""))] * 2
