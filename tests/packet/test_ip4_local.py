# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 to the router: punted as local or multicast, by class; what control: none answers."""
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Raw

from conftest import CONFIG
from frames import H0, H0_MAC, P0, P1, answer, error4, ether, ip4, udp

BROADCAST = "ff:ff:ff:ff:ff:ff"
PING = ICMP(id=7, seq=9) / Raw(b"ping" * 14)


def pong(src, upper=PING, **fields):
    reply = upper.copy()
    reply.type = 0
    return answer(IP(src=src, dst=H0, ttl=64, id=0, **fields) / reply)


def echoes():
    """To the addresses of both ports; of any size, with any TTL, with the sender's precedence."""
    sized = [ICMP(id=1, seq=n) / Raw(b"x" * n) for n in (0, 1, 17, 18, 19, 1472)]
    return [(ether(ip4(PING, dst=dst, ttl=ttl, tos=tos)), pong(dst, tos=tos))
            for dst in (P0, P1) for ttl in (1, 64, 255) for tos in (0, 0xB8)] + \
        [(ether(ip4(ping, dst=P0)), pong(P0, ping)) for ping in sized]


def no_echoes():
    """A wrong ICMP checksum, a fragment, a reply, another question; broadcast addresses of both
    subnets and all; one who could not be answered."""
    return [ether(ip4(ICMP(chksum=1) / b"x", dst=P0)), ether(ip4(PING, dst=P0, flags="MF")),
            ether(ip4(ICMP(type=0) / b"x", dst=P0)), ether(ip4(ICMP(type=13), dst=P0)),
            ether(ip4(PING, dst="192.0.2.255")),
            ether(ip4(PING, dst="198.51.100.255"), dst=BROADCAST),
            ether(ip4(PING, dst="255.255.255.255"), dst=BROADCAST),
            ether(ip4(PING, dst=P0, src="192.0.2.255"))]


def unreachables():
    """Nothing listens here: port and protocol unreachable."""
    frames = [(ether(ip4(udp(dport=port), dst=dst)), 3) for port in (1, 53) for dst in (P0, P1)]
    frames += [(ether(ip4(Raw(b"x" * 40), dst=P0, proto=proto)), 2) for proto in (4, 47, 132, 255)]
    frames += [(ether(ip4(dst=P0, ttl=1)), 3)]
    return [(frame, error4(frame, 3, code, src=IP(frame[14:]).dst)) for frame, code in frames]


def silence():
    """IGMP and fragments have no answer, nor has a wrong UDP checksum."""
    return [ether(ip4(Raw(b"x" * 8), dst=P0, proto=2)),
            ether(ip4(UDP(chksum=1) / b"x", dst=P0)),
            ether(ip4(Raw(b"x" * 32), dst=P0, proto=1, frag=4)),
            ether(ip4(Raw(b"\0\xb3\0\xb3"), dst=P0, proto=6, frag=1)),
            ether(ip4(Raw(b"\0\xb3\0"), dst=P0, proto=6))]


def tcp():
    """Nor has TCP, whose token bucket is its own."""
    return [ether(ip4(TCP(dport=22), dst=P0)), ether(ip4(TCP(sport=17900, dport=180), dst=P0))]


def broadcasts():
    """Of each subnet, and the limited one; DHCP from a host that has no address yet."""
    dhcp = UDP(sport=68, dport=67) / Raw(b"\1\1\6\0" + b"\0" * 236)
    return [ether(ip4(dst=dst), dst=BROADCAST)
            for dst in ("192.0.2.255", "198.51.100.255", "255.255.255.255")] + \
        [ether(ip4(dst="192.0.2.255")),
         ether(ip4(dhcp, src="0.0.0.0", dst="255.255.255.255"), dst=BROADCAST)]


def routing():
    """Routing protocols have a token bucket of their own."""
    uppers = [TCP(dport=179), TCP(sport=179), TCP(dport=646)]
    uppers += [UDP(dport=port, chksum=1) for port in (520, 646, 3784, 3785, 4784, 6784)]
    return [ether(ip4(upper, dst=P0)) for upper in uppers] + \
        [ether(ip4(Raw(b"x" * 20), dst="192.0.2.255", proto=proto), dst=BROADCAST)
         for proto in (88, 89, 103, 112)]


def test_local(refuses):
    refuses({"punt local/other": unreachables() + silence() + broadcasts(),
             "punt local/routing": routing(), "punt local/tcp": tcp(),
             "punt local/icmp": echoes() + no_echoes()})


def test_multicast(refuses):
    """Whatever the group; not forwarded, and no error about it."""
    group = "01:00:5e:00:00:05"
    refuses({
        "punt multicast/other": [ether(ip4(dst=dst, ttl=ttl), dst=group)
                                 for dst in ("224.0.0.1", "224.0.0.251", "239.255.255.250",
                                             "232.1.2.3") for ttl in (1, 64)],
        "punt multicast/routing": [ether(ip4(Raw(b"x" * 20), dst="224.0.0.5", proto=89, ttl=1),
                                         dst=group),
                                   ether(ip4(UDP(dport=520) / b"x", dst="224.0.0.9"), dst=group),
                                   ether(ip4(Raw(b"x" * 20), dst="224.0.0.18", proto=112),
                                         dst=group)],
    })


def test_ends_of_a_31_are_hosts(exchange):
    """RFC 3021: no broadcast address in a subnet of two."""
    ports = [{**CONFIG["ports"][0], "addresses": ["192.0.2.0/31"]}, CONFIG["ports"][1]]
    result = exchange({"p0": [ether(ip4(PING, dst="192.0.2.0", src="192.0.2.1")),
                              ether(ip4(dst="192.0.2.1", src="198.51.100.10"))]}, ports=ports,
                      neighbours=[{"address": "192.0.2.1", "port": "p0", "mac": H0_MAC}])
    assert result.counters == {"punt local/icmp": 1}
    assert len(result.sent["p0"]) == 2
