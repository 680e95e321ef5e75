# SPDX-License-Identifier: BSD-3-Clause
"""Instructions of the daemon's worker, counted by valgrind's callgrind.

Whenever the worker enters ether_input, callgrind writes what was counted since it did so before:
a burst from there on, with what the worker does around the nodes. Nothing ends the last one, which
is left out. The traffic comes in rounds of the same bursts.
"""
import collections
import glob
import re

from instructions_compare import ELSEWHERE, ENTRY, TIMED, plain


def command(directory):
    return ["valgrind", "--tool=callgrind", f"--log-file={directory}/callgrind.log",
            f"--callgrind-out-file={directory}/callgrind.out", "--separate-threads=yes",
            "--fair-sched=try", "--skip-plt=no",
            f"--dump-before={ENTRY}*"]


def read(path, daemon, counts):
    """Add what a file of callgrind's says of functions of the daemon's own: their instructions
    without those of callees, and their calls into libraries. The format is described in valgrind's
    manual, "Callgrind Format Specification"."""
    names, now = {}, {}
    skip = False
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name = re.match(r"(c?(ob|fn))=(\(\d+\))(?: (.*))?", line)
            if name:
                key, kind, number, text = name.groups()
                if text:
                    names[kind, number] = text
                now[key] = names[kind, number]
            elif line.startswith("calls="):
                callee = now.pop("cob", now["ob"])
                if now["ob"] == daemon != callee:
                    counts[ELSEWHERE] += int(line.split()[0].removeprefix("calls="))
                skip = True  # the next line is the cost of the callee
            elif re.match(r"[\d+*-]", line):
                if not skip and now["ob"] == daemon:
                    counts[plain(now["fn"])] += int(line.split()[1])
                skip = False


def parts(directory):
    """The files of the worker, in order; the first is what was before the first burst."""
    found = {int(path.rsplit(".", 1)[1].split("-")[0]): path
             for path in glob.glob(f"{directory}/callgrind.out.*-*")}
    return [found[number] for number in sorted(found)]


def burst(path, daemon):
    counts = collections.Counter()
    read(path, daemon, counts)
    return counts


def a_round(bursts, size):
    """Out of the counts of many bursts those of one round: of each of its bursts the last time that
    no walk was timed. By then what the first ones have to set up is there."""
    found = [next((counts for counts in reversed(bursts[i::size]) if TIMED not in counts), None)
             for i in range(size)]
    assert None not in found, f"{len(bursts)} bursts are too few: {TIMED} ran each time"
    return sum(found, collections.Counter())


def count(directory, daemon, per_burst, rounds, size):
    """Instructions a packet, by function, of a run that is over, of so many rounds of bursts."""
    files = parts(directory)
    assert files, f"callgrind has seen no function {ENTRY}*"
    assert len(files) == rounds * size, f"{len(files)} bursts: not all of them were full"
    counts = a_round([burst(path, daemon) for path in files[1:]], size)
    return {function: n / (size * per_burst) for function, n in counts.items()}
