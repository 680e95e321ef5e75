# SPDX-License-Identifier: BSD-3-Clause
"""Three hosts on a bridge that Linux has, and frames that they count.

The bridge is br0, 10.9.0.1; host n, from 0, is 10.9.0.1(n + 1) by its eth0.
"""
import itertools

from scapy.layers.l2 import Ether

from hosts import host_mac
from netns import wait_for
from tools import Capture

BRIDGE = "10.9.0.1"
KIND = 0x88b5  # EtherType for experiments, IEEE 802
BROADCAST = "ff:ff:ff:ff:ff:ff"
UNKNOWN = "02:00:00:00:77:77"
FRAMES = 20


def own(n):
    """The address of the host in the bridge's network."""
    return f"10.9.0.1{n + 1}"


def is_counted(frame):
    return frame[12:14] == KIND.to_bytes(2, "big")


class Bridged:
    """To be made with `hosts`, and their `router`, whose Linux has the bridge."""

    hosts = router = None

    def settle(self):
        """The addresses of the hosts, and by the bridge the way to all others."""
        for n, host in enumerate(self.hosts):
            host.ip("link set eth0 up", f"address add {own(n)}/24 dev eth0",
                    f"route replace default via {BRIDGE}")

    def mac(self, n):
        return host_mac(n)

    def reaches(self, a, b):
        return self.hosts[a].ping(own(b), "-W", "1")[0]

    def forwarding(self):
        wait_for(lambda: all(self.reaches(a, b) for a, b in itertools.permutations(range(3), 2)),
                 "hosts that reach each other")
        self.router.synced()

    def flush(self, n):
        """What the host sent before has gone through Linux when its own answer comes."""
        for _ in range(2):
            assert self.hosts[n].ping(BRIDGE)[0]

    def all_answer(self):
        """Each host has one answer from each other to each of its pings."""
        for a, b in itertools.permutations(range(3), 2):
            out = self.hosts[a].run("ping", "-n", "-c", "5", "-i", "0.01", own(b))
            assert "DUP" not in out and " 5 received" in out


def copies(net, sender, dst, src=None):
    """Frames that the host sends: how many of them come to each host, none of them twice."""
    src = src or net.mac(sender)
    captures = [Capture(host) for host in net.hosts]
    try:
        for number in range(FRAMES):
            captures[sender].send(Ether(src=src, dst=dst, type=KIND) / bytes([number] * 50))
        net.flush(sender)
        seen = []
        for capture in captures:
            numbers = [frame[14] for frame in capture.frames() if is_counted(frame)]
            assert len(numbers) == len(set(numbers)), f"several times: {sorted(numbers)}"
            seen.append(len(numbers))
        return seen
    finally:
        for capture in captures:
            capture.sock.close()


def floods_once(net, dst):
    """Whoever sends it: all others have it."""
    for sender in range(3):
        want = [FRAMES] * 3
        want[sender] = 0
        assert copies(net, sender, dst) == want
