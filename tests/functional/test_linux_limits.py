# SPDX-License-Identifier: BSD-3-Clause
"""Tables that are full while Linux has more: what stands is forwarded, what is refused goes by the
kernel (no shorter route stands here that it would follow), is counted, and is had when there is
room, without a word of anybody.

                       +-- p1 --- eth0 --+
    h1 --- p0 router --+                 +-- h2
                       +-- p2 --- eth1 --+
"""
import pytest

from lab import host4, host6, host_mac
from linux_lab import linux_router, sluiced_only
from netns import wait_for
from tools import arrival

pytestmark = sluiced_only

ROUTES = 120   # more than there is room for
GROUPS = 1100  # more than there are buckets for

FAMILIES = pytest.mark.parametrize("family", [4, 6], ids=["ip4", "ip6"])


def made(lab, role, **limits):
    h1, h2, router = lab.host(f"{role}_h1"), lab.host(f"{role}_h2"), linux_router(lab, role)
    for host in h1, h2, h2:
        router.connect(host)
    # Whatever is sent to h2 is for it.
    h2.ip("route add local 10.128.0.0/9 dev lo", "route add local 2001:db8:f000::/36 dev lo")
    h2.sysctl({"ipv6/ip_nonlocal_bind": 1})
    router.serve(limits=limits)
    for address in host4(1), host6(1), host4(2), host6(2):
        router.linux.run("ping", "-n", "-c", "1", "-W", "10", address)
    router.synced()
    return h1, h2, router


@pytest.fixture(scope="module")
def narrow(lab):
    """Little room for routes and neighbours."""
    return made(lab, "narrow", routes4=100, routes6=100, neighbours=24)


@pytest.fixture(scope="module")
def few_groups(lab):
    return made(lab, "groups", routes4=5000, routes6=5000, neighbours=24)


def prefix(family, n):
    return f"10.{128 + (n >> 8)}.{n & 255}.0/24" if family == 4 else f"2001:db8:f{n:03x}::/48"


def address_in(net):
    return net.replace(".0/24", ".1").replace("::/48", "::1")


def source(family):
    return host4(0) if family == 4 else host6(0)


def gateway(family, n=1):
    return host4(n) if family == 4 else host6(n)


def row(router, name):
    return router.sync()[name]


def limit(router, name):
    return next(one for one in router.json("show", "limits") if one["table"] == name)


def goes_by_workers(net, family, address):
    """Where a packet arrives, and that no worker has left it to the kernel."""
    h1, h2, router = net
    before = sum(router.punted(reason) for reason in ("no_route", "glean", "kernel"))
    way = arrival(h1, source(family), h2, address)
    assert way, address
    return sum(router.punted(reason) for reason in ("no_route", "glean", "kernel")) == before


@FAMILIES
def test_routes(narrow, family):
    h1, h2, router = narrow
    name, nets = f"routes{family}", [prefix(family, n) for n in range(ROUTES)]
    router.linux.ip(*(f"route add {net} via {gateway(family)}" for net in nets))
    router.synced()
    assert limit(router, name)["used"] == limit(router, name)["max"] == 100
    assert limit(router, name)["refused"] >= row(router, name)["full"] >= 20
    assert f"table is full (limits.routes{family}: 100)" in router.log.read_text()
    first, last = address_in(nets[0]), address_in(nets[-1])
    assert goes_by_workers(narrow, family, first)
    assert not goes_by_workers(narrow, family, last)
    # Hosts that are resolved meanwhile take room too.
    gone = row(router, name)["full"] + 10
    router.linux.ip(*(f"route del {net}" for net in nets[1:gone]))
    wait_for(lambda: not row(router, name)["full"], "all routes")
    router.synced()
    for n in 0, gone, ROUTES - 1:
        assert goes_by_workers(narrow, family, address_in(nets[n]))
    router.linux.ip(*(f"route del {net}" for net in [nets[0], *nets[gone:]]))
    router.synced()


@FAMILIES
def test_neighbours(narrow, family):
    """Those of h2 have many addresses, of which it knows nothing."""
    h1, h2, router = narrow
    hosts = [gateway(family).rpartition("." if family == 4 else ":")[0] + (
        f".{n}" if family == 4 else f":{n}") for n in range(50, 90)]
    words = f"lladdr {host_mac(1)} dev p1 nud permanent"
    router.linux.ip(*(f"neigh replace {host} {words}" for host in hosts))
    router.linux.ip(f"route add {prefix(family, 0)} via {gateway(family)}",
                    f"route add {prefix(family, 1)} via {hosts[-1]}")
    router.synced()
    full = row(router, "neighbours")["full"]
    assert limit(router, "neighbours")["used"] == 24 and full >= 16
    assert "the table of neighbours is full (limits.neighbours: 24)" in router.log.read_text()
    first, last = (address_in(prefix(family, n)) for n in range(2))
    assert goes_by_workers(narrow, family, first)
    assert not goes_by_workers(narrow, family, last)
    gone = full + 6
    router.linux.ip(*(f"neigh del {host} dev p1" for host in hosts[:gone]))
    wait_for(lambda: not row(router, "neighbours")["full"], "all neighbours")
    wait_for(lambda: goes_by_workers(narrow, family, last), "the neighbour")
    router.linux.ip(*(f"neigh del {host} dev p1" for host in hosts[gone:]),
                    *(f"route del {prefix(family, n)}" for n in range(2)))
    router.synced()


@FAMILIES
def test_groups(few_groups, family):
    """Each route has weights that no other has, and so a group of its own."""
    h1, h2, router = few_groups
    name, nets = f"routes{family}", [prefix(family, n) for n in range(GROUPS)]
    hops = [f"nexthop via {gateway(family)} dev p1 weight {1 + n % 100} "
            f"nexthop via {gateway(family, 2)} dev p2 weight {101 + n // 100}"
            for n in range(GROUPS)]
    router.linux.ip(*(f"route add {net} {hop}" for net, hop in zip(nets, hops)))
    router.synced()
    left = row(router, name)["to_kernel"]
    assert 0 < left < GROUPS and not row(router, name)["full"]
    assert limit(router, "buckets")["refused"] + limit(router, "groups")["refused"] >= left
    assert "no room for another group of next hops" in router.log.read_text()
    first, last = address_in(nets[0]), address_in(nets[-1])
    assert goes_by_workers(few_groups, family, first)
    assert not goes_by_workers(few_groups, family, last)
    gone = GROUPS - 100
    router.linux.ip(*(f"route del {net}" for net in nets[1:gone]))
    wait_for(lambda: not row(router, name)["to_kernel"], "all groups")
    for net in nets[0], nets[gone], nets[-1]:
        assert goes_by_workers(few_groups, family, address_in(net))
    router.linux.ip(*(f"route del {net}" for net in [nets[0], *nets[gone:]]))
    router.synced()


@FAMILIES
def test_the_router_keeps_its_own(narrow, family):
    """Neighbours that are learnt and addresses that are given while the table is full."""
    h1, h2, router = narrow
    name, nets = f"routes{family}", [prefix(family, n) for n in range(ROUTES)]
    router.linux.ip(*(f"route add {net} via {gateway(family)}" for net in nets))
    router.synced()
    assert row(router, name)["full"]
    first = address_in(nets[0])
    router.linux.ip(f"neigh del {gateway(family)} dev p1")
    wait_for(lambda: goes_by_workers(narrow, family, first), "the neighbour, learnt again")
    subnet = "10.99.0.1/24" if family == 4 else "2001:db8:99::1/64"
    router.linux.ip(f"address add {subnet} dev p1" + " nodad" * (family == 6))
    router.synced()
    assert not row(router, "addresses")["full"]
    assert h1.ping(subnet.split("/")[0])[0]
    router.linux.ip(f"address del {subnet} dev p1", *(f"route del {net}" for net in nets))
    router.synced()
    assert not row(router, name)["full"]


def test_more_than_there_is_room_for_at_the_start(lab):
    """Linux has it all before sluiced asks."""
    h1, h2, router = lab.host("late_h1"), lab.host("late_h2"), linux_router(lab, "late")
    for host in h1, h2, h2:
        router.connect(host)
    h2.ip("route add local 10.128.0.0/9 dev lo")
    router.serve(limits={"routes4": 100, "routes6": 100})
    nets = [prefix(4, n) for n in range(300)]
    router.linux.ip(*(f"route add {net} via {host4(1)}" for net in nets))
    router.synced()
    router.stop()
    router.restart()
    router.synced()
    assert row(router, "routes4")["full"] and not row(router, "neighbours")["full"]
    listed = {one["prefix"] for one in router.json("show", "routes")}
    assert {"10.0.0.0/24", "10.0.1.0/24", "10.0.0.1/32"} <= listed
    kept = next(net for net in nets if net in listed)
    assert arrival(h1, host4(0), h2, address_in(kept))
    wait_for(lambda: goes_by_workers((h1, h2, router), 4, address_in(kept)), "the way of one kept")
