# SPDX-License-Identifier: BSD-3-Clause
"""The subnet-router anycast address, all zeroes behind the prefix (RFC 4291 2.6.1): a router
answers to it from an address of the port, as Linux does."""
from socket import AF_INET6, inet_pton

from conftest import CONFIG
from frames import (H0_6, H0_LL, H0_MAC, P0_6, P0_MAC, answer, error6, ether, icmp6, ip6,
                    mac_bytes)
from test_nd import solicit

ANYCAST, OTHER = "2001:db8:1::", "2001:db8:2::"
ECHO = b"\0\7\0\x09" + b"ping" * 14


def ping(dst, src=H0_6):
    return ether(icmp6(src, dst, b"\x80\0", ECHO))


def advert(target, src=P0_6):
    """Router, solicited, not override: another router may say the same (RFC 4861 7.2.7)."""
    rest = b"\xc0\0\0\0" + inet_pton(AF_INET6, target) + b"\2\1" + mac_bytes(P0_MAC)
    return answer(icmp6(src, H0_6, b"\x88\0", rest, hlim=255))


def test_echo(answers):
    answers("punt local/icmp", [(ping(ANYCAST), answer(icmp6(P0_6, H0_6, b"\x81\0", ECHO)))])


def test_other_ports(refuses):
    """What is another port's is answered there only."""
    refuses({"punt local/icmp": [ping(OTHER)]})


def test_no_anycast_source(refuses):
    refuses({"punt local/icmp": [ping(P0_6, ANYCAST), ping(ANYCAST, ANYCAST)]})


def test_error(answers):
    frame = ether(ip6(dst=ANYCAST))
    answers("punt local/other", [(frame, error6(frame, 1, 4, src=ANYCAST))])


def test_solicitation(answers):
    answers("punt multicast/nd", [(solicit(ANYCAST), advert(ANYCAST))])
    answers("punt local/nd", [(solicit(ANYCAST, to=ANYCAST), advert(ANYCAST))])


def test_none_in_a_subnet_of_two(refuses):
    """RFC 6164: prefix:: of a /127 is a host's."""
    ports = [{**CONFIG["ports"][0], "addresses": ["192.0.2.1/24", "2001:db8:1::1/127"]},
             CONFIG["ports"][1]]
    refuses({"punt multicast/nd": [solicit(ANYCAST, src=H0_LL)]}, ports=ports, neighbours=[
        {"address": "192.0.2.10", "port": "p0", "mac": H0_MAC},
        {"address": "198.51.100.10", "port": "p1", "mac": "02:00:00:00:02:10"},
        {"address": "2001:db8:2::10", "port": "p1", "mac": "02:00:00:00:02:10"}])
