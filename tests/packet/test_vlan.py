# SPDX-License-Identifier: BSD-3-Clause
"""VLAN interfaces: frames with tags in, with other tags out."""
import itertools

import pytest
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import (H0, H0_6, H0_MAC, H1, H1_6, H1_MAC, P0_MAC, P1_MAC, ether, forwarded, ip4, ip6,
                    numbered, padded, udp)
from router import PATIENCE_S, wait_for
from vlans import AD, KEYS, Q, VLANS, address, address6, tagged, with_priority

PRIORITIES = [0x0000, 0x2000, 0xB000, 0xF000]
# A network: tags, MAC address of the router there, of the host, addresses of the host.
NETWORKS = {
    "p0": ([], P0_MAC, H0_MAC, H0, H0_6),
    "p1": ([], P1_MAC, H1_MAC, H1, H1_6),
    **{name: (tags, own, host, address(name, 10), address6(name, 10))
       for name, (tags, _, own, host) in VLANS.items()},
}


def from_to(source, target, count, tci_bits=0):
    """Numbered frames of both families from a network, and what becomes of them in the other."""
    tags, own, host, *src = NETWORKS[source]
    tags_out, own_out, host_out, *dst = NETWORKS[target]
    received, sent = [], []
    for i in range(count):
        frame = numbered(i, (ip4, ip6)[i % 2], src=src[i % 2], dst=dst[i % 2])
        frame = ether(frame[14:], dst=own, src=host)
        received.append(tagged(frame, *(with_priority(tags, tci_bits) if tags else [])))
        kept = tci_bits if tags and tags_out else 0
        sent.append(tagged(forwarded(frame, own_out, host_out),
                           *(with_priority(tags_out, kept) if tags_out else [])))
    return received, sent


PAIRS = [(source, target) for source, target in itertools.permutations(NETWORKS, 2)]


@pytest.mark.parametrize("source, target", PAIRS)
def test_from_network_to_network(exchange, source, target):
    """Untagged, with one tag and with two, each to each; priorities are kept from tag to tag."""
    frames, expected = [], []
    for bits in PRIORITIES:
        some, become = from_to(source, target, 100, bits)
        frames += some
        expected += become
    result = exchange({source[:2]: frames}, **KEYS)
    assert result.counters == {}
    assert sorted(result.sent[target[:2]]) == sorted(expected)
    assert set(result.copies.values()) == {0}


def test_many_at_once(exchange):
    """All that comes in by p0, mixed."""
    pairs = [pair for pair in PAIRS if pair[0].startswith("p0") and pair[1].startswith("p1")]
    flows = [from_to(*pair, 64, PRIORITIES[i % 4]) for i, pair in enumerate(pairs)]
    frames = [frame for burst in zip(*(received for received, _ in flows)) for frame in burst]
    result = exchange({"p0": frames}, **KEYS)
    assert result.counters == {}
    assert sorted(result.sent["p1"]) == sorted(frame for _, sent in flows for frame in sent)


def test_order_within_a_flow(exchange):
    """In bursts of one VLAN, and of several."""
    frames, sent = from_to("p0.100", "p1.200", 64 * 4, 0x4000)
    others, sent_others = from_to("p0.7.30", "p1", 64)
    result = exchange({"p0": frames[:128] + [frame for pair in zip(frames[128:192], others)
                                             for frame in pair] + frames[192:]}, **KEYS)

    def split(found):
        return [[frame for frame in found if frame[12:14] == b"\x81\0" and frame[16:18] == kind]
                for kind in (b"\x08\0", b"\x86\xdd")]
    assert split(result.sent["p1"]) == split(sent)
    assert len(result.sent["p1"]) == len(sent) + len(sent_others)


def test_priority_tag(exchange):
    """VID 0 says the priority only: such frames are as untagged, and the priority goes on."""
    frames = [tagged(numbered(i, dst_of(i, "p1.200")), (Q, 0x6000)) for i in range(100)]
    result = exchange({"p0": frames}, **KEYS)
    assert result.counters == {}
    expected = [tagged(forwarded(frame[:12] + frame[16:], *("02:00:00:00:02:99",
                                                            VLANS["p1.200"][3])), (Q, 0x60C8))
                for frame in frames]
    assert sorted(result.sent["p1"]) == sorted(expected)


def dst_of(number, name):
    """Layer 3 from H0 to the host of a network."""
    _, _, _, *dst = NETWORKS[name]
    return lambda upper=None: (ip6 if number % 2 else ip4)(upper, dst=dst[number % 2])


def test_priority_tag_out_untagged(exchange):
    """Even two of them."""
    plain = [numbered(i) for i in range(100)]
    frames = [tagged(frame, *[(Q, 0xE000), (AD, 0)][:1 + i % 2][::-1])
              for i, frame in enumerate(plain)]
    result = exchange({"p0": frames}, **KEYS)
    assert result.counters == {}
    assert sorted(result.sent["p1"]) == sorted(map(forwarded, plain))


def test_malformed(refuses):
    """Each with a reason of its own; a good frame beside each is forwarded."""
    good = ether(ip4())
    refuses({
        "drop vlan_unknown": [
            tagged(good, (Q, 101)), tagged(good, (AD, 100)), tagged(good, (AD, 7), (Q, 31)),
            tagged(good, (Q, 100), (Q, 30)), tagged(good, (Q, 200)), tagged(good, (Q, 4094)),
            tagged(good, (Q, 0), (AD, 8))],
        "drop vlan_short": [
            tagged(good, (Q, 100))[:cut] for cut in (14, 15, 16, 17)] + [
            tagged(good, (AD, 7), (Q, 30))[:cut] for cut in (18, 19, 20, 21)],
        "drop vlan_depth": [
            tagged(good, (AD, 7), (Q, 30), (Q, 1)), tagged(good, (Q, 0), (AD, 7), (Q, 30)),
            tagged(good, (AD, 7), (AD, 8), (AD, 9), (Q, 10)), tagged(good, *[(Q, 5)] * 9)],
        "drop vlan_order": [tagged(good, (Q, 100), (AD, 7)), tagged(good, (Q, 5), (AD, 7))],
        "drop vlan_reserved": [
            tagged(good, (Q, 0xFFF)), tagged(good, (Q, 0xFFFF)), tagged(good, (AD, 0xFFF)),
            tagged(good, (AD, 7), (Q, 0xFFF)), tagged(good, (Q, 100), (Q, 0xFFF))],
        "drop ether_not_mine": [
            tagged(ether(ip4(), dst=P1_MAC), (Q, 100)), tagged(ether(ip6(), dst=H0_MAC), (Q, 0))],
    }, **KEYS)


def test_without_vlans(refuses):
    """A port without VLAN interfaces takes no tagged frames."""
    good = ether(ip4())
    refuses({"drop vlan_unknown": [tagged(good, (Q, 1)), tagged(good, (AD, 1), (Q, 1))],
             "drop vlan_reserved": [tagged(good, (Q, 0xFFF))],
             "drop vlan_depth": [tagged(good, *[(Q, 1)] * 3)]})


def test_other_mac(exchange):
    """p1.200 has a MAC address of its own: p1's is a stranger's there, and the other way round."""
    _, _, _, *src = NETWORKS["p1.200"]
    frames = [tagged(ether(ip4(src=src[0], dst=H0), dst=P1_MAC), (Q, 200)),
              ether(ip4(src=H1, dst=H0), dst="02:00:00:00:02:99")]
    assert exchange({"p1": frames}, **KEYS).counters == {"drop ether_not_mine": 2}


def test_counters(router):
    """A frame counts for its VLAN interface, and for what that is on."""
    frames, _ = from_to("p0.7.30", "p1.200", 10)
    with router({"p0": frames}, **KEYS) as one:
        one.settle()
        rows = {row["interface"]: row for row in one.cmd("show interfaces")}
    total = sum(map(len, frames))
    for name in ("p0", "p0.7", "p0.7.30"):
        assert (rows[name]["rx_packets"], rows[name]["rx_bytes"]) == (10, total)
    for name in ("p1", "p1.200"):
        assert (rows[name]["tx_packets"], rows[name]["tx_bytes"]) == (10, total - 40)
    assert rows["p0.100"]["rx_packets"] == rows["p1.201"]["tx_packets"] == 0
    assert [rows["p0.7.30"][key] for key in ("kind", "parent", "vlan", "protocol", "mac")] == [
        "vlan", "p0.7", 30, "802.1Q", P0_MAC]
    assert [rows["p0.7"][key] for key in ("kind", "parent", "vlan", "protocol", "link")] == [
        "vlan", "p0", 7, "802.1ad", "up"]
    assert [rows["p0"][key] for key in ("kind", "parent", "vlan", "protocol")] == [
        "port", "", 0, ""]
    assert rows["p1.201"]["mtu"] == 1400


def short(source, target):
    """Those of a network that are as short as frames may be with its tags, or shorter, with another
    length each; and what becomes of them."""
    tags, own, host, src, _ = NETWORKS[source]
    tags_out, own_out, host_out, dst, _ = NETWORKS[target]
    received, sent = [], []
    for size in range(14 + 20, 61 - 4 * len(tags)):
        frame = ether(ip4(Raw(b"x" * (size - 34)), src=src, dst=dst, proto=253), dst=own, src=host)
        received.append(tagged(frame, *tags))
        frame = tagged(forwarded(frame, own_out, host_out), *tags_out)
        sent.append(padded(frame) if len(tags_out) < len(tags) else frame)
    return received, sent


@pytest.mark.parametrize("source, target", PAIRS)
def test_too_short_without_tags(exchange, source, target):
    """Zeroes fill up to 60 bytes what has fewer tags now; all else is as long as it was."""
    received, expected = short(source, target)
    result = exchange({source[:2]: received}, **KEYS)
    assert result.counters == {}
    assert sorted(result.sent[target[:2]]) == sorted(expected)
    assert set(result.copies.values()) == {0}


def test_jumbo_in_segments(exchange):
    """Frames of several mbufs get their tags as others do."""
    config = with_mtu(CONFIG, 9000, "p0", "p1")
    frames = [tagged(ether(ip4(udp(bytes(size)), dst=address("p1.200", 10)), dst=P0_MAC),
                     *([(Q, 100)] if tags else []))
              for size in (2000, 5000, 8900) for tags in (False, True)]
    result = exchange({"p0": frames}, config={**config, **KEYS},
                      dpdk={"hugepages": False, "memory": 128, "mbuf_size": 2176})
    assert result.counters == {}
    assert [len(frame) for frame in result.sent["p1"]] == [
        len(frame) + (0 if frame[12:14] == b"\x81\0" else 4) for frame in frames]


def test_goes_with_its_port(router):
    """With neighbours, addresses and routes; the addresses are free again."""
    routes = [{"to": "203.0.113.0/24", "via": address("p1.200", 10)},
              {"to": "198.19.0.0/16", "via": [address("p0.7.30", 10), address("p1.201", 10)]}]
    with router(routes=routes, **KEYS) as one:
        one.cmd("port del p1")
        left = ["p0", "p0.100", "p0.7", "p0.7.30"]
        assert sorted(row["interface"] for row in one.cmd("show interfaces")) == sorted(left)
        wait_for("neighbours to go", lambda: {row["port"] for row in one.cmd("show neighbours")}
                 <= set(left))
        wait_for("routes to go", lambda: one.cmd("show routes 203.0.113.0/24") == [])
        (route,) = one.cmd("show routes 198.19.0.0/16")
        assert [via["port"] for via in route["via"]] == ["p0.7.30"]
        wait_for("the address to be free", lambda: one.client(
            "address", "add", address("p1.200", 1) + "/24", "port", "p0").returncode == 0)
        one.cmd("port add p1 net_null9")
        assert sorted(row["interface"] for row in one.cmd("show interfaces")) == sorted(
            left + ["p1", "p1.200", "p1.201"])


def test_comes_back_with_its_port(router):
    """With addresses and neighbours, those within others too."""
    def about(one):
        rows = {row["interface"]: {key: row[key] for key in (
            "parent", "vlan", "protocol", "mtu", "addresses")} for row in one.cmd("show interfaces")}
        names = [name for name in rows if "." in name]
        hosts = [row for row in one.cmd("show neighbours") if row["port"] in names]
        return ({name: rows[name] for name in sorted(names)},
                sorted(hosts, key=lambda row: row["address"]))

    with router(**KEYS) as one:
        before = about(one)
        assert len(before[0]) == 5 and len(before[1]) == 8
        for name in 3 * ("p0", "p1"):
            mac = one.row("show interfaces", "interface", name)["mac"]
            one.cmd(f"port del {name}")
            wait_for("the addresses to go", lambda name=name: not [
                row for row in one.cmd("show routes") if name in str(row["via"])])
            one.cmd(f"port add {name} net_null{name[1]} mac {mac}")
            assert about(one) == before
        one.process.terminate()
        one.process.communicate(timeout=PATIENCE_S)
