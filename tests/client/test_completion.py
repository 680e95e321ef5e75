# SPDX-License-Identifier: BSD-3-Clause
"""Completion, asked as bash asks it, and by bash itself."""
import os
import subprocess

import pytest

from conftest import SLUICE

PORTS = {"show ports": [{"port": "p0"}, {"port": "p1"}, {"port": "$(reboot)"}, {"port": "q x"},
                        {"port": "0000:05:00.0"}, {"name": "other"}, 5],
         "show interfaces": [{"interface": "p0"}, {"interface": "p0.100"}, {"interface": "br0"},
                             {"interface": "a;b"}, {"port": "p9"}]}

CASES = {
    "sh": "show",
    "": "show address neighbour lookup port route doctor completion clear fdb mirror storm",
    "show po": "ports port",
    "show port ": "config stats",
    "sho por s": "stats",
    "show port stats ": "all p0 p1 0000:05:00.0",
    "show port stats p": "p0 p1",
    "show port stats p0 ": "--rate",
    "show port stats -": "--rate -s -j -h",
    "show port stats p0 --rate ": "",
    "show ports ": "",
    "-j show po": "ports port",
    "-j -x show po": "ports port",
    "show elephants ": "",
    "show elephants": "",
    "r": "route",
    "route ": "add del load",
    "route add ": "",
    "route add ::/0 ": "via port type",
    "route add ::/0 v": "via",
    "route add ::/0 via ": "",
    "route add ::/0 via ::1 ": "via port weight",
    "route add ::/0 via ::1 port ": "p0 p0.100 br0",
    "route add ::/0 via ::1 port p0 ": "via weight",
    "route add ::/0 type ": "blackhole unreachable prohibit",
    "route add ::/0 type bl": "blackhole",
    "route add rubbish ": "",
    "lookup ::1 s": "source sport",
    "neighbour add ::1 port p0 ": "mac",
    "doctor ": "--config --root",
    "doctor --root /usr/share/bash-compl": "/usr/share/bash-completion/",
}


def split(line):
    words = line.split()
    return words + [""] if not line or line.endswith(" ") else words


@pytest.fixture(scope="module")
def script():
    return subprocess.run([SLUICE, "completion", "bash"], capture_output=True, text=True,
                          check=True).stdout


def bash(script, path, line):
    """What bash would offer for a line of which all was typed."""
    program = script + ('\nCOMP_LINE=$1 COMP_POINT=${#1}; _sluice "$2"; '
                        'printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--norc", "-c", program, "bash", line, SLUICE],
                          env=dict(os.environ, SLUICE_SOCKET=path), capture_output=True,
                          text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_candidates(daemon, script):
    server = daemon(PORTS)
    for line, expected in CASES.items():
        found = server.out("--complete", *split(line)).split()
        assert (line, sorted(found)) == (line, sorted(expected.split()))
        assert (line, bash(script, server.path, "sluice " + line)) == (line, found)


def test_without_daemon(client):
    assert client.out("--complete", "show", "port", "stats", "").split() == ["all"]


def test_daemon_that_does_not_answer(raw):
    client = raw(b"")
    assert client.out("--complete", "route", "add", "::/0", "port", "") == ""


def test_socket_of_the_line(daemon, script, tmp_path):
    server = daemon(PORTS)
    line = f"sluice -s {server.path} show port stats p"
    assert bash(script, "/nowhere", line) == ["p0", "p1"]
    files = bash(script, "/nowhere", f"sluice -s {tmp_path}/so")
    assert sorted(files) == [f"{tmp_path}/sock", f"{tmp_path}/sock.lock"]


def test_files(daemon, script, tmp_path):
    """Of the line's argument; one that a shell would take for something else is not offered."""
    server = daemon(PORTS)
    for name in ("routes.txt", "rib", "r x", "other"):
        (tmp_path / name).write_text("")
    (tmp_path / "r.d").mkdir()
    for line, expected in (("r", ["r.d/", "results.json", "rib", "routes.txt"]), ("ro", ["routes.txt"]),
                           ("x", []), ("r x", [])):
        assert bash(script, server.path, f"sluice route load {tmp_path}/{line}") == [
            f"{tmp_path}/{name}" for name in expected]


def test_word_behind_a_colon(daemon, script):
    """Readline replaces only what stands behind the last colon."""
    assert bash(script, daemon(PORTS).path, "sluice show port stats 0000:0") == ["05:00.0"]
