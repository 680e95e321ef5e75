# SPDX-License-Identifier: BSD-3-Clause
"""Where no next hop is, or none that can be used."""
from conftest import assert_same
from frames import error4, error6, ether, forwarded, ip4, ip6

TYPES = [{"to": f"{net}", "type": kind} for kind, *nets in (
    ("blackhole", "198.18.0.0/24", "2001:db8:b::/48"),
    ("unreachable", "198.18.1.0/24", "2001:db8:c::/48"),
    ("prohibit", "198.18.2.0/24", "2001:db8:d::/48")) for net in nets]


VIA_NOBODY = [{"to": "203.0.113.0/24", "via": "198.51.100.99"},
              {"to": "2001:db8:e::/48", "via": "2001:db8:2::99"}]


def errors4(dst, code):
    frames = [ether(ip4(dst=dst, **fields)) for fields in ({}, {"ttl": 1}, {"flags": "MF"})]
    return [(frame, error4(frame, 3, code)) for frame in frames]


def errors6(dst, code):
    frames = [ether(ip6(dst=dst, **fields)) for fields in ({}, {"hlim": 1}, {"fl": 5})]
    return [(frame, error6(frame, 1, code)) for frame in frames]


def gleans():
    """A host of the subnet, or a gateway, that has no neighbour entry."""
    frames4 = [ether(ip4(dst=dst)) for dst in ("198.51.100.2", "198.51.100.0", "203.0.113.7")]
    frames6 = [ether(ip6(dst=dst)) for dst in ("2001:db8:2::2", "2001:db8:e::7")]
    return [(frame, error4(frame, 3, 1)) for frame in frames4] + \
        [(frame, error6(frame, 1, 3)) for frame in frames6]


def test_routes_that_lead_nowhere(refuses):
    """No route, unreachable and prohibit have the codes of Linux; a blackhole is silent."""
    refuses({
        "punt no_route/any":
        errors4("8.8.8.8", 0) + errors4("198.18.1.1", 1) + errors4("198.18.2.1", 13) +
        errors6("2600::1", 0) + errors6("2001:db8:c::1", 0) + errors6("2001:db8:d::1", 1),
        "punt glean/any": gleans(),
        "drop ip4_blackhole": [ether(ip4(dst="198.18.0.1", ttl=ttl)) for ttl in (1, 64)],
        "drop ip6_blackhole": [ether(ip6(dst="2001:db8:b::1", hlim=n)) for n in (1, 64)],
    }, routes=TYPES + VIA_NOBODY)


def test_longest_match(exchange):
    """A host route within a blackhole within a default route."""
    frames = [ether(ip4(dst=dst)) for dst in ("198.18.0.1", "198.18.1.1", "8.8.8.8")]
    frames += [ether(ip6(dst=dst)) for dst in ("2001:db8:b::1", "2001:db8:b::2", "2600::1")]
    result = exchange({"p0": frames}, routes=[
        {"to": "0.0.0.0/0", "via": "198.51.100.10"}, {"to": "198.18.0.0/15", "type": "blackhole"},
        {"to": "198.18.1.1/32", "via": "198.51.100.10"}, {"to": "::/0", "via": "2001:db8:2::10"},
        {"to": "2001:db8:b::/48", "type": "blackhole"},
        {"to": "2001:db8:b::2/128", "via": "2001:db8:2::10"}])
    assert result.counters == {"drop ip4_blackhole": 1, "drop ip6_blackhole": 1}
    assert_same(result.sent["p1"], list(map(forwarded, frames[1:3] + frames[4:])))


def test_on_link_route(exchange):
    """A route by a port alone: every address of it is a neighbour."""
    frames = [ether(ip4(dst="203.0.113.5")), ether(ip4(dst="203.0.113.6"))]
    result = exchange({"p0": frames}, routes=[{"to": "203.0.113.0/24", "port": "p1"}],
                      neighbours=[{"address": "203.0.113.5", "port": "p1",
                                   "mac": "02:00:00:00:02:05"}])
    assert result.sent["p1"] == [forwarded(frames[0], dst="02:00:00:00:02:05")]
    assert result.counters == {"punt glean/any": 1}


def test_gateway_of_link_local_address(exchange):
    """The usual IPv6 gateway; the port has to be named, as the address stands on every link."""
    frame = ether(ip6(dst="2001:db8:e::5"))
    result = exchange({"p0": [frame]},
                      routes=[{"to": "2001:db8:e::/48", "via": "fe80::77", "port": "p1"}],
                      neighbours=[{"address": "fe80::77", "port": port, "mac": mac} for port, mac in
                                  (("p0", "02:00:00:00:01:77"), ("p1", "02:00:00:00:02:77"))])
    assert result.counters == {}
    assert result.sent["p1"] == [forwarded(frame, dst="02:00:00:00:02:77")]
