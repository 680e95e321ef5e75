# SPDX-License-Identifier: BSD-3-Clause
"""Tables that are full: what is new is refused with a sentence and counted, all that stands stays
and forwards, and there is room again when something has gone.

    p0 (endless) --- router --- p1, p2
"""
import json
import socket

from router import PATIENCE_S
from test_api import FAMILIES, fate

OWN = 8  # routes that addresses and neighbours of CONFIG3 make, at least, in each family


def limit(one, table):
    return one.row("show limits", "table", table)


def many(one, requests):
    """Run commands, as {"command": ..., "args": ...}, on one connection. How many were refused, and
    the first refusal."""
    refused = []
    with socket.socket(socket.AF_UNIX) as api:
        api.settimeout(PATIENCE_S)
        api.connect(one.config["api"])
        with api.makefile("rw") as lines:
            for request in requests:
                lines.write(json.dumps(request) + "\n")
                lines.flush()
                answer = json.loads(lines.readline())
                if not answer["ok"]:
                    refused.append(answer)
    return len(refused), refused[0] if refused else None


def prefixes(net, n):
    return [f"100.64.{i}.0/24" if "." in net["to"] else f"2001:db8:4{i:03x}::/48"
            for i in range(n)]


def blackhole(prefix):
    return {"command": "route add", "args": {"prefix": prefix, "type": "blackhole"}}


@FAMILIES
def test_routes(flooded, net):
    family, first = (4 if "." in net["to"] else 6), net["gateways"][0]
    one = flooded(net["frame"], routes=[{"to": net["to"], "via": first}],
                  limits={f"routes{family}": 40})
    table, listed = f"routes{family}", prefixes(net, 40)
    before = limit(one, table)
    assert before["max"] == 40 and OWN <= before["used"] < 20 and not before["refused"]
    count, refusal = many(one, map(blackhole, listed))
    assert count == before["used"] and refusal["errno"] == "ENOSPC"
    assert f"{listed[40 - count]}: the IPv{family} table is full (limits.routes{family}: 40)" in \
        refusal["error"]
    assert limit(one, table) == {**before, "used": 40, "refused": count}
    assert one.row("show fib", "table", f"ip{family}")["refused"] == count
    # What stands can be changed, and forwards.
    assert fate(one) == {"p1"}
    one.cmd(f"route add {net['to']} via {net['gateways'][1]}")
    assert fate(one) == {"p2"}
    assert {row["prefix"] for row in one.cmd("show routes")} >= set(listed[:40 - count])
    host = f"{net['dst']}/{32 if family == 4 else 128}"
    assert "table is full" in one.refused(f"route add {host} via {first}")
    assert fate(one) == {"p2"}
    one.cmd(f"route del {listed[0]}")
    one.cmd(f"route add {host} via {first}")
    assert fate(one) == {"p1"}


@FAMILIES
def test_neighbours(flooded, net):
    first, second = net["gateways"]
    one = flooded(net["frame"], routes=[{"to": net["to"], "via": first}], limits={"neighbours": 8})
    hosts = [f"{first[:-2]}{n}" for n in range(50, 60)]
    before = limit(one, "neighbours")
    assert before == {"table": "neighbours", "limit": "neighbours", "used": 6, "max": 8,
                      "refused": 0}
    count, refusal = many(one, [{"command": "neighbour add", "args": {
        "address": host, "port": "p1", "mac": "02:00:00:00:02:77"}} for host in hosts])
    assert count == 8 and refusal["errno"] == "ENOSPC"
    assert f"neighbour {hosts[2]}: the table of neighbours is full (limits.neighbours: 8)" in \
        refusal["error"]
    assert limit(one, "neighbours") == {**before, "used": 8, "refused": 8}
    assert fate(one) == {"p1"}
    one.cmd(f"neighbour add {first} port p1 mac 02:00:00:00:02:99")  # a change needs no room
    assert one.cmd(f"lookup {net['dst']}")["rewrite"].startswith("dst 02:00:00:00:02:99")
    assert fate(one) == {"p1"}
    one.cmd(f"route add {net['to']} via {hosts[9]}")
    assert fate(one) == {"punt glean/any"}
    one.cmd(f"neighbour del {hosts[0]} port p1")
    one.cmd(f"neighbour add {hosts[9]} port p1 mac 02:00:00:00:02:98")
    assert fate(one) == {"p1"}
    assert limit(one, "neighbours")["used"] == 8


def multipath(net, number):
    """A route whose group no other has."""
    weights = 1 + number % 200, 201 + number // 200
    return {"command": "route add", "args": {
        "prefix": f"100.{64 + (number >> 8)}.{number & 255}.0/24" if "." in net["to"]
        else f"2001:db8:{0x4000 + number:x}::/48",
        "via": [{"gateway": gateway, "weight": weight}
                for gateway, weight in zip(net["gateways"], weights)]}}


@FAMILIES
def test_groups(flooded, net):
    """Of next hops, by routes over several: they share a number of buckets."""
    first, second = net["gateways"]
    one = flooded(net["frame"], limits={"neighbours": 8},
                  routes=[{"to": net["to"], "via": [{"gateway": first}, {"gateway": second}]}])
    ways = fate(one)
    assert ways in ({"p1"}, {"p2"})
    requests = [multipath(net, number) for number in range(1500)]
    count, refusal = many(one, requests)
    assert 0 < count < 1500 and refusal["errno"] == "ENOSPC"
    assert "no room for another group of next hops (limits.neighbours)" in refusal["error"]
    assert limit(one, "groups")["refused"] + limit(one, "buckets")["refused"] == count
    assert limit(one, "buckets")["used"] <= limit(one, "buckets")["max"]
    assert fate(one) == ways
    last = requests[-1]["args"]
    assert not one.cmd(f"show routes {last['prefix']}")
    for request in requests[:8]:
        one.cmd(f"route del {request['args']['prefix']}")
    assert many(one, requests[-1:]) == (0, None)
    assert len(one.cmd(f"show routes {last['prefix']}")[0]["via"]) == 2
    # A group that stands is shared, and needs no room.
    assert fate(one) == ways


def test_show_fib(router):
    """Its columns, for people and for programs, and what a route does to them."""
    with router() as one:
        before = one.cmd("show fib")
        assert [row["table"] for row in before] == ["ip4", "ip6"]
        header, *rows = (line.split() for line in one.client_text("show fib").splitlines())
        assert header == [key.upper().replace("_", "-") for key in before[0]] == [
            "TABLE", "ROUTES", "MAX-ROUTES", "NODES", "WORDS", "BYTES", "STORE-BYTES", "UPDATES",
            "REFUSED", "DEFERRED", "REBUILDS", "WRITER-WAITS"]
        assert [row[0] for row in rows] == ["ip4", "ip6"] and len(rows[0]) == len(header)
        one.cmd("route add 203.0.113.9/32 type blackhole")
        ip4_row, ip6_row = one.cmd("show fib")
        assert ip6_row == before[1]
        for key in "routes", "updates":
            assert ip4_row[key] == before[0][key] + 1
        assert ip4_row["nodes"] > before[0]["nodes"] and ip4_row["words"] > before[0]["words"]


def cleared_after(one, requests):
    """`show control` after so many requests, and when it has been cleared then."""
    assert many(one, [{"command": "show limits"}] * requests) == (0, None)
    before = one.ask("show control")
    with socket.socket(socket.AF_UNIX) as api:
        api.settimeout(PATIENCE_S)
        api.connect(one.config["api"])
        with api.makefile("rw") as lines:
            lines.write('{"command": "clear stats"}\n{"command": "show control"}\n')
            lines.flush()
            assert json.loads(lines.readline())["ok"]
            return before, json.loads(lines.readline())["result"]


def test_show_control(router):
    with router() as one:
        first = one.cmd("show control")
        assert 0 < first["longest_turn_us"] <= first["busy_us"]
        later = one.cmd("show control")
        assert later["turns"] > first["turns"] and later["busy_us"] > first["busy_us"]
        # Each request takes a turn at least, as it waits for the answer to the one before. Two that
        # are sent at once have few turns between them.
        before, after = cleared_after(one, 1000)
        assert before["turns"] > 1000 > after["turns"]
        assert 0 < after["longest_turn_us"] <= after["busy_us"] < before["busy_us"]
