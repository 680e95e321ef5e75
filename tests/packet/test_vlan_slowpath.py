# SPDX-License-Identifier: BSD-3-Clause
"""What the router itself says on VLAN interfaces: with the tags of the interface, and the priority of
what it answers."""
import ipaddress

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from frames import H1, H1_6, P0_MAC, ether, icmp6, ip4, ip6, padded, udp
from vlans import AD, KEYS, MAC_200, Q, VLANS, address, address6, tagged, with_priority

BITS = 0xA000
# Of the interfaces with addresses: tags, the router's MAC address there, that of the host.
WHERE = [(name, tags, own, host) for name, (tags, _, own, host) in VLANS.items()
         if name.startswith("p0")]


def question(tags, layer3, own, host, kind=None, dst=None):
    return tagged(ether(layer3, kind, dst=dst or own, src=host), *with_priority(tags, BITS))


def reply(tags, layer3, own, host, kind=None):
    return tagged(padded(ether(layer3, kind, dst=host, src=own)), *with_priority(tags, BITS))


def arps(name, tags, own, host):
    def arp(op, **fields):
        return ARP(op=op, **fields)
    asked = arp(1, hwsrc=host, psrc=address(name, 10), hwdst="00:00:00:00:00:00",
                pdst=address(name, 1))
    told = arp(2, hwsrc=own, psrc=address(name, 1), hwdst=host, pdst=address(name, 10))
    return (question(tags, asked, own, host, 0x0806, "ff:ff:ff:ff:ff:ff"),
            reply(tags, told, own, host, 0x0806))


def pings4(name, tags, own, host):
    echo = IP(src=address(name, 10), dst=address(name, 1)) / ICMP(id=7) / b"abcdefgh"
    back = IP(src=address(name, 1), dst=address(name, 10), ttl=64, id=0) / ICMP(
        type=0, id=7) / b"abcdefgh"
    return question(tags, echo, own, host), reply(tags, back, own, host)


def pings6(name, tags, own, host):
    echo = icmp6(address6(name, 10), address6(name, 1), b"\x80\0", b"\0\1\0\1data")
    back = icmp6(address6(name, 1), address6(name, 10), b"\x81\0", b"\0\1\0\1data")
    return question(tags, echo, own, host), reply(tags, back, own, host)


def solicitations(name, tags, own, host):
    target = ipaddress.ip_address(address6(name, 1)).packed
    group = "ff02::1:ff" + target[13:14].hex() + ":" + target[14:].hex()
    mac = bytes.fromhex(host.replace(":", ""))
    own_mac = bytes.fromhex(own.replace(":", ""))
    asked = icmp6(address6(name, 10), group, b"\x87\0", bytes(4) + target + b"\1\1" + mac, hlim=255)
    told = icmp6(address6(name, 1), address6(name, 10), b"\x88\0",
                 b"\xe0\0\0\0" + target + b"\2\1" + own_mac, hlim=255)
    return (question(tags, asked, own, host, None, "33:33:ff:" + ":".join(
        f"{byte:02x}" for byte in target[13:])), reply(tags, told, own, host))


def ttls(name, tags, own, host):
    sent = ip4(udp(), src=address(name, 10), dst=H1, ttl=1)
    back = IP(src=address(name, 1), dst=address(name, 10), tos=0xC0, ttl=64, id=0) / ICMP(
        type=11) / Raw(bytes(sent))
    return question(tags, sent, own, host), reply(tags, back, own, host)


def hop_limits(name, tags, own, host):
    sent = ip6(udp(), src=address6(name, 10), dst=H1_6, hlim=1)
    back = icmp6(address6(name, 1), address6(name, 10), b"\3\0", bytes(4) + bytes(sent))
    return question(tags, sent, own, host), reply(tags, back, own, host)


def without_id(frame):
    """IPv4's identification and the checksum are the router's."""
    at = frame.find(b"\x08\x00", 12)
    if at not in (12, 16, 20) or frame[at + 2] != 0x45:
        return frame
    at += 2
    return frame[:at + 4] + b"\0\0" + frame[at + 6:at + 10] + b"\0\0" + frame[at + 12:]


@pytest.mark.parametrize("what", [arps, pings4, pings6, solicitations, ttls, hop_limits])
def test_answers(exchange, what):
    """From VLANs of one tag and of two."""
    pairs = [what(*where) for where in WHERE] * 20
    result = exchange({"p0": [asked for asked, _ in pairs]}, **KEYS)
    assert not [name for name in result.counters if name.startswith("drop")]
    assert sorted(map(without_id, result.sent["p0"])) == sorted(
        without_id(told) for _, told in pairs)
    assert result.sent["p1"] == []


def test_priority_tag(exchange):
    """It is answered without a tag, as Linux does."""
    asked, told = pings4(*WHERE[0])
    own = ether(IP(src="192.0.2.10", dst="192.0.2.1") / ICMP(id=7) / b"abcdefgh")
    back = padded(ether(IP(src="192.0.2.1", dst="192.0.2.10", ttl=64, id=0) / ICMP(
        type=0, id=7) / b"abcdefgh", dst="02:00:00:00:01:10", src=P0_MAC))
    result = exchange({"p0": [tagged(own, (Q, 0x6000)), tagged(own, (AD, 0x6000)), asked]}, **KEYS)
    assert sorted(map(without_id, result.sent["p0"])) == sorted(
        map(without_id, [back, back, told]))


@pytest.mark.parametrize("size, fits", [(1400, True), (1401, False)])
def test_mtu(exchange, size, fits):
    """The MTU is that of the VLAN interface: 1400 bytes of IP packet behind the tag."""
    sent4 = ip4(udp(bytes(size - 28)), dst=address("p1.201", 10), flags="DF")
    sent6 = ip6(udp(bytes(size - 48)), dst=address6("p1.201", 10))
    result = exchange({"p0": [ether(sent4), ether(sent6)]}, **KEYS)
    if fits:
        assert result.counters == {}
        assert sorted(map(len, result.sent["p1"])) == [1418, 1418]
    else:
        assert result.counters == {"punt mtu/any": 2}
        found4, found6 = sorted(result.sent["p0"], key=lambda frame: frame[12:14])
        assert (found4[34:36], found4[40:42]) == (b"\3\4", (1400).to_bytes(2, "big"))
        assert (found6[54:56], found6[58:62]) == (b"\2\0", (1400).to_bytes(4, "big"))


def test_glean(exchange):
    """A host of a VLAN that nobody has resolved."""
    result = exchange({"p0": [ether(ip4(dst=address("p1.200", 77)))]}, **KEYS)
    assert result.counters == {"punt glean/any": 1}
    (told,) = result.sent["p0"]
    assert told[34:36] == b"\3\1"


def test_own_mac(exchange):
    """Of an interface with a MAC address of its own."""
    asked = question([(Q, 200)], IP(src=address("p1.200", 10), dst=address("p1.200", 1)) / ICMP(),
                     MAC_200, VLANS["p1.200"][3])
    result = exchange({"p1": [asked]}, **KEYS)
    (told,) = result.sent["p1"]
    assert told[6:12].hex(":") == MAC_200 and told[12:16] == asked[12:16]
