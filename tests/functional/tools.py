# SPDX-License-Identifier: BSD-3-Clause
"""What tests do between hosts."""
import concurrent.futures
import json
import socket
import struct
import subprocess

from netns import wait_for

SO_RCVBUFFORCE = 33


def iperf(client, server, address, *options):
    """The totals of one run of iperf3 from client to the address of server."""
    process = server.start("iperf3", "-s", "-1", "--forceflush", stdout=subprocess.PIPE)
    while "listening" not in process.stdout.readline():
        assert process.poll() is None, "iperf3 does not listen"
    end = json.loads(client.run("iperf3", "-J", "-c", address, *options))["end"]
    process.communicate(timeout=30)
    return end


def losses(router):
    """What the router itself has lost so far of what it was to forward, by reason. What a busy
    machine's kernel loses before it is not in it."""
    lost = {row["reason"]: row["packets"] for row in router.json("show", "drops")
            if row["packets"] and row["reason"] not in ("no_control", "punt_limited")}
    for row in router.json("show", "interfaces"):
        if row["tx_dropped"]:
            lost[row["interface"]] = row["tx_dropped"]
    return lost


def udp_socket(host, address):
    """A UDP socket of the host, bound to the address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with host.inside():
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        sock.bind((address, 0))
    return sock


class Flood:
    """Numbered datagrams from a host to another, never more under way than every ring and socket on
    the path can hold: one that does not arrive was lost by the router."""

    WINDOW = 32

    def __init__(self, sender, source, receiver, address):
        self.rx = udp_socket(receiver, address)
        self.rx.settimeout(10)
        self.tx = udp_socket(sender, source)
        self.tx.connect(self.rx.getsockname())
        self.bursts = 0
        self.over = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.rx.close()
        self.tx.close()

    def burst(self):
        """Send some, and see them all arrive."""
        first = self.bursts * self.WINDOW
        missing = set(range(first, first + self.WINDOW))
        for number in sorted(missing):
            self.tx.send(struct.pack("!Q", number))
        try:
            while missing:
                missing.remove(struct.unpack("!Q", self.rx.recv(64))[0])
        except TimeoutError:
            raise AssertionError(f"burst {self.bursts}: lost are {sorted(missing)}") from None
        self.bursts += 1

    def during(self, change, times):
        """Let it flow while change(0), change(1), ... happen, a burst or more between any two."""
        def changes():
            for i in range(times):
                change(i)
                seen = self.bursts
                wait_for(lambda: self.bursts > seen or self.over, "a burst")

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            self.burst()
            work = pool.submit(changes)
            try:
                while not work.done():
                    self.burst()
            finally:
                self.over = True
            work.result()
            self.burst()
