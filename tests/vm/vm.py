# SPDX-License-Identifier: BSD-3-Clause
"""Run cases: a machine each, beside its hosts, and a verdict."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import initrd
import kernel as kernels
import machine
from backend import Backend, HostError
from monitor import Monitor, MonitorError
from netns import start_time

PREFIX = "sluice-vm-"  # of temporary folders; pid and start time of the run follow
LOGS = ["qemu", "testpmd", "console"]
GUEST = "== guest.sh\n"  # in the console: what comes before is the kernel's


class Failed(Exception):
    """The verdict of a case that failed."""


class Ended(Failed):
    """The machine is gone before its time."""


def read(path):
    """The text of a log, if there is one. A console ends lines with a carriage return too."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return text.replace("\r", "")


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


def accept(listener, process):
    """A connection that QEMU makes when it starts."""
    listener.settimeout(0.2)
    while True:
        try:
            line, _ = listener.accept()
            return line
        except TimeoutError:
            if process.poll() is not None:
                raise Ended(f"QEMU has ended with {process.returncode}") from None


@contextlib.contextmanager
def listening(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)
        yield listener


def control_of(connection, process):
    """The monitor behind it. QEMU connects before it knows whether it likes all of its options."""
    try:
        return Monitor(connection)
    except (MonitorError, OSError):
        raise Ended(f"QEMU has ended with {process.wait(timeout=30)}") from None


def fate(process):
    """Of a QEMU whose lines are closed."""
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "QEMU runs on"
    return f"QEMU died of {signal.Signals(-code).name}" if code < 0 else f"QEMU has ended with {code}"


@contextlib.contextmanager
def booted(words, folder):
    """The machine, which is gone behind this: the line to its second serial port, and its monitor."""
    with (listening(folder / "talk") as talk, listening(folder / "monitor") as monitor,
          open(folder / "qemu", "w", encoding="utf-8") as out):
        # No preexec_fn: with one, a signal that comes meanwhile is lost in what Python does at forks.
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *words],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            with accept(talk, process) as line, accept(monitor, process) as other:
                line.settimeout(None)
                control = control_of(other, process)
                try:
                    yield line, control
                except Ended as error:
                    raise Ended(f"{error}: {fate(process)}") from None
                process.wait(timeout=30)  # the guest has said its last word, and powers off
        finally:
            process.kill()
            process.wait()


def answer(backend, monitor, words):
    """The line of answer to what a guest asks for."""
    try:
        done = monitor.do(*words[1:]) if words[0] == "monitor" else backend.do(*words)
        return f"ok {' '.join(done.split())}"
    except (HostError, MonitorError, AssertionError, OSError, TypeError, KeyError,
            subprocess.TimeoutExpired) as error:
        # AssertionError: what the tools of tests raise. TypeError, KeyError: wrong words of a case.
        told = isinstance(error, (HostError, MonitorError, AssertionError))
        text = str(error) if told else f"{type(error).__name__}: {error}"
        return f"failed {' '.join(text.split())}"


def converse(line, backend, monitor):
    """Do what the guest asks for, until its last word, which is returned."""
    with (contextlib.suppress(ConnectionError),
          line.makefile("rw", encoding="utf-8", errors="replace") as talk):
        for text in talk:
            word, *words = text.split()
            if word == "end":
                return text.partition(" ")[2].strip()
            talk.write(answer(backend, monitor, words) + "\n")
            talk.flush()
    raise Ended("the machine ended before the case did")


def run_in(folder, case, kernel, build):
    """One case, with its files in the folder. Raises Failed. Taking down is not cut short."""
    with contextlib.ExitStack() as stack, limit(case.seconds):
        initrd.make(folder / "initrd", case, kernel, build)
        backend = stack.enter_context(Backend(case, folder))
        words = machine.command(case, kernel, machine.acceleration(kernel), folder, backend.sockets)
        line, monitor = stack.enter_context(booted(words, folder))
        verdict = converse(line, backend, monitor)
    if verdict != "ok":
        raise Failed(verdict)


ERRORS = (Failed, HostError, AssertionError, OSError, subprocess.SubprocessError,
          initrd.InitrdError, kernels.KernelError)


def hint(folder):
    """The last words of a machine that is gone."""
    panic = re.search(r"Kernel panic.*", read(folder / "console"))
    last = read(folder / "qemu").splitlines()[-1:]
    return "".join(f" ({words})" for words in ([panic[0]] if panic else last))


def tell(folder, why):
    """Of a case that passed what its guest said, of another all that is known."""
    if not why:
        print(read(folder / "console").partition(GUEST)[2], end="")
        return
    for title in LOGS:
        print(f"--- {title}:\n{read(folder / title)}", flush=True)


def keep_logs(folder, target):
    target.mkdir(parents=True, exist_ok=True)
    for title in LOGS:
        (target / title).write_text(read(folder / title), encoding="utf-8")


def run(case, kernel, build, keep=None):
    """One case; prints its story and the verdict. Returns whether it passed. keep: a folder for its
    logs."""
    begin, why = time.monotonic(), None
    print(f"{case.name}: {case.about}", flush=True)
    with temporary() as name:
        folder = pathlib.Path(name)
        try:
            run_in(folder, case, kernel, build)
        except ERRORS as error:
            why = str(error) or type(error).__name__
            why += hint(folder) if isinstance(error, Ended) else ""
        tell(folder, why)
        if keep:
            keep_logs(folder, pathlib.Path(keep) / case.name)
    seconds = time.monotonic() - begin
    print(f"{case.name}: " + (f"FAILED: {why}" if why else f"ok ({seconds:.0f} s)"), flush=True)
    return not why
