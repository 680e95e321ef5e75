# SPDX-License-Identifier: BSD-3-Clause
"""What was scattered by changes is laid out anew while packets are forwarded.

    p0 (endless) --- router --- p1, p2
"""
from conftest import NETS
from router import wait_for
from test_api import fate
from test_limits import many

ROUTES, KEPT = 60000, 1024  # so many of each 4096 stay


def kind(number):
    """Neighbours differ: so no two entries can be one in the table."""
    return ("blackhole", "unreachable")[number % 2]


def net(number):
    return f"{16 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def leaves_by(one):
    return {row["interface"] for row in one.cmd("show interfaces") if row["tx_packets"]}


def ip4(one):
    return one.row("show fib", "table", "ip4")


def found(one, number):
    row = one.cmd(f"lookup {net(number)}.9")
    return row["action"], row.get("route", {}).get("prefix")


def test_compaction(flooded):
    one = flooded(NETS[4]["frame"], routes=[{"to": NETS[4]["to"], "via": NETS[4]["gateways"][0]}])
    assert fate(one) == {"p1"}
    assert many(one, ({"command": "route add", "args": {
        "prefix": f"{net(number)}.0/24", "type": kind(number)}}
        for number in range(ROUTES))) == (0, None)
    assert fate(one) == {"p1"}
    full = ip4(one)
    gone = [number for number in range(ROUTES) if number % 4096 >= KEPT]
    assert many(one, ({"command": "route del", "args": {"prefix": f"{net(number)}.0/24"}}
                      for number in gone)) == (0, None)
    wait_for("a compaction", lambda: ip4(one)["rebuilds"] > full["rebuilds"])
    wait_for("the old half to go", lambda: ip4(one)["bytes"] < full["bytes"])
    # Nothing was dropped or punted since the last fate(), and nothing went another way.
    assert one.counters() == {} and leaves_by(one) == {"p1"}
    assert ip4(one)["routes"] == full["routes"] - len(gone)
    for number in (0, 1, KEPT - 1, 4096, 4096 + KEPT - 1, ROUTES // 4096 * 4096):
        assert found(one, number) == (kind(number), f"{net(number)}.0/24")
    for number in (KEPT, 4095, 4096 + KEPT, gone[-1]):
        assert found(one, number) == ("no_route", None)
    assert fate(one) == {"p1"}
