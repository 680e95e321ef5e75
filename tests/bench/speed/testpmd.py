# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's testpmd in io mode, which looks at nothing: what the ports alone cost."""
import os
import subprocess
import threading

from . import machine, sample
from .sluice import MBUFS, device

ANSWER_S = 30
BLOCK_END = "  " + "#" * 76  # of the statistics of a port


def command(pcaps, cpus):
    others = sorted(os.sched_getaffinity(0) - set(cpus)) or cpus
    lcores = ["0@(%s)" % ",".join(map(str, others))] + ["%d@%d" % (i + 1, cpu) for i, cpu in enumerate(cpus)]
    args = ["stdbuf", "-oL", "dpdk-testpmd", "--lcores", ",".join(lcores), "--main-lcore", "0",
            "-m", str(machine.MEMORY_MIB), "--in-memory", "--no-pci", "--no-telemetry"]
    for i, pcap in enumerate(pcaps):
        args += ["--vdev", device(i, pcap, len(cpus))]
    return args + ["--", "-i", "--forward-mode=io", "--nb-cores=%d" % len(cpus),
                   "--total-num-mbufs=%d" % MBUFS]


class Testpmd:
    """For `with`."""

    def __init__(self, pcaps, cpus):
        self._workers = len(cpus)
        self._process = subprocess.Popen(command(pcaps, cpus), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True, preexec_fn=machine.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.communicate()

    def _ask(self, line, is_end):
        """The lines of an answer, up to that which is_end(lines) knows as the last."""
        lines = []
        watchdog = threading.Timer(ANSWER_S, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            while not lines or not is_end(lines):
                lines.append(self._process.stdout.readline())
                if not lines[-1]:
                    raise BrokenPipeError
        except BrokenPipeError:
            machine.die("testpmd ended, or did not answer in %d s: %s" % (ANSWER_S, "".join(lines)))
        finally:
            watchdog.cancel()
        return lines

    def _received(self):
        lines = self._ask("show port stats all", lambda lines: sum(l.startswith(BLOCK_END) for l in lines) == 2)
        return sum(int(line.split()[1]) for line in lines if "RX-packets:" in line)

    def measure(self, seconds, tries):
        self._ask("start", lambda lines: "packets/burst" in lines[-1])
        return sample.take(self._process.pid, self._workers, self._received, seconds, tries)
