# SPDX-License-Identifier: BSD-3-Clause
"""IPv6 link-local addresses stay on their link (RFC 4291 2.5.6, RFC 4443 3.1)."""
from frames import H0_6, H0_LL, P0_6, P0_LL, error6, ether, ip6


SOURCES = [H0_LL, "fe80::1", "febf::1"]


def unreachable(frame, code):
    """The error comes from an address of the scope of who is told."""
    return error6(frame, 1, code, src=P0_LL if frame[22] == 0xFE else P0_6)


def test_scope(refuses):
    """A link-local source in transit is told; a link-local destination is not forwarded, not even
    on its own link. Blackholes, missing routes and hop limits are found out first, as by Linux."""
    frames = [ether(ip6(src=src)) for src in SOURCES]
    frames += [ether(ip6(src=src, dst=dst)) for src in (H0_6, H0_LL)
               for dst in ("fe80::1", "febf::1", "fe80::ff:fe00:2")]
    no_route, hop_limit = ether(ip6(src=H0_LL, dst="2001:db8:e::1")), ether(ip6(src=H0_LL, hlim=1))
    refuses({
        "punt scope/any": [(frame, unreachable(frame, 2)) for frame in frames],
        "punt no_route/any": [(no_route, unreachable(no_route, 0))],
        "punt ttl/any": [(hop_limit, error6(hop_limit, 3, 0, src=P0_LL))],
        "drop ip6_blackhole": [ether(ip6(src=H0_LL, dst="2001:db8:b::1"))],
    }, routes=[{"to": "2001:db8:b::/48", "type": "blackhole"}])
