# SPDX-License-Identifier: BSD-3-Clause
"""A table as large as that of a router of the Internet: who lists it holds nobody up."""
import contextlib
import json
import socket
import time

import pytest

from frames import H1, H1_6
from router import PATIENCE_S, wait_for

ROUTES4, ROUTES6 = 180000, 20000
LIST = b'{"command": "show routes", "id": 1}\n'


def resident_kb(one):
    with open(f"/proc/{one.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def keeps_what_is_freed(one):
    """Built with ASan, it holds freed memory back for a while: how much it has says nothing."""
    with open(f"/proc/{one.process.pid}/maps", encoding="ascii") as maps:
        return "libasan" in maps.read()


def dial(one):
    api = socket.socket(socket.AF_UNIX)
    api.settimeout(PATIENCE_S)
    api.connect(one.config["api"])
    return api


@pytest.fixture
def full(router):
    """A daemon that has read the table from its configuration."""
    via4, via6 = [{"gateway": H1}], [{"gateway": H1_6}]
    routes = [{"to": f"{16 + (n >> 16)}.{n >> 8 & 255}.{n & 255}.0/24", "via": via4}
              for n in range(ROUTES4)]
    routes += [{"to": f"2600:{n:x}::/32", "via": via6} for n in range(ROUTES6)]
    one = router(routes=routes)
    one.start()
    return one


def test_list_while_others_ask(full):
    """Many requests are answered while one client is given the table, of which the daemon never has
    more than a slice in its memory; and the table is whole."""
    before, sizes = resident_kb(full), []
    with dial(full) as lister:
        lister.sendall(LIST)
        first = lister.recv(1, socket.MSG_PEEK)
        for _ in range(20):  # nothing is taken meanwhile: it is not half way
            full.ask("show version")
        sizes.append(resident_kb(full))
        lister.setblocking(False)
        text = bytearray()
        while not text.endswith(b"\n"):
            try:
                text += lister.recv(1 << 16)
            except BlockingIOError:
                full.ask("show version")
                sizes.append(resident_kb(full))
        assert first == b"{"
    answer = json.loads(text)
    assert (answer["ok"], answer["id"]) == (True, 1)
    rows = [row["prefix"] for row in answer["result"] if row["source"] == "static"]
    assert len(rows) == len(set(rows)) == ROUTES4 + ROUTES6
    assert max(sizes) - before < 20000 or keeps_what_is_freed(full), "KiB"
    assert len(sizes) > 1


def test_readers_who_take_hardly_anything(router):
    """Each costs a slice, however long the list is; another one is given the whole of it
    meanwhile. The routes come one by one: reading them from a file would leave behind so much memory
    that what the lists take could not be seen."""
    one = router()
    one.start()
    with dial(one) as api, api.makefile("rw") as lines:
        for n in range(20000):
            lines.write(json.dumps({"command": "route add", "args": {
                "prefix": f"16.{n >> 8}.{n & 255}.0/24", "via": [{"gateway": H1}]}}) + "\n")
            lines.flush()
            assert json.loads(lines.readline())["ok"]
    before, sizes = resident_kb(one), []
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(dial(one)) for _ in range(40)]
        for lister in slow:
            lister.sendall(LIST)
        for _ in range(3):
            assert all(len(lister.recv(1)) == 1 for lister in slow)
            assert len(one.ask("show routes")) > 20000
            sizes.append(resident_kb(one))
    assert max(sizes) - before < 20000 or keeps_what_is_freed(one), "KiB"


def test_pages(full):
    """The list in parts, each behind the last row of the one before, is the list."""
    whole, pages, after = full.ask("show routes"), [], []
    while True:
        page = full.cmd(f"show routes count 30000 {' '.join(after)}")
        pages += page
        if len(page) < 30000:
            break
        after = ["after", page[-1]["prefix"]]
    assert pages == whole
    inside = full.cmd("show routes 17.0.0.0/8 after 17.9.9.0/28 count 2")
    assert [row["prefix"] for row in inside] == ["17.9.10.0/24", "17.9.11.0/24"]
    assert full.cmd("show routes 17.0.0.0/8 after 17.255.255.0/24") == []
    assert len(full.cmd("show routes 2600::/16 count 3")) == 3
    assert "not inside" in full.refused("show routes 17.0.0.0/8 after 18.0.0.0/24")
    assert "not inside" in full.refused("show routes 17.0.0.0/8 after 16.0.0.0/7")
    assert "not inside" in full.refused("show routes 17.0.0.0/8 after 2600::/32")


def test_change_while_listed(full):
    """The walk goes on behind the last row, whether or not that route still stands."""
    with dial(full) as lister, lister.makefile("rb") as lines:
        lister.sendall(LIST)
        lister.recv(1, socket.MSG_PEEK)
        for prefix in ("16.0.0.0/24", "18.191.31.0/24", "2600:4e1f::/32"):
            full.cmd(f"route del {prefix}")
        rows = [row["prefix"] for row in json.loads(lines.readline())["result"]]
    assert "16.0.0.0/24" in rows  # had gone out before
    assert "18.191.31.0/24" not in rows and "2600:4e1f::/32" not in rows
    assert {"18.191.30.0/24", "2600:4e1e::/32"} <= set(rows)


def test_stop_while_listed(full):
    """SIGTERM with an answer under way that is taken as fast as it comes, and one not at all."""
    with dial(full) as silent, dial(full) as lister:
        for api in (silent, lister):
            api.sendall(LIST)
            wait_for("the answer", lambda api=api: api.recv(1, socket.MSG_PEEK))
        begin = time.monotonic()
        full.process.terminate()
        while lister.recv(1 << 20):
            pass
        full.process.communicate(timeout=PATIENCE_S)
        took = time.monotonic() - begin
    assert full.process.returncode == 0
    assert took < 5
