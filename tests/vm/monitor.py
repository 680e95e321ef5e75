# SPDX-License-Identifier: BSD-3-Clause
"""QEMU's monitor: what happens to a machine from outside, such as a cable that is pulled.

QMP (docs/interop/qmp-spec.txt) is spoken only as far as to ask for commands of the human monitor.
"""
import json


class MonitorError(Exception):
    """QEMU has not done it; the text is what it said."""


class Monitor:
    """For `with`. connection: to QEMU; closed behind this."""

    def __init__(self, connection):
        self._socket = connection
        self._socket.settimeout(30)
        self._lines = self._socket.makefile("rw", encoding="utf-8")
        self._lines.readline()  # the greeting
        self._execute("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()

    def _execute(self, command, **arguments):
        self._lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._lines.flush()
        for line in self._lines:
            answer = json.loads(line)
            if "error" in answer:
                raise MonitorError(answer["error"]["desc"])
            if "return" in answer:  # else it is an event
                return answer["return"]
        raise MonitorError("QEMU is gone")

    def do(self, *words):
        """A command of the human monitor, which prints nothing when it has succeeded but for those
        that are to print something."""
        return self._execute("human-monitor-command", **{"command-line": " ".join(words)}).strip()
