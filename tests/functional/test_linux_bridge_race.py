# SPDX-License-Identifier: BSD-3-Clause
"""An operator's commands in a bridge of Linux, while Sluice tells it what it has learned.

    h1 --- p0 --+-- br0
    h2 --- p1 --+
"""
import json
import socket
import struct
import time

import pytest
from scapy.layers.l2 import Ether

from bridged import KIND, UNKNOWN
from linux_lab import LinuxRouter
from netns import wait_for
from tools import Capture

ADDRESSES = 100
# Of linux/rtnetlink.h, linux/neighbour.h.
RTM_NEWNEIGH, NLM_F_REQUEST, NLM_F_ACK, NLM_F_REPLACE, NLM_F_CREATE = 28, 0x1, 0x4, 0x100, 0x400
NUD_NOARP, NTF_MASTER, NDA_LLADDR = 0x40, 0x04, 2


class Net:
    def __init__(self, lab):
        self.hosts = [lab.host(f"h{n + 1}") for n in range(2)]
        self.router = lab.add(LinuxRouter("router", lab.folder))
        for host in self.hosts:
            self.router.connect(host)
        self.router.launch()
        self.linux = self.router.linux
        self.linux.ip("link add br0 type bridge", "link set p0 master br0", "link set p1 master br0",
                      "link set p0 up", "link set p1 up", "link set br0 up")
        wait_for(lambda: self.states() == {"p0": "forwarding", "p1": "forwarding"},
                 "both members forward")

    def states(self):
        return {member["port"]: member["state"] for row in self.router.json("show", "bridges")
                for member in row["members"]}

    def sluice_fdb(self):
        return {row["mac"]: (row["port"], row["type"]) for row in self.router.json("show", "fdb")}

    def linux_fdb(self):
        return {row["mac"]: (row["ifname"], row.get("state") or "learned") for row in
                json.loads(self.linux.run("bridge", "-j", "fdb", "show", "br", "br0"))}


class Operator:
    """`bridge fdb replace MAC dev PORT master static`, within microseconds."""

    def __init__(self, linux, port):
        self.ifindex = json.loads(linux.run("ip", "-j", "link", "show", "dev", port))[0]["ifindex"]
        with linux.inside():
            self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)

    def replace(self, mac):
        body = struct.pack("=BBHiHBB", socket.AF_BRIDGE, 0, 0, self.ifindex, NUD_NOARP, NTF_MASTER, 0)
        body += struct.pack("=HH6sxx", 10, NDA_LLADDR, mac)
        flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_REPLACE | NLM_F_CREATE
        self.sock.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWNEIGH, flags, 1, 0) + body)
        assert struct.unpack_from("=i", self.sock.recv(4096), 16) == (0,)


@pytest.fixture(scope="module")
def net(lab):
    return Net(lab)


@pytest.mark.parametrize("delay_us", [0, 1000, 2000, 4000, 6000])
def test_what_the_operator_sets_stays(net, delay_us):
    """At a time when Sluice has learned the address and may be just about to tell it."""
    macs = [bytes([2, 0xbb, delay_us >> 8, delay_us & 255, 0, i]) for i in range(ADDRESSES)]
    operator = Operator(net.linux, "p1")
    with Capture(net.hosts[0]) as h1, operator.sock:
        for mac in macs:
            h1.send(Ether(src=mac.hex(":"), dst=UNKNOWN, type=KIND) / bytes(46))
            end = time.monotonic() + delay_us / 1e6
            while time.monotonic() < end:
                pass
            operator.replace(mac)
        # Sluice has told what it learned after all of it.
        last = "02:bc:00:00:00:01"
        h1.send(Ether(src=last, dst=UNKNOWN, type=KIND) / bytes(46))
        wait_for(lambda: net.linux_fdb().get(last) == ("p0", "learned"), "Linux is told")
    wrong = {}

    def all_stay():
        linux, sluice = net.linux_fdb(), net.sluice_fdb()
        wrong.clear()
        wrong.update({mac.hex(":"): (linux.get(mac.hex(":")), sluice.get(mac.hex(":")))
                      for mac in macs if (linux.get(mac.hex(":")), sluice.get(mac.hex(":")))
                      != (("p1", "static"), ("p1", "static"))})
        return not wrong

    try:
        wait_for(all_stay, "all are the operator's", 10)
    finally:
        print(len(wrong), "of", ADDRESSES, wrong)
    net.linux.run("bridge", "fdb", "del", last, "dev", "p0", "master")
    wait_for(lambda: last not in net.sluice_fdb(), "forgotten")
