# SPDX-License-Identifier: BSD-3-Clause
"""Command lines: what is sent, what is refused, and how one is helped."""
import signal
import time

import pytest

SENT = {
    "show ports": ("show ports", {}),
    "sh por st": ("show port stats", {}),
    "show port stats p0": ("show port stats", {"port": "p0"}),
    "show port stats all": ("show port stats", {}),
    "show routes 10.0.0.0/8": ("show routes", {"prefix": "10.0.0.0/8"}),
    "lookup 192.0.2.1": ("lookup", {"address": "192.0.2.1"}),
    "lookup ::1 label 1048575": ("lookup", {"address": "::1", "label": 1048575}),
    "lookup ::1 source ::2 protocol tcp sport 1 dport 65535":
        ("lookup", {"address": "::1", "source": "::2", "protocol": 6, "sport": 1,
                    "dport": 65535}),
    "route add 10.0.0.0/8 via 192.0.2.1":
        ("route add", {"prefix": "10.0.0.0/8", "via": [{"gateway": "192.0.2.1"}]}),
    "r a ::/0 via ::1 port p0 weight 2 via ::2 w 3":
        ("route add", {"prefix": "::/0", "via": [{"gateway": "::1", "port": "p0", "weight": 2},
                                                 {"gateway": "::2", "weight": 3}]}),
    "route add ::/0 port p0": ("route add", {"prefix": "::/0", "port": "p0"}),
    "route add ::/0 type black": ("route add", {"prefix": "::/0", "type": "blackhole"}),
    "route del ::/0": ("route del", {"prefix": "::/0"}),
    "address add 192.0.2.1/24 port p0":
        ("address add", {"address": "192.0.2.1/24", "port": "p0"}),
    "neighbour add 192.0.2.2 mac 02:00:00:00:00:02 port p0":
        ("neighbour add", {"address": "192.0.2.2", "port": "p0", "mac": "02:00:00:00:00:02"}),
    "neighbour del 192.0.2.2 port p0":
        ("neighbour del", {"address": "192.0.2.2", "port": "p0"}),
    "-j clear stats": ("clear stats", {}),
}

REFUSED = {
    "": "Usage: sluice",
    "shwo ports": "Did you mean 'sluice show ports'?",
    "show prots": "Did you mean 'sluice show ports'?",
    "reboot": "'sluice -h' lists the commands",
    "show elephants": "show interfaces",
    "show": "which command?",
    "show p": "show punts",
    "show ports p0": "'p0' is one argument too many",
    "show port stats p0 p1": "expected --rate",
    "show port stats --fast": "unexpected '--fast', expected PORT, --rate",
    "-x show ports": "unknown option '-x'",
    "show ports -s": "-s: the socket is missing",
    "route add": "PREFIX is missing",
    "route add 10.0.0.1/8 port p0": "the prefix is 10.0.0.0/8",
    "route add ::/0": "one of via, port, type is needed",
    "route add ::/0 via ::1 weight 0": "a number from 1 to 256",
    "route add ::/0 type wormhole": "one of blackhole|unreachable|prohibit",
    "address add 192.0.2.1 port p0": "an address with its length",
    "neighbour add ::1 port p0": "mac MAC is missing",
    "neighbour add ::1 port p0 mac 1": "not a MAC address",
    "lookup": "ADDRESS is missing",
    "lookup ::1 label 1048576": "a number from 0 to 1048575",
    "lookup p0": "not an IPv4 or IPv6 address",
    "lookup ::1 \x1b[0m": "unexpected '\\x1b[0m'",
}


@pytest.mark.parametrize("line", SENT)
def test_sent(daemon, line):
    tables = ("show ports", "show port stats", "show routes")
    server = daemon(dict({words: [] for words in tables}, lookup={}))
    server.out(*line.split())
    assert server.asked() == SENT[line]
    assert server.stop() == ""


@pytest.mark.parametrize("line", REFUSED)
def test_usage_errors(client, line):
    assert REFUSED[line] in client.fails(2, *line.split())


def test_usage_error_shows_the_usage(client):
    assert client.fails(2, "route", "del").splitlines() == [
        "sluice: route del: PREFIX is missing", "Usage: sluice [-s SOCKET] [-j] route del PREFIX"]


def test_help_of_all(client):
    text = client.out("-h")
    assert "/run/sluice/sluice.sock" in text
    for words in ("show version", "show routes [PREFIX]", "clear stats", "completion bash"):
        assert f"  {words} " in text
    assert text == client.out("--help") == client.out("-j", "-h")


def test_help_of_a_level(client):
    text = client.out("show", "-h")
    assert "show port stats [PORT|all] [--rate]" in text and "route add" not in text
    assert client.out("-h", "sh") == text


def test_help_of_a_command(client):
    text = client.out("route", "add", "-h")
    assert text.startswith(
        "Usage: sluice [-s SOCKET] [-j] route add PREFIX <{via GATEWAY [port NAME] "
        "[weight NUMBER]}... | port NAME | type (blackhole|unreachable|prohibit)>\n\nAdd a route")
    assert "    weight NUMBER         a number from 1 to 256\n" in text
    assert client.out("route", "add", "10.0.0.0/8", "via", "-h") == text


def test_help_of_nothing(client):
    assert "Did you mean 'sluice show ports'" in client.fails(2, "show", "prots", "-h")


def test_no_daemon(client):
    message = client.fails(1, "show", "ports")
    assert message == (f"sluice: cannot reach sluiced at {client.path}: No such file or "
                       "directory (is it running?)\n")


def test_daemon_that_is_stopped(daemon):
    """Its socket takes the request, and nobody reads it."""
    server = daemon({"show version": {"a": 1}})
    server.process.send_signal(signal.SIGSTOP)
    try:
        begin = time.monotonic()
        message = server.fails(1, "show", "version")
        assert time.monotonic() - begin < 30
    finally:
        server.process.send_signal(signal.SIGCONT)
    assert message == f"sluice: sluiced does not answer on {server.path}\n"


def test_daemon_that_is_slow(dripping):
    """As long as something comes, it waits: here 12 s, but never 10 for the next byte."""
    assert dripping([b'{"ok": true, ', b'"result": ', b'{"a": 1}}\n'], 4).out(
        "show", "version") == "a: 1\n"


def test_socket_option_goes_before_the_environment(daemon, tmp_path):
    server = daemon({"show version": {"a": 1}})
    path, server.path = server.path, "/nowhere/sock"
    for option in (["-s", path], ["--socket", path]):
        assert server.out(*option, "show", "version") == "a: 1\n"
    assert "/nowhere/sock" in server.fails(1, "show", "version")
    assert "too long" in server.fails(1, "-s", "x" * 108, "show", "version")
    server.path = path


def test_refused_by_the_daemon(daemon):
    server = daemon({"route del": {"errno": 2, "error": "no route to 10.0.0.0/8"}})
    assert server.fails(1, "route", "del", "10.0.0.0/8") == "sluice: no route to 10.0.0.0/8\n"


@pytest.mark.parametrize("data, message", [
    (b"", "closed the connection"),
    (b'{"ok": true, "result": []}', "closed the connection"),
    (b"hello\n", "not JSON"),
    (b'{"ok": true} {}\n', "not JSON"),
    (b"[" * 100000 + b"\n", "not JSON"),
    (b'{"ok": true, "result": "\xff"}\n', "not JSON"),
    (b"[]\n", "not understood"),
    (b"{}\n", "not understood"),
    (b'{"ok": "yes"}\n', "not understood"),
    (b'{"ok": false, "error": 5}\n', "not understood"),
])
def test_answers_that_are_none(raw, data, message):
    assert message in raw(data).fails(1, "show", "ports")


def test_answer_without_result(raw):
    assert raw(b'{"ok": true}\n').out("clear", "stats") == ""
