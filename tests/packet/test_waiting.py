# SPDX-License-Identifier: BSD-3-Clause
"""Next hops of the configuration that wait for the address that makes them reachable."""
import pytest

from router import Router

PORTS = [{"name": "p0", "device": "net_null0", "mac": "02:00:00:00:00:01",
          "addresses": ["192.0.2.1/24"]},
         {"name": "p1", "device": "net_null1", "mac": "02:00:00:00:00:02"}]


@pytest.fixture
def router(tmp_path):
    routes = [{"to": "203.0.113.0/24",
               "via": [{"gateway": "192.0.2.2"}, {"gateway": "198.51.100.2"}]},
              {"to": "10.0.0.0/8", "via": "198.51.100.3"}]
    config = {"dpdk": {"hugepages": False, "memory": 128}, "ports": PORTS, "routes": routes}
    with Router(tmp_path, config) as router:
        yield router


def via(router, prefix):
    rows = [row for row in router.cmd(f"show routes {prefix}") if row["prefix"] == prefix]
    return [path["gateway"] for row in rows for path in row["via"]]


def test_a_hop_waits_for_its_address(router):
    assert via(router, "203.0.113.0/24") == ["192.0.2.2"]
    assert via(router, "10.0.0.0/8") == []
    router.cmd("address add 198.51.100.1/24 port p1")
    assert sorted(via(router, "203.0.113.0/24")) == ["192.0.2.2", "198.51.100.2"]
    assert via(router, "10.0.0.0/8") == ["198.51.100.3"]


def test_a_deleted_route_waits_no_more(router):
    router.cmd("route del 10.0.0.0/8")
    router.cmd("route del 203.0.113.0/24")
    router.cmd("address add 198.51.100.1/24 port p1")
    assert via(router, "10.0.0.0/8") == via(router, "203.0.113.0/24") == []


def test_a_replaced_route_waits_no_more(router):
    router.cmd("route add 10.0.0.0/8 via 192.0.2.9")
    router.cmd("address add 198.51.100.1/24 port p1")
    assert via(router, "10.0.0.0/8") == ["192.0.2.9"]
