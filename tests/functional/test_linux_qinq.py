# SPDX-License-Identifier: BSD-3-Clause
"""1500 bytes of IP under two tags: from and to the kernel, by the TAP of a VLAN interface in another,
and by the mirror of the port, where the tags are the kernel's own.

    host: q (tags 100 and 200) on eth0 --- p0 (net_tap) router: p0.100.200 10.9.1.1
                                           p1 --- h4
"""
import pytest
from scapy.layers.l2 import Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from test_qinq import Wire, tags_of

from lab import host4, host6, host_mac, router4, router6, router_mac
from lan_lab import LanHost, LinuxSwitch, gateway, gateway4, gateway6, lan4, lan6
from netns import wait_for
from tagged import Tagged
from tools import Capture, losses

MTU = 1500
TAGGED = 22  # bytes of a frame before what two tags are around
KIND = 0x88b5  # EtherType for experiments, IEEE 802
FULL = {4: MTU - 28, 6: MTU - 48}  # data of an echo


@pytest.fixture(scope="module")
def net(lab):
    host, h4 = lab.add(LanHost("host", 1, 0)), lab.host("h4")
    router = lab.add(LinuxSwitch("router", lab.folder))
    router.add_tap()
    router.connect(h4)
    router.ports[1]["addresses"] = [f"{router4(1)}/24", f"{router6(1)}/64"]
    router.serve(interfaces=[
        {"name": "p0.100", "parent": "p0", "vlan": 100},
        {"name": "p0.100.200", "parent": "p0.100", "vlan": 200, "addresses": gateway(1)}])
    router.hand_over(0, host, "eth0")
    host.ip(f"link set eth0 mtu {MTU + 8} up")
    tagged = Tagged(host, "eth0", "q", "100", "200")
    try:
        host.settle("q")
        wait_for(lambda: host.ping(gateway4(1), "-W", "1")[0], "an answer of the router")
        router.sluice("clear", "stats")  # of before the TAP was up
        yield host, h4, router
    finally:
        tagged.close()
    assert set(losses(router)) <= {"mirror_long"}


def full_ping(sender, address):
    """Nobody may make fragments of it."""
    size = FULL[6 if ":" in address else 4]
    out = sender.run("ping", "-n", "-c", "1", "-W", "10", "-M", "do", "-s", str(size), address, ok=False)
    assert "1 received" in out, out
    return out


@pytest.mark.parametrize("address", [lan4(1, 0), lan6(1, 0)])
def test_the_kernel_sends(net, address):
    host, _, router = net
    with Wire(host) as wire:
        full_ping(router.linux, address)
        full = [frame for frame in wire.frames() if len(frame) == TAGGED + MTU]
    assert len(full) == 1
    assert [vid for _, vid in tags_of(Ether(full[0]))] == [100, 200]


@pytest.mark.parametrize("address", [gateway4(1), gateway6(1)])
def test_the_kernel_answers(net, address):
    assert "ttl=64" in full_ping(net[0], address)


@pytest.mark.parametrize("address", [host4(1), host6(1)])
def test_routed(net, address):
    assert "ttl=63" in full_ping(net[0], address)
    back = lan6(1, 0) if ":" in address else lan4(1, 0)
    assert "ttl=63" in full_ping(net[1], back)


def own_tags(size, number):
    """As a VLAN netdev of the kernel sends it."""
    return bytes(Ether(src=router_mac(0), dst=host_mac(0)) / Dot1AD(vlan=7) /
                 Dot1Q(vlan=30, type=KIND) / Raw(bytes([number]) * size))


@pytest.fixture
def by_the_mirror(net):
    """Sends frames by the mirror p0 that no packet socket may send there: a larger netdev forwards
    them."""
    linux = net[2].linux
    linux.ip("link add w0 mtu 9000 type veth peer name w1 mtu 9000",
             *(f"link set w{n} addrgenmode none up" for n in (0, 1)))
    linux.run("nft", "add table netdev to_p0; add chain netdev to_p0 in "
              "{ type filter hook ingress device w1 priority 0; }; add rule netdev to_p0 in fwd to p0")
    with Capture(linux, "w0") as w0:
        yield w0.send
    linux.run("nft", "delete table netdev to_p0")
    linux.ip("link del w0")


def test_tags_of_the_kernel(net, by_the_mirror):
    host, _, router = net

    def too_long():
        return next(row["packets"] for row in router.json("show", "drops")
                    if row["reason"] == "mirror_long")

    before = too_long()
    with Wire(host) as wire:
        by_the_mirror(own_tags(MTU + 1, 1))
        by_the_mirror(own_tags(MTU, 2))
        seen = []
        wait_for(lambda: seen.extend(wire.frames()) or own_tags(MTU, 2) in seen, "the frame")
    assert own_tags(MTU + 1, 1) not in seen
    assert too_long() == before + 1
