# SPDX-License-Identifier: BSD-3-Clause
"""The client's binary against servers of the test's making.

$SLUICE and $CANNED are the paths of the client and of the canned daemon.
"""
import json
import os
import socket
import subprocess
import threading
import time

import pytest

SLUICE = os.environ["SLUICE"]
CANNED = os.environ["CANNED"]


class Client:
    """Runs the client against one socket."""

    def __init__(self, path):
        self.path = str(path)

    def run(self, *args, **kwargs):
        env = dict(os.environ, SLUICE_SOCKET=self.path)
        return subprocess.run([SLUICE, *args], env=env, capture_output=True, text=True,
                              timeout=60, **kwargs)

    def out(self, *args):
        """What it prints, when all goes well."""
        done = self.run(*args)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def fails(self, code, *args):
        """Its message, when it ends with that code and prints nothing else."""
        done = self.run(*args)
        assert (done.returncode, done.stdout) == (code, "")
        return done.stderr


class Daemon(Client):
    """The canned daemon; `asked()` is the next command that it ran."""

    def __init__(self, tmp_path, results):
        super().__init__(tmp_path / "sock")
        (tmp_path / "results.json").write_text(json.dumps(results))
        self.process = subprocess.Popen([CANNED, self.path, tmp_path / "results.json"],
                                        stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def asked(self):
        line = json.loads(self.process.stdout.readline())
        return line["command"], line["args"]

    def stop(self):
        """End it; what it was asked and nobody took is returned."""
        self.process.terminate()
        rest = self.process.stdout.read()
        assert self.process.wait(timeout=30) == 0
        return rest


@pytest.fixture
def daemon(tmp_path):
    """Starts a canned daemon with the results given."""
    started = []

    def start(results=None):
        started.append(Daemon(tmp_path, results or {}))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
        assert not os.path.exists(one.path)


@pytest.fixture
def client(tmp_path):
    """A client where no daemon is."""
    return Client(tmp_path / "sock")


@pytest.fixture
def dripping(tmp_path):
    """A server that reads one line of each connection, sends these pieces, each some seconds after
    the one before, and closes."""
    listener = socket.socket(socket.AF_UNIX)
    threads = []

    def serve(pieces, pause_s):
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            lines.readline()
            for piece in pieces:
                time.sleep(pause_s)
                connection.sendall(piece)

    def start(pieces, pause_s):
        listener.bind(str(tmp_path / "sock"))
        listener.listen(1)
        threads.append(threading.Thread(target=serve, args=(pieces, pause_s), daemon=True))
        threads[-1].start()
        return Client(tmp_path / "sock")

    yield start
    listener.close()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.fixture
def raw(dripping):
    """The same at once: just these bytes."""
    return lambda data: dripping([data], 0)
