# SPDX-License-Identifier: BSD-3-Clause
"""A VLAN-aware bridge: access and trunk ports, tags pushed, popped and rewritten.

    A --- p0 access 10 --------+
    B --- p1 trunk 10 20 ------+-- br0 (native 10), br0.20 192.0.2.1
    C --- p2 trunk, native 20 -+
"""
from bridges import A, B, BASE, BR0_MAC, BROADCAST, C, P3_MAC, R, bridge, fdb, frame, tagged
from frames import IP4_TYPE, ether, ip4, padded
from router import wait_for

P0, P1 = {"name": "p0", "access": 10}, {"name": "p1", "trunk": [10, 20]}
P2 = {"name": "p2", "trunk": [20, 30], "native": 20}
VLANS = {"vlans": [10, 20, 30]}


def vlans(*ports, **keys):
    return bridge(*(ports or (P0, P1, P2)), **{**VLANS, **keys})


def known(router, mac, vlan, port):
    wait_for(lambda: fdb(router), lambda: fdb(router).get((mac, vlan)) == (port, "learned"))


def test_push_and_pop(wired):
    router = wired(vlans())
    out = frame(BROADCAST, A)
    router.exchange({"p0": out}, {"p1": [tagged(out, (10,))]})
    known(router, A, 10, "p0")
    back = frame(A, B)
    router.exchange({"p1": tagged(back, (10, 5))}, {"p0": [back]})
    known(router, B, 10, "p1")
    many = [frame(B, A, i) for i in range(100)]
    router.exchange({"p0": many}, {"p1": [tagged(one, (10,)) for one in many]})


def test_untagged_here_tagged_there(wired):
    router = wired(vlans())
    out = frame(BROADCAST, C)
    router.exchange({"p2": out}, {"p1": [tagged(out, (20,))]})
    known(router, C, 20, "p2")
    # To a tag that the native VLAN has not: untagged and tagged are the same VLAN.
    router.exchange({"p1": tagged(frame(C, B), (20, 3))}, {"p2": [frame(C, B)]})


def test_priority_is_kept(wired):
    router = wired(vlans(P1, {"name": "p2", "trunk": [20]}), "p1", "p2")
    for priority in 0, 1, 7 << 1, 0xF:
        out = tagged(frame(BROADCAST, B), (20, priority))
        router.exchange({"p1": out}, {"p2": [out]})
    # Of a priority tag the VLAN is that of untagged frames, and none here.
    router.exchange({"p1": tagged(frame(BROADCAST, B), (0, 5))}, {})
    router.counted_among({"drop bridge_no_vlan": 1})


def test_priority_tag_is_untagged(wired):
    router = wired(vlans())
    out = frame(BROADCAST, A)
    router.exchange({"p0": tagged(out, (0, 0xA))}, {"p1": [tagged(out, (10, 0xA))]})


def test_what_is_not_allowed(wired):
    router = wired(vlans())
    router.exchange({"p0": tagged(frame(B, A), (20,)), "p1": frame(A, B),
                     "p2": tagged(frame(A, C), (10,))}, {})
    router.counted({"drop bridge_vlan_ingress": 2, "drop bridge_no_vlan": 1})
    router.exchange({"p1": [tagged(frame(A, B), (77,)), tagged(frame(A, B), (4095,))]}, {})
    router.counted_among({"drop bridge_vlan_ingress": 3})
    router.counted_among({"drop vlan_reserved": 1})
    assert fdb(router) == {}


def test_cut_within_the_tag(wired):
    router = wired(vlans())
    whole = tagged(frame(A, B), (10,))
    router.exchange({"p1": [whole[:15], whole[:17]]}, {})
    router.counted({"drop vlan_short": 2})


def test_vlans_learn_apart(wired):
    router = wired(vlans(P1, {"name": "p2", "trunk": [10, 20]}, {"name": "p3", "trunk": [10, 20]}),
                   "p1", "p2", "p3")
    ten, twenty = tagged(frame(BROADCAST, A), (10,)), tagged(frame(BROADCAST, A), (20,))
    router.exchange({"p1": ten}, {"p2": [ten], "p3": [ten]})
    router.exchange({"p2": twenty}, {"p1": [twenty], "p3": [twenty]})
    known(router, A, 10, "p1")
    known(router, A, 20, "p2")
    router.exchange({"p3": [tagged(frame(A, C), (10,)), tagged(frame(A, C), (20,))]},
                    {"p1": [tagged(frame(A, C), (10,))], "p2": [tagged(frame(A, C), (20,))]})
    router.cmd("fdb flush bridge br0 vlan 10")
    assert (A, 20) in fdb(router) and (A, 10) not in fdb(router)
    assert router.refused(f"show fdb bridge br0 after {A}") == \
        f"sluice: after {A} in which VLAN of br0? (vlan VID)\n"
    assert "does not know" in router.refused(f"show fdb bridge br0 vlan 10 after {A}")
    router.cmd(f"show fdb bridge br0 vlan 20 after {A}")


def test_second_tags_are_payload(wired):
    router = wired(vlans())
    out = tagged(frame(BROADCAST, A), (10,), (33, 2), (34,))
    router.exchange({"p1": out}, {"p0": [tagged(frame(BROADCAST, A), (33, 2), (34,))]})


def short_frames(dst, src, tags):
    """As short as frames may be with tags, and shorter; Linux drops tagged ones without two bytes of
    payload on their way into a packet socket."""
    return [frame(dst, src)[:size] for size in range(16, 61 - 4 * tags)]


def test_too_short_without_the_tag(wired):
    """Padded with zeroes: to one, flooded beside a port where the tag stays, and with another tag."""
    router = wired(vlans({"name": "p0", "access": 10}, {"name": "p1", "access": 10}, "p2"))
    out = short_frames(BROADCAST, C, 1)
    router.exchange({"p2": [tagged(one, (10,)) for one in out]},
                    {name: map(padded, out) for name in ("p0", "p1")})
    known(router, C, 10, "p2")
    router.exchange({"p0": short_frames(BROADCAST, A, 0)},
                    {"p1": short_frames(BROADCAST, A, 0),
                     "p2": [tagged(one, (10,)) for one in short_frames(BROADCAST, A, 0)]})
    known(router, A, 10, "p0")
    out = short_frames(A, C, 1)
    router.exchange({"p2": [tagged(one, (10, 5)) for one in out]}, {"p0": map(padded, out)})
    assert not router.counters()


def test_too_short_beside_a_trunk(wired):
    """What keeps its tag stays as it is, whoever shares it."""
    router = wired(vlans("p0", "p1", {"name": "p2", "access": 10}))
    out = short_frames(BROADCAST, A, 1)
    sent = [tagged(one, (10, 3)) for one in out]
    router.exchange({"p0": sent}, {"p1": sent, "p2": map(padded, out)})
    assert {row["site"] for row in router.ask("show copies") if row["bytes"]} == {
        "replicate_headers"}
    assert not router.counters()


def test_too_short_with_one_tag_of_two(wired):
    config = {**BASE, "bridges": [{"name": "br0", "mac": BR0_MAC, "ports": ["p0.7.8", "p1.6"]}],
              "interfaces": [{"name": "p0.7", "parent": "p0", "vlan": 7},
                             {"name": "p0.7.8", "parent": "p0.7", "vlan": 8},
                             {"name": "p1.6", "parent": "p1", "vlan": 6}]}
    router = wired(config, "p0", "p1")
    out = short_frames(BROADCAST, A, 2)
    router.exchange({"p0": [tagged(one, (7, 2), (8,)) for one in out]},
                    {"p1": [padded(tagged(one, (6, 2))) for one in out]})


def test_entries_by_hand(wired):
    router = wired(vlans(fdb=[{"mac": A, "port": "p0", "vlan": 10}]))
    assert fdb(router) == {(A, 10): ("p0", "static")}
    router.cmd(f"fdb add {B} bridge br0 port p1 vlan 20")
    assert fdb(router)[B, 20] == ("p1", "static")
    for line, sentence in ((f"fdb add {B} bridge br0 port p1", "say in which VLAN"),
                           (f"fdb add {B} bridge br0 port p1 vlan 30", "p1 is not in VLAN 30"),
                           (f"fdb add {B} bridge br0 port p1 vlan 99", "br0 has no VLAN 99")):
        assert sentence in router.refused(line), line
    assert [row["mac"] for row in router.cmd("show fdb vlan 20")].count(B) == 1


def test_provider_bridge(wired):
    """802.1ad: tags of customers are payload."""
    router = wired(vlans(P0, P1, protocol="802.1ad"), "p0", "p1")
    out = tagged(frame(BROADCAST, A), (55, 6))
    router.exchange({"p0": out}, {"p1": [tagged(out, (10, 6, 0x88A8))]})
    known(router, A, 10, "p0")
    router.exchange({"p1": tagged(frame(A, B), (10, 0, 0x88A8), (56,))},
                    {"p0": [tagged(frame(A, B), (56,))]})


IRB = {
    **vlans(native=10, addresses=["203.0.113.1/24"]),
    "ports": [{"name": "p3", "mac": P3_MAC, "addresses": ["198.51.100.1/24"]}],
    "interfaces": [{"name": "br0.20", "parent": "br0", "vlan": 20, "addresses": ["192.0.2.1/24"]}],
    "neighbours": [{"address": "192.0.2.10", "port": "br0.20", "mac": C},
                   {"address": "203.0.113.10", "port": "br0", "mac": A},
                   {"address": "198.51.100.10", "port": "p3", "mac": R}],
}


def routed(dst, src, ttl, to, sender):
    return ether(ip4(src=src, dst=dst, ttl=ttl), IP4_TYPE, dst=to, src=sender)


def test_routed_between_vlans_and_a_port(wired):
    router = wired(IRB, "p0", "p1", "p2", "p3")
    c_ip, a_ip, r_ip = "192.0.2.10", "203.0.113.10", "198.51.100.10"
    # VLAN 20, untagged at p2 and tagged at p1, to the routed port.
    router.exchange({"p2": routed(r_ip, c_ip, 64, BR0_MAC, C)},
                    {"p3": [routed(r_ip, c_ip, 63, R, P3_MAC)]})
    known(router, C, 20, "p2")
    router.exchange({"p1": tagged(routed(r_ip, c_ip, 64, BR0_MAC, B), (20, 4))},
                    {"p3": [routed(r_ip, c_ip, 63, R, P3_MAC)]})
    # And from there, and from VLAN 10.
    router.exchange({"p3": routed(c_ip, r_ip, 64, P3_MAC, R)},
                    {"p2": [routed(c_ip, r_ip, 63, C, BR0_MAC)]})
    router.exchange({"p0": routed(c_ip, a_ip, 64, BR0_MAC, A)},
                    {"p2": [routed(c_ip, a_ip, 63, C, BR0_MAC)]})
    known(router, A, 10, "p0")
    router.exchange({"p2": routed(a_ip, c_ip, 64, BR0_MAC, C)},
                    {"p0": [routed(a_ip, c_ip, 63, A, BR0_MAC)]})
    assert not router.counters()


def test_no_interface_in_the_vlan(wired):
    """VLAN 30 has no interface of the router: its address is nobody's there."""
    router = wired(IRB, "p0", "p1", "p2", "p3")
    router.exchange({"p2": tagged(routed("198.51.100.10", "192.0.2.10", 64, BR0_MAC, C), (30,))},
                    {})
    router.counted({"drop bridge_nobody": 1})


def test_members_that_are_vlan_interfaces(wired):
    """Each with its tag: taken off on the way in, put on on the way out."""
    config = {**BASE, "bridges": [{"name": "br0", "mac": BR0_MAC,
                                   "ports": ["p0.5", "p1.6", "p2", "p2.7.8"]}],
              "interfaces": [{"name": "p0.5", "parent": "p0", "vlan": 5},
                             {"name": "p1.6", "parent": "p1", "vlan": 6},
                             {"name": "p2.7", "parent": "p2", "vlan": 7, "protocol": "802.1ad"},
                             {"name": "p2.7.8", "parent": "p2.7", "vlan": 8}]}
    router = wired(config)
    out = frame(BROADCAST, A)
    router.exchange({"p0": tagged(out, (5, 3))}, {
        "p1": [tagged(out, (6, 3))],
        "p2": [out, tagged(out, (7, 3, 0x88A8), (8,))]})
    wait_for("A", lambda: fdb(router).get((A, None)) == ("p0.5", "learned"))
    back = frame(A, C)
    router.exchange({"p2": tagged(back, (7, 2, 0x88A8), (8,))}, {"p0": [tagged(back, (5, 2))]})
    wait_for("C", lambda: fdb(router).get((C, None)) == ("p2.7.8", "learned"))
    router.exchange({"p1": tagged(frame(C, B), (6, 1))},
                    {"p2": [tagged(frame(C, B), (7, 1, 0x88A8), (8,))]})
    # What has a tag that no VLAN interface takes goes to the bridge by the port, tag and all.
    other = tagged(frame(A, B), (99, 1))
    router.exchange({"p2": other}, {"p0": [tagged(other, (5, 1))]})


def test_customers_protocols_cross_a_provider_bridge(wired):
    """IEEE 802.1ad: what is reserved between provider bridges stays on its link."""
    router = wired(vlans({"name": "p0", "access": 10}, {"name": "p1", "access": 10},
                         protocol="802.1ad"), "p0", "p1")
    frames = {i: frame(f"01:80:c2:00:00:{i:02x}", A) for i in range(16)}
    crossing = [frames[i] for i in (0, 11, 12, 13, 15)]
    router.exchange({"p0": list(frames.values())}, {"p1": crossing})
    router.counted_among({"punt ethertype/control": 11})
