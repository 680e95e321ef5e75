# SPDX-License-Identifier: BSD-3-Clause
"""Neighbours: found by Linux, kept alive while they are used, moved without loss.

                                             h2
    h1 --- p0 router p1 --- eth0 (bridged) --+-- br0, the MAC of eth0
                                             +-- other, a MAC of its own
"""
import json
import struct
import time

import pytest

from lab import host4, host6, host_mac, router_mac
from linux_lab import linux_router
from netns import wait_for
from tools import Capture, Flood, udp_socket

OTHER_MAC = "02:00:00:00:ff:02"
ABSENT4, ABSENT6 = "10.0.1.77", "2001:db8:101::77"

FAMILIES = pytest.mark.parametrize("source,address", [(host4(0), host4(1)), (host6(0), host6(1))],
                                   ids=["ip4", "ip6"])


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), linux_router(lab)
    router.connect(h1)
    router.connect(h2)
    h2.ip("link add br0 type bridge", "link set br0 up",
          f"link add uplink type veth peer name other address {OTHER_MAC}",
          "link set eth0 master br0", "link set uplink master br0",
          "link set uplink up", "link set other up", f"link set br0 address {host_mac(1)}",
          f"address add {host4(1)}/24 dev br0", f"address add {host6(1)}/64 dev br0 nodad",
          "address flush dev eth0",
          "route replace default via 10.0.1.1 dev br0",
          "route replace default via 2001:db8:101::1 dev br0")
    router.serve(punts=[{"reason": "glean", "rate": 100_000, "burst": 512}])
    wait_for(lambda: h1.ping(host4(1))[0] and h1.ping(host6(1))[0], "answers of h2")
    router.synced()
    return h1, h2, router


def received(host, netdev):
    with host.inside(), open("/proc/net/dev", encoding="ascii") as table:
        line, = (line for line in table if line.split(":")[0].strip() == netdev)
    return int(line.split(":")[1].split()[1])


def entry(router, address, port="p1"):
    """What Linux knows of the neighbour; {} when it knows nothing."""
    known = json.loads(router.linux.run("ip", "-j", "neigh", "show", address, "dev", port) or "[]")
    return known[0] if known else {}


@FAMILIES
def test_its_mac_is_replaced_without_loss(net, source, address):
    h1, h2, router = net
    macs = [OTHER_MAC, host_mac(1)]
    before = [received(h2, netdev) for netdev in ("br0", "other")]
    punted = router.punted()
    with Flood(h1, source, h2, address) as flood:
        flood.during(lambda i: router.linux.ip(
            f"neigh replace {address} lladdr {macs[i % 2]} dev p1 nud permanent"), 100)
    for netdev, n in zip(("br0", "other"), before):
        assert received(h2, netdev) - n >= 30 * flood.WINDOW
    assert router.punted() - punted < flood.bursts * flood.WINDOW / 10
    router.linux.ip(f"neigh del {address} dev p1")


@FAMILIES
def test_the_host_takes_another_mac(net, source, address):
    """And says so: a gratuitous ARP, an unsolicited neighbour advertisement."""
    h1, h2, router = net
    h2.sysctl({"ipv4/conf/br0/arp_notify": 1, "ipv6/conf/br0/ndisc_notify": 1})
    assert h1.ping(address)[0]
    for mac in "02:00:00:00:77:02", host_mac(1):
        h2.ip(f"link set br0 address {mac}")
        wait_for(lambda m=mac: entry(router, address).get("lladdr") == m, f"{mac} in Linux")
        router.synced()
        with Flood(h1, source, h2, address) as flood:
            flood.burst()


@FAMILIES
def test_what_waits_arrives_in_order(net, source, address):
    """Packets for a neighbour that is not known yet, and those that follow when it is. Where the
    workers take over in the midst of a flow on a busy machine, some may be overtaken, once."""
    h1, h2, router = net
    breaks = []
    for gap in 0, 20e-6, 50e-6, 100e-6:
        router.linux.run("ip", "neigh", "flush", "to", address, "dev", "p1")
        router.synced()
        with udp_socket(h2, address) as rx, udp_socket(h1, source) as tx:
            rx.settimeout(10)
            # Linux keeps more than a hundred.
            for number in range(96):
                tx.sendto(struct.pack("!Q", number), rx.getsockname())
                end = time.perf_counter() + gap
                while time.perf_counter() < end:
                    pass
            came = [struct.unpack("!Q", rx.recv(64))[0] for _ in range(96)]
            assert sorted(came) == list(range(96))
            breaks.append(sum(a > b for a, b in zip(came, came[1:])))
    assert max(breaks) <= 1 and breaks.count(0) >= 3, breaks


@pytest.mark.parametrize("source,address,ethertype", [(host4(0), ABSENT4, b"\x08\x06"),
                                                      (host6(0), ABSENT6, b"\x86\xdd")],
                         ids=["ip4", "ip6"])
def test_an_absent_one_is_asked_for_once_per_second(net, source, address, ethertype):
    """Steady traffic to nobody."""
    h1, h2, router = net
    begin = time.monotonic()
    sent = 0
    with Capture(h2) as capture, udp_socket(h1, source) as tx:
        while (now := time.monotonic()) < begin + 3:
            try:
                tx.sendto(b"x", (address, 9))
                sent += 1
            except OSError:
                pass  # the error of an earlier one
            time.sleep(0.005)
        asked = [frame for frame in capture.frames()
                 if frame[12:14] == ethertype and is_question(frame, address)]
    assert sent > 100
    # The kernel searches by 3 questions, a second apart, and begins again with the next packet.
    assert 3 <= len(asked) <= now - begin + 2


def is_question(frame, address):
    """An ARP request or neighbour solicitation for the address."""
    if frame[12:14] == b"\x08\x06":
        return frame[20:22] == b"\0\1" and frame[38:42] == bytes(map(int, address.split(".")))
    return frame[20] == 58 and frame[54] == 135 and frame[62:78].hex().endswith("0077")


@FAMILIES
def test_a_host_finds_the_router(net, source, address):
    h1, _, router = net
    for n, own in (0, address.replace("1.2", "0.1").replace("101::2", "100::1")),:
        h1.run("ip", "neigh", "flush", "dev", "eth0")
        assert h1.ping(own)[0]
        known, = json.loads(h1.run("ip", "-j", "neigh", "show", own))
        assert known["lladdr"] == router_mac(n)


def test_kept_alive_while_in_use(net):
    """A flow that only the workers see, longer than any timer of Linux: it meets no stale entry."""
    h1, h2, router = net
    router.linux.sysctl({f"{family}/neigh/p{n}/{key}": value for family in ("ipv4", "ipv6")
                         for n in range(2)
                         for key, value in (("base_reachable_time_ms", 1000),
                                            ("delay_first_probe_time", 1), ("gc_stale_time", 1))})
    # The next random reachable time is made of the new base when an entry is confirmed.
    for address in host4(1), host6(1):
        router.linux.run("ip", "neigh", "flush", "to", address, "dev", "p1")
        assert h1.ping(address)[0]
    router.synced()
    before = router.punted("glean")
    states = {host4(1): set(), host6(1): set()}
    with Flood(h1, host4(0), h2, host4(1)) as four, Flood(h1, host6(0), h2, host6(1)) as six:
        end = time.monotonic() + 15
        while time.monotonic() < end:
            four.burst()
            six.burst()
            for address, seen in states.items():
                seen.update(entry(router, address).get("state", ["absent"]))
    for seen in states.values():
        assert not seen & {"absent", "FAILED", "INCOMPLETE", "NONE"}, states
        assert "REACHABLE" in seen
    assert router.punted("glean") == before
