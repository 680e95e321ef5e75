# SPDX-License-Identifier: BSD-3-Clause
"""A sluiced under measurement: its configuration, the process, a connection to its API."""
import json
import os
import socket
import subprocess
import time

from . import cases, machine, sample

START_S = 60  # a full table is part of the configuration
MBUFS = 65535  # more than the frames of both ports, which stay in the pool
LOST = 0.001  # at most this share of the packets may not have been forwarded


def device(port, pcap, queues):
    """An endless source that drops what is sent. It has as many transmit queues as files to read:
    each worker gets one of its own. Only the first receive queue is used."""
    return "net_pcap%d%s,infinite_rx=1" % (port, (",rx_pcap=" + pcap) * queues)


def write_config(folder, traffic, pcaps, cpus, idle=None):
    """The path of the file, and that of the API's socket. Worker n polls port n; one polls both."""
    path, api = os.path.join(folder, "sluice%d.yaml" % len(cpus)), os.path.join(folder, "api.sock")
    config = {
        "workers": cpus, "control": "none", "api": api,
        "dpdk": {"memory": machine.MEMORY_MIB, "mbufs": MBUFS},
        **cases.LAYOUTS[traffic.layout](
            [{"name": "p%d" % i, "device": device(i, pcap, len(cpus)), "mac": cases.MACS[i],
              "workers": [cpus[i % len(cpus)]]} for i, pcap in enumerate(pcaps)]),
        "routes": [{"to": prefix, "via": [{"gateway": hop} for hop in hops] if len(hops) > 1 else hops[0]}
                   for prefix, hops in traffic.routes],
    }
    if idle:
        config["idle"] = idle
    with open(path, "w", encoding="ascii") as out:
        out.write(json.dumps(config))  # which is YAML; dump() would be much slower
    return path, api


class Sluice:
    """For `with`."""

    def __init__(self, program, traffic, config, api, preload=None):
        self._nodes = {"port_rx", "ether_input", "port_tx"} | traffic.nodes
        self._log = open(config + ".log", "w+", encoding="utf-8")
        self._process = subprocess.Popen([program, "-c", config], stderr=self._log, env=machine.environment(preload),
                                         preexec_fn=machine.die_with_parent)
        self._socket = self._lines = None
        try:
            self._connect(api)
        except BaseException:
            self.__exit__()
            raise

    @property
    def pid(self):
        return self._process.pid

    def _connect(self, api):
        deadline = time.monotonic() + START_S
        while True:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                machine.die("sluiced does not start: " + self._log.read())
            try:
                self._socket = socket.socket(socket.AF_UNIX)
                self._socket.connect(api)
                self._lines = self._socket.makefile("rw")
                self.ask("show version")  # answered when all of it runs
                return
            except (OSError, ValueError):
                self._socket.close()
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._socket:
            self._socket.close()
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def ask(self, command):
        self._lines.write(json.dumps({"command": command}) + "\n")
        self._lines.flush()
        return json.loads(self._lines.readline())["result"]  # ValueError: it hung up

    def _ports(self):
        """Not what is on them: that counts for them too."""
        return [row for row in self.ask("show interfaces") if row["kind"] == "port"]

    def _sum(self, counter):
        return sum(row[counter] for row in self._ports())

    def _check_path(self):
        """All packets have met these nodes and no others."""
        packets = {row["node"]: row["packets"] for row in self.ask("show nodes")}
        enough = LOST * packets["port_rx"]
        path = {node for node, number in packets.items() if number > enough}
        if path != self._nodes:
            machine.die("the packets have gone by %s, and not by %s" % (
                ", ".join(sorted(path)), ", ".join(sorted(self._nodes))))

    def _check_forwarded(self):
        """What was dropped or punted was not forwarded, and would be a measurement of something else."""
        rows = self._ports()
        received, sent = (sum(row[counter] for row in rows) for counter in ("rx_packets", "tx_packets"))
        if received - sent > LOST * received:
            reasons = [row["reason"] for row in self.ask("show drops") if row["packets"]]
            reasons += [row["reason"] for row in self.ask("show punts") if row["punted"] or row["limited"]]
            machine.die("sluiced received %d packets and forwarded %d: %s" % (
                received, sent, ", ".join(reasons)))

    def measure(self, workers, seconds, tries):
        """A sample with the cycles of each node, and the rate of the counter that tells them."""
        taken = sample.take(self._process.pid, workers, lambda: self._sum("tx_packets"), seconds, tries)
        self._check_forwarded()
        self._check_path()
        taken.nodes = {row["node"]: row["cycles_per_packet"] for row in self.ask("show nodes") if row["packets"]}
        taken.tsc_hz = self.ask("show version")["tsc_hz"]
        return taken
