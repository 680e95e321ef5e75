# SPDX-License-Identifier: BSD-3-Clause
"""Instructions a packet before and after: what they are called, when tests/bench/instructions
complains, and how."""
import re

ENTRY = "ether_input"  # from one call of this to the next, all is counted
TIMED = "walk_timed"  # instead of the walk in worker_main, under load in one of 8 to 23; not counted
ELSEWHERE = "(calls into libraries)"
FILE_NAME = "instructions.json"
UPDATE = "tests/bench/instructions --update"
TOLERANCE = 0.03  # of the count, or of one instruction: then it is one of those a burst
TOLERANCE_OF_ALL = 0.01  # of their sum: small changes of many functions are a large one


def plain(function):
    """The name as it stands in the source: no version of SIMD, no part that gcc has split off."""
    return re.sub(r"(_scalar|_avx2|_avx512)?(\.[\w.]+)?('\d+)?$", "", function)


def all_of(counts):
    """The daemon's own instructions; calls are none."""
    return sum(n for function, n in counts.items() if function != ELSEWHERE)


def changed(what, old, new):
    change = f"{new:.3f} instructions a packet, {old:.3f} before ({new / old - 1:+.1%})"
    return f"{what} costs {change}. " + (
        f"If it is worth that: {UPDATE}" if new > old else
        f"Keep the gain, lest it be lost again unseen: {UPDATE}")


def compare(what, before, after):
    """Sentences about all that differs."""
    found = []
    for function in sorted(before.keys() | after.keys()):
        old, new = before.get(function), after.get(function)
        if old is None:
            found.append(f"{what}: {function} costs {new:.3f} instructions a packet, and is not in "
                         f"{FILE_NAME}. If it is meant to be on the path: {UPDATE}")
        elif new is None:
            found.append(f"{what}: {function} is in {FILE_NAME} with {old:.3f} instructions a "
                         f"packet, and no packet met it. If it is meant to be gone: {UPDATE}")
        elif abs(new - old) > TOLERANCE * max(old, 1):
            found.append(changed(f"{what}: {function}", old, new))
    old, new = all_of(before), all_of(after)
    if not found and abs(new - old) > max(TOLERANCE_OF_ALL * old, TOLERANCE):
        found.append(changed(f"{what}: all of it", old, new))
    return found
