# SPDX-License-Identifier: BSD-3-Clause
"""A port comes, goes and vanishes while others forward, with its mirror.

    h1 --- p0 router p1 --- h2
              router p2 --- h3, now and then
"""
import json

import pytest

from lab import cable, host4, host6, host_mac, router4, router_mac
from linux_lab import LinuxRouter, is_up, netdev_words, sluiced_only
from netns import wait_for
from tools import Flood

pytestmark = sluiced_only

ROUNDS = 5


@pytest.fixture(scope="module", params=["linux", "none"])
def net(lab, request):
    h1, h2, h3 = map(lab.host, ("h1", "h2", "h3"))
    router = (lab.add(LinuxRouter("router", lab.folder)) if request.param == "linux"
              else lab.router())
    for host in h1, h2:
        router.connect(host)
    router.serve(dpdk={"hugepages": False})
    yield h1, h2, h3, router
    for one in h1, h2, h3, router:
        lab.namespaces.remove(one)
    router.close()
    for one in h1, h2, h3:
        one.close()


def is_linux(router):
    return isinstance(router, LinuxRouter)


def add_cable(h3, router):
    h3.netdevs = 0
    cable(h3, "eth0", router, 2)


def add_port(h3, router):
    """The port p2 on its cable, and what an operator says of it."""
    router.sluice("port", "add", "p2", "net_af_packet2,iface=p2", "mac", router_mac(2))
    if is_linux(router):
        router.linux.ip(*netdev_words(2))
    else:
        for address, host in ((router4(2) + "/24", host4(2)), ("2001:db8:102::1/64", host6(2))):
            router.sluice("address", "add", address, "port", "p2")
            router.sluice("neighbour", "add", host, "port", "p2", "mac", host_mac(2))
    if not h3.netdevs:
        h3.configure("eth0", 2)
    if is_linux(router):
        wait_for(lambda: is_up(router.linux, 2), "p2")


def links(router):
    return {row["port"]: row["link"] for row in router.json("show", "ports")}


def mempools(router):
    return sorted((row["pool"], row["size"]) for row in router.json("show", "mempools")
                  if row["pool"].startswith("mbufs"))


def settled(router):
    """Nothing of p2 is left."""
    assert "p2" not in links(router)
    assert "p2" not in router.sluice("show", "interfaces")
    if is_linux(router):
        assert not router.has_mirror(2)
        router.synced()
    for command in "routes", "neighbours":
        wait_for(lambda c=command: "10.0.2." not in router.sluice("show", c), f"{command} to go")


def test_it_comes_and_goes(net):
    h1, h2, h3, router = net
    before = mempools(router)
    add_cable(h3, router)
    with Flood(h1, host4(0), h2, host4(1)) as flood:
        for _ in range(ROUNDS):
            add_port(h3, router)
            for target in host4(2), host6(2):
                assert h1.ping(target)[0], target
            flood.burst()
            router.sluice("port", "del", "p2")
            settled(router)
            flood.burst()
    wait_for(lambda: mempools(router) == before, "the pools of p2 to go")
    router.ip("link del p2")
    assert h1.ping(host4(1))[0]


def test_it_vanishes_and_comes_again(net):
    h1, _, h3, router = net
    add_cable(h3, router)
    add_port(h3, router)
    assert h1.ping(host4(2))[0] and h3.ping(host4(0))[0]
    busy = h1.start("ping", "-n", "-q", "-i", "0.01", "-c", "100000", host4(2))
    router.ip("link del p2")
    wait_for(lambda: links(router)["p2"] == "gone", "the port to be gone")
    assert "port p2: its device net_af_packet2,iface=p2 has vanished" in router.log.read_text()
    assert links(router) == {"p0": "up", "p1": "up", "p2": "gone"}
    assert h1.ping(host4(1))[0]
    if is_linux(router):
        def carrier():
            link, = json.loads(router.linux.run("ip", "-j", "link", "show", "dev", "p2"))
            return link["operstate"]
        wait_for(lambda: carrier() == "DOWN", "no carrier")
    router.sluice("port", "del", "p2")
    settled(router)
    add_cable(h3, router)
    add_port(h3, router)
    assert h1.ping(host4(2))[0] and h3.ping(host4(1))[0]
    busy.kill()
    router.sluice("port", "del", "p2")
    settled(router)
    router.ip("link del p2")


def test_the_kernel_has_its_netdev_back(net):
    """With a mirror, the kernel's copies of what comes in by the netdev are dropped, until the port
    goes."""
    _, _, h3, router = net
    if not is_linux(router):
        pytest.skip("with control: none nothing is held")
    before = router.run("nft", "list", "ruleset")
    add_cable(h3, router)
    router.sluice("port", "add", "p2", "net_af_packet2,iface=p2")
    assert '"p2"' in router.run("nft", "list", "ruleset")
    router.sluice("port", "del", "p2")
    assert router.run("nft", "list", "ruleset") == before
    router.ip("link del p2")


def test_a_netdev_that_a_port_has(net):
    """A second port there would have every frame too."""
    h1, _, _, router = net
    before = router.run("nft", "list", "ruleset") if is_linux(router) else None
    refused = router.client("port", "add", "p2", "net_af_packet2,iface=p0")
    assert refused.returncode == 1
    assert "the netdev under device 'net_af_packet2,iface=p0' is that of port p0" in refused.stderr
    assert links(router) == {"p0": "up", "p1": "up"}
    if is_linux(router):
        assert router.run("nft", "list", "ruleset") == before
    assert h1.ping(host4(1))[0]


def test_a_name_that_a_netdev_has(net):
    h3, router = net[2:]
    if not is_linux(router):
        pytest.skip("with control: none there are no mirrors")
    router.linux.ip("link add p2 type bridge")
    add_cable(h3, router)
    refused = router.client("port", "add", "p2", "net_af_packet2,iface=p2")
    assert refused.returncode == 1 and "netdev p2 exists" in refused.stderr
    assert links(router) == {"p0": "up", "p1": "up"}
    assert router.client("port", "add", "lo", "net_af_packet2,iface=p2").returncode == 1
    router.linux.ip("link del p2")
    router.sluice("port", "add", "p2", "net_af_packet2,iface=p2")
    router.sluice("port", "del", "p2")
    router.ip("link del p2")
    settled(router)
