# SPDX-License-Identifier: BSD-3-Clause
r"""128k MAC addresses are learned under traffic, and no frame between known hosts is lost or flooded.

    eth0 --- p0 \
    eth1 --- p1  br0 of the router         all eth in the namespace `hosts`
    eth2 --- p2 /
    eth3 --- p3    nobody sends there, nor is anything for there

Each frame has a number, the port that it must leave by, and nothing else that is its own. Never more
frames are under way than every ring on the path can hold: what does not come was lost by the router.
"""
import pathlib
import random
import struct
import time

import pytest

import bulk
from linux_lab import LinuxRouter, sluiced_only
from netns import Namespace, wait_for
from tools import losses

pytestmark = pytest.mark.alone

ETHERTYPE = 0x88B5  # IEEE 802: for experiments
PORTS = 4
KNOWN = 1000        # hosts at p0, and as many at p1
LIMIT = 131072      # of the table
NEW = LIMIT - 2 * KNOWN  # at p2
WINDOW = 128        # frames of known hosts under way
NEW_WINDOW = 256    # and of new ones
TIMES = 20          # that all send again, at most
PATIENCE_S = 0.5
FRAME = struct.Struct("!6s6sHIB41x")
assert FRAME.size == bulk.LEN


def mac(port, number):
    return struct.pack("!BBI", 0x02, 0x20 + port, number)


def frame(dst, src, number, to):
    return FRAME.pack(dst, src, ETHERTYPE, number, to)


class Bridge:
    """The router, and sockets on the other ends of its cables."""

    def __init__(self, lab, router):
        self.router = router
        self.hosts = lab.add(Namespace("hosts"))
        self.hosts.sysctl({"ipv6/conf/all/disable_ipv6": 1, "ipv6/conf/default/disable_ipv6": 1})
        self.wires = []
        for n in range(PORTS):
            router.add_port("net_af_packet{n},iface=p{n}")
            router.ip(f"link add p{n} type veth peer name eth{n} netns {self.hosts.name}",
                      f"link set p{n} up")
            self.hosts.ip(f"link set eth{n} up")
        for port in router.ports:
            port.pop("addresses", None)
        router.neighbours.clear()

    def connect(self):
        self.wires = [bulk.Bulk(self.hosts, f"eth{n}", ETHERTYPE) for n in range(PORTS)]

    def close(self):
        for wire in self.wires:
            wire.__exit__()

    def learned(self):
        row, = self.router.json("show", "bridges")
        return row["learned"]

    def exchange(self, sent):
        """sent: for each port bytes of frames. Every one of them arrives once, where it must, and
        nothing else does."""
        expected = [set() for _ in range(PORTS)]
        for port, frames in sent.items():
            for _, _, _, number, to in FRAME.iter_unpack(frames):
                expected[to].add(number)
            self.wires[port].send(frames)
        for port, numbers in enumerate(expected):
            got = self.wires[port].receive_all(len(numbers), 20) if numbers else b""
            self.check(port, numbers, got)
        for port, wire in enumerate(self.wires):
            extra = wire.receive()
            assert not extra, f"{len(extra) // bulk.LEN} frames too many at p{port}"

    def check(self, port, numbers, got):
        arrived = [number for _, _, _, number, _ in FRAME.iter_unpack(got)]
        assert len(arrived) == len(set(arrived)), f"p{port}: frames have come twice"
        missing, extra = numbers - set(arrived), set(arrived) - numbers
        assert not missing and not extra, \
            f"p{port}: {len(missing)} of {len(numbers)} frames are lost, {len(extra)} are others' " \
            f"(the test's own sockets have lost {self.wires[port].lost()})"


def settled(bridge, enough=LIMIT):
    """How many hosts are known, as soon as they are enough; or fewer, when none was added for a while:
    then reports were lost, and hosts have to send again."""
    known, since = bridge.learned(), time.monotonic()
    while known != enough and time.monotonic() - since < PATIENCE_S:
        before, known = known, bridge.learned()
        if known != before:
            since = time.monotonic()
    return known


def broadcast(bridge, at, macs):
    """What floods is taken away."""
    for begin in range(0, len(macs), WINDOW):
        frames = b"".join(frame(b"\xff" * 6, src, 0, 0) for src in macs[begin:begin + WINDOW])
        bridge.wires[at].send(frames)
        count = len(frames) // bulk.LEN
        for port, wire in enumerate(bridge.wires):
            if port != at:
                assert len(wire.receive_all(count, 20)) == len(frames), "a broadcast is lost"


def announce(bridge, at):
    """The hosts at this port that shall be known send, as nobody knows them yet."""
    for _ in range(TIMES):
        broadcast(bridge, at, [mac(at, number) for number in range(KNOWN)])
        if settled(bridge, (at + 1) * KNOWN) == (at + 1) * KNOWN:
            return
    raise AssertionError(f"{bridge.learned()} hosts are known, not {(at + 1) * KNOWN}")


def windows(rng):
    """Frames between known hosts both ways, and from one new host after the other to known ones."""
    number, new = 0, 0
    while new < NEW:
        sent = {0: [], 1: [], 2: []}
        for _ in range(WINDOW // 2):
            for port in (0, 1):
                sent[port].append(frame(mac(1 - port, rng.randrange(KNOWN)),
                                        mac(port, rng.randrange(KNOWN)), number, 1 - port))
                number += 1
        for _ in range(min(NEW_WINDOW, NEW - new)):
            to = new & 1
            sent[2].append(frame(mac(to, rng.randrange(KNOWN)), mac(2, new), number, to))
            number += 1
            new += 1
        yield {port: b"".join(frames) for port, frames in sent.items()}


def memory_kib(router):
    status = pathlib.Path(f"/proc/{router.daemon.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def see_a_flooded_frame(bridge):
    """This test would."""
    bridge.wires[0].send(frame(mac(1, 0), mac(0, 0), 0, 1))
    copies = [wire.receive_all(1, 20) for wire in bridge.wires[1:]]
    bridge.check(1, {0}, copies[0])
    for port in (2, 3):
        with pytest.raises(AssertionError, match="1 are others'"):
            bridge.check(port, set(), copies[port - 1])


def send_again(bridge, ready):
    """On a busy machine the control thread may get no CPU for as long as it takes to fill the rings of
    reports (8192). Then a host is learned when its next frame comes; so all send until all are."""
    for _ in range(TIMES):
        if bridge.learned() == LIMIT:
            return
        for sent in ready:
            bridge.exchange(sent)
        settled(bridge)
    assert bridge.learned() == LIMIT


def learn_all(bridge):
    """The story: prints rates, none of which is judged."""
    rng = random.Random(7)
    for port in (0, 1):
        announce(bridge, port)
    ready = list(windows(rng))
    memory = memory_kib(bridge.router)
    bridge.router.sluice("clear", "stats")
    begin = time.monotonic()
    for sent in ready:
        bridge.exchange(sent)
    took = time.monotonic() - begin
    known = settled(bridge)
    control = bridge.router.json("show", "control")
    print(f"{NEW} hosts in {took:.2f} s: {NEW / took:.0f}/s, of which {LIMIT - known} have to send once more; "
          f"{memory_kib(bridge.router) - memory} KiB more; control thread: {control}")
    send_again(bridge, ready)
    # Of those that have been learned none is flooded to.
    numbers = rng.sample(range(NEW), 20 * WINDOW)
    for begin in range(0, len(numbers), WINDOW):
        bridge.exchange({0: b"".join(frame(mac(2, number), mac(0, 0), number, 2)
                                     for number in numbers[begin:begin + WINDOW])})
    assert not any(wire.receive(0.1) for wire in bridge.wires)


@pytest.fixture
def net(lab):
    """An empty lab for each test."""
    yield lab
    lab.close()


def test_128k(net):
    bridge = Bridge(net, net.router())
    bridge.router.serve(bridges=[{"name": "br0", "ports": [f"p{n}" for n in range(PORTS)]}],
                        limits={"fdb": LIMIT}, dpdk={"hugepages": False, "memory": 256})
    bridge.connect()
    try:
        see_a_flooded_frame(bridge)
        learn_all(bridge)
    finally:
        bridge.close()
    assert losses(bridge.router) == {}
    row, = bridge.router.json("show", "bridges")
    assert (row["learned"], row["moves"], row["limited"], row["full"]) == (LIMIT, 0, 0, 0)


def told_to_the_kernel(router):
    """Entries of the kernel's bridge that Sluice has learned."""
    return router.linux.run("bridge", "fdb", "show", "br", "br0").count("extern_learn")


@sluiced_only
def test_128k_with_linux(net):
    """The same with a bridge of the kernel's, which is told of all."""
    router = net.add(LinuxRouter("router", net.folder))
    bridge = Bridge(net, router)
    router.launch(limits={"fdb": LIMIT}, dpdk={"hugepages": False, "memory": 256})
    router.linux.ip("link add br0 type bridge",
                    *(f"link set p{n} master br0" for n in range(PORTS)),
                    *(f"link set p{n} up" for n in range(PORTS)), "link set br0 up")
    wait_for(lambda: all(member["state"] == "forwarding" for row in router.json("show", "bridges")
                         for member in row["members"]) and router.json("show", "bridges"),
             "a bridge that forwards")
    bridge.connect()
    try:
        learn_all(bridge)
        begin = time.monotonic()
        wait_for(lambda: told_to_the_kernel(router) == LIMIT, "all of them in the kernel", 60)
        print(f"the kernel knows them {time.monotonic() - begin:.1f} s later; control thread: "
              f"{router.json('show', 'control')}")
    finally:
        bridge.close()
    assert losses(router) == {}
