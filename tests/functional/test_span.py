# SPDX-License-Identifier: BSD-3-Clause
"""Port mirroring, as tcpdump sees it on the target: all that h1 and the router exchange.

    h1 --- p0 router p1 --- h2
              p2
               |
            monitor
"""
import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether
from scapy.utils import rdpcap

from lab import host4, host_mac, router_mac
from netns import wait_for
from tools import Flood

DEVICES = {"af_packet": "net_af_packet{n},iface={end}", "af_xdp": "net_af_xdp{n},iface={end}",
           "pcap": "net_pcap{n},rx_iface_in={end},tx_iface={end}"}
SIZES = [18, 56, 200, 1200, 1472]


class Tcpdump:
    """What a host's netdev receives, into a file; for `with`."""

    def __init__(self, host, netdev, path):
        self.path = path
        self.log = open(str(path) + ".log", "w+", encoding="utf-8")
        self.process = host.start("tcpdump", "-i", netdev, "-Q", "in", "-n", "-U", "--immediate-mode",
                                  "-Z", "root", "-w", str(path), stderr=self.log)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def __enter__(self):
        wait_for(lambda: "listening on" in self.said(), "tcpdump listens")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()

    def echoes(self):
        """(type, sequence, length of the data, source MAC, destination MAC, ttl) of each echo."""
        return [(frame[ICMP].type, frame[ICMP].seq, len(frame[ICMP].payload), frame.src, frame.dst,
                 frame[IP].ttl)
                for frame in map(Ether, map(bytes, rdpcap(str(self.path)))) if ICMP in frame]


@pytest.fixture
def net(lab):
    yield lab
    lab.close()


def start(net, device, **config):
    hosts = [net.host(role) for role in ("h1", "h2", "monitor")]
    router = net.router()
    for host, its in zip(hosts, (DEVICES["af_packet"],) * 2 + (DEVICES[device],)):
        router.connect(host, device=its)
    router.serve(**config)
    return *hosts, router


def mirrored(router):
    return [(row["mirrored"], row["dropped"]) for row in router.json("show", "span")]


def bytes_copied(router):
    return {row["site"]: row["bytes"] for row in router.json("show", "copies")}


@pytest.mark.parametrize("device", DEVICES)
def test_routed(net, tmp_path, device):
    """Requests as they were received, replies as they were sent: the other way round is not."""
    h1, _, monitor, router = start(net, device)
    assert h1.ping(host4(1))[0]
    with Tcpdump(monitor, "eth0", tmp_path / "span.pcap") as dump:
        router.sluice("mirror", "add", "from", "p0", "to", "p2")
        for size in SIZES:
            out = h1.run("ping", "-n", "-i", "0.01", "-c", "10", "-s", str(size), host4(1))
            assert " 10 received" in out, out
        want = [(kind, seq, size, *macs, ttl) for size in SIZES for seq in range(1, 11)
                for kind, macs, ttl in ((8, (host_mac(0), router_mac(0)), 64),
                                        (0, (router_mac(0), host_mac(0)), 63))]
        wait_for(lambda: len(dump.echoes()) >= len(want), "all echoes at the monitor")
        assert sorted(dump.echoes()) == sorted(want)
        router.sluice("mirror", "del", "from", "p0", "to", "p2")
        assert h1.ping(host4(1))[0]
        assert len(dump.echoes()) == len(want)
    copied = bytes_copied(router)
    # af_xdp sends no chains: what does not fit beside its header is copied.
    assert (copied["replicate_copy"] > 0) == (copied["linearize"] > 0) == (device == "af_xdp")


def test_a_mirror_without_link(net):
    """It costs no packet of the traffic."""
    h1, h2, monitor, router = start(net, "af_packet",
                                    mirrors=[{"from": ["p0", "p1"], "to": "p2", "sample": 1}])
    monitor.ip("link set eth0 down")
    bursts = 100
    with Flood(h1, host4(0), h2, host4(1)) as there, Flood(h2, host4(1), h1, host4(0)) as back:
        for _ in range(bursts):
            there.burst()
            back.burst()
    wait_for(lambda: min(map(sum, mirrored(router))) >= 2 * bursts * Flood.WINDOW, "all of it mirrored")
    assert bytes_copied(router)["replicate_copy"] == 0


def test_bridged(net, tmp_path):
    """Two hosts of a bridge; what they exchange is mirrored, and no byte of payload is copied."""
    h1, h2, monitor, router = (net.host("h1"), net.host("h2"), net.host("monitor"), net.router())
    for host in h1, h2, monitor:
        router.connect(host)
    for n, port in enumerate(router.ports):
        del port["addresses"]
    router.neighbours.clear()
    router.serve(bridges=[{"name": "br0", "ports": ["p0", "p1"]}],
                 mirrors=[{"from": ["p0"], "to": "p2", "direction": "rx"}])
    h2.ip("address add 10.0.0.9/24 dev eth0")
    with Tcpdump(monitor, "eth0", tmp_path / "span.pcap") as dump:
        wait_for(lambda: h1.ping("10.0.0.9", "-W", "1")[0], "an answer over the bridge")
        before = len(dump.echoes())
        out = h1.run("ping", "-n", "-i", "0.01", "-c", "10", "-s", "1400", "10.0.0.9")
        assert " 10 received" in out, out
        wait_for(lambda: len(dump.echoes()) >= before + 10, "all echoes at the monitor")
        echoes = [echo for echo in dump.echoes() if echo[2] == 1400]
    assert [echo[1] for echo in echoes] == list(range(1, 11))
    assert {echo[3:] for echo in echoes} == {(host_mac(0), host_mac(1), 64)}
    copied = bytes_copied(router)
    assert copied.pop("replicate_headers") > 0
    assert set(copied.values()) == {0}
