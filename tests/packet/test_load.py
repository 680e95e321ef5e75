# SPDX-License-Identifier: BSD-3-Clause
"""`sluice route load`: many routes from a file, while packets are forwarded and others ask.

    p0 (endless) --- router --- p1, p2
"""
import subprocess

import pytest

from conftest import NETS
from frames import H1, H1_6
from router import PATIENCE_S, SLUICE
from test_api import fate
from test_full_table import keeps_what_is_freed, resident_kb

ROUTES4, ROUTES6 = 100000, 20000
WAYS4, WAYS6 = NETS[4]["gateways"], NETS[6]["gateways"]


def table(turn):
    """Lines; the turn chooses which gateway each route has."""
    for n in range(ROUTES4):
        yield f"{16 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.0/24 via {WAYS4[(n + turn) % 2]}"
    for n in range(ROUTES6):
        yield f"2600:{n + 1:x}::/32 via {WAYS6[(n + turn) % 2]}"


@pytest.fixture
def load(tmp_path):
    """Loads lines from a file; the exit code and what was said."""

    def run(one, lines, during=None):
        path = tmp_path / "routes.txt"
        path.write_text("\n".join(lines) + "\n")
        with subprocess.Popen([SLUICE, "-s", one.config["api"], "route", "load", path], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
            while during and client.poll() is None:
                during()
            out, err = client.communicate(timeout=4 * PATIENCE_S)
            return client.returncode, out + err.replace(str(path), "FILE")

    return run


def counted(one):
    """Routes in the FIBs."""
    return [row["routes"] for row in one.ask("show fib")]


def ways(one, address):
    row = one.cmd(f"lookup {address}")
    return row["action"], row.get("port"), row.get("route", {}).get("prefix")


def test_a_table_while_packets_are_forwarded(flooded, load):
    """Nothing is lost, others are answered meanwhile, each route leads where the file says; and the
    same file again changes nothing."""
    one = flooded(NETS[4]["frame"], routes=[{"to": NETS[4]["to"], "via": WAYS4[0]}])
    assert fate(one) == {"p1"}
    before, answers = counted(one), []
    one.cmd("clear stats")
    said = load(one, table(0), lambda: answers.append(one.ask("show version")))
    assert said == (0, f"routes: {ROUTES4 + ROUTES6}\n")
    assert one.counters() == {} and len(answers) > 1
    assert one.row("show interfaces", "interface", "p1")["tx_packets"] > 0
    assert counted(one) == [before[0] + ROUTES4, before[1] + ROUTES6]
    for n in (0, 1, 65535, 65536, ROUTES4 - 1):
        net = f"{16 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"
        assert ways(one, f"{net}.9") == ("rewrite", f"p{n % 2 + 1}", f"{net}.0/24")
    for n in (0, 1, ROUTES6 - 1):
        net = f"2600:{n + 1:x}::"
        assert ways(one, net + "9") == ("rewrite", f"p{n % 2 + 1}", net + "/32")
    size, updates = resident_kb(one), one.row("show fib", "table", "ip4")["updates"]
    assert load(one, table(0)) == said
    assert one.row("show fib", "table", "ip4")["updates"] == updates
    assert counted(one) == [before[0] + ROUTES4, before[1] + ROUTES6]
    assert resident_kb(one) - size < 4000 or keeps_what_is_freed(one), "KiB: nothing stays behind"
    assert fate(one) == {"p1"}


def test_packets_follow(flooded, load):
    """The routes of the packets themselves are replaced, by another way of each kind of line."""
    one = flooded(NETS[4]["frame"], routes=[{"to": NETS[4]["to"], "via": WAYS4[0]}])
    assert fate(one) == {"p1"}
    assert load(one, table(0)) == (0, f"routes: {ROUTES4 + ROUTES6}\n")
    for line, where in ((f"{NETS[4]['to']} via {WAYS4[1]}", {"p2"}),
                        (f"{NETS[4]['to']} type blackhole", {"drop ip4_blackhole"}),
                        (f"203.0.113.0/25 via {WAYS4[0]} port p1", {"p1"}),
                        (f"{NETS[4]['dst']} via {WAYS4[1]} weight 3 via {WAYS4[1]}", {"p2"}),
                        (f"{NETS[4]['dst']} port p2", {"punt glean/any"})):
        assert load(one, ["# one", "", line + " # and no other"]) == (0, "routes: 1\n")
        assert fate(one) == where, line
    assert load(one, table(1)) == (0, f"routes: {ROUTES4 + ROUTES6}\n")
    assert ways(one, "16.0.0.1")[1] == "p2" and ways(one, "2600:1::1")[1] == "p2"


def test_lines_that_take_long(flooded, load):
    """Each turns half of a table over, so that there is time for a few a request; the client goes
    on from there."""
    one = flooded(NETS[4]["frame"], routes=[{"to": NETS[4]["to"], "via": WAYS4[0]}])
    assert load(one, table(0))[0] == 0
    lines = [f"0.0.0.0/1 port p{n % 2 + 1}" for n in range(60)]
    result = one.answer("route load", lines="\n".join(lines))["result"]
    assert 1 <= result["routes"] == result["lines"] < len(lines)
    assert load(one, lines) == (0, "routes: 60\n")
    assert ways(one, "9.0.0.1") == ("glean", "p2", "0.0.0.0/1")
    assert fate(one) == {"p1"}


def test_wrong_line_changes_nothing(flooded, load):
    one = flooded(NETS[4]["frame"])
    before = counted(one)
    code, said = load(one, [*table(0), "10.0.0.1/8 via 192.0.2.10"])
    assert (code, said) == (1, f"sluice: FILE:{ROUTES4 + ROUTES6 + 1}: prefix: 10.0.0.1/8 has bits "
                               "set beyond its length: the prefix is 10.0.0.0/8\n")
    assert counted(one) == before


@pytest.mark.parametrize("line, why", [
    ("10.0.0.0/8 via 10.9.9.9", "route 10.0.0.0/8: gateway 10.9.9.9: expected an address in a "
                                "port's subnet, or a 'port' beside it"),
    ("10.0.0.0/8 port p9", "there is no port 'p9'"),
    (f"10.0.0.0/8 via {H1_6}", f"route 10.0.0.0/8: gateway {H1_6} is of another family than the "
                               "destination")])
def test_line_that_the_daemon_refuses(flooded, load, line, why):
    """What stood before it in the file stays, what stands behind it does not come."""
    one = flooded(NETS[4]["frame"], routes=[{"to": NETS[4]["to"], "via": WAYS4[0]}])
    before = counted(one)
    first = list(table(0))[:5000]
    code, said = load(one, ["# gateways", *first, line, "11.0.0.0/8 port p2"])
    assert code == 1 and said.startswith(f"sluice: FILE:5002: 5000 routes were added, then: {why}")
    assert counted(one) == [before[0] + 5000, before[1]]
    assert fate(one) == {"p1"}


def test_full_table(flooded, load):
    one = flooded(NETS[4]["frame"], routes=[{"to": NETS[4]["to"], "via": WAYS4[0]}],
                  limits={"routes4": 10000})
    room = 10000 - one.row("show limits", "table", "routes4")["used"]
    code, said = load(one, table(0))
    assert (code, said) == (
        1, f"sluice: FILE:{room + 1}: {room} routes were added, then: 16.{room >> 8}.{room & 255}"
           ".0/24: the IPv4 table is full (limits.routes4: 10000)\n")
    assert fate(one) == {"p1"}
    # What stands can be changed, in the same way.
    assert load(one, list(table(1))[:room]) == (0, f"routes: {room}\n")
    assert ways(one, "16.0.0.1")[1] == "p2"


def test_api(flooded):
    """Without the client: the result of a refusal, and the room of a request."""
    one = flooded(NETS[4]["frame"])

    def ask(lines):
        return one.answer("route load", lines=lines)

    def taken(routes, lines):
        return {"ok": True, "result": {"routes": routes, "lines": lines}}

    assert ask("") == taken(0, 0)
    good = f"16.0.0.0/24 via {H1}"
    assert ask(good) == taken(1, 1) and ask(f"#\r\n\n{good}\n\n") == taken(1, 4)
    answer = ask(f"{good}\n\n{good}\n16.0.0.0/24 via x\n{good}")
    assert "'x' is not an IPv4 or IPv6 address" in answer["error"]
    assert (answer["ok"], answer["errno"], answer["result"]) == (
        False, "EINVAL", {"routes": 2, "line": 4})
    assert ask(good.ljust(32768)) == taken(1, 1)
    assert ask(good.ljust(32769)) == {
        "ok": False, "error": "lines of 32769 bytes, at most 32768 are taken at once",
        "errno": "EMSGSIZE"}
