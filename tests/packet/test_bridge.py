# SPDX-License-Identifier: BSD-3-Clause
"""Bridging, rule by rule: frames into ports, one step after the other, frames out of ports.

    A --- p0 --+
    B --- p1 --+-- br0 (192.0.2.1, 02::b0)      p3 198.51.100.1 (02::3) --- R 198.51.100.10
    C --- p2 --+
"""
import threading
import time

import pytest

from bridges import (A, B, BASE, BR0_MAC, BROADCAST, C, MULTICAST, P3_MAC, R, bridge, fdb, frame,
                     learn, tagged)
from frames import IP4_TYPE, ether, ip4
from router import wait_for

BR0, A_IP, P3, R_IP = "192.0.2.1", "192.0.2.10", "198.51.100.1", "198.51.100.10"


def test_flooded_then_learned(wired):
    router = wired(bridge("p0", "p1", "p2"))
    router.exchange({"p0": frame(B, A)}, {"p1": [frame(B, A)], "p2": [frame(B, A)]})
    wait_for("A", lambda: (A, None) in fdb(router))
    router.exchange({"p1": frame(A, B)}, {"p0": [frame(A, B)]})
    wait_for("B", lambda: (B, None) in fdb(router))
    many = [frame(B, A, number) for number in range(200)]
    router.exchange({"p0": many}, {"p1": many})
    assert fdb(router) == {(A, None): ("p0", "learned"), (B, None): ("p1", "learned")}
    assert router.cmd("show drops") and not router.counters()
    # The payload of what was flooded is stored once.
    assert {row["site"]: row["bytes"] for row in router.ask("show copies")}["replicate_copy"] == 0
    router.stop()


def test_broadcast_and_multicast_go_to_all_others(wired):
    router = wired(bridge("p0", "p1", "p2"))
    for dst in BROADCAST, MULTICAST:
        out = [frame(dst, A, 1), frame(dst, A, 2)]
        router.exchange({"p0": out}, {"p1": out, "p2": out})
    # And to the router itself, which knows nothing of this EtherType.
    router.counted({"drop no_control": 4, "punt ethertype/other": 4})


def test_never_back_by_the_port_it_came_from(wired):
    router = wired(bridge("p0", "p1", "p2"))
    learn(router, ("p0", A), ("p0", B))
    router.exchange({"p0": frame(B, A)}, {})
    router.counted_among({"drop bridge_same_port": 1})


def test_a_host_moves(wired):
    router = wired(bridge("p0", "p1", "p2"))
    learn(router, ("p0", A), ("p1", B))
    learn(router, ("p2", A))
    router.exchange({"p1": frame(A, B)}, {"p2": [frame(A, B)]})
    row, = router.ask("show bridges")
    assert (row["moves"], row["learned"]) == (1, 2)
    assert {m["port"]: m["learned"] for m in row["members"]} == {"p0": 0, "p1": 1, "p2": 1}


def test_ages(wired):
    router = wired(bridge("p0", "p1", "p2", ageing=1,
                          fdb=[{"mac": C, "port": "p2", "type": "sticky"}]))
    learn(router, ("p0", A), ("p1", B))
    begin = time.monotonic()
    gone = {}
    while len(gone) < 2 and time.monotonic() - begin < 20:
        # A is heard of all the time.
        router.wires["p0"].send(frame(B, A))
        known = fdb(router)
        assert (A, None) in known
        for mac in B, C:
            if (mac, None) not in known:
                gone.setdefault(mac, time.monotonic() - begin)
        time.sleep(0.05)
    # Not before its time, and within a few ticks of it.
    assert set(gone) == {B, C} and 0.7 < gone[B] < 4 and gone[C] < 4, gone


def test_static_does_not_move_nor_age(wired):
    router = wired(bridge("p0", "p1", "p2", ageing=1, fdb=[{"mac": A, "port": "p0"}]))
    router.exchange({"p1": frame(BROADCAST, A)},
                    {"p0": [frame(BROADCAST, A)], "p2": [frame(BROADCAST, A)]})
    learn(router, ("p2", C))
    wait_for("C to age", lambda: (C, None) not in fdb(router))
    router.exchange({"p1": frame(A, B)}, {"p0": [frame(A, B)]})
    assert fdb(router)[A, None] == ("p0", "static")


def test_sticky_does_not_move(wired):
    router = wired(bridge("p0", "p1", "p2", fdb=[{"mac": A, "port": "p0", "type": "sticky"}]))
    router.exchange({"p1": frame(BROADCAST, A)},
                    {"p0": [frame(BROADCAST, A)], "p2": [frame(BROADCAST, A)]})
    router.exchange({"p1": frame(A, B)}, {"p0": [frame(A, B)]})
    assert fdb(router)[A, None] == ("p0", "sticky")


def test_limits(wired):
    router = wired(bridge({"name": "p0", "max_macs": 2}, "p1", "p2", max_macs=3))
    hosts = [f"02:00:00:00:0b:{i:02x}" for i in range(4)]
    for host in hosts[:3]:
        out = [frame(BROADCAST, host)]
        router.exchange({"p0": out}, {"p1": out, "p2": out})
    wait_for("two of three", lambda: router.ask("show bridges")[0]["limited"] == 1)
    assert len(fdb(router)) == 2
    learn(router, ("p1", B))
    out = [frame(BROADCAST, C)]
    router.exchange({"p2": out}, {"p0": out, "p1": out})
    wait_for("one more refused", lambda: router.ask("show bridges")[0]["limited"] == 2)
    assert len(fdb(router)) == 3
    # What is not known is flooded; what is, is not.
    router.exchange({"p1": frame(C, B)}, {"p0": [frame(C, B)], "p2": [frame(C, B)]})
    router.exchange({"p2": frame(hosts[0], B)}, {"p0": [frame(hosts[0], B)]})


def test_isolated_members(wired):
    router = wired(bridge({"name": "p0", "isolated": True}, {"name": "p1", "isolated": True}, "p2"))
    router.exchange({"p0": frame(BROADCAST, A)}, {"p2": [frame(BROADCAST, A)]})
    wait_for("A", lambda: (A, None) in fdb(router))
    router.exchange({"p1": frame(A, B)}, {})
    router.counted_among({"drop bridge_isolated": 1})
    router.exchange({"p2": frame(A, C)}, {"p0": [frame(A, C)]})


def test_flags_of_members(wired):
    router = wired(bridge({"name": "p0", "learning": False}, {"name": "p1", "flood": False},
                          {"name": "p2", "bcast_flood": False, "mcast_flood": False}))
    router.exchange({"p0": frame(B, A)}, {"p2": [frame(B, A)]})
    router.exchange({"p0": frame(BROADCAST, A)}, {"p1": [frame(BROADCAST, A)]})
    router.exchange({"p0": frame(MULTICAST, A)}, {"p1": [frame(MULTICAST, A)]})
    assert fdb(router) == {}
    router.exchange({"p2": frame(C, B)}, {"p0": [frame(C, B)]})
    assert router.counters()["drop bridge_nobody"] == 0


def test_nobody_to_flood_to(wired):
    router = wired(bridge("p0", {"name": "p1", "flood": False}), "p0", "p1")
    router.exchange({"p0": frame(B, A)}, {})
    router.counted({"drop bridge_nobody": 1})


def test_bad_sources(wired):
    router = wired(bridge("p0", "p1"), "p0", "p1")
    router.exchange({"p0": [frame(B, "03:00:00:00:00:01"), frame(B, "00:00:00:00:00:00"),
                            frame(B, BR0_MAC)]}, {})
    router.counted({"drop bridge_src_multicast": 1, "drop bridge_src_zero": 1,
                    "drop bridge_src_own": 1})
    assert fdb(router) == {}


def test_reserved_addresses(wired):
    """They stay on their link, but for BPDUs, as nobody runs STP here: others are to find loops."""
    router = wired(bridge("p0", "p1"), "p0", "p1")
    bpdu, *others = [frame(f"01:80:c2:00:00:{i:02x}", A) for i in range(16)]
    router.exchange({"p0": [bpdu, *others]}, {"p1": [bpdu]})
    router.counted({"punt ethertype/control": 16, "drop no_control": 16})
    beyond = frame("01:80:c2:00:00:10", A)
    router.exchange({"p0": beyond}, {"p1": [beyond]})


def test_commands(wired):
    router = wired(bridge("p0", "p1", "p2"))
    router.cmd(f"fdb add {A} bridge br0 port p0")
    router.cmd(f"fdb add {B} bridge br0 port p1 sticky")
    assert fdb(router) == {(A, None): ("p0", "static"), (B, None): ("p1", "sticky")}
    learn(router, ("p2", C))
    assert router.cmd("fdb flush bridge br0 port p0") == {"flushed": 0}
    assert router.cmd("fdb flush bridge br0") == {"flushed": 1}
    router.cmd(f"fdb add {A} bridge br0 port p2")
    assert fdb(router)[A, None] == ("p2", "static")
    router.cmd(f"fdb del {A} bridge br0")
    assert (A, None) not in fdb(router)
    for line, sentence in (
            (f"fdb del {A} bridge br0", f"br0 does not know {A}"),
            (f"fdb del {BR0_MAC} bridge br0", f"{BR0_MAC} is an address of br0 itself"),
            (f"fdb add {BR0_MAC} bridge br0 port p0", f"{BR0_MAC} is an address of br0 itself"),
            (f"fdb add {A} bridge br1 port p0", "there is no bridge 'br1'"),
            (f"fdb add {A} bridge br0 port p9", "'p9'"),
            (f"fdb add {A} bridge br0 port p0 vlan 7", "br0 is not VLAN-aware"),
            ("fdb add 01:00:00:00:00:01 bridge br0 port p0", "not the MAC address of one"),
            (f"show fdb bridge br0 after {A}", f"br0 does not know {A} any more")):
        assert sentence in router.refused(line), line


def test_list_in_pages(wired):
    router = wired(bridge("p0", "p1"), "p0", "p1")
    macs = {f"02:00:00:00:{i // 256:02x}:{i % 256:02x}" for i in range(0x0C00, 0x0C00 + 100)}
    for mac in macs:
        assert router.answer("fdb add", mac=mac, bridge="br0", port="p0")["ok"]
    found = []
    rows = router.cmd("show fdb bridge br0 count 30")
    while rows:
        found += [row["mac"] for row in rows]
        rows = router.cmd(f"show fdb bridge br0 after {found[-1]} count 30")
    assert sorted(found) == sorted(macs | {BR0_MAC})
    assert len(router.cmd("show fdb")) == 101


def test_full_table(wired):
    router = wired({**bridge("p0", "p1", fdb=[{"mac": A, "port": "p0"}]), "limits": {"fdb": 2}},
                   "p0", "p1")
    known = [frame(A, B), frame(A, B, 2)]
    router.exchange({"p1": known}, {"p0": known})
    wait_for("B", lambda: (B, None) in fdb(router))
    out = [frame(B, C)]
    router.exchange({"p0": out}, {"p1": out})
    wait_for("C refused", lambda: router.ask("show bridges")[0]["full"] == 1)
    router.exchange({"p1": known}, {"p0": known})
    assert "the table has its 2 MAC addresses" in router.refused(
        f"fdb add {C} bridge br0 port p0")
    assert router.row("show limits", "table", "fdb") == {
        "table": "fdb", "limit": "fdb", "used": 2, "max": 2, "refused": 2}
    router.cmd(f"fdb del {A} bridge br0")
    assert router.row("show limits", "table", "fdb")["used"] == 1
    router.stop()
    assert "the table of MAC addresses is full (limits: fdb: 2)" in router.said


IRB = {
    **bridge("p0", "p1", "p2", addresses=[BR0 + "/24"]),
    "ports": [{"name": "p3", "mac": P3_MAC, "addresses": [P3 + "/24"]}],
    "neighbours": [{"address": A_IP, "port": "br0", "mac": A},
                   {"address": R_IP, "port": "p3", "mac": R}],
}


def routed(dst, src, ttl, to, sender, ident=0):
    return ether(ip4(src=src, dst=dst, ttl=ttl, id=ident), IP4_TYPE, dst=to, src=sender)


def test_bridge_to_routed_port_and_back(wired):
    router = wired(IRB, "p0", "p1", "p2", "p3")
    up = [routed(R_IP, A_IP, 64, BR0_MAC, A, i) for i in range(100)]
    router.exchange({"p0": up}, {"p3": [routed(R_IP, A_IP, 63, R, P3_MAC, i) for i in range(100)]})
    wait_for("A", lambda: (A, None) in fdb(router))
    down = [routed(A_IP, R_IP, 64, P3_MAC, R, i) for i in range(100)]
    router.exchange({"p3": down},
                    {"p0": [routed(A_IP, R_IP, 63, A, BR0_MAC, i) for i in range(100)]})
    assert not router.counters()
    br0 = router.row("show interfaces", "interface", "br0")
    assert (br0["rx_packets"], br0["tx_packets"]) == (100, 100)


def test_from_router_to_unknown_is_flooded(wired):
    router = wired(IRB, "p0", "p1", "p2", "p3")
    out = [routed(A_IP, R_IP, 63, A, BR0_MAC)]
    router.exchange({"p3": routed(A_IP, R_IP, 64, P3_MAC, R)}, {"p0": out, "p1": out, "p2": out})
    assert not router.counters()


def test_bridge_answers_arp_and_ping(wired):
    """To the bridge's address by the member that asked, and by no other."""
    from scapy.layers.inet import ICMP, IP
    from scapy.layers.l2 import ARP, Ether
    router = wired(IRB, "p0", "p1", "p2", "p3")
    ask = bytes(Ether(dst=BROADCAST, src=A) / ARP(op=1, hwsrc=A, psrc=A_IP, pdst=BR0))
    router.wires["p0"].send(ask)
    got = router.collect({"p0": 1, "p1": 1, "p2": 1})
    assert got["p1"] == got["p2"] == [ask]
    answer = Ether(got["p0"][0])
    assert (answer.dst, answer.src, answer[ARP].hwsrc, answer[ARP].psrc) == (A, BR0_MAC, BR0_MAC, BR0)
    router.wires["p0"].send(Ether(dst=BR0_MAC, src=A) / IP(src=A_IP, dst=BR0) / ICMP(id=7))
    got = router.collect({"p0": 1})
    assert [len(got[name]) for name in ("p0", "p1", "p2", "p3")] == [1, 0, 0, 0]
    assert Ether(got["p0"][0])[ICMP].type == 0


@pytest.mark.parametrize("vlans", [{}, {"vlans": [10], "native": 10}], ids=["plain", "vlans"])
def test_the_address_of_a_member(wired, vlans):
    """It is the router's for what comes by that member, as in Linux; by others nobody knows it."""
    mac = "02:00:00:00:00:01"
    config = {**IRB, "ports": IRB["ports"] + [{"name": "p0", "mac": mac}],
              "bridges": [{**IRB["bridges"][0], **vlans}]}
    router = wired(config, "p0", "p1", "p2", "p3")
    mine = [routed(R_IP, A_IP, 64, mac, A, i) for i in range(3)]
    router.exchange({"p0": mine}, {"p3": [routed(R_IP, A_IP, 63, R, P3_MAC, i) for i in range(3)]})
    # All of a burst, or one among others.
    mixed = [mine[0], frame(C, A, 1), mine[1]]
    router.exchange({"p0": mixed}, {
        "p1": [mixed[1]], "p2": [mixed[1]],
        "p3": [routed(R_IP, A_IP, 63, R, P3_MAC, i) for i in range(2)]})
    router.exchange({"p1": mine}, {"p0": mine, "p2": mine})
    # Who says to have it is not believed.
    router.exchange({"p2": frame(C, mac)}, {"p0": [frame(C, mac)], "p1": [frame(C, mac)]})
    router.exchange({"p2": frame(C, B)}, {"p0": [frame(C, B)], "p1": [frame(C, B)]})
    vlan = 10 if vlans else None
    wait_for("B", lambda: (B, vlan) in fdb(router))
    assert (mac, vlan) not in fdb(router)


def test_two_bridges_are_apart(wired):
    config = {**BASE, "bridges": [{"name": "br0", "mac": BR0_MAC, "ports": ["p0", "p1"]},
                                  {"name": "br1", "ports": ["p2", "p3"]}]}
    router = wired(config, "p0", "p1", "p2", "p3")
    router.exchange({"p0": frame(BROADCAST, A), "p2": frame(BROADCAST, A, 9)},
                    {"p1": [frame(BROADCAST, A)], "p3": [frame(BROADCAST, A, 9)]})
    wait_for("A in both", lambda: len(router.ask("show fdb")) == 4)
    router.exchange({"p1": frame(A, B), "p3": frame(A, B, 9)},
                    {"p0": [frame(A, B)], "p2": [frame(A, B, 9)]})


def test_what_a_port_that_goes_had_learned_goes(wired):
    router = wired(bridge("p0", "p1", "p2"))
    learn(router, ("p0", A), ("p1", B))
    router.port_goes("p0")
    assert fdb(router) == {(B, None): ("p1", "learned")}
    assert [m["port"] for m in router.ask("show bridges")[0]["members"]] == ["p1", "p2"]
    router.wires["p1"].send(frame(A, B))
    router.names = router.names[1:]
    assert router.collect({"p2": 1})["p2"] == [frame(A, B)]


def test_a_port_comes_back_to_its_place(wired):
    """With all that the file has for it, also as a VLAN interface on it."""
    config = bridge({"name": "p0", "bcast_flood": False}, "p1", "p0.9",
                    fdb=[{"mac": C, "port": "p0.9"}])
    config["interfaces"] = [{"name": "p0.9", "parent": "p0", "vlan": 9}]
    config["mirrors"] = [{"from": ["p1", "p0"], "to": "p2", "direction": "rx"},
                         {"from": ["p2"], "to": "p0", "direction": "tx", "sample": 9}]
    config["ports"] = [{"name": "p0", "storm": {"broadcast": "1000pps"}}]
    router = wired(config)

    def state():
        ports = {row["port"]: row for row in router.ask("show bridges")[0]["members"]}
        return (ports, fdb(router), router.ask("show storm"), sorted(
            [row[key] for key in ("from", "to", "direction", "sample")]
            for row in router.ask("show span")))

    before = state()
    assert [len(part) for part in before[::3]] == [3, 3] and C in str(before[1])
    for _ in range(3):
        router.port_goes("p0")
        assert state()[0].keys() == {"p1"} and [row[0] for row in state()[3]] == ["p1"]
        router.port_comes("p0")
        assert state() == before
        router.exchange({"p1": frame(BROADCAST, B)}, {"p0": [tagged(frame(BROADCAST, B), (9,))],
                                                      "p2": [frame(BROADCAST, B)]})
        router.exchange({"p0": frame(B, A)}, {"p1": [frame(B, A)], "p2": [frame(B, A)]})
        router.exchange({"p1": frame(C, B)}, {"p0": [tagged(frame(C, B), (9,))],
                                              "p2": [frame(C, B)]})
        router.cmd("fdb flush bridge br0")


def test_what_cannot_come_back(wired):
    """It is said, and all else comes."""
    config = bridge("p0.9", "p1", "p0", mtu=1500)
    config["interfaces"] = [{"name": "p0.9", "parent": "p0", "vlan": 9}]
    router = wired(config)
    router.port_goes("p0")
    device = next(port["device"] for port in router.config["ports"] if port["name"] == "p0")
    router.cmd(f"port add p0 {device} mtu 1400")
    assert [m["port"] for m in router.ask("show bridges")[0]["members"]] == ["p1"]
    assert "p0.9" in [row["interface"] for row in router.ask("show interfaces")]
    router.process.terminate()
    said = router.process.communicate(timeout=10)[1]
    for name in "p0.9", "p0":
        assert f"bridge br0: an MTU of 1500 is more than that of its member {name}, 1400" in said


def test_a_member_has_no_addresses(wired):
    router = wired(bridge("p0", "p1"))
    assert router.refused("address add 203.0.113.1/24 port p0") == \
        "sluice: p0 is a member of br0: what comes by it is the bridge's, so the address belongs to br0\n"
    router.cmd("address add 203.0.113.1/24 port br0")
    router.cmd("address add 198.51.100.1/24 port p2")
    rows = {row["interface"]: row["addresses"] for row in router.ask("show interfaces")}
    assert not [a for a in rows["p0"] if "203" in a] and "203.0.113.1/24" in rows["br0"]

def test_the_last_port_goes_while_the_bridge_is_asked(wired):
    """Who answers for br0 needs mbufs, which are no port's then."""
    request = ether(bytes.fromhex("0001080006040001") + bytes.fromhex(A.replace(":", "")) +
                    bytes([192, 0, 2, 10]) + bytes(6) + bytes([192, 0, 2, 1]) + bytes(18),
                    0x0806, dst=BROADCAST, src=A)
    for _ in range(3):
        router = wired(bridge("p0", addresses=["192.0.2.1/24"]), "p0")
        wire = router.wires["p0"]
        stop = threading.Event()

        def ask():
            while not stop.is_set():
                try:
                    wire.send(*[request] * 32)
                except OSError:
                    return

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            wait_for("answers", lambda: wire.receive()[12:14] == b"\x08\x06")
            router.cmd("port del p0")
        finally:
            stop.set()
            asking.join()
        assert router.ask("show interfaces")[0]["interface"] == "br0"
        router.stop()
