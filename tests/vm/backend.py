# SPDX-License-Identifier: BSD-3-Clause
"""What the NICs of the virtual machine are plugged into.

    namespace h0        namespace cables                        the machine
    eth0 (veth) ------- p0 -- testpmd in io mode -- socket 0 -- NIC 0
    namespace h1
    eth0 (veth) ------- p1 -- testpmd in io mode -- socket 1 -- NIC 1

Hosts are real Linux; addresses are those of hosts.py. testpmd takes no huge pages: the memory that
it shares is the guest's.
"""
import hashlib
import os
import subprocess
import threading

import bulk
from hosts import Host, cable
from netns import Namespace, wait_for
from tagged import Tagged
from tools import Session

KIND = 0x88b5  # EtherType for experiments, IEEE 802
UNKNOWN = "020000007777"
MACS_WINDOW = 100  # frames under way: fewer than any ring on the path holds
MACS_TIMES = 10


class HostError(Exception):
    """A host has not got what the guest asked for; the text says what."""


class Cables(Namespace):
    """The netdevs that testpmd works on; the kernel is to say nothing there."""

    def __init__(self):
        super().__init__("cables")
        self.sysctl({"ipv6/conf/all/disable_ipv6": 1, "ipv6/conf/default/disable_ipv6": 1,
                     "ipv4/ip_forward": 0})


class Backend:
    """For `with`: hosts h0, h1 ... and the sockets of the NICs. folder: for sockets and logs."""

    def __init__(self, case, folder):
        self._case = case
        self._folder = folder
        self._spaces = []
        self._tagged = []
        self.hosts = {}
        self.log = folder / "testpmd"
        self.process = None
        self.sockets = [folder / f"nic{n}" for n in range(len(case.nics))]

    def __enter__(self):
        try:
            if self.sockets:
                self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        while self._tagged:
            self._tagged.pop().close()
        while self._spaces:
            self._spaces.pop().close()

    def _start(self):
        cables = Cables()
        self._spaces.append(cables)
        for n in range(len(self.sockets)):
            host = Host(f"h{n}")
            self._spaces.append(host)
            cable(host, "eth0", cables, n, self._case.mtu)
            host.configure("eth0", n)
            self.hosts[f"h{n}"] = host
        with open(self.log, "w", encoding="utf-8") as log:
            # It forwards until its input ends.
            self.process = cables.start("env", f"RUNTIME_DIRECTORY={self._folder}", *self._testpmd(),
                                        stdin=subprocess.PIPE, stdout=log, stderr=log)
        wait_for(self._is_there, "sockets of testpmd")

    def _testpmd(self):
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))))
        words = ["dpdk-testpmd", "--lcores", f"0@({cpus}),1@({cpus})", "--no-pci", "--no-huge",
                 "-m", "128", "--no-shconf", "--no-telemetry"]
        frames = ",blocksz=65536,framesz=16384,framecnt=512" if self._case.mtu > 1500 else ""
        iommu = ",iommu-support=1" if self._case.iommu else ""
        queues = max(nic.queues for nic in self._case.nics)
        for n, socket in enumerate(self.sockets):
            words += ["--vdev", f"net_vhost{n},iface={socket},queues={queues}{iommu}",
                      "--vdev", f"net_af_packet{n},iface=p{n},qpairs={queues}{frames}"]
        # Ports are paired in order. The link of a socket comes with the guest.
        return [*words, "--", "--forward-mode=io", "--nb-cores=1", "--disable-link-check",
                f"--rxq={queues}", f"--txq={queues}",
                *(["--total-num-mbufs=4096", "--mbuf-size=17024"] if frames else ["--total-num-mbufs=16384"])]

    def _is_there(self):
        if self.process.poll() is not None:
            raise HostError(f"testpmd has ended with {self.process.returncode}")
        return all(socket.exists() for socket in self.sockets)

    def do(self, word, *args):
        """What the guest asks for, by name: see README.md. Returns a line of answer."""
        if word not in self.WORDS:
            raise HostError(f"hosts can {', '.join([*self.WORDS, 'monitor'])}, not {word}")
        if self.process and self.process.poll() is not None:
            raise HostError(f"testpmd has ended with {self.process.returncode}")
        return self.WORDS[word](self, *args)

    def _ping(self, host, address):
        """Behind an IOMMU several times: testpmd loses frames for whose place in the guest it has to
        ask QEMU first."""
        for _ in range(5 if self._case.iommu else 1):
            answered, out = self.hosts[host].ping(address, *(["-W", "2"] if self._case.iommu else []))
            if answered:
                return "answered"
        raise HostError(f"{host} gets no answer of {address}: {' '.join(out.split())}")

    def _silent(self, host, address):
        self.hosts[host].run("ip", "neigh", "flush", "all")
        if "1 received" in self.hosts[host].run("ping", "-n", "-c", "1", "-W", "1", address, ok=False):
            raise HostError(f"{host} gets an answer of {address}")
        return "no answer"

    def _tcp(self, client, server, address, mib="1"):
        """So much from the client to the server, and as much back; what arrives is compared."""
        with Session(self.hosts[client], self.hosts[server], address) as session:
            for tx, rx in (session.client, session.server), (session.server, session.client):
                transfer(tx, rx, int(mib) << 20)
        return f"{mib} MiB each way, SHA-256 agrees"

    def _macs(self, host, other, number):
        """Frames to an address that nobody has, each from another one; where it is flooded it comes to
        the other host, and what does not is sent again."""
        frames = [bytes.fromhex(f"{UNKNOWN}02ee{n:08x}{KIND:04x}").ljust(bulk.LEN, b"\0")
                  for n in range(int(number))]
        with (bulk.Bulk(self.hosts[host], "eth0", KIND) as tx,
              bulk.Bulk(self.hosts[other], "eth0", KIND) as rx):
            for begin in range(0, len(frames), MACS_WINDOW):
                flood(tx, rx, set(frames[begin:begin + MACS_WINDOW]))
        return f"{number} frames have come to {other}"

    def _vlan(self, host, name, *tags):
        """A netdev of the host: eth0 with these tags, the outer one first: 100, ad7 for 802.1ad."""
        self._tagged.append(Tagged(self.hosts[host], "eth0", name, *tags))
        return f"{name} is there"

    def _run(self, host, *command):
        return self.hosts[host].run(*command)

    WORDS = {"ping": _ping, "tcp": _tcp, "run": _run, "vlan": _vlan, "silent": _silent,
             "macs": _macs}


def flood(tx, rx, missing):
    """These frames from one netdev to the other."""
    for _ in range(MACS_TIMES):
        tx.send(b"".join(missing))
        got = rx.receive_all(len(missing), 2)
        missing = missing - {got[at:at + bulk.LEN] for at in range(0, len(got), bulk.LEN)}
        if not missing:
            return
    raise HostError(f"{len(missing)} frames have not come")


def transfer(tx, rx, size):
    """Random bytes from one socket to the other."""
    data, failed = os.urandom(size), []

    def send():
        try:
            tx.sendall(data)
        except OSError as error:
            failed.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    got, digest = 0, hashlib.sha256()
    try:
        while got < size:
            part = rx.recv(1 << 16)
            if not part:
                raise HostError(f"TCP has ended after {got} bytes of {size}")
            got += len(part)
            digest.update(part)
    except TimeoutError:
        raise HostError(f"TCP has stopped after {got} bytes of {size} {failed}") from None
    finally:
        sender.join()
    if digest.digest() != hashlib.sha256(data).digest():
        raise HostError(f"TCP has changed some of {size} bytes")
