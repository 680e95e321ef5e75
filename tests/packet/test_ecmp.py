# SPDX-License-Identifier: BSD-3-Clause
"""Several next hops: flows spread by weight, each flow on one path, `lookup` knows which.

    p0 --- router --- p1, p2, p3: a gateway each
"""
import collections

import pytest

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.packet import Raw

from conftest import CONFIG
from frames import ether, ip4, ip6, seal4, udp

PATHS = ["p1", "p2", "p3"]
GATEWAYS = {4: {"p1": "198.51.100.10", "p2": "198.18.2.10", "p3": "198.18.3.10"},
            6: {"p1": "2001:db8:2::10", "p2": "2001:db8:a2::10", "p3": "2001:db8:a3::10"}}
PREFIX = {4: "203.0.113.0/24", 6: "2001:db8:e::/48"}
DST = {4: "203.0.113.7", 6: "2001:db8:e::7"}
LAYER3 = {4: ip4, 6: ip6}


def network(weights):
    """A route over as many gateways as weights, for both families."""
    extra = [{"name": f"p{n}", "mac": f"02:00:00:00:00:0{n + 1}",
              "addresses": [f"198.18.{n}.1/24", f"2001:db8:a{n}::1/64"]} for n in (2, 3)]
    return {
        "ports": CONFIG["ports"] + extra,
        "neighbours": [{"address": gateways[path], "port": path, "mac": f"02:00:00:00:02:1{n}"}
                       for gateways in GATEWAYS.values() for n, path in enumerate(PATHS)],
        "routes": [{"to": PREFIX[family],
                    "via": [{"gateway": GATEWAYS[family][path], "weight": weight}
                            for path, weight in zip(PATHS, weights)]} for family in (4, 6)],
    }


def flows(family, count):
    """Frames that differ by their ports only: both, in turn."""
    frame = ether(LAYER3[family](udp(), dst=DST[family]))
    at = 34 if family == 4 else 54
    return [frame[:at] + (1024 + i % 251).to_bytes(2, "big") + (1 + i).to_bytes(2, "big") +
            frame[at + 4:] for i in range(count)]


def fragments4(number):
    """Three fragments of a datagram; the ports are in the first alone."""
    src = f"192.0.2.{number % 250 + 2}"
    whole = bytes(udp(b"x" * 100, sport=number))
    return [ether(IP(src=src, dst=DST[4], id=number, proto=17, flags=flags, frag=at // 8) /
                  Raw(whole[at:to])) for at, to, flags in ((0, 32, 1), (32, 64, 1), (64, 108, 0))]


def fragments6(number):
    whole = bytes(udp(b"x" * 100, sport=number))
    return [ether(IPv6(src="2001:db8:1::10", dst=DST[6], fl=number) /
                  IPv6ExtHdrFragment(nh=17, id=number, offset=at // 8, m=more) /
                  Raw(whole[at:to])) for at, to, more in ((0, 32, 1), (32, 64, 1), (64, 108, 0))]


def flow_of(frame):
    """What does not change on the way: all behind TTL and checksum, or hop limit."""
    return frame[26:] if frame[14] >> 4 == 4 else frame[22:]


def paths(sent):
    """{flow: ports by which it left}."""
    found = collections.defaultdict(set)
    for port in PATHS:
        for frame in sent[port]:
            found[flow_of(frame)].add(port)
    return found


def assert_spread(sent, weights, total):
    for port, weight in zip(PATHS, weights):
        share = total * weight / sum(weights)
        assert abs(len(sent[port]) - share) < share / 10, port


@pytest.mark.parametrize("weights", [(1, 1), (2, 1), (2, 1, 1)])
def test_weights(exchange, weights):
    """Within a tenth of the weights; the same flow the same way, however often it comes."""
    frames = flows(4, 5000) + flows(6, 5000)
    result = exchange({"p0": frames + frames[::-1]}, **network(weights))
    assert result.counters == {}
    for kind in (b"\x08\x00", b"\x86\xdd"):
        assert_spread({port: [frame for frame in result.sent[port] if frame[12:14] == kind]
                       for port in PATHS}, weights, 10000)
    assert all(len(ports) == 1 for ports in paths(result.sent).values())


def test_the_same_after_a_restart(exchange):
    frames = flows(4, 500) + flows(6, 500)
    first, second = (exchange({"p0": frames}, **network((1, 1, 1))) for _ in range(2))
    assert paths(first.sent) == paths(second.sent)
    assert len(paths(first.sent)) == len(frames)


def test_lookup_predicts(router):
    """Each packet takes the path that the client names for its flow; a fragment that of ports 0."""
    frames, fragments = {family: flows(family, 30) for family in (4, 6)}, range(1, 21)
    source = {4: "192.0.2.10", 6: "2001:db8:1::10"}
    sent = frames[4] + frames[6] + [fragments4(number)[1] for number in fragments]
    with router({"p0": sent}, **network((2, 1, 1))) as one:
        one.settle()
        predicted = {flow_of(frame): {one.cmd(
            f"lookup {DST[family]} source {source[family]} protocol udp sport {1024 + i % 251} "
            f"dport {1 + i}")["port"]}
            for family in (4, 6) for i, frame in enumerate(frames[family])}
        predicted |= {flow_of(fragments4(number)[1]): {one.cmd(
            f"lookup {DST[4]} source 192.0.2.{number + 2} protocol 17")["port"]}
            for number in fragments}
        one.stop()
        found = one.sent()
    assert paths(found) == predicted
    assert {port for ports in predicted.values() for port in ports} == set(PATHS)


def test_tcp_is_told_apart_from_udp(exchange):
    """The protocol is in the hash: of flows that are alike else, some part ways."""
    frames = flows(4, 200)
    tcp = [frame[:14] + seal4(frame[14:23] + b"\6" + frame[24:34]) + frame[34:]
           for frame in frames]
    ways = paths(exchange({"p0": frames + tcp}, **network((1, 1))).sent)
    assert len(ways) == len(frames)
    assert 50 < sum(len(ports) == 2 for ports in ways.values()) < 150


def test_fragments_stay_together(exchange):
    """By the 3-tuple (and the flow label): all those of a datagram on one path."""
    datagrams = [fragments(number) for number in range(1, 200)
                 for fragments in (fragments4, fragments6)]
    result = exchange({"p0": sum(datagrams, [])}, **network((1, 1)))
    assert result.counters == {}
    ways = paths(result.sent)
    taken = [set.union(*(ways[flow_of(frame)] for frame in datagram)) for datagram in datagrams]
    assert all(len(ports) == 1 for ports in taken)
    for family in (0, 1):
        assert {next(iter(ports)) for ports in taken[family::2]} == {"p1", "p2"}


def test_flow_label(exchange):
    """RFC 6437: what a label tells apart may part, what it does not stays together."""
    frames = [ether(ip6(TCP(), dst=DST[6], fl=label)) for label in range(300) for _ in range(2)]
    result = exchange({"p0": frames}, **network((1, 1)))
    found = {port: {IPv6(frame[14:54]).fl for frame in result.sent[port]} for port in PATHS}
    assert not found["p1"] & found["p2"] and min(len(found["p1"]), len(found["p2"])) > 100


def test_one_gateway_unresolved(exchange):
    """Its share is punted to be resolved, the other's goes on."""
    net = network((1, 1))
    net["neighbours"] = [one for one in net["neighbours"] if one["port"] != "p2"]
    result = exchange({"p0": flows(4, 1000)}, **net)
    assert set(result.counters) >= {"punt glean/any"}
    assert result.counters["punt glean/any"] + len(result.sent["p1"]) == 1000
    assert 400 < len(result.sent["p1"]) < 600
