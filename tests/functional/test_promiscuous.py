# SPDX-License-Identifier: BSD-3-Clause
"""Ports in a bridge let pass what is for others, as long as they are in it.

    h1 --- p0 --+-- br0
    h2 --- p1 --+   (by its VLAN interface p1.7)
"""
import json

from netns import wait_for


def promiscuity(router):
    return [json.loads(router.run("ip", "-j", "-d", "link", "show", f"p{n}"))[0]["promiscuity"]
            for n in (0, 1)]


def test_promiscuous(lab):
    router = lab.router()
    for name in "h1", "h2":
        router.connect(lab.host(name))
    for port in router.ports:
        port.pop("addresses", None)
    router.neighbours.clear()
    before = promiscuity(router)
    router.serve(interfaces=[{"name": "p1.7", "parent": "p1", "vlan": 7}],
                 bridges=[{"name": "br0", "ports": ["p0", "p1.7"]}])
    wait_for(lambda: promiscuity(router) == [n + 1 for n in before], "both are promiscuous")
    router.daemon.terminate()
    assert router.daemon.wait(timeout=30) == 0
    assert promiscuity(router) == before
