# SPDX-License-Identifier: BSD-3-Clause
"""Run cases: a machine each, beside its hosts, and a verdict."""
import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import initrd
import machine
from backend import Backend, HostError
from netns import start_time

PREFIX = "sluice-vm-"  # of temporary folders; pid and start time of the run follow
GUEST = "== guest.sh\n"  # in the console: what comes before is the kernel's


class Failed(Exception):
    """The verdict of a case that failed."""


def die_with_parent():
    """For a child, before it becomes another program."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def remove_stale():
    """Folders of runs that were killed."""
    for path in pathlib.Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        pid, _, started = path.name.removeprefix(PREFIX).rpartition("-")[0].partition("-")
        if start_time(pid) != started:
            shutil.rmtree(path, ignore_errors=True)


def temporary():
    name = f"{PREFIX}{os.getpid()}-{start_time(os.getpid())}-"
    return tempfile.TemporaryDirectory(prefix=name)


@contextlib.contextmanager
def limit(seconds):
    """Raises Failed in what takes longer, wherever it waits."""
    def late(*_):
        raise Failed(f"not done in {seconds} s")
    signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@contextlib.contextmanager
def booted(words, folder):
    """The machine, which is gone behind this, and the line to its second serial port."""
    with socket.socket(socket.AF_UNIX) as listener, open(folder / "qemu", "w", encoding="utf-8") as log:
        listener.bind(str(folder / "talk"))
        listener.listen(1)
        listener.settimeout(20)
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   preexec_fn=die_with_parent)
        try:
            try:
                line, _ = listener.accept()
            except TimeoutError:
                raise Failed(f"QEMU does not start: {(folder / 'qemu').read_text()}") from None
            line.settimeout(None)
            with line:
                yield line
                process.wait()  # the guest has said its last word, and powers off
        finally:
            process.kill()
            process.wait()


def answer(backend, words):
    try:
        return f"ok {backend.do(*words)}"
    except (HostError, AssertionError, OSError, TypeError, KeyError, subprocess.TimeoutExpired) as error:
        # AssertionError: what the tools of tests raise. TypeError, KeyError: wrong words of a case.
        text = str(error) if isinstance(error, HostError) else f"{type(error).__name__}: {error}"
        return f"failed {' '.join(text.split())}"


def converse(line, backend):
    """Do what the guest asks for, until its last word, which is returned."""
    with line.makefile("rw", encoding="utf-8", errors="replace") as talk:
        for text in talk:
            word, *words = text.split()
            if word == "end":
                return " ".join(words)
            talk.write(answer(backend, words) + "\n")
            talk.flush()
    raise Failed("the machine ended before the case did")


def read(path):
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def run_in(folder, case, kernel, build):
    """One case, with its files in the folder. Raises Failed."""
    initrd.make(folder / "initrd", case, kernel, build)
    with Backend(case, folder) as backend:
        words = machine.command(case, kernel, machine.acceleration(kernel), folder, backend.sockets)
        with booted(words, folder) as line:
            verdict = converse(line, backend)
    if verdict != "ok":
        raise Failed(verdict)


def run(case, kernel, build, keep):
    """One case; prints what its guest said, and the verdict. Returns whether it passed."""
    begin, why = time.monotonic(), None
    print(f"{case.name}: {case.about}", flush=True)
    with temporary() as name:
        folder = pathlib.Path(name)
        try:
            with limit(case.seconds):
                run_in(folder, case, kernel, build)
        except (Failed, HostError, AssertionError, OSError, subprocess.SubprocessError,
                initrd.InitrdError, machine.kernels.KernelError) as error:
            why = str(error) or type(error).__name__
        console = read(folder / "console").replace("\r", "")
        if why:
            for title in "qemu", "testpmd", "console":
                print(f"--- {title}:\n{read(folder / title)}", flush=True)
            if "Kernel panic" in console:
                why += ": kernel panic"
        else:
            print(console.partition(GUEST)[2], end="")
        if keep:
            target = pathlib.Path(keep) / case.name
            target.mkdir(parents=True, exist_ok=True)
            for title in "qemu", "testpmd", "console":
                (target / title).write_text(read(folder / title), encoding="utf-8")
    print(f"{case.name}: " + (f"FAILED: {why}" if why else f"ok ({time.monotonic() - begin:.0f} s)"),
          flush=True)
    return not why
