# SPDX-License-Identifier: BSD-3-Clause
"""The end of a daemon: at once, without a trace, and however it came."""
import os
import signal
import socket
import time

import pytest

from frames import P0, ether, ip4, numbered
from router import wait_for

# Forwarded, answered and dropped: everything has its hands full.
pytestmark = pytest.mark.alone

TRAFFIC = [numbered(n) for n in range(60)] + [ether(ip4(ttl=1)), ether(ip4(dst=P0)),
                                              ether(b"lldp" * 12, 0x88CC), ether(b"\0")]


def flood(router, **keys):
    one = router({"p0": TRAFFIC, "p1": TRAFFIC}, endless=True, **keys)
    one.start()
    wait_for("traffic", lambda: all(row["rx_packets"] > 10000 for row in
                                    one.cmd("show interfaces")))
    return one


@pytest.mark.parametrize("number, workers", [(signal.SIGTERM, [1]), (signal.SIGINT, [1]),
                                             (signal.SIGTERM, [0, 1])], ids=str)
def test_signals_under_traffic(router, number, workers):
    """Within a second on a machine that has the time, which tests do not wait for."""
    one = flood(router, workers=workers)
    begin = time.monotonic()
    one.process.send_signal(number)
    _, said = one.process.communicate(timeout=30)
    assert time.monotonic() - begin < 3
    assert one.process.returncode == 0, said
    assert said.splitlines()[-1] == f"sluiced: stopping on signal {int(number)}"
    assert {name for name in os.listdir(one.directory) if not name.endswith(".pcap")} == \
        {"sluice.yaml", "runtime"}
    assert one.left() == []


def test_with_clients_connected(router):
    """Connections that stay open, one with half a request, do not hold it up."""
    one = flood(router)
    with socket.socket(socket.AF_UNIX) as idle, socket.socket(socket.AF_UNIX) as half:
        for connection in (idle, half):
            connection.connect(one.config["api"])
        half.sendall(b'{"command": "show dr')
        one.stop()
        assert is_closed(idle) and is_closed(half)


def is_closed(connection):
    connection.settimeout(30)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:  # what it had sent was not read any more
        return True


def test_start_after_kill(router):
    """kill -9 leaves the socket and the lock file; the next start does not mind."""
    one = flood(router)
    one.process.kill()
    one.process.wait(timeout=30)
    assert os.path.exists(one.config["api"])
    assert one.left() == []
    assert one.client("show", "version").returncode == 1
    one.process.communicate()
    one.start()
    assert one.cmd("show version")["pid"] == one.process.pid
    one.stop()
    assert not [name for name in os.listdir(one.directory) if name.startswith("sock")]


def test_huge_pages_are_given_back(router, more_huge_pages):
    """Even after kill -9: no file holds them."""
    one = flood(router, dpdk={"hugepages": True, "memory": 128})
    with open(f"/proc/{one.process.pid}/maps", encoding="utf-8") as maps:
        files = {line.split(None, 5)[5].strip() for line in maps if len(line.split(None, 5)) > 5}
    # Anonymous, or of a file system, and then already unlinked.
    assert not [name for name in files if "huge" in name and not name.endswith("(deleted)")]
    one.process.kill()
    one.process.communicate()
    assert one.left() == []
    one.start()
    one.stop()
    assert one.left() == []
