# SPDX-License-Identifier: BSD-3-Clause
"""Where everything is: on a machine of one NUMA node, all on that. tests/vm has a machine of two."""
import pathlib

import pytest

NODES = pathlib.Path("/sys/devices/system/node")


def test_placement(router):
    with router() as one:
        rows = one.cmd("show placement")
        text = one.client_text("show placement")
        one.stop()
    names = [(row["what"], row["name"]) for row in rows]
    for expected in [("worker", "lcore 1"), ("queue", "p0/0"), ("queue", "p1/0"),
                     ("table", "ip4"), ("table", "ip6"), ("table", "nexthops"),
                     ("table", "interfaces")]:
        assert names.count(expected) == 1
        assert expected[1] in text
    queues = [row for row in rows if row["what"] == "queue"]
    assert {row["polled_by"] for row in queues} == {"lcore 1"}
    pools = [row for row in rows if row["what"] == "pool"]
    assert pools and all(row["memory"][0]["bytes"] > 1 << 20 for row in pools)
    if len(list(NODES.glob("node[0-9]*"))) != 1:
        pytest.skip("this machine has several nodes")
    assert not any(row["cross_node"] for row in queues)
    # What has memory has it here.
    assert {place["node"] for row in rows for place in row["memory"]} == {0}
    assert all(row["node"] == 0 for row in rows if row["memory"])
