# SPDX-License-Identifier: BSD-3-Clause
"""What the machine must have. What is missing is said with what mends it; only huge pages are set
up here, and given back."""
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(__file__), "../../packet"))

import huge_pages as of_machine  # noqa: E402

MEMORY_MIB = 512
PREFIX = "sluice-bench-"  # of temporary folders; the process follows
MEMINFO = "/proc/meminfo"


def die(message):
    raise SystemExit("bench: " + message)


def die_with_parent():
    """For a child, before it becomes another program."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def environment(preload):
    """Of a process with one more library, or without."""
    return {**os.environ, "LD_PRELOAD": preload} if preload else None


class Build:
    """The programs of a build folder."""

    def __init__(self, folder):
        self.sluiced = os.path.join(folder, "app/sluiced/sluiced")
        self._prefixes = os.path.join(folder, "tests/bench/bench_prefixes")
        self.flood_copy = os.path.join(folder, "tests/bench/flood_copy")
        self.nic_model = os.path.join(folder, "tests/bench/nic_model.so")
        for program in (self.sluiced, self._prefixes, self.flood_copy, self.nic_model):
            if not os.path.exists(program):
                die("%s is not there: meson setup %s && ninja -C %s" % (program, folder, folder))

    def prefixes(self, path):
        """Lists of prefixes by family: those of a file, or without one synthetic."""
        run = subprocess.run([self._prefixes] + ([path] if path else []), text=True, errors="replace",
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if run.returncode:
            die(run.stderr.strip())
        table = {4: [], 6: []}
        for prefix in run.stdout.split():
            table[6 if ":" in prefix else 4].append(prefix)
        return table


def check_programs():
    if os.geteuid() != 0:
        die("huge pages need root: sudo scripts/bench")
    if not shutil.which("dpdk-testpmd"):
        die("dpdk-testpmd is not there: apt-get install dpdk-dev")


def core_of(cpu):
    """What tells the core, of which several CPUs may be threads."""
    try:
        path = "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list" % cpu
        with open(path, encoding="ascii") as file:
            return file.read()
    except OSError:
        return cpu


def choose_cpus(workers):
    """So many of the last CPUs, each of another core: the first takes most interrupts."""
    allowed = os.sched_getaffinity(0)
    if len(allowed) < 2:
        die("one CPU is not enough, a worker needs its own: taskset -c 0,1 scripts/bench")
    by_core = {core_of(cpu): cpu for cpu in sorted(allowed)}
    chosen = sorted(by_core.values())[-workers:]
    if len(chosen) < workers:
        die("%d workers need as many cores, there is %d: leave --workers away" % (workers, len(by_core)))
    return chosen


@contextlib.contextmanager
def huge_pages():
    """Enough free ones for one program at a time; those added are given back."""
    with open(MEMINFO, encoding="ascii") as info:
        values = {line.split(":")[0]: int(line.split()[1]) for line in info}
    if "Hugepagesize" not in values:
        die("this kernel has no huge pages: boot one with CONFIG_HUGETLBFS")
    need = -(-MEMORY_MIB * 1024 // values["Hugepagesize"])
    missing = max(0, need - values["HugePages_Free"])
    added = 0
    try:
        try:
            added = of_machine.add_huge_pages(missing) if missing else 0
        except OSError as error:
            die("%s: %s; %d more huge pages are needed: echo %d > %s where that is allowed" % (
                of_machine.NUMBER, error.strerror, missing, values["HugePages_Total"] + missing,
                of_machine.NUMBER))
        if added < missing:
            die("%d more huge pages are needed, memory has %d: echo 3 > /proc/sys/vm/drop_caches; "
                "echo 1 > /proc/sys/vm/compact_memory" % (missing, added))
        yield
    finally:
        if added > 0:
            of_machine.add_huge_pages(-added)  # others may have added some meanwhile


def remove_stale():
    """The folders of runs that were killed: their process is no more."""
    for name in os.listdir(tempfile.gettempdir()):
        pid = name.removeprefix(PREFIX).split("-")[0]
        if name.startswith(PREFIX) and pid.isdecimal() and not os.path.exists("/proc/" + pid):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)


def folder():
    """A temporary one, for `with`."""
    return tempfile.TemporaryDirectory(prefix="%s%d-" % (PREFIX, os.getpid()))
