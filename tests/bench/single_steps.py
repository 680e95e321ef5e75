# SPDX-License-Identifier: BSD-3-Clause
"""Instructions of the daemon's worker, counted by stopping it at each (steps.c): for AVX-512, which
valgrind does not know.

The ports give the same frames again and again. Counted is one round of all of them, so that it does
not matter where in the round the counting begins; and a round in which no walk was timed.
"""
import bisect
import collections
import os
import pathlib
import re
import subprocess

from instructions_compare import ELSEWHERE, ENTRY, TIMED, plain

STEPS = os.environ["STEPS"]


def worker_thread(pid):
    """Task id of the one thread that polls."""
    return next(task.name for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
                if "worker" in (task / "comm").read_text(encoding="ascii"))


def base(pid, daemon):
    """Where the program's file begins in memory."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        first = next(line for line in maps if line.rstrip().endswith(daemon))
    return int(first.split("-")[0], 16)


def text(daemon):
    """(offset, size) of the compiled functions. The linker's stubs, by which others' functions are
    called, are not among them."""
    done = subprocess.run(["readelf", "--section-headers", "--wide", daemon],
                          capture_output=True, text=True, check=True)
    found = re.search(r" \.text +PROGBITS +(\w+) +\w+ +(\w+)", done.stdout)
    return int(found[1], 16), int(found[2], 16)


def functions(daemon):
    """[(offset, size, name), ...] in order."""
    done = subprocess.run(["nm", "--defined-only", "--numeric-sort", "--print-size", daemon],
                          capture_output=True, text=True, check=True)
    rows = (line.split() for line in done.stdout.splitlines())
    return [(int(row[0], 16), int(row[1], 16) if len(row) == 4 else 0, row[-1])
            for row in rows if row[-2] in "tTwW"]


def entry(table, daemon, simd):
    """The offset of the version of the function that runs."""
    offsets = {name: offset for offset, _, name in table}
    offset = offsets.get(f"{ENTRY}_{simd}", offsets.get(ENTRY))
    assert offset, f"{daemon} has no function {ENTRY}"
    return offset


def timed(table, daemon):
    """(offset, size) of the walk that is timed."""
    found = [(offset, size) for offset, size, name in table if plain(name) == TIMED]
    assert len(found) == 1, f"{daemon} has {len(found)} functions {TIMED}"
    return found[0]


def count(pid, daemon, simd, calls, packets):
    """Instructions a packet, by function, of a daemon that runs: of so many bursts, which have so
    many packets."""
    table = functions(daemon)
    begin, (code, size), (avoid, avoid_size) = base(pid, daemon), text(daemon), timed(table, daemon)
    done = subprocess.run([STEPS, worker_thread(pid), f"{begin + code:x}", f"{size:x}",
                           f"{begin + entry(table, daemon, simd):x}", str(calls),
                           f"{begin + avoid:x}", f"{avoid_size:x}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    starts = [offset for offset, _, _ in table]
    counts = collections.Counter()
    for line in done.stdout.splitlines():
        where, times = line.split()
        if where == "left":
            counts[ELSEWHERE] = int(times)
        else:
            *_, name = table[bisect.bisect(starts, code + int(where, 16)) - 1]
            counts[plain(name)] += int(times)
    return {function: n / packets for function, n in counts.items()}
