# SPDX-License-Identifier: BSD-3-Clause
"""Neighbour discovery (RFC 4861): solicitations are punted, and answered for the port's own
addresses."""
from socket import AF_INET6, inet_pton

from frames import (H0_6, H0_LL, H0_MAC, P0_6, P0_LL, P0_MAC, P1_6, answer, ether, icmp6, ip6,
                    mac_bytes)

OTHER_MAC = "02:00:00:00:01:77"
SOURCE_MAC = b"\1\1"  # option: source link-layer address


def solicited_node(target):
    tail = inet_pton(AF_INET6, target)[13:]
    return "ff02::1:ff%02x:%02x%02x" % tuple(tail), "33:33:ff:%02x:%02x:%02x" % tuple(tail)


def solicit(target, src=H0_6, option=SOURCE_MAC + mac_bytes(H0_MAC), to=None, hlim=255):
    dst, mac = (to, P0_MAC) if to else solicited_node(target)
    rest = b"\0" * 4 + inet_pton(AF_INET6, target) + option
    return ether(icmp6(src, dst, b"\x87\0", rest, hlim=hlim), dst=mac)


def advert(target, dst=H0_6, mac=H0_MAC, flags=0xE0):
    """Router, solicited, override."""
    rest = bytes([flags, 0, 0, 0]) + inet_pton(AF_INET6, target) + b"\2\1" + mac_bytes(P0_MAC)
    return answer(icmp6(target, dst, b"\x88\0", rest, hlim=255), dst=mac)


def solicitations():
    """To the solicited-node group, with the sender's MAC in the frame or in the option."""
    return [(solicit(P0_6), advert(P0_6)), (solicit(P0_LL), advert(P0_LL)),
            (solicit(P0_LL, src=H0_LL), advert(P0_LL, H0_LL)),
            (solicit(P0_6, option=b""), advert(P0_6)),
            (solicit(P0_6, option=SOURCE_MAC + mac_bytes(OTHER_MAC)), advert(P0_6, mac=OTHER_MAC)),
            (solicit(P0_6, option=b"\x0e\1" + b"nonce!" + SOURCE_MAC + mac_bytes(H0_MAC)),
             advert(P0_6))]


def duplicate_address_detection():
    """From nobody yet: everybody is told (RFC 4862 5.4.2, RFC 4861 7.2.4)."""
    everybody = {"dst": "ff02::1", "mac": "33:33:00:00:00:01", "flags": 0xA0}
    return [(solicit(target, src="::", option=b""), advert(target, **everybody))
            for target in (P0_6, P0_LL)]


def silence():
    """Addresses of others (of other ports too), hop limits that a router could have lowered,
    broken options, senders that are none, a wrong checksum."""
    return [solicit(H0_6), solicit(P1_6), solicit("fe80::1"), solicit(P0_6, hlim=254),
            solicit(P0_6, option=b"\1\0" + mac_bytes(H0_MAC)), solicit(P0_6, option=b"\1\1\2"),
            solicit(P0_6, option=SOURCE_MAC + mac_bytes("33:33:00:00:00:01")),
            solicit(P0_6, src="::"), solicit(P0_6, src=P0_6),
            ether(ip6(solicit(P0_6)[54:], dst="ff02::1:ff00:1", nh=58, hlim=255,
                      src="2001:db8:1::bad"), dst="33:33:ff:00:00:01")]


def unicast():
    """Neighbour unreachability detection."""
    return [(solicit(P0_6, to=P0_6), advert(P0_6)),
            (solicit(P0_LL, to=P0_LL, src=H0_LL), advert(P0_LL, H0_LL))]


def others():
    """Nobody learns from adverts and redirects here, and solicits a router's."""
    rest = b"\x60\0\0\0" + inet_pton(AF_INET6, H0_6)
    return [ether(icmp6(H0_6, P0_6, bytes([kind, 0]), rest, hlim=255))
            for kind in (133, 134, 136, 137)]


def test_neighbour_discovery(refuses):
    refuses({"punt multicast/nd": solicitations() + duplicate_address_detection() + silence(),
             "punt local/nd": unicast() + others()})
