# SPDX-License-Identifier: BSD-3-Clause
"""A sample: packets in some time, and the CPU time that the threads which forward really had.

On a shared machine a thread is not alone on its core all the time. Packets by CPU time do not
suffer from that but for what the others do to the caches; the share tells how much it was.
"""
import os
import time

from .machine import die

WARM_UP_S = 0.3  # caches, branch predictors, the clock of the core
MORE_TRIES = 5
FREE = 0.9  # share of a core from which a thread counts as undisturbed


class Sample:
    def __init__(self, packets, cpu_ns, wall_ns):
        """cpu_ns: of each thread."""
        self.share = min(cpu_ns) / wall_ns
        self.mpps = packets * len(cpu_ns) / sum(cpu_ns) * 1e3 if self.share else 0.0
        self.disturbed = self.share < FREE


def worker_threads(pid, workers):
    """Task ids of the threads that poll, as DPDK names them."""
    tasks = []
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/comm" % (pid, task), encoding="ascii") as comm:
            if "worker" in comm.read():
                tasks.append(task)
    if len(tasks) != workers:
        die("process %d has %d worker threads, expected %d" % (pid, len(tasks), workers))
    return tasks


def cpu_ns(pid, task):
    with open("/proc/%d/task/%s/schedstat" % (pid, task), encoding="ascii") as stat:
        return int(stat.read().split()[0])


def take_once(pid, tasks, count, seconds):
    packets, cpu, wall = count(), [cpu_ns(pid, task) for task in tasks], time.monotonic_ns()
    time.sleep(seconds)
    packets, wall = count() - packets, time.monotonic_ns() - wall
    return Sample(packets, [cpu_ns(pid, task) - then for task, then in zip(tasks, cpu)], wall)


def take(pid, workers, count, seconds, tries):
    """count(): packets until now. A disturbed sample is taken again; the best one counts. One without
    any CPU time was seen now and then on busy machines, nobody knows why: it is none."""
    tasks = worker_threads(pid, workers)
    time.sleep(WARM_UP_S)
    best = None
    for number in range(tries + MORE_TRIES):
        if number >= tries and best.share:
            break
        sample = take_once(pid, tasks, count, seconds)
        if not best or sample.share > best.share:
            best = sample
        if not best.disturbed:
            break
    if not best.share:
        die("a worker had no CPU time at all: end what else runs (see top), then again")
    return best
