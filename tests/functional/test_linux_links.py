# SPDX-License-Identifier: BSD-3-Clause
"""Links go down and come up, on either side; addresses come, go and move.

    h1 --- p0 router p1 --- h2
"""
import json

import pytest

from lab import host4, host6, router4, router6
from linux_lab import linux_router, netdev_words, sluiced_only
from netns import wait_for
from tools import Flood, Session


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    router.connect(h1)
    router.connect(h2)
    router.serve()
    return h1, h2, router


def link(namespace, netdev):
    return json.loads(namespace.run("ip", "-j", "link", "show", "dev", netdev))[0]


def answers(host, address):
    return "1 received" in host.run("ping", "-n", "-c", "1", "-W", "1", address, ok=False)


def wait_until_through(net):
    h1, h2, router = net
    for host, address in (h1, host4(1)), (h1, host6(1)), (h2, host4(0)), (h2, router6(1)):
        wait_for(lambda a=(host, address): answers(*a), f"an answer of {address}")
    router.synced()
    for source, address in (host4(0), host4(1)), (host6(0), host6(1)):
        with Flood(h1, source, h2, address) as flood:
            flood.burst()


def test_the_mirrors_link_goes_down_and_up(net):
    h1, _, router = net
    wait_until_through(net)
    for _ in range(3):
        router.linux.ip("link set p1 down")
        router.synced()
        assert not answers(h1, host4(1))
        # Linux keeps addresses of IPv4, not those of IPv6.
        router.linux.ip(*netdev_words(1))
        wait_until_through(net)


def test_a_port_that_is_down_neither_takes_nor_sends(net):
    h1, h2, router = net
    router.linux.ip("link set p0 down")
    router.synced()
    for address in router4(0), router4(1), host4(1):
        assert not answers(h1, address)
    assert answers(h2, router4(0))  # an address of the router is one, wherever it stands
    router.linux.ip(*netdev_words(0))
    wait_until_through(net)


def test_the_hosts_link_goes_down_and_up(net):
    h1, h2, router = net
    wait_until_through(net)
    h2.ip("link set eth0 down")
    wait_for(lambda: link(router.linux, "p1")["operstate"] == "DOWN", "no carrier at p1")
    router.synced()
    assert not answers(h1, host4(1))
    h2.netdevs = 0
    h2.run("ip", "address", "flush", "dev", "eth0")
    h2.configure("eth0", 1)
    wait_for(lambda: link(router.linux, "p1")["operstate"] == "UP", "carrier at p1")
    wait_until_through(net)


@sluiced_only
def test_a_netdev_under_a_port_goes_down_and_up(net):
    """The router's end of the cable."""
    h1, _, router = net
    router.ip("link set p1 down")
    wait_for(lambda: link(router.linux, "p1")["operstate"] == "DOWN", "no carrier at p1")
    assert not answers(h1, host4(1))
    router.ip("link set p1 up")
    wait_for(lambda: link(router.linux, "p1")["operstate"] == "UP", "carrier at p1")
    wait_until_through(net)


def test_a_session_outlives_it(net):
    h1, h2, router = net
    with Session(h1, h2, host4(1)) as session:
        session.exchange()
        router.linux.ip("link set p1 down")
        router.linux.ip(*netdev_words(1))
        session.exchange()


@pytest.mark.parametrize("own,length,guest", [("10.77.0.1", 24, "10.77.0.3"),
                                              ("2001:db8:77::1", 64, "2001:db8:77::3")])
def test_an_address_moves_between_ports(net, own, length, guest):
    """And the network around it, with the guest at h2."""
    h1, h2, router = net
    h2.ip(f"address add {guest}/{128 if ':' in guest else 32} dev eth0")
    h2.run("ip", *(["-6"] if ":" in own else []), "route", "add", f"{own}/128" if ":" in own
           else f"{own}/32", "dev", "eth0")

    def reaches(address):
        return answers(h1, address)

    assert not reaches(own)
    router.linux.ip(f"address add {own}/{length} dev p0")
    wait_for(lambda: reaches(own), "an answer")
    assert not reaches(guest)
    for at, off in ("p1", "p0"), ("p0", "p1"), ("p1", "p0"):
        router.linux.ip(f"address del {own}/{length} dev {off}",
                        f"address add {own}/{length} dev {at}")
        router.synced()
        wait_for(lambda: reaches(own), f"an answer, the address is at {at}")
        if at == "p1":
            wait_for(lambda: reaches(guest), "the guest's answer")
            assert answers(h2, own)
    router.linux.ip(f"address del {own}/{length} dev p1")
    router.synced()
    assert not reaches(own) and not reaches(guest)


@sluiced_only
def test_addresses_are_shown(net):
    _, _, router = net
    for address in "10.78.0.1/24", "2001:db8:78::1/64":
        router.linux.ip(f"address add {address} dev p0")
        wait_for(lambda a=address: a in router.sluice("show", "interfaces"), address)
        router.linux.ip(f"address del {address} dev p0")
        wait_for(lambda a=address: a not in router.sluice("show", "interfaces"), f"no {address}")


@sluiced_only
def test_show_interfaces_knows_both_sides(net):
    _, _, router = net

    def row():
        return next(row for row in router.json("show", "interfaces") if row["interface"] == "p1")

    assert (row()["mirror"], row()["netns"]) == ("p1", router.linux.name)
    assert (row()["admin"], row()["carrier"]) == ("up", "up")
    before = row()
    router.linux.run("ping", "-n", "-c", "3", "-i", "0.01", host4(1))
    wait_for(lambda: row()["injected"] >= before["injected"] + 3, "3 injected packets")
    wait_for(lambda: row()["punted"] >= before["punted"] + 3, "3 punted packets")
    router.linux.ip("link set p1 down")
    wait_for(lambda: row()["admin"] == "down", "the link down")
    router.linux.ip(*netdev_words(1))
    wait_for(lambda: row()["admin"] == "up", "the link up")
