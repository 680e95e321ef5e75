# SPDX-License-Identifier: BSD-3-Clause
"""Commands change what becomes of packets, while they come: a port repeats its frames for ever.

    p0 (endless) --- router --- p1, p2
"""
import pytest

from conftest import NETS
from frames import H0_6, H1, P0, ether, icmp6, ip4
from router import wait_for

FAMILIES = pytest.mark.parametrize("net", NETS.values(), ids=["ip4", "ip6"])


def turns(one, number):
    """Wait until each worker has begun that many turns of its loop."""
    def loops():
        return [row["loops"] for row in one.ask("show workers")]

    begin = loops()
    wait_for("the workers' loops", lambda: all(now - then >= number
                                               for now, then in zip(loops(), begin)))


def fate(one):
    """What becomes of packets from now on: the ports that they leave by, and the counters that
    move. What a worker was at when the command came is through after two turns."""
    turns(one, 2)
    one.cmd("clear stats")
    turns(one, 50)
    ports = {row["interface"] for row in one.cmd("show interfaces") if row["tx_packets"]}
    counters = {name.replace("limit ", "punt ") for name in one.counters()}
    return (ports - {"p0"} | counters) - {"drop no_control", "drop punt_limited"}


@FAMILIES
def test_route(flooded, net):
    one = flooded(net["frame"])
    first, second = net["gateways"]
    to = net["to"]
    assert fate(one) == {"punt no_route/any"}
    one.cmd(f"route add {to} via {first}")
    assert fate(one) == {"p1"}
    one.cmd(f"route add {to} via {second}")
    assert fate(one) == {"p2"}
    assert one.cmd(f"show routes {to}") == [
        {"prefix": to, "type": "unicast", "source": "static",
         "via": [{"gateway": second, "port": "p2"}]}]
    for kind, expected in (("blackhole", net["blackhole"]), ("unreachable", "punt no_route/any"),
                           ("prohibit", "punt no_route/any")):
        one.cmd(f"route add {to} type {kind}")
        assert fate(one) == {expected}
        assert one.cmd(f"lookup {net['dst']}")["action"] == kind
    one.cmd(f"route add {to} via {first} weight 3 via {second}")
    assert fate(one) in ({"p1"}, {"p2"})
    one.cmd(f"route add {to} port p2")
    assert fate(one) == {"punt glean/any"}
    one.cmd(f"route del {to}")
    assert fate(one) == {"punt no_route/any"}


@FAMILIES
def test_more_specific_route(flooded, net):
    one = flooded(net["frame"], routes=[{"to": net["to"], "via": net["gateways"][0]}])
    host = f"{net['dst']}/{32 if '.' in net['dst'] else 128}"
    assert fate(one) == {"p1"}
    one.cmd(f"route add {host} via {net['gateways'][1]}")
    assert fate(one) == {"p2"}
    one.cmd(f"route del {net['to']}")
    assert fate(one) == {"p2"}
    one.cmd(f"route del {host}")
    assert fate(one) == {"punt no_route/any"}


@FAMILIES
def test_neighbour(flooded, net):
    gateway = net["gateways"][0]
    one = flooded(net["frame"], routes=[{"to": net["to"], "via": gateway}])

    def rewrite():
        return one.cmd(f"lookup {net['dst']}").get("rewrite", "").split(" src")[0]

    assert (fate(one), rewrite()) == ({"p1"}, "dst 02:00:00:00:02:10")
    one.cmd(f"neighbour add {gateway} port p1 mac 02:00:00:00:02:99")
    assert (fate(one), rewrite()) == ({"p1"}, "dst 02:00:00:00:02:99")
    one.cmd(f"neighbour del {gateway} port p1")
    assert (fate(one), rewrite()) == ({"punt glean/any"}, "")
    assert gateway not in [row["address"] for row in one.cmd("show neighbours")]
    one.cmd(f"neighbour add {gateway} port p1 mac 02:00:00:00:02:10")
    assert (fate(one), rewrite()) == ({"p1"}, "dst 02:00:00:00:02:10")


@FAMILIES
def test_address(flooded, net):
    """An address makes its packets local, and its subnet connected."""
    one = flooded(net["frame"])
    length = net["to"].split("/")[1]
    own, other = f"{net['dst']}/{length}", f"{net['dst'][:-1]}1/{length}"
    one.cmd(f"address add {own} port p2")
    assert fate(one) == {"punt local/other"}
    assert own in one.row("show interfaces", "interface", "p2")["addresses"]
    one.cmd(f"address del {own} port p2")
    assert fate(one) == {"punt no_route/any"}
    one.cmd(f"address add {other} port p2")
    assert fate(one) == {"punt glean/any"}
    one.cmd(f"neighbour add {net['dst']} port p2 mac 02:00:00:00:03:09")
    assert fate(one) == {"p2"}
    one.cmd(f"address del {other} port p2")
    assert "p2" not in fate(one)


def test_own_source(flooded):
    """An address of the router is no source for others, as long as it is the router's."""
    one = flooded(ether(ip4(src="192.0.2.77")))
    assert fate(one) == {"p1"}
    one.cmd("address add 192.0.2.77/24 port p0")
    assert fate(one) == {"drop ip4_src_own"}
    one.cmd("address del 192.0.2.77/24 port p0")
    assert fate(one) == {"p1"}


@FAMILIES
def test_nothing_is_lost_by_changes(flooded, net):
    """Make before break: a route that is replaced and a MAC that changes cost no packet."""
    first, second = net["gateways"]
    one = flooded(net["frame"], routes=[{"to": net["to"], "via": first}])
    for number in range(30):
        one.cmd(f"route add {net['to']} via {second}")
        one.cmd(f"neighbour add {second} port p2 mac 02:00:00:00:03:{number:02x}")
        one.cmd(f"route add {net['to']} via {first} via {second} weight {number + 1}")
        one.cmd(f"neighbour add {first} port p1 mac 02:00:00:00:02:{number:02x}")
        one.cmd(f"route add {net['to']} via {first}")
    assert one.counters() == {}
    assert all(one.row("show interfaces", "interface", name)["tx_packets"] for name in ("p1", "p2"))


def test_refused_commands_change_nothing(flooded):
    net = NETS[4]
    one = flooded(net["frame"], routes=[{"to": net["to"], "via": H1}])
    tables = ("show routes", "show neighbours")
    before = [one.cmd(table) for table in tables]
    for line, sentence in (
            ("route del 10.0.0.0/8", "there is no static route 10.0.0.0/8"),
            ("route add 10.0.0.0/8 via 10.9.9.9", "10.9.9.9"),
            ("route add 10.0.0.0/8 port p9", "there is no port 'p9'"),
            ("neighbour add 198.51.100.7 port p9 mac 02:00:00:00:00:07", "there is no port 'p9'"),
            ("neighbour del 198.51.100.7 port p1", "198.51.100.7"),
            ("neighbour add 198.51.100.1 port p1 mac 02:00:00:00:00:07", "198.51.100.1"),
            (f"address add {P0}/24 port p1", "port p0 has it"),
            ("address add 224.0.0.1/24 port p1", "224.0.0.1"),
            ("address del 203.0.113.1/24 port p1", "port p1 does not have")):
        assert sentence in one.refused(line)
    assert [one.cmd(table) for table in tables] == before
    assert fate(one) == {"p1"}


def test_answers_follow_addresses(flooded):
    """Who asks for a new address gets an answer; one that has gone is asked for on the link."""
    one = flooded(ether(icmp6(H0_6, "2001:db8:1::77", b"\x80\0", b"ping")))
    assert fate(one) == {"punt glean/any"}
    one.cmd("address add 2001:db8:1::77/64 port p0")
    assert fate(one) == {"punt local/icmp"}
    wait_for("an answer", lambda: one.row("show interfaces", "interface", "p0")["tx_packets"])
    one.cmd("address del 2001:db8:1::77/64 port p0")
    assert fate(one) == {"punt glean/any"}
