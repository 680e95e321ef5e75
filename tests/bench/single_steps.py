# SPDX-License-Identifier: BSD-3-Clause
"""Instructions of the daemon's worker, counted by stopping it at each (steps.c): for AVX-512, which
valgrind does not know.

The ports give the same frames again and again. Counted is one round of all of them, so that it does
not matter where in the round the counting begins.
"""
import bisect
import collections
import os
import pathlib
import subprocess

from instructions_compare import ELSEWHERE, ENTRY, plain

STEPS = os.environ["STEPS"]


def worker_thread(pid):
    """Task id of the one thread that polls."""
    return next(task.name for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                if "worker" in (task / "comm").read_text(encoding="ascii"))


def code(pid, daemon):
    """Where the program is in memory: from the beginning of its file to the end of its code."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        mine = [line.split() for line in maps if line.rstrip().endswith(daemon)]
    base = int(mine[0][0].split("-")[0], 16)
    return base, max(int(line[0].split("-")[1], 16) for line in mine if "x" in line[1]) - base


def functions(daemon):
    """[(offset, name), ...] in order."""
    done = subprocess.run(["nm", "--defined-only", "--numeric-sort", daemon],
                          capture_output=True, text=True, check=True)
    rows = (line.split() for line in done.stdout.splitlines())
    return [(int(value, 16), name) for value, kind, name in rows if kind in "tTwW"]


def entry(table, simd):
    """The offset of the version of the function that runs."""
    offsets = {name: offset for offset, name in table}
    offset = offsets.get(f"{ENTRY}_{simd}", offsets.get(ENTRY))
    assert offset, f"{daemon} has no function {ENTRY}"
    return offset


def count(pid, daemon, simd, calls, packets):
    """Instructions a packet, by function, of a daemon that runs: of so many bursts, which have so
    many packets."""
    base, size = code(pid, daemon)
    table = functions(daemon)
    starts = [offset for offset, _ in table]
    done = subprocess.run([STEPS, worker_thread(pid), f"{base:x}", f"{size:x}",
                           f"{base + entry(table, simd):x}", str(calls)],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = collections.Counter()
    for line in done.stdout.splitlines():
        where, times = line.split()
        if where == "left":
            counts[ELSEWHERE] = int(times)
        else:
            _, name = table[bisect.bisect(starts, int(where, 16)) - 1]
            counts[plain(name)] += int(times)
    return {function: n / packets for function, n in counts.items()}
