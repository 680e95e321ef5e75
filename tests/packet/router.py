# SPDX-License-Identifier: BSD-3-Clause
"""The real daemon on net_pcap ports: frames from files, frames into files.

$SLUICED and $SLUICE are the paths of the daemon and of its client.
"""
import collections
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import time

from scapy.utils import RawPcapReader, RawPcapWriter

SLUICED = os.environ["SLUICED"]
SLUICE = os.environ["SLUICE"]
PATIENCE_S = 30

libc = ctypes.CDLL(None)


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def wait_for(what, condition, patience_s=PATIENCE_S):
    """Ask until the answer is true, and return it. `what` is a sentence, or makes one."""
    end = time.monotonic() + patience_s
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"not in time: {what() if callable(what) else what}"
        time.sleep(0.002)


def write_pcap(path, frames):
    with RawPcapWriter(str(path), linktype=1) as pcap:
        pcap.write_header(None)
        for frame in frames:
            pcap.write_packet(frame)


def read_pcap(path):
    pcap = RawPcapReader(str(path))
    try:
        return [frame for frame, _ in pcap]
    finally:
        pcap.close()


def start_daemon(*args, runtime=None, own_network=False, own_ipv6=True, under=()):
    """runtime: a directory for what DPDK has to say to other processes, not that of the machine.
    own_network: in a network namespace with nothing in it but lo; not own_ipv6: the kernel does not
    speak IPv6 there.
    under: the words of a command that runs it, as valgrind does."""

    def prepare():
        die_with_parent()
        if own_network and libc.unshare(0x40000000):  # CLONE_NEWNET
            os._exit(99)
        if own_network and not own_ipv6:
            with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w") as switch:
                switch.write("1")

    env = {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", **os.environ}
    if runtime:
        env["RUNTIME_DIRECTORY"] = str(runtime)
    return subprocess.Popen([*under, SLUICED, *map(str, args)], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=prepare, env=env)


class Router:
    """One run of sluiced, to be used as a context manager.

    config: what stands in the YAML file. A port without `device` gets a net_pcap one: it receives
    `frames[name]` (bytes each) and its transmit file is read by sent(). With `endless` those of
    frames come again and again, and what is sent is only counted. under, own_network: see
    start_daemon().
    """

    noise = re.compile("(?!)")  # lines on stderr that are not sluiced's

    def __init__(self, directory, config, frames=None, endless=False, under=(), own_network=False):
        self.directory = directory
        self.config = {"control": "none", "api_group": str(os.getgid()), **config,
                       "api": str(directory / "sock")}
        self.frames = frames or {}
        self.endless = endless
        self.under = under
        self.own_network = own_network
        self.own_ipv6 = True
        self.process = None
        self.said = None

    def _device(self, name):
        received, sent = (self.directory / f"{name}.{way}.pcap" for way in ("rx", "tx"))
        write_pcap(received, self.frames.get(name, []))
        if not self.endless:
            return f"net_pcap_{name},rx_pcap={received},tx_pcap={sent}"
        endless = ",infinite_rx=1" if self.frames.get(name) else ""
        return f"net_pcap_{name},rx_pcap={received}{endless}"

    def start(self):
        self.config["ports"] = [{"device": self._device(port["name"]), **port}
                                for port in self.config["ports"]]
        file = self.directory / "sluice.yaml"
        file.write_text(json.dumps(self.config, indent=1))
        runtime = self.directory / "runtime"
        runtime.mkdir(exist_ok=True)
        self.process = start_daemon("-c", file, runtime=runtime, under=self.under,
                                    own_network=self.own_network, own_ipv6=self.own_ipv6)
        wait_for("the API", self._serves)

    def _serves(self):
        """It listens early, and answers when all of it stands."""
        assert self.process.poll() is None, f"sluiced ended: {self.process.communicate()}"
        try:
            return self.ask("show version")
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def ask(self, command):
        """The result of a command without the client, which waiting would start in dozens."""
        answer = self.answer(command)
        assert answer["ok"], answer
        return answer["result"]

    def answer(self, command, **args):
        """What the daemon answers to one request."""
        with socket.socket(socket.AF_UNIX) as api:
            api.settimeout(PATIENCE_S)
            api.connect(self.config["api"])
            with api.makefile("rw") as lines:
                lines.write(json.dumps({"command": command, "args": args}) + "\n")
                lines.flush()
                return json.loads(lines.readline())

    def client(self, *words):
        return subprocess.run([SLUICE, "-s", self.config["api"], "-j", *map(str, words)],
                              capture_output=True, text=True, timeout=PATIENCE_S)

    def client_text(self, line):
        """What the client prints for people."""
        return subprocess.run([SLUICE, "-s", self.config["api"], *line.split()], check=True,
                              capture_output=True, text=True, timeout=PATIENCE_S).stdout

    def cmd(self, line, *words):
        """The result of a command, given as one line or in words."""
        done = self.client(*line.split(), *words)
        assert (done.returncode, done.stderr) == (0, ""), (line, words)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, line):
        """The sentence with which a command is refused."""
        done = self.client(*line.split())
        assert (done.returncode, done.stdout) == (1, ""), line
        return done.stderr

    def row(self, command, key, name):
        """The row of a table whose column `key` says `name`."""
        return next(row for row in self.cmd(command) if row[key] == name)

    def counters(self):
        """What was dropped, punted or limited: Counter of "drop REASON", "punt REASON/CLASS",
        "limit REASON/CLASS", those that are not 0."""
        found = collections.Counter()
        for row in self.cmd("show drops"):
            found["drop " + row["reason"]] = row["packets"]
        for row in self.cmd("show punts"):
            name = f"{row['reason']}/{row['class']}"
            found["punt " + name] = row["punted"]
            found["limit " + name] = row["limited"]
        return +found

    def _unaccounted(self):
        """Frames that are on their way: each is in the end sent, or answered, or dropped."""
        stats = self.ask("show port stats")
        rx, tx = (sum(port[f"{way}_packets"] for port in stats) for way in ("rx", "tx"))
        dropped = sum(row["packets"] for row in self.ask("show drops"))
        total = sum(map(len, self.frames.values()))
        assert rx <= total and tx + dropped <= total, (total, rx, tx, dropped)
        return [total - rx, rx - tx - dropped]

    def settle(self):
        """Wait until every frame has been taken, and has met its fate."""
        wait_for(lambda: f"{self._unaccounted()} frames not taken, without fate: "
                         f"{self.counters()}", lambda: self._unaccounted() == [0, 0])

    def stop(self):
        """End it as an operator does; it must have nothing to complain about."""
        self.process.terminate()
        out, self.said = self.process.communicate(timeout=PATIENCE_S)
        assert (self.process.returncode, out) == (0, ""), self.said
        self.said = "".join(line + "\n" for line in self.said.splitlines()
                            if not self.noise.match(line))
        assert all(line.startswith("sluiced: ") for line in self.said.splitlines()), self.said
        assert not os.path.exists(self.config["api"])

    def sent(self):
        """Frames sent, by port; after stop()."""
        return {port["name"]: self.sent_by(port["name"]) for port in self.config["ports"]}

    def sent_by(self, name):
        return read_pcap(self.directory / f"{name}.tx.pcap")

    def left(self):
        """Files that DPDK has made for other processes; its directories are empty."""
        return [name for _, _, names in os.walk(self.directory / "runtime") for name in names]

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *failure):
        try:
            if failure == (None, None, None) and self.process.poll() is None:
                self.stop()
        finally:
            self.kill()

    def kill(self):
        """The end after a failure; what the daemon has said is printed, in case that it explains
        it."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process and not self.process.stderr.closed:
            print(self.process.communicate()[1])
