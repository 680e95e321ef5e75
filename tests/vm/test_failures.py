# SPDX-License-Identifier: BSD-3-Clause
"""Cases that must fail say why, print the console, and leave nothing behind."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import pytest

import netns
import vm
from backend import Backend

SMALL = "cpus = 1\nmemory = [256]\n"
ROUTER = 'modules = ["tun", "uio_pci_generic"]\nnics = [{}, {}]\n'
VM_TEST = pathlib.Path(__file__).parents[2] / "scripts/vm-test"


def is_told(out, why):
    """The console as a whole, and the verdict as the last line."""
    assert "--- console:\n" in out and vm.GUEST in out
    assert out.splitlines()[-1] == f"mine: FAILED: {why}"


@pytest.mark.parametrize("script,why", [
    ("fail three times\n", "three times"),
    ("false\n", "guest.sh has ended with 1"),
    ("host fly\n", f"hosts can {', '.join(Backend.WORDS)}, monitor, not fly"),
], ids=["fail", "status", "word"])
def test_of_the_guest(tried, script, why):
    passed, out = tried("echo is here\n" + script, SMALL)
    assert not passed and "is here\n" in out
    is_told(out, why)


def test_a_panic(tried):
    passed, out = tried("echo c >/proc/sysrq-trigger\n", SMALL)
    assert not passed
    is_told(out, "the machine ended before the case did: QEMU has ended with 0 "
                 "(Kernel panic - not syncing: sysrq triggered crash)")


def test_too_late(tried):
    passed, out = tried("while :; do usleep 100000; done\n", SMALL + "seconds = 4\n")
    assert not passed and "--- console:\n" in out
    assert out.splitlines()[-1] == "mine: FAILED: not done in 4 s"


def test_a_machine_that_cannot_be(tried):
    passed, out = tried("", SMALL + 'qemu = ["-device", "no-such-thing"]\n')
    assert not passed
    verdict = out.splitlines()[-1]
    assert verdict.startswith("mine: FAILED: ") and "'no-such-thing' is not a valid device" in verdict


def test_sluiced_that_dies(tried):
    passed, out = tried("hugepages 0 64\nbind uio_pci_generic 0000:00:10.0 0000:00:11.0\n"
                        "start_sluiced\nkill -KILL $(cat /run/sluiced.pid)\n"
                        "wait_for never false\n", ROUTER)
    assert not passed
    is_told(out, "sluiced has ended; never: never")


def left():
    """Namespaces and folders of runs that are dead."""
    names = os.listdir(netns.FOLDER) if os.path.isdir(netns.FOLDER) else []
    names += [path.name.replace(vm.PREFIX, "sl-") for path in pathlib.Path(tempfile.gettempdir()).glob(vm.PREFIX + "*")]
    return [name for name in names
            if (made := re.match(r"sl-(\d+)-(\d+)-", name + "-")) and netns.start_time(made[1]) != made[2]]


def processes_of(pid):
    """Children of the process and theirs, as far as they live on meanwhile."""
    found = [int(child) for child in proc_file(pid, f"task/{pid}/children").split()]
    return found + [one for child in found for one in processes_of(child)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped(number, linux):
    """At once when killed nothing runs any more; the next run clears up."""
    run = subprocess.Popen([sys.executable, VM_TEST, "--build", os.environ["VM_BUILD"], "virtio-uio"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        machines = netns.wait_for(lambda: [pid for pid in processes_of(run.pid) if is_qemu(pid)],
                                  "a virtual machine")
        everything = processes_of(run.pid)
        assert len(everything) >= 2  # it and testpmd
    finally:
        run.send_signal(number)
    assert run.wait(timeout=60) == (-number if number == signal.SIGKILL else 128 + number)
    assert machines
    netns.wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") and not is_zombie(pid)
                                   for pid in everything), "the end of all it had started")
    if number == signal.SIGKILL:
        netns.remove_stale()
        vm.remove_stale()
    assert not left()


def is_qemu(pid):
    return b"qemu-system" in proc_file(pid, "cmdline")


def is_zombie(pid):
    return proc_file(pid, "stat").rpartition(b")")[2].split()[:1] in ([b"Z"], [])


def proc_file(pid, name):
    try:
        return pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
