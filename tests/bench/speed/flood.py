# SPDX-License-Identifier: BSD-3-Clause
"""Flooding: one port in, eight out, 1500-byte frames for a MAC address that nobody has.

Sluice, whose bridge learns and looks up, is measured in turn with flood_copy, a program that does
nothing but copy and send: how many times as fast is flooding by reference? The ports are the same:
net_null, made to cost the CPU what a NIC does (nic_model.c).
"""
import json
import os
import statistics
import subprocess
import types

from . import machine, sample
from .sluice import Sluice

OUT = 8
SIZE = 1500  # bytes
MBUFS = 32767
NODES = types.SimpleNamespace(nodes={"bridge_input"})


DEVICES = ["net_null_source,size=%d" % SIZE] + ["net_null%d,no-rx=1" % i for i in range(OUT)]


def write_config(folder, cpu):
    names = ["p%d" % i for i in range(OUT + 1)]
    path, api = os.path.join(folder, "flood.yaml"), os.path.join(folder, "api.sock")
    config = {
        "workers": [cpu], "control": "none", "api": api,
        "dpdk": {"memory": machine.MEMORY_MIB, "mbufs": MBUFS},
        "ports": [{"name": name, "device": device} for name, device in zip(names, DEVICES)],
        "bridges": [{"name": "br0", "ports": names}],
    }
    with open(path, "w", encoding="ascii") as out:
        json.dump(config, out)
    return path, api


class Copying:
    """flood_copy, for `with`."""

    def __init__(self, program, preload, cpu):
        others = sorted(os.sched_getaffinity(0) - {cpu}) or [cpu]
        args = [program, "--lcores", "0@(%s),1@%d" % (",".join(map(str, others)), cpu), "--main-lcore", "0",
                "-m", str(machine.MEMORY_MIB), "--in-memory", "--no-pci", "--no-telemetry"]
        for device in DEVICES:
            args += ["--vdev", device]
        self._process = subprocess.Popen(args + ["--", str(MBUFS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         text=True, stderr=subprocess.DEVNULL, env=machine.environment(preload),
                                         preexec_fn=machine.die_with_parent)

    def __enter__(self):
        line = self._process.stdout.readline()
        while line and line != "ready\n":  # DPDK's own lines
            line = self._process.stdout.readline()
        if not line:
            machine.die("flood_copy does not start")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.communicate()

    def _received(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def measure(self, seconds, tries):
        return sample.take(self._process.pid, 1, self._received, seconds, tries)


def check(running):
    """Every frame has left by all others, and no byte was copied but of headers."""
    rows = {row["interface"]: row for row in running.ask("show interfaces")}
    sent = sum(row["tx_packets"] for row in rows.values())
    copied = {row["site"]: row["bytes"] for row in running.ask("show copies") if row["bytes"]}
    if sent < 0.999 * OUT * rows["p0"]["rx_packets"] or copied:
        machine.die("sluiced received %d frames, sent %d and copied %s" % (rows["p0"]["rx_packets"], sent, copied))


def run(options, build):
    """Its figures: in frames received."""
    ratios, own, copying = [], [], []
    cpu = machine.choose_cpus(1)[0]
    with machine.folder() as folder:
        config = write_config(folder, cpu)
        for _ in range(options.rounds):
            with Sluice(build.sluiced, NODES, *config, preload=build.nic_model) as running:
                def received():
                    return next(row["rx_packets"] for row in running.ask("show interfaces") if row["interface"] == "p0")

                own.append(sample.take(running.pid, 1, received, options.seconds, 2))
                check(running)
            with Copying(build.flood_copy, build.nic_model, cpu) as other:
                copying.append(other.measure(options.seconds, 2))
            ratios.append(own[-1].mpps / copying[-1].mpps)
    return {"case": "flood", "ports": OUT, "bytes": SIZE, "workers": 1,
            "mpps": round(statistics.median(one.mpps for one in own), 3),
            "copying_mpps": round(statistics.median(one.mpps for one in copying), 3),
            "times": round(statistics.median(ratios), 2), "times_min": round(min(ratios), 2),
            "times_max": round(max(ratios), 2), "samples": 2 * len(own),
            "flagged": sum(one.disturbed for one in own + copying)}


def text(result):
    line = ("flood     %.2f Mpps in, %d times out; copying %.2f: %.1f times as fast (%.1f to %.1f)" %
            tuple(result[key] for key in ("mpps", "ports", "copying_mpps", "times", "times_min", "times_max")))
    if result["flagged"]:
        line += "\n          ! %d of %d samples had less than 90%% of a core" % (result["flagged"], result["samples"])
    return line
