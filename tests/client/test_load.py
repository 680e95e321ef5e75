# SPDX-License-Identifier: BSD-3-Clause
"""`route load`: what of a file is sent, and which line is told to be wrong."""
import os
import subprocess

import pytest

from conftest import SLUICE

ROUTES = """\
# a table
10.0.0.0/8 via 192.0.2.1

  2001:db8::/32\tvia 2001:db8::1   port p0\r
10.1.0.0/16 type blackhole # nobody's
10.2.0.0/16 port p0
10.3.0.0/16 via 192.0.2.1 weight 2 via 192.0.2.2"""

LINES = """\

10.0.0.0/8 via 192.0.2.1

2001:db8::/32 via 2001:db8::1 port p0
10.1.0.0/16 type blackhole
10.2.0.0/16 port p0
10.3.0.0/16 via 192.0.2.1 weight 2 via 192.0.2.2
"""

WRONG = {
    "10.0.0.1/8 via 192.0.2.1": "prefix: 10.0.0.1/8 has bits set beyond its length: the prefix is "
                                "10.0.0.0/8",
    "10.0.0.0/33 via 192.0.2.1": "prefix: '10.0.0.0/33' is not a prefix, such as",
    "10.0.0.0/8": "one of via, port, type is needed",
    "10.0.0.0/8 via": "via: GATEWAY is missing",
    "10.0.0.0/8 via p0": "gateway: 'p0' is not an IPv4 or IPv6 address",
    "10.0.0.0/8 dev p0": "unexpected 'dev', expected via, port, type",
    "10.0.0.0/8 via 192.0.2.1 weight 0": "weight: '0' is not a number from 1 to 256",
    "10.0.0.0/8 type blackhole port p0": "port does not go with type",
    "default via 192.0.2.1": "prefix: 'default' is not a prefix",
    "10.0.0.0/8 via 192.0.2.1 -": "unexpected '-'",
    "10.0.0.0/8 via \x1b[0m": "gateway: '\\x1b[0m' is not",
    "10.0.0.0/8 \0via 192.0.2.1": "expected text, found a byte 0",
    "::/0 port " + "p" * 40000: "expected a line of less than 32768 bytes, found 40010",
    "::/0 " + "a " * 3000: "unexpected 'a', expected via, port, type",
}


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "routes.txt"
        path.write_text(text, newline="")
        return str(path)

    return write


def test_what_is_sent(daemon, file):
    """The file's lines, without what says nothing; their numbers stay."""
    server = daemon({"route load": {"routes": 5, "lines": 7}})
    assert server.out("route", "load", file(ROUTES)) == "routes: 5\n"
    assert server.asked() == ("route load", {"lines": LINES})
    assert server.stop() == ""


def test_in_pieces(daemon, file):
    """No request is longer than the daemon takes, none ends within a line, nothing is left out."""
    lines = "".join(f"10.{n >> 8}.{n & 255}.0/24 via 192.0.2.{n % 200 + 1}\n"
                    for n in range(2000))
    first = lines[:32768].count("\n")
    server = daemon({"route load": {"each": [{"routes": 1000, "lines": first},
                                             {"routes": 1000, "lines": 2000 - first}]}})
    assert server.out("-j", "route", "load", file(lines)) == '{\n  "routes": 2000\n}\n'
    sent = [server.asked() for _ in range(2)]
    assert all(words == "route load" and len(args["lines"]) <= 32768 for words, args in sent)
    assert [args["lines"].count("\n") for _, args in sent] == [first, 2000 - first]
    assert "".join(args["lines"] for _, args in sent) == lines and server.stop() == ""


def test_daemon_takes_fewer_lines(daemon, file):
    """Each request begins at the first line that was not taken."""
    lines = [f"10.0.{n}.0/24 via 192.0.2.1\n" for n in range(6)]
    server = daemon({"route load": {"each": [{"routes": n, "lines": n} for n in (1, 2, 3)]}})
    assert server.out("route", "load", file("".join(lines))) == "routes: 6\n"
    for n in 0, 1, 3:
        assert server.asked() == ("route load", {"lines": "".join(lines[n:])})
    assert server.stop() == ""


@pytest.mark.parametrize("said", [{}, {"lines": 0}, {"lines": 3}, {"lines": -1}], ids=str)
def test_daemon_that_takes_none_or_too_many(daemon, file, said):
    server = daemon({"route load": {"each": [{"routes": 1, "lines": 1}, {"routes": 0, **said}]}})
    lines = "".join(f"10.0.{n}.0/24 via 192.0.2.1\n" for n in range(3))
    assert server.fails(1, "route", "load", file(lines)) == (
        "sluice: at least 1 routes were added, then: the answer of sluiced is not understood: it took "
        f"{said.get('lines', 0)} lines\n")


def test_standard_input(daemon):
    server = daemon({"route load": {"routes": 1, "lines": 1}})
    for word in "-", "/dev/stdin":
        done = server.run("route", "load", word, input="::/0 port p0\n")
        assert (done.returncode, done.stdout) == (0, "routes: 1\n")
        assert server.asked() == ("route load", {"lines": "::/0 port p0\n"})


@pytest.mark.parametrize("line", WRONG, ids=range(len(WRONG)))
def test_wrong_line(daemon, file, line):
    """Nothing of its file is sent, not even what is right."""
    server = daemon()
    path = file(f"{ROUTES}\n{line}\n{ROUTES}")
    assert server.fails(1, "route", "load", path).startswith(f"sluice: {path}:8: {WRONG[line]}")
    assert server.stop() == ""


def test_no_lines(daemon, file):
    """The daemon is asked all the same: it may take no routes at all."""
    server = daemon({"route load": {"errno": 95, "error": "Linux is in control here: ip"}})
    assert server.fails(1, "route", "load", file("")) == "sluice: Linux is in control here: ip\n"
    assert server.asked() == ("route load", {"lines": ""})


def test_refused_by_the_daemon(daemon, file):
    """The line is that of the file, wherever a piece began; how far it came is said."""
    server = daemon({"route load": {"each": [
        {"routes": 999, "lines": 1000},
        {"errno": 28, "error": "the table is full", "result": {"routes": 6, "line": 7}}]}})
    path = file("# table\n" + "".join(f"10.{n >> 8}.{n & 255}.0/24 via 192.0.2.1\n"
                                      for n in range(2000)))
    assert server.fails(1, "route", "load", path) == (
        f"sluice: {path}:1007: 1005 routes were added, then: the table is full\n")


def test_no_file(daemon, tmp_path):
    server = daemon()
    assert server.fails(1, "route", "load", str(tmp_path / "none")) == \
        f"sluice: {tmp_path}/none: No such file or directory\n"
    assert server.fails(1, "route", "load", str(tmp_path)) == f"sluice: {tmp_path}: Is a directory\n"
    assert "FILE is missing" in server.fails(2, "route", "load")
    name = os.fsencode(tmp_path) + b"/\xff"
    done = subprocess.run([SLUICE, "-s", server.path, "route", "load", name], capture_output=True)
    assert done.returncode == 2 and b"is not the path of a file" in done.stderr
    assert server.stop() == ""


def test_input_that_is_not_there_yet(daemon):
    """A pipe that does not block: it is about the input, not about the daemon."""
    server = daemon()
    end, other = os.pipe2(os.O_NONBLOCK)
    try:
        done = server.run("route", "load", "-", stdin=end)
    finally:
        os.close(end)
        os.close(other)
    assert (done.returncode, done.stderr) == (
        1, "sluice: -: Resource temporarily unavailable\n")
    assert server.stop() == ""


def test_no_daemon(client, file):
    assert "is it running?" in client.fails(1, "route", "load", file(ROUTES))
