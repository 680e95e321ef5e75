# SPDX-License-Identifier: BSD-3-Clause
"""A router whose ports are TAPs in a network namespace of its own: frames go in one after the other,
and what comes out is read while it runs.

    test --- packet socket --- w0 (TAP) --- p0 router
"""
import ctypes
import os
import re
import select
import socket
import struct
import time

from router import Router, wait_for

libc = ctypes.CDLL(None, use_errno=True)
ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
VLAN_VALID, TPID_VALID = 0x10, 0x40
PATIENCE_S = 10


def in_namespace_of(pid, call):
    """The result of a call in the network namespace of a process."""
    own, other = (os.open(f"/proc/{who}/ns/net", os.O_RDONLY) for who in ("self", pid))
    try:
        assert libc.setns(other, 0x40000000) == 0  # CLONE_NEWNET
        try:
            return call()
        finally:
            assert libc.setns(own, 0x40000000) == 0
    finally:
        os.close(own)
        os.close(other)


class Wire:
    """The other end of a port's cable."""

    def __init__(self, netdev):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # deaf until it is bound
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
        self.socket.bind((netdev, ETH_P_ALL))

    def send(self, *frames):
        for frame in frames:
            self.socket.send(bytes(frame))

    def receive(self):
        """A frame, with the tag that the kernel has taken off."""
        frame, aux, _, _ = self.socket.recvmsg(65536, 256)
        for level, kind, data in aux:
            if level != SOL_PACKET or kind != PACKET_AUXDATA:
                continue
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data)
            if status & VLAN_VALID:
                tag = struct.pack("!HH", tpid if status & TPID_VALID else 0x8100, tci)
                frame = frame[:12] + tag + frame[12:]
        return frame


class WiredRouter(Router):
    """As a Router, with ports of these names (p0, p1 ...) on TAPs."""

    # Of the PMD: what it does not need here.
    noise = re.compile(r"tap_|qdisc_|eth_dev_tap_create")

    def __init__(self, directory, config, names, **more):
        ports = {port["name"]: port for port in config.get("ports", [])}
        config = {**config, "ports": [
            {"device": f"net_tap{i},iface=w{name}", **ports.get(name, {"name": name})}
            for i, name in enumerate(names)]}
        super().__init__(directory, config, own_network=True, **more)
        self.own_ipv6 = False
        self.names = names
        self.wires = {}

    def start(self):
        super().start()
        self.wires = in_namespace_of(self.process.pid, lambda: {
            name: Wire("w" + name) for name in self.names})

    def port_goes(self, name):
        self.wires.pop(name).socket.close()
        self.cmd(f"port del {name}")

    def port_comes(self, name):
        """One that has gone, on a TAP as before."""
        device = next(port["device"] for port in self.config["ports"] if port["name"] == name)
        self.cmd(f"port add {name} {device}")
        self.wires[name] = in_namespace_of(self.process.pid, lambda: Wire("w" + name))

    def stop(self):
        super().stop()
        for wire in self.wires.values():
            wire.socket.close()

    def exchange(self, sent, expected):
        """Send frames by name of the port (or a list of pairs), and check that out of each port
        comes what is expected, and nothing else."""
        for name, frame in sent.items() if isinstance(sent, dict) else sent:
            for one in frame if isinstance(frame, list) else [frame]:
                self.wires[name].send(one)
        wanted = {name: sorted(map(bytes, expected.get(name, []))) for name in self.names}
        got = self.collect({name: len(frames) for name, frames in wanted.items()})
        assert {name: sorted(frames) for name, frames in got.items()} == wanted

    def counted(self, wanted):
        """Wait until what was dropped and punted is this: it is counted behind what was received."""
        wait_for(lambda: f"{wanted}: {self.counters()}", lambda: self.counters() == wanted)

    def counted_among(self, wanted):
        """The same, and there may be more."""
        wait_for(lambda: f"{wanted}: {self.counters()}",
                 lambda: wanted.items() <= self.counters().items())

    def collect(self, wanted):
        """So many frames of each port; then wait until no more can be on their way."""
        got = {name: [] for name in self.names}
        end = time.monotonic() + PATIENCE_S
        done = None
        while time.monotonic() < end and (done is None or time.monotonic() < done):
            self._read(got, 0.01)
            complete = all(len(got[name]) >= n for name, n in wanted.items())
            if done is None and complete and self._is_idle():
                done = time.monotonic() + 0.02  # what the kernel still has on the TAPs
        return got

    def _read(self, got, patience_s):
        ready, _, _ = select.select([w.socket for w in self.wires.values()], [], [], patience_s)
        for name, wire in self.wires.items():
            if wire.socket in ready:
                frame = wire.receive()
                got[name].append(frame)

    def _is_idle(self):
        """All that was sent into the TAPs has been received by the router, which counts it before
        it knows what becomes of it, and sent, punted or dropped."""
        rows = [row for row in self.ask("show interfaces") if row["interface"] in self.names]
        taken = {row["interface"]: row["rx_packets"] for row in rows}
        fates = sum(row["tx_packets"] for row in rows) + self.counters().total()
        return fates >= sum(taken.values()) and in_namespace_of(self.process.pid, lambda: all(
            taken[name] >= _tx_packets("w" + name) for name in self.names))


def _tx_packets(netdev):
    with open("/proc/net/dev") as table:
        row = next(line for line in table if line.strip().startswith(netdev + ":"))
    return int(row.split(":")[1].split()[9])


__all__ = ["WiredRouter", "wait_for"]
