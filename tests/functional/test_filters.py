# SPDX-License-Identifier: BSD-3-Clause
"""What a device lets in: frames for any MAC address where a bridge or a VLAN with a MAC address of
its own needs them, and only there. A TAP shows it, as a NIC would.

    p0 (member of br0)   p1 (nothing)   p2 (VLAN with its own MAC)   p3 (VLAN with p3's)
"""
import json

import pytest

from netns import wait_for


@pytest.fixture(scope="module")
def router(lab):
    one = lab.router()
    for _ in range(4):
        one.add_tap()
    for n in 0, 2, 3:
        one.ports[n].pop("addresses")
    one.neighbours.clear()
    one.serve(neighbours=[], bridges=[{"name": "br0", "ports": ["p0"]}], interfaces=[
        {"name": "p2.5", "parent": "p2", "vlan": 5, "mac": "02:00:00:09:00:01"},
        {"name": "p3.5", "parent": "p3", "vlan": 5}])
    return one


def flags(router, n):
    link, = json.loads(router.run("ip", "-j", "link", "show", "dev", f"p{n}"))
    return link["flags"]


def test_who_takes_all(router):
    wait_for(lambda: "PROMISC" in flags(router, 0) and "PROMISC" in flags(router, 2), "all frames")
    assert "PROMISC" not in flags(router, 1) and "PROMISC" not in flags(router, 3)
