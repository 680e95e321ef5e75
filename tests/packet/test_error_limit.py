# SPDX-License-Identifier: BSD-3-Clause
"""ICMP errors are limited all together (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)), but a scan must not
stop path MTU discovery: what is larger than the MTU is always told, as Linux does."""
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import anonymous, error4, error6, ether, ip4, ip6

NARROW = with_mtu(CONFIG, 1400, "p1")
SCAN = [frame for _ in range(200) for frame in (
    ether(ip4(dst="198.51.100.77")), ether(ip6(dst="2001:db8:2::77")),
    ether(ip4(ttl=1)), ether(ip6(hlim=1)))]
BIG4 = ether(ip4(Raw(b"x" * 1480), proto=253, flags="DF"))
BIG6 = ether(ip6(Raw(b"x" * 1460), nh=253))


def test_scan_and_path_mtu(exchange):
    result = exchange({"p0": SCAN + [BIG4, BIG6] * 20}, config=NARROW)
    sent = list(map(anonymous, result.sent["p0"]))
    assert sent.count(anonymous(error4(BIG4, 3, 4, mtu=1400))) == 20
    assert sent.count(anonymous(error6(BIG6, 2, 0, word=1400))) == 20
    # The scan met its limit: of 800 a burst of 50 and a thousand a second are answered.
    assert result.counters["punt glean/any"] == result.counters["punt ttl/any"] == 400
    assert len(sent) + result.counters["drop no_control"] == 840
