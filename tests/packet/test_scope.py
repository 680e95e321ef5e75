# SPDX-License-Identifier: BSD-3-Clause
"""IPv6 link-local addresses stay on their link (RFC 4291 2.5.6, RFC 4443 3.1)."""
from frames import H0_6, H0_LL, P0_6, P0_LL, error6, ether, ip6


def test_link_local_source_in_transit(answers):
    frames = [ether(ip6(src=src)) for src in (H0_LL, "fe80::1", "febf::1")]
    answers("punt scope/any", [(frame, error6(frame, 1, 2, src=P0_LL)) for frame in frames])


def test_link_local_destination_of_another(answers):
    """Not forwarded, not even on its own link."""
    frames = [ether(ip6(src=src, dst=dst)) for src in (H0_6, H0_LL)
              for dst in ("fe80::1", "febf::1", "fe80::ff:fe00:2")]
    answers("punt scope/any", [
        (frame, error6(frame, 1, 2, src=P0_LL if frame[22] == 0xFE else P0_6))
        for frame in frames])


def test_after_no_route_and_hop_limit(refuses, answers):
    """Linux finds those out first."""
    frames = [ether(ip6(src=H0_LL, dst="2001:db8:e::1"))]
    answers("punt no_route/any", [(frame, error6(frame, 1, 0, src=P0_LL)) for frame in frames])
    refuses({"drop ip6_blackhole": [ether(ip6(src=H0_LL, dst="2001:db8:b::1"))]},
            routes=[{"to": "2001:db8:b::/48", "type": "blackhole"}])


def test_hop_limit(answers):
    frame = ether(ip6(src=H0_LL, hlim=1))
    answers("punt ttl/any", [(frame, error6(frame, 3, 0, src=P0_LL))])
