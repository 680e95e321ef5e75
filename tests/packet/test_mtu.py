# SPDX-License-Identifier: BSD-3-Clause
"""Larger than the outgoing MTU: path MTU discovery (RFC 1191, RFC 8201)."""
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import error4, error6, ether, ip4, ip6

MTU = 1400
NARROW = with_mtu(CONFIG, MTU, "p1")


def sized4(size, **fields):
    return ether(ip4(Raw(b"x" * (size - 20)), proto=253, **fields))


def sized6(size):
    return ether(ip6(Raw(b"x" * (size - 40)), nh=253))


def test_up_to_the_mtu(forwards):
    forwards([sized4(size, flags=flags) for size in (MTU - 1, MTU) for flags in ("", "DF")] +
             [sized6(size) for size in (MTU - 1, MTU)], config=NARROW)


def test_too_big(refuses):
    """Fragmentation needed, packet too big; what may be fragmented has no answer, as with
    control: none nobody does. TTL comes first."""
    needed = [sized4(size, flags="DF") for size in (MTU + 1, MTU + 8, 1500)]
    needed += [sized4(1500, flags="DF+MF")]
    too_big = [sized6(size) for size in (MTU + 1, MTU + 8, 1500)]
    ttl = sized4(1500, flags="DF", ttl=1)
    refuses({"punt mtu/any": [(frame, error4(frame, 3, 4, mtu=MTU)) for frame in needed] +
             [(frame, error6(frame, 2, 0, word=MTU)) for frame in too_big] +
             [sized4(MTU + 1), sized4(1500, flags="MF")],
             "punt ttl/any": [(ttl, error4(ttl, 11, 0))]}, config=NARROW)


def test_only_the_way_out_counts(forwards):
    """What the port took in may be larger than the port's own MTU."""
    forwards([sized4(1500, flags="DF"), sized6(1500)], config=with_mtu(CONFIG, 1300, "p0"))
