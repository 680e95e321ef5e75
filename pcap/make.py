#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the captures of this folder: small, named, the same bytes in every run.

    pcap/make.py [DIRECTORY]

They are inputs of tests and seeds of fuzzers. The frames come from the host 10.0.0.2 (or
2001:db8:0:a::2) on a port of the router with MAC 02:00:00:00:00:10 and 10.0.0.1/24
(2001:db8:0:a::1/64), which has routes to 20.0.0.0/8 and 2001:db8:20::/44.
"""
import random
import struct
import sys
from pathlib import Path

from scapy.all import (ARP, BOOTP, DHCP, DNS, DNSQR, ICMP, IP, TCP, UDP, Dot1AD, Dot1Q, Ether,
                       ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6MLReport2, ICMPv6ND_NA,
                       ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS, ICMPv6NDOptDstLLAddr,
                       ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, ICMPv6PacketTooBig,
                       ICMPv6TimeExceeded, IPOption_NOP, IPOption_RR, IPOption_Router_Alert,
                       IPOption_Timestamp, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                       IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, IPv6ExtHdrSegmentRouting, Jumbo,
                       Pad1, PadN, Raw, RouterAlert, fragment, fragment6)

ROUTER, HOST, OTHER = "02:00:00:00:00:10", "02:00:00:00:01:02", "02:00:00:00:09:09"
ALL = "ff:ff:ff:ff:ff:ff"
HOST4, ROUTER4, FAR4 = "10.0.0.2", "10.0.0.1", "20.0.0.1"
HOST6, ROUTER6, FAR6 = "2001:db8:0:a::2", "2001:db8:0:a::1", "2001:db8:20::1"
LINK_HOST, LINK_ROUTER = "fe80::ff:fe00:102", "fe80::ff:fe00:10"
SOLICITED = "ff02::1:ff00:1"

rng = random.Random(1)


def data(length):
    return Raw(bytes(rng.randrange(256) for _ in range(length)))


def ether(dst=ROUTER, **fields):
    return Ether(dst=dst, src=HOST, **fields)


def ip4(dst=FAR4, src=HOST4, **fields):
    return ether() / IP(src=src, dst=dst, id=fields.pop("id", 1), **fields)


def ip6(dst=FAR6, src=HOST6, **fields):
    return ether() / IPv6(src=src, dst=dst, **fields)


def padded(frame):
    """At least the 60 bytes that a wire has."""
    return bytes(frame).ljust(60, b"\0")


def ip4_udp():
    yield ip4() / UDP(sport=4000, dport=5000) / data(64)
    yield padded(ip4() / UDP(sport=4000, dport=5000) / data(1))
    for dst in ("20.1.2.3", "20.2.3.4", "20.3.0.1", "20.4.0.1", "20.5.5.5"):
        yield ip4(dst) / UDP(sport=4001, dport=53) / DNS(id=7, qd=DNSQR(qname="example.org"))
    # As large as the MTU, and one byte more.
    for dst, length in (("20.3.0.1", 1280), (FAR4, 1500)):
        for over in (0, 1):
            yield ip4(dst, flags="DF") / UDP(sport=4000, dport=5000) / data(length - 28 + over)
    yield ip4("20.3.0.1") / UDP(sport=4000, dport=5000) / data(1281 - 28)
    yield padded(ip4(ttl=1) / UDP(sport=33434, dport=33434) / data(4))
    yield ip4(tos=0xb8, ttl=2) / UDP(sport=4000, dport=5000, chksum=0) / data(32)
    yield padded(ip4(ROUTER4) / UDP(sport=4000, dport=33435) / data(2))
    yield ether(ALL) / IP(src="0.0.0.0", dst="255.255.255.255", id=1) / UDP(sport=68, dport=67) / \
        BOOTP(chaddr=bytes.fromhex("020000000102"), xid=5) / \
        DHCP(options=[("message-type", 1), "end"])
    yield ether("01:00:5e:00:00:09") / IP(src=HOST4, dst="224.0.0.9", ttl=1, id=1) / \
        UDP(sport=520, dport=520) / data(24)


def ip4_tcp():
    tcp = {"sport": 40000, "dport": 80, "seq": 1000}
    yield ip4(flags="DF") / TCP(flags="S", options=[("MSS", 1460), ("SAckOK", b""),
                                                    ("Timestamp", (1, 0)), ("NOP", None),
                                                    ("WScale", 7)], **tcp)
    yield padded(ip4(flags="DF") / TCP(flags="A", ack=1, **tcp))
    yield ip4(flags="DF") / TCP(flags="PA", ack=1, **tcp) / b"GET / HTTP/1.0\r\n\r\n"
    yield ip4(flags="DF") / TCP(flags="A", ack=1, **tcp) / data(1460)
    yield padded(ip4() / TCP(flags="FA", ack=1, **tcp))
    yield padded(ip4() / TCP(flags="R", **tcp))
    yield padded(ip4(ROUTER4, ttl=1) / TCP(sport=40001, dport=179, flags="S"))
    yield padded(ip4(dst="20.1.0.7") / TCP(flags="S", **tcp))


def ip4_options():
    yield ip4(options=[IPOption_Router_Alert()]) / UDP(sport=1, dport=2) / data(20)
    yield ip4(options=[IPOption_RR(routers=["0.0.0.0"] * 3)]) / ICMP(id=1, seq=1) / data(20)
    yield ip4(options=[IPOption_Timestamp(flg=0, timestamp=0)]) / UDP(sport=1, dport=2) / data(20)
    yield ip4(options=[IPOption_NOP()] * 40) / TCP(sport=1, dport=2)
    yield ip4(options=[IPOption_NOP()] * 4, ttl=1) / UDP(sport=1, dport=2) / data(20)
    # Loose source route through the router (RFC 791 3.1).
    yield ip4(ROUTER4, options=[Raw(b"\x83\x07\x04\x14\x00\x00\x01\x00")]) / UDP() / data(20)
    # An option that ends behind the header.
    yield ip4(options=[Raw(b"\x07\xff\x04\x00")]) / UDP(sport=1, dport=2) / data(20)


def ip4_fragments():
    yield from fragment(ip4(id=77) / UDP(sport=4000, dport=5000) / data(3000), fragsize=1480)
    yield from map(padded, fragment(ip4("20.1.0.9", id=78) / ICMP(id=2) / data(60), fragsize=24))
    # The first is too short for the ports; the last would end beyond 65535.
    yield padded(ip4(id=79, flags="MF", proto=17) / data(1))
    yield padded(ip4(id=80, frag=8191, proto=17) / data(26))


def ip4_icmp():
    yield ip4() / ICMP(id=1, seq=1) / data(56)
    yield ip4(ROUTER4) / ICMP(id=1, seq=2) / data(56)
    yield padded(ip4(ROUTER4) / ICMP(id=1, seq=3))
    yield ip4(ROUTER4) / ICMP(id=1, seq=4) / data(1472)
    yield ip4(ROUTER4) / ICMP(type=0, id=1, seq=5) / data(56)
    yield ip4(ttl=1) / ICMP(id=1, seq=6) / data(56)
    quoted = IP(src=FAR4, dst=HOST4, id=1) / UDP(sport=5000, dport=4000) / data(8)
    yield ip4() / ICMP(type=3, code=4, nexthopmtu=1280) / quoted
    yield ip4(ttl=1) / ICMP(type=11) / quoted
    for dst in ("20.5.0.1", "20.6.0.1", "20.7.0.1", "20.8.0.1", "20.10.0.1", "30.0.0.1",
                "10.0.0.77", "10.0.0.255"):
        yield padded(ip4(dst) / ICMP(id=2, seq=1))


def ip4_bad_checksum():
    yield ip4(chksum=0x1234) / UDP(sport=4000, dport=5000) / data(30)
    yield ip4(chksum=0) / UDP(sport=4000, dport=5000) / data(30)
    yield ip4(chksum=0xffff) / UDP(sport=4000, dport=5000) / data(30)
    yield ip4(ROUTER4) / ICMP(id=1, chksum=1) / data(30)
    yield ip4() / UDP(sport=4000, dport=5000, chksum=1) / data(30)
    # Right, and 0xffff or 0x0000 before or after the TTL goes down (RFC 1624 3).
    for wanted in (0x0000, 0xffff, 0xfeff, 0xfe00, 0xff00):
        frame = bytearray(bytes(ip4(id=0) / UDP(sport=4000, dport=5000) / data(30)))
        frame[24:26] = b"\0\0"
        rest = sum(struct.unpack("!10H", frame[14:34])) - struct.unpack("!H", frame[18:20])[0]
        frame[18:20] = struct.pack("!H", (0xffff - wanted - rest) % 0xffff)
        frame[24:26] = struct.pack("!H", wanted)
        yield bytes(frame)


def ip4_odd_lengths():
    udp = UDP(sport=4000, dport=5000)
    yield ip4(len=19) / udp / data(30)
    yield ip4(len=0) / udp / data(30)
    yield ip4(len=59) / udp / data(30)
    yield ip4(len=0xffff) / udp / data(30)
    yield padded(ip4(len=20) / udp)
    yield bytes(ip4() / udp / data(60)) + b"trailer behind the packet"
    yield padded(bytes(ip4(proto=17)))
    for ihl in (0, 4, 6, 15):
        yield ip4(ihl=ihl) / udp / data(30)
    for version in (0, 5, 6, 15):
        yield ip4(version=version) / udp / data(30)


def ip6_udp():
    udp = UDP(sport=4000, dport=5000)
    yield ip6() / udp / data(64)
    yield ip6() / udp / b""
    for dst in ("2001:db8:21::1", "2001:db8:22::1", "2001:db8:23::1", "2001:db8:24::1",
                "2001:db8:25::1", "2001:db8:26::1", "2001:db8:27::1", "2001:db8:28::1",
                "2001:db8:ffff::1", "2001:db8:0:a::77"):
        yield ip6(dst, fl=0x12345) / udp / data(8)
    # As large as the MTU, and one byte more.
    for dst, length in (("2001:db8:23::1", 1280), (FAR6, 1500)):
        for over in (0, 1):
            yield ip6(dst) / udp / data(length - 48 + over)
    yield ip6(hlim=1) / udp / data(8)
    yield ip6(tc=0xb8, hlim=2) / udp / data(8)
    yield ip6(ROUTER6) / UDP(sport=4000, dport=33434) / data(8)
    yield bytes(ip6() / udp / data(30)) + b"trailer behind the packet"
    yield ip6(plen=0) / udp / data(30)
    yield ip6(plen=39) / udp / data(30)
    yield ip6(version=4) / udp / data(30)


def ip6_tcp():
    tcp = {"sport": 40000, "dport": 80, "seq": 1000}
    yield ip6() / TCP(flags="S", options=[("MSS", 1440), ("SAckOK", b"")], **tcp)
    yield ip6() / TCP(flags="A", ack=1, **tcp)
    yield ip6() / TCP(flags="PA", ack=1, **tcp) / b"GET / HTTP/1.0\r\n\r\n"
    yield ip6() / TCP(flags="A", ack=1, **tcp) / data(1440)
    yield ip6(ROUTER6, hlim=1) / TCP(sport=40001, dport=179, flags="S")
    yield ip6("2001:db8:21::7") / TCP(flags="S", **tcp)


def ip6_ext():
    udp = UDP(sport=4000, dport=5000) / data(16)
    hop = IPv6ExtHdrHopByHop(options=[RouterAlert(), PadN(optdata=b"")])
    yield ip6() / hop / udp
    yield ip6(hlim=1) / hop / udp
    yield ip6() / IPv6ExtHdrHopByHop(options=[Pad1()] * 6) / udp
    yield ip6(plen=0) / IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=70000)]) / udp
    yield ip6() / IPv6ExtHdrRouting(type=0, addresses=[ROUTER6, FAR6]) / udp
    yield ip6(ROUTER6) / IPv6ExtHdrSegmentRouting(addresses=[FAR6], segleft=0, lastentry=0) / udp
    yield ip6() / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0" * 4)]) / udp
    yield ip6() / IPv6ExtHdrFragment(id=5, m=1) / udp
    yield ip6() / IPv6ExtHdrFragment(id=5, offset=3) / udp
    yield from fragment6(ip6("2001:db8:21::9") / IPv6ExtHdrFragment(id=6) /
                         UDP(sport=4000, dport=5000) / data(1500), 1280)
    yield ip6(ROUTER6) / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting() / IPv6ExtHdrFragment() / \
        ICMPv6EchoRequest(id=1, seq=1)
    yield ip6(nh=59) / data(8)
    yield ip6(ROUTER6, nh=253) / data(8)
    yield ip6(nh=60) / Raw(b"\x3c\xff" + bytes(6)) # longer than the packet
    yield ip6(nh=51) / Raw(b"\x11\x04" + bytes(22)) / udp


def ip6_nd():
    ask = ICMPv6ND_NS(tgt=ROUTER6)
    yield ether("33:33:ff:00:00:01") / IPv6(src=HOST6, dst=SOLICITED, hlim=255) / ask / \
        ICMPv6NDOptSrcLLAddr(lladdr=HOST)
    yield ether("33:33:ff:00:00:01") / IPv6(src="::", dst=SOLICITED, hlim=255) / ask
    yield ip6(ROUTER6, hlim=255) / ask
    yield ip6(LINK_ROUTER, LINK_HOST, hlim=255) / ICMPv6ND_NS(tgt=LINK_ROUTER) / \
        ICMPv6NDOptSrcLLAddr(lladdr=HOST)
    yield ip6(ROUTER6, hlim=64) / ask
    yield ip6(ROUTER6, hlim=255) / ICMPv6ND_NA(tgt=HOST6) / ICMPv6NDOptDstLLAddr(lladdr=HOST)
    yield ether("33:33:00:00:00:02") / IPv6(src=LINK_HOST, dst="ff02::2", hlim=255) / \
        ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=HOST)
    yield ether("33:33:00:00:00:01") / IPv6(src=LINK_HOST, dst="ff02::1", hlim=255) / \
        ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8:0:a::", prefixlen=64)
    yield ether("33:33:00:00:00:16") / IPv6(src=LINK_HOST, dst="ff02::16", hlim=1) / \
        IPv6ExtHdrHopByHop(options=[RouterAlert()]) / ICMPv6MLReport2()
    yield ip6(ROUTER6) / ICMPv6EchoRequest(id=1, seq=1, data=bytes(56))
    yield ip6(LINK_ROUTER, LINK_HOST) / ICMPv6EchoRequest(id=1, seq=2)
    yield ip6(FAR6, LINK_HOST) / ICMPv6EchoRequest(id=1, seq=3)
    yield ether("33:33:00:00:00:01") / IPv6(src=HOST6, dst="ff02::1") / \
        ICMPv6EchoRequest(id=1, seq=4)
    yield ip6() / ICMPv6EchoReply(id=1, seq=5)
    quoted = IPv6(src=FAR6, dst=HOST6) / UDP(sport=5000, dport=4000) / data(8)
    yield ip6() / ICMPv6PacketTooBig(mtu=1280) / quoted
    yield ip6(hlim=1) / ICMPv6TimeExceeded() / quoted
    # A solicitation with an option of length 0.
    yield ip6(ROUTER6, hlim=255) / ask / Raw(b"\x01\x00" + bytes(6))


def arp():
    def request(dst=ALL, **fields):
        return padded(ether(dst) / ARP(hwsrc=HOST, **{"psrc": HOST4, "pdst": ROUTER4, **fields}))

    yield request()
    yield request(ROUTER)
    yield request(psrc="0.0.0.0")
    yield request(pdst=HOST4)
    yield request(pdst="10.0.0.99")
    yield request(ROUTER, op=2, hwdst=ROUTER)
    yield request(op=3)
    yield request(hwtype=6)
    yield request(hwlen=8)
    yield request()[:41]


def lldp():
    def tlv(kind, value):
        return struct.pack("!H", kind << 9 | len(value)) + value

    mac = bytes.fromhex(HOST.replace(":", ""))
    unit = tlv(1, b"\4" + mac) + tlv(2, b"\5eth0") + tlv(3, struct.pack("!H", 120))
    for dst in ("01:80:c2:00:00:0e", "01:80:c2:00:00:03", ROUTER):
        yield padded(ether(dst, type=0x88cc) / Raw(unit + tlv(5, b"host") + tlv(0, b"")))
    yield padded(ether("01:80:c2:00:00:0e", type=0x88cc) / Raw(unit[:9] + b"\xff\xff"))


def vlan():
    packet = IP(src=HOST4, dst=FAR4, id=1) / UDP(sport=4000, dport=5000) / data(32)
    yield ether() / Dot1Q(vlan=7) / packet
    yield ether() / Dot1Q(vlan=0, prio=5) / packet
    yield ether() / Dot1AD(vlan=100) / Dot1Q(vlan=7) / packet
    yield ether() / Dot1Q(vlan=7) / IPv6(src=HOST6, dst=FAR6) / UDP() / data(32)
    yield padded(ether(ALL) / Dot1Q(vlan=7) / ARP(psrc=HOST4, pdst=ROUTER4, hwsrc=HOST))
    yield ether() / Dot1Q(vlan=7)


def runts():
    whole4 = bytes(ip4() / UDP(sport=4000, dport=5000) / data(12))
    whole6 = bytes(ip6() / UDP(sport=4000, dport=5000) / data(12))
    for length in (1, 6, 13, 14, 15, 33, 34, 41, 53):
        yield whole4[:length]
    for length in (14, 15, 53, 54, 61):
        yield whole6[:length]
    # Whole packets without room for the ports, in frames without padding.
    for dst4, dst6 in (("20.1.0.1", "2001:db8:21::1"), (ROUTER4, ROUTER6)):
        for proto in (6, 17, 58):
            for length in range(5):
                yield ip4(dst4, proto=1 if proto == 58 else proto) / data(length)
                yield ip6(dst6, nh=proto) / data(length)
    yield bytes(ether(OTHER) / Raw(b"x"))


def martians():
    for src in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
                "169.254.1.1", "0.1.2.3", ROUTER4, "10.1.0.1", FAR4):
        yield padded(ip4(src=src) / UDP(sport=1, dport=2))
    for dst in ("0.0.0.0", "127.0.0.1", "240.0.0.1", "169.254.1.1", "224.0.0.1", "239.1.1.1"):
        yield padded(ip4(dst) / UDP(sport=1, dport=2))
    for src in ("::", "::1", "ff02::1", "fe80::1", "febf::1", "fec0::1", ROUTER6, FAR6):
        yield ip6(src=src) / UDP(sport=1, dport=2)
    for dst in ("::", "::1", "ff00::1", "ff01::1", "ff05::2", "ff0e::1", "fe80::99"):
        yield ip6(dst) / UDP(sport=1, dport=2)
    # Unicast IP in broadcast and multicast frames, and frames for another.
    for mac in (ALL, "01:00:5e:00:00:01", OTHER):
        yield padded(ether(mac) / IP(src=HOST4, dst=FAR4, id=1) / UDP(sport=1, dport=2))
    for mac in (ALL, "33:33:00:00:00:01", OTHER):
        yield ether(mac) / IPv6(src=HOST6, dst=FAR6) / UDP(sport=1, dport=2)


CAPTURES = (ip4_udp, ip4_tcp, ip4_options, ip4_fragments, ip4_icmp, ip4_bad_checksum,
            ip4_odd_lengths, ip6_udp, ip6_tcp, ip6_ext, ip6_nd, arp, lldp, vlan, runts, martians)


def write_pcap(path, frames):
    """Microseconds, little endian, Ethernet; a frame each millisecond from 0 on."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(map(bytes, frames)):
            out.write(struct.pack("<IIII", 0, 1000 * i, len(frame), len(frame)) + frame)


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for capture in CAPTURES:
        rng.seed(capture.__name__)
        random.seed(1)  # scapy draws from it where a field is left open
        write_pcap(folder / (capture.__name__.replace("_", "-") + ".pcap"), capture())


if __name__ == "__main__":
    main()
