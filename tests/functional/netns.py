# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces of one test run, and processes inside them.

A namespace is called sl-PID-START-ROLE: pid and start time (/proc/PID/stat) of the process that
made it. So the leftovers of a killed run can be told from what a living one still needs, also when
the pid is in use again. Processes end with the thread that started them (PR_SET_PDEATHSIG).
"""
import contextlib
import ctypes
import os
import re
import subprocess
import time

FOLDER = "/run/netns"
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
home = os.open("/proc/self/ns/net", os.O_RDONLY)


def start_time(pid):
    """In clock ticks since boot, as text; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return None


OWNER = f"{os.getpid()}-{start_time(os.getpid())}"


def remove_stale():
    """Remove the namespaces of runs that are dead."""
    for name in os.listdir(FOLDER) if os.path.isdir(FOLDER) else []:
        made = re.fullmatch(r"sl-(\d+)-(\d+)-\w+", name)
        if made and start_time(made[1]) != made[2]:
            # Another run may be at it too.
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def wait_for(condition, what, seconds=30):
    """Poll until condition() is true, and return what it returned."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"{seconds} s passed without: {what}"
        time.sleep(0.005)
    return result


def enter(fd):
    """Move this thread into a network namespace."""
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Namespace:
    """One namespace. Its processes end when it is closed."""

    def __init__(self, role):
        self.name = f"sl-{OWNER}-{role}"
        self.path = f"{FOLDER}/{self.name}"
        self.processes = []
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        try:
            self.ip("link set lo up")
        except BaseException:
            self.close()
            raise

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()
        subprocess.run(["ip", "netns", "del", self.name], check=True)

    def command(self, *argv):
        return ["setpriv", "--pdeathsig", "KILL", "nsenter", f"--net={self.path}", *argv]

    def ip(self, *lines):
        """Commands of ip(8), one a line."""
        done = subprocess.run(["ip", "-n", self.name, "-batch", "-"], input="\n".join(lines),
                              text=True, stderr=subprocess.PIPE, timeout=30, check=False)
        assert done.returncode == 0, done.stderr

    def run(self, *argv, ok=True, seconds=60):
        """Run to the end and return what was printed; with ok, it must exit with 0."""
        done = subprocess.run(self.command(*argv), stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, timeout=seconds, check=False)
        assert not ok or done.returncode == 0, f"{' '.join(argv)}: {done.stdout}"
        return done.stdout

    def start(self, *argv, **kwargs):
        """Start a process that ends with the namespace at the latest."""
        process = subprocess.Popen(self.command(*argv), text=True, **kwargs)
        self.processes.append(process)
        return process

    @contextlib.contextmanager
    def inside(self):
        """This thread is inside; what it opens there stays there."""
        fd = os.open(self.path, os.O_RDONLY)
        try:
            enter(fd)
            yield
        finally:
            os.close(fd)
            enter(home)

    def sysctl(self, values):
        """Set keys below /proc/sys/net, with slashes."""
        with self.inside():
            for key, value in values.items():
                with open(f"/proc/sys/net/{key}", "w", encoding="ascii") as file:
                    file.write(str(value))
