# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's forwarding is the oracle: the same frames through it and through sluiced, with the
same addresses, routes and neighbours. What comes out must be the same.

$ORACLE_SEED and $ORACLE_FRAMES look elsewhere, or longer.
"""
import collections
import contextlib
import os

import pytest

import oracle_reasons
import oracle_routers
from linux_lab import KERNEL, sluiced_only
from oracle_frames import generate
from oracle_wire import SENTINEL

# Every frame counts, and the kernel drops some when other tests flood the CPU's backlog.
pytestmark = pytest.mark.alone

SEED = int(os.environ.get("ORACLE_SEED", "1"))
FRAMES = int(os.environ.get("ORACLE_FRAMES", "5000"))


def pass_through(wire, frames):
    # One CPU, so that the kernel takes the frames in their order.
    cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cpus)})
    try:
        return wire.pass_through(frames)
    finally:
        os.sched_setaffinity(0, cpus)


@pytest.fixture(scope="module")
def frames():
    return generate(SEED, FRAMES)


@pytest.fixture(scope="module")
def truth(lab, frames):
    """What comes out of the kernel, by the key of the frame."""
    with contextlib.closing(oracle_routers.kernel(lab)) as wire:
        return pass_through(wire, frames)


# Of `control: none`, that has far more reasons, the first frames only.
@pytest.mark.parametrize("make,reasons,share", [
    (oracle_routers.control_linux, oracle_reasons.CONTROL_LINUX, 1),
    pytest.param(oracle_routers.control_none, oracle_reasons.CONTROL_NONE, 0.6,
                 marks=sluiced_only),
], ids=["linux", "none"])
def test_the_same_comes_out(lab, frames, truth, make, reasons, share):
    frames = dict(list(frames.items())[:int(len(frames) * share)])
    with contextlib.closing(make(lab)) as wire:
        out = pass_through(wire, frames)
    used = collections.Counter()
    defects = []
    for key, frame in frames.items():
        theirs, ours = sorted(truth[key]), sorted(out[key])
        used.update({one[0] for one in theirs + ours})
        if theirs == ours:
            continue
        reason = oracle_reasons.explain(reasons, frame, theirs, ours)
        used[reason] += 1
        if not reason:
            defects.append(f"{frame.hex()}\n  kernel {theirs}\n  sluice {ours}")
    # sluiced says nothing that no frame has asked for.
    assert not {key: ways for key, ways in out.items() if key not in frames and key < SENTINEL}
    print("\n".join(f"{n:6} {what}" for what, n in used.most_common()))
    assert not defects, f"seed {SEED}: {len(defects)} defects:\n" + "\n".join(defects[:20])
    # It is no test if nothing comes out, and no reason if nothing needs it.
    assert used["forwarded"] > len(frames) / 4
    assert used["error"] > len(frames) / 20
    assert used["answer"] > len(frames) / 100
    assert sum(used[name] for name in oracle_reasons.BY_CHANCE) < len(frames) / 50
    assert KERNEL or not [name for name in reasons
                          if not used[name] and name not in oracle_reasons.BY_CHANCE]
