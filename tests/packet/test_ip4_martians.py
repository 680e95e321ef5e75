# SPDX-License-Identifier: BSD-3-Clause
"""IPv4 addresses that no packet in transit may have (RFC 1812 5.3.7), as Linux reads it."""
from scapy.packet import Raw

from frames import P0, P1, ether, ip4

BROADCAST = "ff:ff:ff:ff:ff:ff"


def test_sources(refuses):
    """In transit, and when the router itself or a group is meant."""
    def frames(*sources):
        return [ether(ip4(src=one, dst=dst)) for one in sources
                for dst in ("198.51.100.10", P0, "192.0.2.255")]

    refuses({
        "drop ip4_src_multicast": frames("224.0.0.0", "224.0.0.1", "232.1.1.1", "239.255.255.255") +
        [ether(ip4(src="224.0.0.5", dst="224.0.0.5"))],
        "drop ip4_src_broadcast": frames("255.255.255.255"),
        "drop ip4_src_loopback": frames("127.0.0.0", "127.0.0.1", "127.255.255.255") +
        [ether(ip4(src="127.0.0.1", dst="255.255.255.255"))],
        "drop ip4_src_unspecified": frames("0.0.0.0"),
        "drop ip4_src_own": frames(P0, P1) +
        [ether(ip4(src=P0, dst="255.255.255.255"), dst=BROADCAST)],
    })


def test_sources_beside_the_own(forwards):
    """The filter of own addresses is a hash: what only shares its bit is forwarded. So is a
    subnet's broadcast address, as by Linux with rp_filter off."""
    forwards([ether(ip4(src=f"192.0.{a}.{b}")) for a in (2, 3) for b in range(256)
              if f"192.0.{a}.{b}" != P0])


def test_destinations(refuses):
    def frames(*destinations):
        return [ether(ip4(dst=one)) for one in destinations]

    refuses({
        "drop ip4_dst_loopback": frames("127.0.0.0", "127.0.0.1", "127.255.255.255"),
        "drop ip4_dst_unspecified": frames("0.0.0.0"),
    }, routes=[{"to": "0.0.0.0/0", "via": "198.51.100.10"}])


def test_unspecified_source_of_a_host_without_address(refuses):
    """RFC 2131 4.1 and IGMP (RFC 3376 4.2.13, RFC 2236): to the link's groups and broadcast, and
    membership reports to the group itself; any other multicast is a martian."""
    group = "01:00:5e:00:00:16"
    refuses({
        "punt local/other": [ether(ip4(src="0.0.0.0", dst="255.255.255.255"), dst=BROADCAST)],
        "punt multicast/other": [
            ether(ip4(Raw(b"\x22" + b"\0" * 15), src="0.0.0.0", dst="224.0.0.22", proto=2),
                  dst=group),
            ether(ip4(Raw(b"\x16" + b"\0" * 7), src="0.0.0.0", dst="239.1.1.1", proto=2),
                  dst=group),
            ether(ip4(src="0.0.0.0", dst="224.0.0.1"), dst=group),
            ether(ip4(src="0.0.0.0", dst="224.0.0.255"), dst=group)],
        "drop ip4_src_unspecified": [ether(ip4(src="0.0.0.0", dst="239.1.1.1"), dst=group),
                                     ether(ip4(src="0.0.0.0", dst="224.0.1.1"), dst=group),
                                     ether(ip4(src="0.0.0.0", dst="192.0.2.255"), dst=BROADCAST)],
    })
