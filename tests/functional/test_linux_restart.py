# SPDX-License-Identifier: BSD-3-Clause
"""sluiced ends, by a signal or by SIGKILL, and comes again: what Linux knows stays.

    h1 --- p0 router p1 --- h2
"""
import json

import pytest

from lab import SLUICED, host4, host6, router4, router6, router_mac
from linux_lab import LinuxRouter, netdev_words, sluiced_only
from netns import wait_for
from tools import Flood, Session

pytestmark = sluiced_only

ROUTES = ["10.9.0.0/24", "2001:db8:9::/64"]


@pytest.fixture
def net(lab):
    # Each test a router of its own.
    n = len(lab.namespaces)
    h1, h2 = lab.host(f"h1_{n}"), lab.host(f"h2_{n}")
    router = lab.add(LinuxRouter(f"router{n}", lab.folder))
    router.connect(h1)
    router.connect(h2)
    router.serve()
    router.linux.ip(f"route add {ROUTES[0]} via {host4(1)}",
                    f"route add {ROUTES[1]} via {host6(1)}")
    h2.ip("address add 10.9.0.1 dev lo", "address add 2001:db8:9::1 dev lo")
    router.synced()
    return h1, h2, router


def state(router):
    """What Linux knows that an operator has said."""
    linux = router.linux
    found = {}
    for link in json.loads(linux.run("ip", "-j", "address")):
        if link["ifname"] != "lo":
            found[link["ifname"]] = (link["ifindex"], link["address"], link["mtu"], sorted(
                (one["local"], one["prefixlen"]) for one in link["addr_info"]))
    for family in "-4", "-6":
        found[family] = sorted((route["dst"], route.get("gateway", ""), route["dev"])
                               for route in json.loads(linux.run("ip", family, "-j", "route")))
    return found


def ruleset(router):
    return router.run("nft", "list", "ruleset").strip()


def pass_traffic(h1, h2):
    for source, address in (host4(0), host4(1)), (host6(0), host6(1)), (host4(0), "10.9.0.1"):
        with Flood(h1, source, h2, address) as flood:
            flood.burst()
    for address in router4(0), router6(0), router4(1), "2001:db8:9::1":
        assert h1.ping(address)[0]


def test_another_one_while_it_dies(net):
    """Nobody waits for the end of the one that was killed."""
    h1, h2, router = net
    before = state(router)
    for _ in range(3):
        dying = router.daemon
        dying.kill()
        router.restart()
        assert dying.wait(timeout=30) < 0
    assert state(router) == before
    assert "another sluiced is running" not in router.log.read_text()
    pass_traffic(h1, h2)


@pytest.mark.parametrize("end", [LinuxRouter.kill, LinuxRouter.stop], ids=["kill", "stop"])
def test_all_is_still_there(net, end):
    h1, h2, router = net
    before = state(router)
    assert before["p0"][1] == router_mac(0)
    with Session(h1, h2, host4(1)) as through, Session(h1, router.linux, router6(0)) as to:
        for session in through, to:
            session.exchange()
        for _ in range(2):
            end(router)
            assert state(router) == before
            assert ruleset(router) == ""
            router.restart()
            assert state(router) == before
            for session in through, to:
                session.exchange()
            # Not by the slow path: carrier is back, and Sluice has all routes again.
            wait_for(lambda: router.sync()["routes4"]["skipped"] == 0
                     and router.sync()["routes6"]["skipped"] == 0, "routes that are not skipped", 10)
        pass_traffic(h1, h2)


def test_linux_changes_while_sluiced_is_away(net):
    h1, h2, router = net
    router.kill()
    router.linux.ip(f"route del {ROUTES[0]}", f"route add 10.10.0.0/24 via {host4(1)}",
                    "address add 10.77.0.1/24 dev p0")
    h2.ip("address add 10.10.0.1 dev lo")
    router.restart()
    assert h1.ping("10.10.0.1")[0]
    assert h1.ping("10.77.0.1")[0]
    assert not h1.ping("10.9.0.1", "-W", "1")[0]
    wait_for(lambda: "10.10.0.0/24" in router.sluice("show", "routes"), "the new route")
    assert ROUTES[0] not in router.sluice("show", "routes")


def test_a_mirror_with_another_name(net):
    """It is taken over under that name."""
    h1, _, router = net
    router.linux.ip("link set p0 down", "link set p0 name wan0", "link set wan0 up")
    wait_for(lambda: h1.ping(router4(0), "-W", "1")[0], "an answer")
    router.stop()
    router.launch_only()
    assert "wan0" in router.linux.run("ip", "link", "show", "dev", "wan0")
    assert not router.has_mirror(0)
    wait_for(lambda: h1.ping(router4(0), "-W", "1")[0], "an answer")
    router.linux.ip("link set wan0 down", "link set wan0 name p0", *netdev_words(0))
    router.wait_until_up()
    router.synced()


def purge(router):
    return router.run(SLUICED, "--purge", *router.daemon_command(**router.config)[1:])


def test_purge(net):
    """It removes what Sluice has made, and nothing else."""
    _, _, router = net
    linux = router.linux
    linux.run("ip", "tuntap", "add", "dev", "t0", "mode", "tap")
    linux.ip("link add x0 type veth peer name x1", "address add 10.88.0.1/24 dev x0",
             "link set x0 up", "link set x1 up", "route add 10.99.0.0/24 via 10.88.0.2",
             "route add blackhole 10.98.0.0/24")
    router.kill()
    purge(router)
    links = {link["ifname"] for link in json.loads(linux.run("ip", "-j", "link"))}
    assert links == {"lo", "t0", "x0", "x1"}
    routes = {route["dst"] for route in json.loads(linux.run("ip", "-j", "route"))}
    assert routes == {"10.88.0.0/24", "10.99.0.0/24", "10.98.0.0/24"}
    assert ruleset(router) == ""
    purge(router)  # a second time there is nothing to do


def test_purge_takes_away_what_the_configuration_made(lab):
    h1 = lab.host("h1")
    router = lab.add(LinuxRouter("routerp", lab.folder))
    router.connect(h1)
    router.serve(routes=[{"to": "10.99.0.0/24", "type": "blackhole"},
                         {"to": "2001:db8:99::/64", "type": "unreachable"}])
    for family, dst in ("-4", "10.99.0.0/24"), ("-6", "2001:db8:99::/64"):
        assert dst in router.linux.run("ip", family, "route")
    router.kill()
    purge(router)
    for family in "-4", "-6":
        assert "99" not in router.linux.run("ip", family, "route")


def test_purge_leaves_a_running_one_alone(net):
    h1, h2, router = net
    before = state(router)
    purge_says = router.run(SLUICED, "--purge", *router.daemon_command(**router.config)[1:],
                            ok=False)
    assert "p0" in purge_says or "p1" in purge_says
    assert state(router) == before
    pass_traffic(h1, h2)


def test_two_of_a_name_are_refused(net):
    """A mirror that another sluiced holds."""
    h1, h2, router = net
    other = LinuxRouter("other", router.folder)
    try:
        other.connect(h1)
        said = other.run(*other.daemon_command(netns=router.linux.name), ok=False)
        assert "p0" in said
    finally:
        other.close()
    pass_traffic(h1, h2)


def test_a_mirror_taken_away_is_noticed(net):
    """`ip link del` is not Sluice's to forbid: it says so, and others go on."""
    h1, _, router = net
    router.linux.ip("link del p1")
    wait_for(lambda: router.client("show", "version").returncode == 0, "an answer")
    assert h1.ping(router4(0))[0]
    wait_for(lambda: router.has_mirror(1), "another mirror")
    router.linux.ip(*netdev_words(1))
    router.wait_until_up()
    router.synced()
    assert h1.ping(host4(1))[0]
