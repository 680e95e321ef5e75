# SPDX-License-Identifier: BSD-3-Clause
"""What the configuration file says becomes Linux's; what the client says is for `ip` to say.

    h1 --- p0 router p1 --- h2
"""
import json
import re

import pytest

from lab import Router, host4, host6, host_mac, router4, router6, router_mac
from linux_lab import LinuxRouter, sluiced_only
from netns import wait_for

pytestmark = sluiced_only

STRANGERS = ["10.0.1.9", "2001:db8:101::9"]


@pytest.fixture(scope="module")
def net(lab):
    """Nothing is said with ip(8)."""
    h1, h2 = lab.host("h1"), lab.host("h2")
    router = lab.add(LinuxRouter("router", lab.folder))
    router.connect(h1)
    router.connect(h2)
    for n, port in enumerate(router.ports):
        port["addresses"] = [f"{router4(n)}/24", f"{router6(n)}/64"]
    router.launch(
        neighbours=[{"address": address, "port": "p1", "mac": host_mac(1)}
                    for address in STRANGERS],
        routes=[{"to": "10.9.0.0/24", "via": host4(1)},
                {"to": "2001:db8:9::/64", "via": host6(1)},
                {"to": "10.66.3.0/24", "type": "blackhole"}])
    router.wait_until_up()
    router.synced()
    h2.ip("address add 10.9.0.1 dev lo", "address add 2001:db8:9::1 dev lo",
          *(f"address add {address} dev eth0" for address in STRANGERS))
    return h1, h2, router


def of_ip(router, *words):
    return json.loads(router.linux.run("ip", "-j", *words) or "[]")


def test_it_works(net):
    h1, _, _ = net
    for address in (host4(1), host6(1), router4(0), router6(1), "10.9.0.1", "2001:db8:9::1",
                    *STRANGERS):
        assert h1.ping(address)[0]


def test_mirrors(net):
    _, _, router = net
    for n in range(2):
        link, = of_ip(router, "-d", "link", "show", "dev", f"p{n}")
        assert link["address"] == router_mac(n)
        assert link["linkinfo"]["info_kind"] == "tun"
        assert link["linkinfo"]["info_data"]["type"] == "tap"
        assert link["linkinfo"]["info_data"]["persist"] is True
        assert {"UP", "LOWER_UP"} <= set(link["flags"])


def test_addresses(net):
    _, _, router = net
    for n in range(2):
        link, = of_ip(router, "address", "show", "dev", f"p{n}")
        addresses = {(one["local"], one["prefixlen"]) for one in link["addr_info"]
                     if one["scope"] == "global"}
        assert addresses == {(router4(n), 24), (router6(n), 64)}


def test_routes(net):
    _, _, router = net
    routes = {route["dst"]: route for family in ("-4", "-6")
              for route in of_ip(router, family, "route")}
    assert (routes["10.9.0.0/24"]["gateway"], routes["10.9.0.0/24"]["dev"]) == (host4(1), "p1")
    assert routes["2001:db8:9::/64"]["gateway"] == host6(1)
    assert routes["10.66.3.0/24"]["type"] == "blackhole"


def test_neighbours(net):
    _, _, router = net
    for address in STRANGERS:
        entry, = of_ip(router, "neigh", "show", address)
        assert (entry["dev"], entry["lladdr"]) == ("p1", host_mac(1))
        assert entry["state"] == ["PERMANENT"]


def test_forwarding_is_switched_on(net):
    """By sluiced, in a namespace that is not the machine's first."""
    _, _, router = net
    for key, value in {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1",
                       "ipv4/conf/p0/forwarding": "1", "ipv4/conf/p0/rp_filter": "0",
                       "ipv4/conf/all/rp_filter": "0"}.items():
        assert router.linux.run("cat", f"/proc/sys/net/{key}").strip() == value, key


@pytest.mark.parametrize("words,command", [
    ("route add 10.99.0.0/24 via 10.0.1.2", r"route (add|replace) 10\.99\.0\.0/24 via 10\.0\.1\.2"),
    ("route del 10.9.0.0/24", r"route del 10\.9\.0\.0/24"),
    ("route add 2001:db8:99::/64 type blackhole",
     r"route (add|replace) blackhole 2001:db8:99::/64"),
    ("address add 10.77.0.1/24 port p0", r"addr(ess)? (add|replace) 10\.77\.0\.1/24 dev p0"),
    ("address del 10.0.0.1/24 port p0", r"addr(ess)? del 10\.0\.0\.1/24 dev p0"),
    ("neighbour add 10.0.1.10 port p1 mac 02:00:00:00:00:09",
     r"neigh(bour)? (add|replace) 10\.0\.1\.10 lladdr 02:00:00:00:00:09 .*dev p1"
     r"|neigh(bour)? (add|replace) 10\.0\.1\.10 dev p1 lladdr 02:00:00:00:00:09"),
    ("neighbour del 10.0.1.9 port p1", r"neigh(bour)? del 10\.0\.1\.9 dev p1"),
])
def test_the_client_names_the_command(net, words, command):
    """What it prints is right: it names the namespace, and ip takes it."""
    _, _, router = net
    done = router.client(*words.split())
    assert done.returncode == 1
    assert re.search(command, done.stderr), done.stderr
    assert f"ip -n {router.linux.name} " in done.stderr
    assert "10.99.0.0" not in router.linux.run("ip", "route")
    assert router.client("show", "version").returncode == 0


@pytest.mark.parametrize("words", [
    "address add 10.77.0.1/24 port p0", "neighbour del 10.0.1.9 port p0",
    "route add 10.99.0.0/24 via 10.0.0.2 port p0", "route add 10.99.0.0/24 port p0",
    "route add 10.99.0.0/24 via 10.0.0.2 port p0 via 10.0.0.3"])
def test_the_command_has_the_name_of_today(net, words):
    """Of a mirror that was renamed; Sluice's name for the port stays."""
    _, _, router = net
    for old, new in ("p0", "wan"), ("wan", "p0"):
        router.linux.ip(f"link set {old} name {new}")
        router.synced()
        assert re.search(f" dev {new}( |$)", router.client(*words.split()).stderr)


def test_show_sync(net):
    _, _, router = net
    router.synced()
    rows = router.sync()
    assert rows["links"]["sluice"] == 2
    assert rows["addresses"]["sluice"] >= 4
    assert rows["neighbours"]["sluice"] >= 2
    assert rows["routes4"]["sluice"] >= 3
    assert rows["routes6"]["sluice"] >= 2
    before = router.counter("messages")
    router.linux.ip(f"route add 10.97.0.0/24 via {host4(1)}")
    wait_for(lambda: router.counter("messages") > before, "a message")
    assert router.counter("overruns") == 0


def test_a_namespace_that_is_missing(lab):
    router = lab.add(LinuxRouter("lost", lab.folder))
    router.connect(lab.host("h3"))
    said = router.run(*router.daemon_command(netns="sl-nowhere"), ok=False)
    assert "sl-nowhere" in said and "ip netns add" in said


def test_another_one_in_the_same_namespace(lab, net):
    """It takes its own mirror, and leaves alone what the first one's file has put there."""
    _, _, router = net
    other = lab.add(LinuxRouter("another", lab.folder))
    other.connect(lab.host("third"))
    other.ports[0]["name"] = "q0"
    Router.serve(other, netns=router.linux.name)
    assert of_ip(router, "link", "show", "dev", "q0")
    route, = of_ip(router, "route", "show", "10.66.3.0/24")
    assert route["type"] == "blackhole"
    other.stop()


def test_the_operator_has_the_last_word(net):
    """A link that comes up brings back what the file has for it, and changes nothing else."""
    _, _, router = net
    router.linux.ip(f"route replace 10.9.0.0/24 via {host4(0)} dev p0",
                    "route del blackhole 10.66.3.0/24")
    for n in range(2):
        router.linux.ip(f"link set p{n} down")
        router.synced()
        router.linux.ip(f"link set p{n} up")
        router.wait_until_up()
        # The addresses of IPv6 go with the link, and come back.
        wait_for(lambda n=n: router6(n) in router.linux.run("ip", "address", "show", "dev",
                                                            f"p{n}"), "the address")
        router.synced()
        if n == 0:  # with p0 went the operator's route
            router.linux.ip(f"route add 10.9.0.0/24 via {host4(0)} dev p0")
    route, = of_ip(router, "route", "show", "10.9.0.0/24")
    assert route["dev"] == "p0"
    assert not of_ip(router, "route", "show", "10.66.3.0/24")


def test_a_mirror_is_deleted_while_routes_are_put(lab):
    """As a hostile script might."""
    host = lab.host("deleter")
    router = lab.add(LinuxRouter("deleted", lab.folder))
    router.connect(host)
    routes = [{"to": f"10.{100 + i // 65536}.{i // 256 % 256}.{i % 256}/32", "via": host4(0)}
              for i in range(20_000)]
    router.ports[0]["addresses"] = [f"{router4(0)}/24"]
    with open(router.log, "w", encoding="utf-8") as log:
        router.daemon = router.start(*router.daemon_command(routes=routes), stdout=log, stderr=log)
    wait_for(lambda: router.has_mirror(0), "the mirror")
    router.linux.ip("link del p0")
    wait_for(router.is_serving, "an answer of sluiced", 60)
    wait_for(lambda: router.has_mirror(0), "the mirror again")
    wait_for(lambda: host.ping(router4(0), "-W", "1")[0], "an answer of the router")
