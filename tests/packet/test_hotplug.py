# SPDX-License-Identifier: BSD-3-Clause
"""Ports come and go while the others forward.

    p0 (frames again and again) ---> p1          p5, p6 ...: added and taken away
"""
import pytest

from conftest import CONFIG
from frames import H1, H1_6, ether, ip4, ip6
from router import PATIENCE_S, read_pcap, wait_for, write_pcap

ROUNDS = 100
H5, H5_6 = "198.18.5.10", "2001:db8:a5::10"


@pytest.fixture
def busy(router):
    """p0 and p1 forward all the time, and lose nothing."""
    one = router({"p0": [ether(ip4()), ether(ip6())] * 32}, endless=True,
                 dpdk={"hugepages": False})
    one.start()
    yield one
    assert lost(one) == {}
    stop(one)


def stop(router):
    """Of bonds, and of devices that do not open, DPDK says something too."""
    router.process.terminate()
    said = router.process.communicate(timeout=PATIENCE_S)[1]
    assert router.process.returncode == 0, said
    assert "sluiced: error" not in said and "Sanitizer" not in said, said


def lost(router):
    """What was not forwarded between the ports that stay."""
    stats = {row["port"]: row for row in router.ask("show port stats")}
    found = {**router.counters(), "missed": stats["p0"]["rx_missed"],
             "nombuf": stats["p0"]["rx_nombuf"], "errors": stats["p1"]["tx_errors"]}
    return {name: number for name, number in found.items() if number}


def forwarded(router):
    return next(row["tx_packets"] for row in router.ask("show port stats") if row["port"] == "p1")


def received(router, port):
    return next(row["rx_packets"] for row in router.ask("show interfaces")
                if row["interface"] == port)


def in_use(router):
    """By pool; that of clones is a larger one, of another name, once a port was added."""
    return {"small" if row["pool"].startswith("small") else row["pool"]: row["in_use"]
            for row in router.ask("show mempools")}


def device(router, name, frames):
    path = router.directory / f"{name}.added.pcap"
    write_pcap(path, frames)
    return f"net_pcap_{name},rx_pcap={path}"


def endless(router, name, frame):
    return device(router, name, [frame] * 64) + ",infinite_rx=1"


def say(router, command, **args):
    """Without the client, which takes its time under sanitizers."""
    answer = router.answer(command, **args)
    assert answer["ok"], answer


def addressed(router):
    """p5 has a subnet of each family, with a neighbour, and routes over it alone and beside p1."""
    for address, host in (("198.18.5.1/24", H5), ("2001:db8:a5::1/64", H5_6)):
        say(router, "address add", address=address, port="p5")
        say(router, "neighbour add", address=host, port="p5", mac="02:00:00:00:05:10")
    for alone, shared, via, beside in (("203.0.113.0/25", "203.0.113.128/25", H5, H1),
                                       ("2001:db8:e::/48", "2001:db8:f::/48", H5_6, H1_6)):
        say(router, "route add", prefix=alone, via=[{"gateway": via}])
        say(router, "route add", prefix=shared, via=[{"gateway": via}, {"gateway": beside}])


def test_a_hundred_times_under_traffic(busy):
    """Each added port forwards too, both to p1 and from p0; in the end every mbuf is back."""
    before = in_use(busy)
    routes = busy.cmd("show routes")
    frame = ether(ip4(src=H5), dst="02:00:00:00:00:55")
    added = endless(busy, "p5", frame)
    for _ in range(ROUNDS):
        say(busy, "port add", port="p5", device=added, mac="02:00:00:00:00:55")
        addressed(busy)
        came = forwarded(busy)
        wait_for("packets of p5", lambda: received(busy, "p5") > 1000)
        wait_for("packets of p0", lambda: forwarded(busy) > came)
        say(busy, "port del", port="p5")
    assert [row["port"] for row in busy.cmd("show ports")] == ["p0", "p1"]
    assert [row["interface"] for row in busy.cmd("show interfaces")] == ["p0", "p1"]
    shown = [row for row in busy.cmd("show routes") if row["source"] != "static"]
    assert shown == routes
    busy.cmd("route del 203.0.113.128/25")
    busy.cmd("route del 2001:db8:f::/48")
    assert busy.cmd("show routes") == routes

    def all_are_back():
        now = in_use(busy)
        return now.keys() == before.keys() and all(now[pool] <= before[pool] for pool in now)

    # A pool goes when it is whole; what is on its way through the router comes and goes.
    wait_for(lambda: f"mbufs: {before} then, {in_use(busy)} now", all_are_back)


def test_what_leads_over_the_port_goes_with_it(busy):
    before = busy.cmd("show routes"), busy.cmd("show neighbours")
    usage = busy.cmd("show limits")
    busy.cmd("port add p5", device(busy, "p5", []))
    addressed(busy)
    for what in ("203.0.113.9", "203.0.113.200", "2001:db8:e::9"):
        assert "port" in busy.cmd(f"lookup {what}")
    busy.cmd("port del p5")
    assert busy.cmd("lookup 203.0.113.9")["action"] == "no_route"
    assert busy.cmd("lookup 2001:db8:e::9")["action"] == "no_route"
    assert busy.cmd("lookup 203.0.113.200")["port"] == "p1"
    assert busy.cmd("lookup 2001:db8:f::9")["port"] == "p1"
    for prefix in ("203.0.113.128/25", "2001:db8:f::/48"):
        busy.cmd(f"route del {prefix}")
    assert (busy.cmd("show routes"), busy.cmd("show neighbours")) == before
    wait_for("room as before", lambda: busy.cmd("show limits") == usage)


def test_an_id_that_is_used_again_begins_at_zero(busy):
    frame = ether(ip4(src=H5), dst="02:00:00:00:00:55")
    busy.cmd("port add p5", endless(busy, "p5", frame), "mac", "02:00:00:00:00:55")
    wait_for("packets", lambda: busy.row("show interfaces", "interface", "p5")["rx_packets"])
    busy.cmd("port del p5")
    wait_for("its end", lambda: len(busy.ask("show mempools")) == 2)
    busy.cmd("port add p6", device(busy, "p6", []), "mtu", "1400", "queues", "1")
    row = busy.row("show interfaces", "interface", "p6")
    assert (row["rx_packets"], row["mtu"], row["addresses"][0][:6]) == (0, 1400, "fe80::")
    assert busy.row("show port stats", "port", "p6")["rx_packets"] == 0


def test_all_ports_go_and_come_back(busy):
    path = busy.directory / "back.pcap"
    config = busy.config["ports"]
    for name in ("p1", "p0"):
        busy.cmd(f"port del {name}")
    for command in ("show ports", "show interfaces", "show routes", "show neighbours"):
        assert busy.cmd(command) == []
    assert busy.row("show workers", "lcore", 1)["queues"] == []
    busy.cmd("clear stats")
    for port in config:
        name, mac = port["name"], port["mac"]
        there = port["device"].replace("infinite_rx=1", f"tx_pcap={path}")
        busy.cmd("port add", name, there if name == "p1" else port["device"], "mac", mac)
        for address in port["addresses"]:
            busy.cmd(f"address add {address} port {name}")
    for neighbour in CONFIG["neighbours"]:
        busy.cmd(f"neighbour add {neighbour['address']} port {neighbour['port']} "
                 f"mac {neighbour['mac']}")

    def forwards_all():
        busy.ask("clear stats")
        wait_for("packets", lambda: forwarded(busy) > 500000)
        return lost(busy) == {}

    # What came before the neighbours were there was gleaned, and has to pass.
    wait_for("nothing to be lost", forwards_all)


def test_what_is_added_sends_what_it_should(busy):
    path = busy.directory / "out.pcap"
    empty = device(busy, "p5", [])
    busy.cmd("port add p5", f"{empty},tx_pcap={path}")
    busy.cmd("address add 198.18.5.1/24 port p5")
    busy.cmd(f"neighbour add {H5} port p5 mac 02:00:00:00:05:10")
    source = device(busy, "p6", [ether(ip4(dst=H5, src="198.18.6.9"), dst="02:00:00:00:00:66")] * 9)
    busy.cmd("port add p6", source, "mac", "02:00:00:00:00:66")
    wait_for("them", lambda: busy.row("show port stats", "port", "p5")["tx_packets"] == 9)
    busy.cmd("port del p5")  # it closes the file
    sent = read_pcap(path)
    assert len(sent) == 9 and all(frame[:6].hex() == "020000000510" for frame in sent)


REFUSED = {
    "add p1 net_null5": "there is a port 'p1' already",
    "add p5 net_pcap_p0,rx_pcap=/dev/null": "that of port p0",
    "add p5 nonsense": "cannot be opened",
    "add p5 0000:ff:1f.7": "cannot be opened",
    "add p5 net_pcap5,rx_pcap=/nowhere": "cannot be opened",
    "add p5 net_af_packet5,iface=none": "cannot be opened",
    "add p5 crypto_null5": "is not a network device",
    "add p5 net_null5 mtu 67": "67",
    "add p5 net_null5 queues 9999": "9999",
    "add p5 net_null5 queues 1000": "no memory",
    "add p5 net_null5 mac 01:00:5e:00:00:01": "not the MAC address of one interface",
    "add p5 net_null5 rx-descriptors 31": "31",
    "add all net_null5": "no name for a port",
    "add p/5 net_null5": "no name for a port",
    "add " + "p" * 16 + " net_null5": "too long",
    "add p5 net_null5 tx-descriptors 32768": "tx-descriptors",
    "del p5": "there is no port 'p5'",
    "del all": "there is no port 'all'",
}
def test_refused_and_nothing_has_changed(busy):
    asked = ("show ports", "show interfaces", "show routes", "show workers", "show mempools")

    def state():
        return [[{key: value for key, value in row.items()
                  if key not in ("rx_packets", "rx_bytes", "tx_packets", "tx_bytes", "loops",
                                 "packets", "busy_percent", "cycles_per_packet", "available",
                                 "in_use")} for row in busy.cmd(command)] for command in asked]

    before = state()
    for words, sentence in 2 * tuple(REFUSED.items()):
        done = busy.client("port", *words.split())
        assert (done.returncode in (1, 2), done.stdout) == (True, ""), done
        assert sentence in done.stderr
        wait_for(f"the state before: {words}", lambda: state() == before)


def test_as_many_as_dpdk_has_room_for(router):
    """Then it is refused, and when one goes, there is room again."""
    busy = router(dpdk={"hugepages": False, "mbufs": 2048})
    busy.start()
    names = [f"n{i}" for i in range(30)]
    for name in names:
        busy.cmd(f"port add {name} net_null_{name} rx-descriptors 64 tx-descriptors 64")
    assert "no more fit" in busy.refused("port add one net_null_one tx-descriptors 64")
    busy.cmd("port del n7")
    busy.cmd("port add one net_null_one rx-descriptors 64 tx-descriptors 64")
    busy.cmd("port del p1")
    for name in ["one", *(name for name in names if name != "n7")]:
        busy.cmd(f"port del {name}")
    wait_for("their pools to go", lambda: len(busy.ask("show mempools")) == 2)


MEMBERS = ["net_null1,copy=0", "net_null2"]
TAKEN = {
    "net_null1": "is that of port bond",
    "net_null2,size=64": "is that of port bond",
    "vdev:net_null1": "is that of port bond",
    "vdev,net_null1": "is that of port bond",
    "net_bonding0,mode=0": "is that of port bond",
    "vdev:net_pcap_p0,rx_pcap=/dev/null": "is that of port p0",
    "bus=vdev,name=net_null1": "is that of port bond",
    "class=eth": "cannot be opened",
    "net_bonding1,mode=0,slave=net_null1": "'slave=net_null1' takes another device",
    "eth_bond1,mode=0,slave=net_pcap_p0": "'slave=net_pcap_p0' takes another device",
    "net_bonding1,mode=1,primary=0": "'primary=0' takes another device",
    "net_failsafe0,dev(net_pcap_p0,rx_pcap=/dev/null)": "takes another device",
    "net_failsafe0,exec(true)": "takes another device",
}


def test_what_a_port_has_is_left_alone(router):
    """A bond's members are its own: neither opened again nor closed, by whatever name."""
    one = router({"p0": [ether(ip4())] * 32}, endless=True, dpdk={"hugepages": False},
                 ports=[*CONFIG["ports"], {"name": "bond", "device": "net_bonding0,mode=0",
                                           "members": MEMBERS}])
    one.start()
    wait_for("its members", lambda: one.row("show ports", "port", "bond")["speed_mbps"] == 20000)
    before = one.cmd("show ports")
    for device_text, sentence in 2 * tuple(TAKEN.items()):
        done = one.client("port", "add", "thief", device_text)
        assert (done.returncode, done.stdout) == (1, "") and sentence in done.stderr, done
    assert one.cmd("show ports") == before
    taken = received(one, "bond")
    wait_for("packets of the members", lambda: received(one, "bond") > taken + 1000)
    one.cmd("port del bond")
    one.cmd("port add free net_null1")
    stop(one)
