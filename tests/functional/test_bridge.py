# SPDX-License-Identifier: BSD-3-Clause
"""A bridge of the configuration between three hosts, and its own interface, which is routed.

    h0 --- p0 --+
    h1 --- p1 --+--- br0 (10.9.0.1, 2001:db8:90::1) --- router p3 --- h4
    h2 --- p2 --+
           p4 --+   (h2 has a second netdev there)
"""
import json

import pytest

from lab import host4, host6
from lan_lab import (SWITCHES, LanHost, bare, gateway, gateway4, gateway6, lan4, lan6, lan_mac,
                     neighbours)
from netns import wait_for
from tools import Capture, Session, iperf, losses

MEMBERS = ["p0", "p1", "p2", "p4"]


@pytest.fixture(scope="module", params=list(SWITCHES))
def net(lab, request):
    mode = request.param
    hosts = [lab.add(LanHost(f"h{i}{mode}", 0, i)) for i in range(3)]
    router = lab.add(SWITCHES[mode](f"router{mode}", lab.folder))
    for host in hosts:
        bare(router, host)
    h4 = lab.host(f"h4{mode}")
    router.connect(h4)
    bare(router, hosts[2])
    for host in hosts:
        host.settle("eth0")
    known = [n for i in range(3) for n in neighbours(0, i, "br0")] if mode == "none" else []
    if mode == "linux":
        router.ports[3]["addresses"] = ["10.0.3.1/24", "2001:db8:103::1/64"]
    router.serve(neighbours=router.neighbours + known, bridges=[
        {"name": "br0", "ports": MEMBERS, "addresses": gateway(0)}])
    yield *hosts, h4, router
    # bridge_state: for or from a member whose link is down.
    assert set(losses(router)) <= {"bridge_same_port", "bridge_nobody", "bridge_state",
                                   "storm_broadcast"}


def members_of(router):
    """The member that each MAC address is behind, as Sluice knows it."""
    return {row["mac"]: row["port"] for row in router.json("show", "fdb")}


@pytest.mark.parametrize("address", [lan4(0, 1), lan6(0, 1), lan4(0, 2), lan6(0, 2)])
@pytest.mark.parametrize("size", [0, 56, 1400])
def test_between_hosts(net, address, size):
    answered, out = net[0].ping(address, "-s", str(size))
    assert answered and "DUP" not in out
    assert size < 16 or "ttl=64" in out


def test_nothing_comes_twice(net):
    """Also of what is flooded: a broadcast ping of one host reaches the others once."""
    h0, h1, h2, _, _ = net
    with Capture(h1) as at1, Capture(h2) as at2:
        h0.run("ping", "-n", "-b", "-c", "1", "-W", "0.1", "10.9.0.255", ok=False)
        for at in at1, at2:
            seen = []
            wait_for(lambda: seen.extend(f for f in at.frames() if f[:6] == b"\xff" * 6 and
                                         f[12:14] == b"\x08\x00") or seen, "the broadcast")
            assert h0.ping(lan4(0, 1))[0] and h0.ping(lan4(0, 2))[0]
            seen += [f for f in at.frames() if f[:6] == b"\xff" * 6 and f[12:14] == b"\x08\x00"]
            assert len(seen) == 1


def test_unicast_is_not_flooded(net):
    """What is known goes to one member."""
    h0, h1, h2, _, router = net
    assert h0.ping(lan4(0, 1))[0]
    wait_for(lambda: members_of(router).get(lan_mac(0, 1)) == "p1", "h1 learned")
    with Capture(h2) as at:
        h0.run("ping", "-n", "-i", "0.01", "-c", "100", "-W", "10", lan4(0, 1))
        assert not [f for f in at.frames() if f[:6] == bytes.fromhex(h1.mac.replace(":", ""))]


def test_many(net):
    for address in lan4(0, 1), lan6(0, 2):
        out = net[0].run("ping", "-n", "-f", "-c", "500", "-w", "60", address)
        assert " 500 received" in out and "duplicates" not in out


@pytest.mark.parametrize("address", [lan4(0, 1), lan6(0, 1)])
@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_tcp(net, address, direction):
    end = iperf(net[0], net[1], address, "-n", "5M", "-w", "256K", *direction)
    assert end["sum_received"]["bytes"] > 4e6


def test_learned(net):
    h0, h1, h2, _, router = net
    for address in lan4(0, 1), lan4(0, 2):
        assert h0.ping(address)[0]
    wait_for(lambda: {mac: port for mac, port in members_of(router).items()
                      if mac.startswith("02:00:00:09:")} ==
             {h0.mac: "p0", h1.mac: "p1", h2.mac: "p2"}, "all hosts learned")
    row, = router.json("show", "bridges")
    assert row["bridge"] == "br0" and [m["port"] for m in row["members"]] == MEMBERS


@pytest.mark.parametrize("address", [gateway4(0), gateway6(0)])
def test_the_bridge_itself_answers(net, address):
    for host in net[:3]:
        answered, out = host.ping(address)
        assert answered and "ttl=64" in out


@pytest.mark.parametrize("address", [host4(3), host6(3)])
def test_routed(net, address):
    """To a fourth host on a port of its own, and back: the bridge is one link of the router."""
    for host in net[:3]:
        answered, out = host.ping(address)
        assert answered and "ttl=63" in out and "DUP" not in out


@pytest.mark.parametrize("address", [lan4(0, 0), lan6(0, 1), lan4(0, 2)])
def test_routed_into_the_bridge(net, address):
    answered, out = net[3].ping(address)
    assert answered and "ttl=63" in out


@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["forth", "back"])
def test_tcp_routed(net, direction):
    end = iperf(net[0], net[3], host4(3), "-n", "5M", "-w", "256K", *direction)
    assert end["sum_received"]["bytes"] > 4e6


def test_routed_by_the_workers(net):
    """And not by the kernel, or by who answers with control: none."""
    h0, _, _, _, router = net
    assert h0.ping(host4(3))[0]
    before = sum(row["punted"] for row in router.json("show", "punts"))
    h0.run("ping", "-n", "-i", "0.005", "-c", "200", "-w", "60", host4(3))
    assert sum(row["punted"] for row in router.json("show", "punts")) - before < 20


def move(host, old, new, unplug):
    """The host leaves one netdev and goes on with the other; its first frame says so."""
    host.leave(old, unplug)
    host.settle(new)


class Pings:
    """A host pings on and on."""

    def __init__(self, host, address, out):
        self.out = out
        with open(out, "w", encoding="ascii") as file:
            self.process = host.start("ping", "-n", "-i", "0.02", "-W", "1", address, stdout=file)

    def go_on(self):
        """More answers come than did until now."""
        until_now = self.answers()
        wait_for(lambda: self.answers() >= until_now + 5, "answers")

    def answers(self):
        return self.out.read_text().count("bytes from")


@pytest.mark.parametrize("unplug", [False, True], ids=["roams", "unplugs"])
def test_a_host_that_moves(net, tmp_path, unplug):
    """It is pinged all the time, over the bridge and routed, and keeps a TCP session."""
    h0, _, h2, h4, router = net
    with Session(h0, h2, lan4(0, 2)) as session:
        session.exchange()
        pings = [Pings(host, lan4(0, 2), tmp_path / str(i)) for i, host in enumerate((h0, h4))]
        try:
            for old, new, port in ("eth0", "eth1", "p4"), ("eth1", "eth0", "p2"):
                move(h2, old, new, unplug)
                assert h2.ping(lan4(0, 0))[0]
                wait_for(lambda port=port: members_of(router)[h2.mac] == port, f"h2 on {port}")
                for host in h0, h4:
                    assert host.ping(lan4(0, 2))[0]
                session.exchange()
                for ping in pings:
                    ping.go_on()
        finally:
            for ping in pings:
                ping.process.terminate()
        for ping in pings:
            assert "DUP" not in ping.out.read_text()
    row, = router.json("show", "bridges")
    assert unplug or row["moves"] >= 2


def test_storm_control(net):
    """Broadcast of h0 beyond the limit is dropped; what is known goes on, and so does p1's."""
    h0, h1, h2, _, router = net
    router.sluice("storm", "set", "p0", "broadcast", "1pps")
    try:
        assert h0.ping(lan4(0, 1))[0]
        frame = b"\xff" * 6 + bytes.fromhex(h0.mac.replace(":", "")) + b"\x88\xb5" + bytes(46)
        with Capture(h0) as sender, Capture(h2) as at:
            for _ in range(200):
                sender.send(frame)
            wait_for(lambda: sum(router.json("show", "storm")[0][key]
                                 for key in ("passed", "dropped")) >= 200, "200 broadcasts")
            row, = router.json("show", "storm")
            assert 32 <= row["passed"] <= 60 and row["dropped"] >= 140
            assert h1.ping(lan4(0, 2))[0]  # behind the broadcasts
            assert len([f for f in at.frames() if f == frame]) in range(20, row["passed"] + 1)
        assert h0.ping(lan4(0, 1))[0]
        assert h1.ping(gateway4(0))[0]
    finally:
        router.sluice("storm", "del", "p0", "broadcast")


def test_the_kernel_has_the_addresses(net):
    router = net[4]
    if not router.linux:
        pytest.skip("control: none: the kernel has nothing")
    shown, = json.loads(router.linux.run("ip", "-j", "address", "show", "dev", "br0"))
    assert {a["local"] for a in shown["addr_info"] if a["scope"] == "global"} == \
        {gateway4(0), gateway6(0)}
    assert "1 received" in router.linux.run("ping", "-n", "-c", "1", "-W", "10", lan4(0, 1))
    assert "1 received" in router.linux.run("ping", "-n", "-c", "1", "-W", "10", lan6(0, 2))
