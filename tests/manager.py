# SPDX-License-Identifier: BSD-3-Clause
"""A service manager's end of sd_notify(3), and what the kernel tells of threads."""
import contextlib
import ctypes
import os
import pathlib
import re
import select
import socket
import time

libc = ctypes.CDLL(None, use_errno=True)

PTRACE_ATTACH, PTRACE_DETACH, WALL = 16, 17, 0x40000000
PATIENCE_S = 60


class Manager:
    """Listens at the address, a path or '@' and an abstract name; messages are dictionaries."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address[0] == "@" else address)

    def waits(self, seconds=0):
        """Is there a message?"""
        return bool(select.select([self.socket], [], [], seconds)[0])

    def next(self):
        assert self.waits(PATIENCE_S), "no message in time"
        lines = self.socket.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def until(self, key):
        """The message with that key, and those before it."""
        before = []
        while True:
            message = self.next()
            if key in message:
                return message, before
            before.append(message)

    def close(self):
        self.socket.close()


class Thread:
    """One thread of a process, by its /proc/PID/task/TID."""

    def __init__(self, folder):
        self.tid = int(folder.name)
        self.name = (folder / "comm").read_text().strip()
        status = (folder / "status").read_text()
        self.caps = {kind: int(re.search(rf"^Cap{kind}:\s*([0-9a-f]+)$", status, re.M)[1], 16)
                     for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")}
        self.no_new_privs = int(re.search(r"^NoNewPrivs:\s*(\d)", status, re.M)[1])


def threads(pid):
    return [Thread(folder) for folder in pathlib.Path(f"/proc/{pid}/task").iterdir()]


@contextlib.contextmanager
def stopped(tid):
    """The thread stands still, and no other."""
    if libc.ptrace(PTRACE_ATTACH, tid, None, None):
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(tid, WALL)
    try:
        yield
    finally:
        libc.ptrace(PTRACE_DETACH, tid, None, None)


def connects(path, uid, groups):
    """Whether a user in these groups, the first of them his own, gets in: 0 or an errno."""
    child = os.fork()
    if not child:
        code = 255
        try:
            os.setgroups(groups[1:])
            os.setgid(groups[0])
            os.setuid(uid)
            with socket.socket(socket.AF_UNIX) as one:
                code = one.connect_ex(str(path))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def now():
    return time.monotonic()


NET_ADMIN, NET_RAW, IPC_LOCK = (1 << bit for bit in (12, 13, 14))
KEPT = NET_ADMIN | NET_RAW | IPC_LOCK
KEEPERS = {"eal-intr-thread": ~0, "netns": NET_ADMIN}  # beside the control thread


def assert_confined(pid, kept=KEPT):
    """No thread of a daemon has more than it may, and none can get it back. Returns the names."""
    found = threads(pid)
    for thread in found:
        may = kept if thread.tid == pid else kept & KEEPERS.get(thread.name, 0)
        assert thread.caps == {"Inh": 0, "Prm": may, "Eff": may, "Bnd": may, "Amb": 0}, \
            (thread.name, thread.caps)
        assert thread.no_new_privs == 1, thread.name
    names = {thread.name for thread in found}
    assert "sluiced" in names and any(name.startswith("rte-worker-") for name in names)
    return names
