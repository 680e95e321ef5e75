# SPDX-License-Identifier: BSD-3-Clause
"""Frames of the tests' network, and what becomes of them.

    hosts of p0                        router                        hosts of p1
    192.0.2.10       02::1:10 --- p0 02::1    p1 02::2 --- 198.51.100.10   02::2:10
    2001:db8:1::10               192.0.2.1    198.51.100.1                 2001:db8:2::10
                             2001:db8:1::1    2001:db8:2::1
"""
import functools

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import IPv6, in6_chksum
from scapy.packet import Raw

P0_MAC, P1_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
H0_MAC, H1_MAC = "02:00:00:00:01:10", "02:00:00:00:02:10"
P0, H0, P1, H1 = "192.0.2.1", "192.0.2.10", "198.51.100.1", "198.51.100.10"
P0_6, H0_6, P1_6, H1_6 = "2001:db8:1::1", "2001:db8:1::10", "2001:db8:2::1", "2001:db8:2::10"
P0_LL, H0_LL = "fe80::ff:fe00:1", "fe80::ff:fe00:110"  # of the MACs: RFC 4291 appendix A
IP4_TYPE, IP6_TYPE = 0x0800, 0x86DD


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def ether(payload, kind=None, dst=P0_MAC, src=H0_MAC):
    """A frame that H0 gives to the router, around layer 3 as scapy's or as bytes."""
    payload = bytes(payload)
    if kind is None:
        kind = IP6_TYPE if payload[0] >> 4 == 6 else IP4_TYPE
    return mac_bytes(dst) + mac_bytes(src) + kind.to_bytes(2, "big") + payload


def udp(payload=b"payload of some length", sport=1000, dport=2000):
    return UDP(sport=sport, dport=dport) / Raw(payload)


def ip4(upper=None, **fields):
    """IPv4 from H0 to H1 unless the fields say otherwise."""
    return IP(**{"src": H0, "dst": H1, **fields}) / (udp() if upper is None else upper)


def ip6(upper=None, **fields):
    return IPv6(**{"src": H0_6, "dst": H1_6, **fields}) / (udp() if upper is None else upper)


@functools.lru_cache
def template(layer3, **fields):
    return ether(layer3(udp(b"t" * 30), **fields))


def numbered(number, layer3=None, **fields):
    """A frame of one family and then the other, all different: the number ends the payload. What
    is above layer 3 is no router's business, so the UDP checksum does not care."""
    frame = template(layer3 or (ip6 if number % 2 else ip4), **fields)
    return frame[:-4] + number.to_bytes(4, "big")


@functools.lru_cache
def aged4(header):
    ip = IP(header)
    ip.ttl -= 1
    del ip.chksum
    return bytes(ip)


def forwarded(frame, src=P1_MAC, dst=H1_MAC):
    """The frame as the router sends it on, by scapy's arithmetic; all else stays as it is."""
    if frame[12:14] == b"\x86\xdd":
        header = frame[14:21] + bytes([frame[21] - 1])
    else:
        header = aged4(frame[14:34])
    return mac_bytes(dst) + mac_bytes(src) + frame[12:14] + header + frame[14 + len(header):]


def padded(frame):
    return frame.ljust(60, b"\0")


def seal4(header):
    """The bytes of an IPv4 header with the checksum that belongs there."""
    data = header[:10] + b"\0\0" + header[12:]
    total = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return data[:10] + (~total & 0xFFFF).to_bytes(2, "big") + data[12:]


def answer(layer3, dst=H0_MAC, src=P0_MAC):
    """The frame with which the router answers H0."""
    return padded(ether(layer3, dst=dst, src=src))


def error4(frame, kind, code, src=P0, mtu=0):
    """The ICMP error about a frame (RFC 792, RFC 1812 4.3.2)."""
    ip = IP(frame[14:])
    quote = frame[14:14 + ip.len][:576 - 28]
    return answer(IP(src=src, dst=ip.src, tos=0xC0 | ip.tos & 0x1E, ttl=64, id=0) /
                  ICMP(type=kind, code=code, nexthopmtu=mtu) / Raw(quote))


def error6(frame, kind, code, src=P0_6, word=0):
    """The ICMPv6 error about a frame (RFC 4443 3); the word behind the checksum is MTU, pointer
    or unused."""
    ip = IPv6(frame[14:])
    quote = frame[14:14 + 40 + ip.plen][:1280 - 48]
    return answer(icmp6(src, ip.src, bytes([kind, code]), word.to_bytes(4, "big") + quote))


def icmp6(src, dst, type_code, rest, hlim=64):
    """An ICMPv6 packet of raw bytes, with its checksum."""
    ip = IPv6(src=src, dst=dst, nh=58, hlim=hlim)
    data = type_code + b"\0\0" + rest
    ip.plen = len(data)
    return ip / Raw(type_code + in6_chksum(58, ip, data).to_bytes(2, "big") + rest)


def anonymous(frame):
    """An answer without its IPv4 identification, which is the router's to choose: 0, and the
    checksum as it would be. A wrong checksum stays wrong."""
    if frame[12:14] != b"\x08\x00":
        return frame
    ip = frame[14:34]
    wrong = seal4(ip) != ip
    ip = seal4(ip[:4] + b"\0\0" + ip[6:])
    return frame[:14] + (b"wrong checksum" if wrong else b"") + ip + frame[34:]
