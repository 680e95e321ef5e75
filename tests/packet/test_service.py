# SPDX-License-Identifier: BSD-3-Clause
"""The daemon under a service manager: what it says to it, what it keeps of its privileges, who gets
into its socket, and all of that by the command line of the systemd unit."""
import errno
import grp
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import tempfile

import pytest

from frames import numbered
from installed import Installed
from manager import Manager, assert_confined, connects, libc, now, stopped, threads
from router import die_with_parent, wait_for

GROUP = 64321  # nobody's here

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to give up")


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path, monkeypatch):
    """Whoever starts a daemon now is its manager."""
    one = Manager(str(tmp_path / "notify") if request.param == "path"
                  else f"@sluice-test-{os.getpid()}")
    monkeypatch.setenv("NOTIFY_SOCKET", one.address)
    yield one
    one.close()


path_only = pytest.mark.parametrize("manager", ["path"], indirect=True)


def test_ready_means_forwarding(router, manager):
    """When it says so, workers turn and the routes stand, and before it said what it does."""
    with router({"p0": [numbered(n) for n in range(20)]}) as one:
        ready, before = manager.until("READY")
        workers = one.ask("show workers")
        assert all(worker["loops"] > 0 for worker in workers) and len(workers) == 1
        assert ready == {"READY": "1", "STATUS": "forwarding: 2 port(s), 1 worker(s)"}
        assert before == [{"STATUS": "starting"}]
        one.settle()
        assert not manager.waits()  # no watchdog was asked for
        one.stop()
    assert manager.next() == {"STOPPING": "1", "STATUS": "stopping"}
    assert len(one.sent_by("p1")) == 20


@path_only
def test_watchdog_is_fed_in_time(router, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    with router() as one:
        manager.until("READY")
        begin = now()
        for _ in range(5):
            assert manager.next() == {"WATCHDOG": "1"}
        assert now() - begin > 0.7  # one each 0.2 s, the first may wait already
        one.stop()


@path_only
def test_watchdog_of_another_process(router, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    with router():
        manager.until("READY")
        assert not manager.waits(0.1)


@path_only
def test_worker_that_hangs(router, manager, monkeypatch):
    """Of two, one: the watchdog is not fed until it goes on."""
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    with router(workers=[0, 1]) as one:
        manager.until("READY")
        manager.until("WATCHDOG")
        worker, = [thread for thread in threads(one.process.pid) if thread.name == "rte-worker-1"]
        with stopped(worker.tid):
            while not silent(manager, 1):
                pass
            assert one.ask("show version")  # the control thread is well
        assert manager.next() == {"WATCHDOG": "1"}
        one.stop()
    # On a machine that is busy, the other may have had no turn before.
    assert re.search(r"sluiced: error: the worker on lcore [01] makes no progress: the watchdog "
                     r"waits\n(.*\n)*sluiced: all workers make progress again\n", one.said)


def silent(manager, seconds):
    """Nothing comes for that long; what came is taken."""
    if not manager.waits(seconds):
        return True
    assert manager.next() == {"WATCHDOG": "1"}
    return False


@path_only
def test_control_thread_that_hangs(router, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    with router() as one:
        manager.until("READY")
        with stopped(one.process.pid):
            while not silent(manager, 0.3):
                pass
        manager.until("WATCHDOG")


@pytest.mark.parametrize("value", ["nowhere", "@"])
def test_manager_that_is_not_understood(router, monkeypatch, value):
    """It is told, and forwards all the same."""
    monkeypatch.setenv("NOTIFY_SOCKET", value)
    with router() as one:
        one.stop()
    assert f"sluiced: warning: NOTIFY_SOCKET: '{value}' is not a path" in one.said


@pytest.mark.parametrize("workers", [[1], [0, 1]], ids=str)
def test_privileges_are_given_up(router, workers):
    with router(workers=workers) as one:
        assert_confined(one.process.pid)
        rows = {row["capability"]: row["now"] for row in one.cmd("show privileges")}
        assert {name for name, now_ in rows.items() if now_ == "kept"} == \
            {"CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK"}
        assert rows["CAP_SYS_ADMIN"] == "given up"
        one.stop()


def test_a_signal_of_others_takes_no_privileges(router):
    """That by which threads are told to give up theirs."""
    with router() as one:
        for thread in threads(one.process.pid):
            assert libc.tgkill(one.process.pid, thread.tid, signal.SIGRTMIN) == 0
            os.kill(one.process.pid, signal.SIGRTMIN)
        assert one.ask("show version")  # it has been delivered
        assert_confined(one.process.pid)
        assert {row["now"] for row in one.cmd("show privileges") if row["capability"] ==
                "CAP_NET_ADMIN"} == {"kept"}
        one.stop()


@pytest.fixture
def open_folder():
    """One that everybody may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def start_at(folder, **keys):
    """A daemon without ports of files whose socket is in the folder, with the umask of a careful
    administrator."""
    file = folder / "sluice.yaml"
    file.write_text(json.dumps({
        "workers": [1], "control": "none", "api": str(folder / "run" / "sock"),
        "dpdk": {"hugepages": False, "memory": 96},
        "ports": [{"name": "p0", "device": "net_null0"}], **keys}))
    return subprocess.Popen(
        [os.environ["SLUICED"], "-c", str(file)], stderr=subprocess.PIPE, text=True,
        env=dict(os.environ, RUNTIME_DIRECTORY=str(folder)),
        preexec_fn=lambda: (die_with_parent(), os.umask(0o077)))


@path_only
@pytest.mark.parametrize("keys, why", [
    ({"ports": [{"name": "p0", "device": "net_nosuch0"}]}, "no driver knows such a device"),
    ({"workers": ["x"]}, "workers[0]: found 'x'")])
def test_a_start_that_fails(open_folder, manager, keys, why):
    daemon = start_at(open_folder, **keys)
    _, said = daemon.communicate(timeout=60)
    assert daemon.returncode == 1
    assert manager.next() == {"STATUS": "starting"}
    failed = manager.next()
    assert why in failed["STATUS"] and failed["STATUS"] in said and int(failed["ERRNO"]) > 0
    assert not manager.waits()


def test_who_gets_into_the_socket(open_folder):
    sock = open_folder / "run" / "sock"
    daemon = start_at(open_folder, api_group=str(GROUP))
    try:
        wait_for("the socket", lambda: sock.exists() and stat.S_IMODE(sock.stat().st_mode) == 0o660
                 or daemon.poll() is not None)
        info, folder = sock.stat(), sock.parent.stat()
        assert (info.st_uid, info.st_gid) == (0, GROUP)
        assert (folder.st_uid, stat.S_IMODE(folder.st_mode)) == (0, 0o755)
        wait_for("the API", lambda: connects(sock, 0, [0]) == 0)
        assert connects(sock, 65534, [GROUP]) == 0
        assert connects(sock, 65534, [65534, GROUP]) == 0
        assert connects(sock, 65534, [65534]) == errno.EACCES
    finally:
        daemon.terminate()
        _, said = daemon.communicate(timeout=60)
    assert daemon.returncode == 0, said
    assert list(sock.parent.iterdir()) == []


@pytest.mark.parametrize("group, why", [("no-such-group", "there is no group no-such-group; this "
                                         "makes it: groupadd --system no-such-group"),
                                        ("4294967295", "there is no group 4294967295")])
def test_group_that_there_is_not(open_folder, group, why):
    daemon = start_at(open_folder, api_group=group)
    _, said = daemon.communicate(timeout=60)
    assert (daemon.returncode, said) == (
        1, f"sluiced: error: {open_folder}/sluice.yaml: api_group: {why}\n")
    assert [path.name for path in open_folder.iterdir()] == ["sluice.yaml"]


def test_no_default_group(open_folder):
    """Nobody but root gets in, and the log says why."""
    try:
        grp.getgrnam("sluice")
        pytest.skip("this machine has the group")
    except KeyError:
        pass
    sock = open_folder / "run" / "sock"
    daemon = start_at(open_folder)
    try:
        wait_for("the API", lambda: sock.exists() and connects(sock, 0, [0]) == 0
                 or daemon.poll() is not None)
        assert connects(sock, 65534, [65534]) == errno.EACCES
    finally:
        daemon.terminate()
        _, said = daemon.communicate(timeout=60)
    assert said.count("warning: there is no group sluice: only root may use the API's socket") == 1


@path_only
def test_start_as_the_unit_does(open_folder, manager, monkeypatch):
    """Its command line, capabilities, umask and variables, but for the folder that it is in."""
    installed = Installed(open_folder / "root")
    unit = installed.unit()
    program, *arguments = unit["ExecStart"][0].split()
    config, run = installed.here(arguments[-1]), open_folder / "run"
    assert unit["Type"] == ["notify"] and unit["RuntimeDirectory"] == ["sluice"]
    run.mkdir(mode=int(unit["RuntimeDirectoryMode"][0], 8))
    config.write_text(json.dumps({
        "workers": [1], "control": "none", "api": str(run / "sluice.sock"),
        "api_group": str(GROUP), "dpdk": {"hugepages": False, "memory": 96},
        "ports": [{"name": "p0", "device": "net_null0"}, {"name": "p1", "device": "net_null1"}]}))
    assert int(unit["WatchdogSec"][0]) > 0
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(run))
    names = unit["CapabilityBoundingSet"][0].lower().replace("cap_", "+").split()
    limited = ["setpriv", "--inh-caps=-all", "--bounding-set=-all," + ",".join(names),
               *(["--no-new-privs"] if unit["NoNewPrivileges"] == ["yes"] else [])]
    daemon = subprocess.Popen(
        [*limited, str(installed.here(program)), *arguments[:-1], str(config)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: (die_with_parent(), os.umask(int(unit["UMask"][0], 8))))
    try:
        ready, _ = manager.until("READY")
        assert ready["STATUS"] == "forwarding: 2 port(s), 1 worker(s)"
        assert_confined(daemon.pid)
        info = (run / "sluice.sock").stat()
        assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (0, GROUP, 0o660)
        assert manager.next() == {"WATCHDOG": "1"}
        daemon.send_signal(signal.SIGTERM)
        manager.until("STOPPING")
        out, said = daemon.communicate(timeout=60)
        assert (daemon.returncode, out) == (0, ""), said
    finally:
        daemon.kill()
        daemon.wait()
    # Also without CAP_DAC_OVERRIDE it removes what it has made; what is left is DPDK's folder.
    assert not [path for path in run.rglob("*") if not path.is_dir()]
