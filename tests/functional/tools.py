# SPDX-License-Identifier: BSD-3-Clause
"""What tests do between hosts."""
import concurrent.futures
import json
import os
import re
import socket
import struct
import subprocess

from netns import wait_for

SO_RCVBUFFORCE = 33
IP_PKTINFO = 8
ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
DISCARD = 9  # the port


def iperf(client, server, address, *options):
    """The totals of one run of iperf3 from client to the address of server."""
    process = server.start("iperf3", "-s", "-1", "--forceflush", stdout=subprocess.PIPE)
    while "listening" not in process.stdout.readline():
        assert process.poll() is None, "iperf3 does not listen"
    end = json.loads(client.run("iperf3", "-J", "-c", address, *options))["end"]
    process.communicate(timeout=30)
    return end


def hops(host, *words):
    """The hops of a traceroute: those that answered, by number."""
    out = host.run("traceroute", "-n", "-q", "2", "-w", "10", "-m", "5", *words)
    return {int(n): address for n, address in re.findall(r"^ *(\d+) +([\da-f.:]+)", out, re.M)}


def losses(router):
    """What the router itself has lost so far of what it was to forward, by reason. What a busy
    machine's kernel loses before it is not in it."""
    lost = {row["reason"]: row["packets"] for row in router.json("show", "drops")
            if row["packets"] and row["reason"] not in ("no_control", "punt_limited")}
    for row in router.json("show", "interfaces"):
        if row["tx_dropped"]:
            lost[row["interface"]] = row["tx_dropped"]
    return lost


def udp_socket(host, address, port=0):
    """A UDP socket of the host, bound to the address."""
    with host.inside():
        sock = socket.socket(family_of(address), socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
        sock.bind((address, port))
    return sock


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def arrival(sender, source, receiver, address, port=0, seconds=10):
    """The netdev of the receiver by which a datagram from source to its address comes in; None when
    none comes. port: of the source, which with all else tells the flow."""
    with udp_socket(receiver, address, DISCARD) as rx, udp_socket(sender, source, port) as tx:
        rx.settimeout(seconds)
        if rx.family == socket.AF_INET:
            rx.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        else:
            rx.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        try:
            tx.sendto(b"x", rx.getsockname())
            (level, _, data), = rx.recvmsg(64, 256)[1]
        except OSError:
            return None
        at = 16 if level == socket.IPPROTO_IPV6 else 0
        with receiver.inside():
            return socket.if_indextoname(struct.unpack_from("@I", data, at)[0])


class Session:
    """A TCP session: something is said both ways whenever it is asked for."""

    def __init__(self, client, server, address, port=0):
        with server.inside():
            listener = socket.create_server((address, port), family=family_of(address))
        with listener:
            with client.inside():
                self.client = socket.create_connection(listener.getsockname()[:2], timeout=20)
            self.server, _ = listener.accept()
        self.server.settimeout(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.server.close()

    def exchange(self, size=10000):
        for tx, rx in (self.client, self.server), (self.server, self.client):
            data, got = os.urandom(size), b""
            tx.sendall(data)
            while len(got) < size:
                more = rx.recv(size)
                assert more, "the session has ended"
                got += more
            assert got == data


class Capture:
    """What a netdev of a namespace receives."""

    def __init__(self, namespace, netdev="eth0"):
        with namespace.inside():
            # Deaf until it is bound; else it would hear every netdev until then.
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
            self.sock.bind((netdev, ETH_P_ALL))
        self.sock.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.send(bytes(data))

    def frames(self):
        """Those that have come since the last call."""
        found = []
        while True:
            try:
                found.append(self.sock.recv(65536))
            except BlockingIOError:
                return found


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
