# SPDX-License-Identifier: BSD-3-Clause
"""IPv6 addresses that no packet in transit may have (RFC 4291 2), as Linux reads it."""
from frames import P0_6, P0_MAC, ether, ip6

GROUP = "33:33:00:00:00:01"


def test_sources(refuses):
    """In transit, and when the router itself or a group is meant."""
    def frames(*sources):
        return [ether(ip6(src=one, dst=dst), dst=mac) for one in sources for dst, mac in
                (("2001:db8:2::10", P0_MAC), (P0_6, P0_MAC), ("ff02::1", GROUP))]

    refuses({
        "drop ip6_src_multicast": frames("ff00::", "ff02::1", "ff0e::1", "ffff::1"),
        "drop ip6_src_loopback": frames("::1"),
        "drop ip6_src_unspecified": frames("::")[:2],
    })


def test_destinations(refuses):
    def frames(*destinations):
        return [ether(ip6(dst=one)) for one in destinations]

    refuses({
        "drop ip6_dst_loopback": frames("::1"),
        "drop ip6_dst_unspecified": frames("::"),
        "drop ip6_dst_scope": frames("ff00::1", "ff01::1", "ff10::5", "ff31::5"),
    }, routes=[{"to": "::/0", "via": "2001:db8:2::10"}])
