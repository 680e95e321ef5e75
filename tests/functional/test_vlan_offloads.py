# SPDX-License-Identifier: BSD-3-Clause
"""What the device does with tags, or does not: the same comes out. On af_packet, which has both
offloads; the frames with tags are made and read by packet sockets, as no 802.1Q is needed in the
kernel for that.

    h1 --- p0 router p1 --- h2
        p0.100         p1.200
"""
import socket
import struct

import pytest

from netns import wait_for

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_STATUS_VLAN_VALID = 1 << 4
HOST, ROUTER = "02:00:00:00:0a:01", "02:00:00:00:00:0{}"
DEVICES = {100: ("p0.100", "p0"), 200: ("p1.200", "p1")}
UNTAGGED = "198.18.1.{}"  # of p1
SIZES = range(20, 28)     # behind an IPv4 header, of frames around 60 bytes


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def packet(number, ttl, src="198.18.100.10", dst="198.18.200.10", size=64):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + size, number, 0, ttl, 253, 0,
                       socket.inet_aton(src), socket.inet_aton(dst))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + bytes([number & 255]) * size


def frame(number, own, tci=None, **fields):
    tag = b"" if tci is None else struct.pack("!HH", 0x8100, tci)
    return mac(own) + mac(HOST) + tag + b"\x08\x00" + packet(number, 64, **fields)


def end(host):
    """A packet socket on the host's cable, which sees tags beside the frames."""
    with host.inside():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        sock.bind(("eth0", ETH_P_ALL))
        sock.settimeout(30)
    return sock


def receive(sock):
    """The next frame with IPv4, the tag that the kernel has taken off put back."""
    while True:
        data, ancillary, _, _ = sock.recvmsg(65536, 256)
        for level, kind, aux in ancillary:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", aux[:20])
                if status & TP_STATUS_VLAN_VALID:
                    data = data[:12] + struct.pack("!HH", tpid or 0x8100, tci) + data[12:]
        if data[12:14] == b"\x08\x00" or data[16:18] == b"\x08\x00":
            return data


def run(lab, offloads):
    """Frames of all kinds through a router whose ports have these offloads; what came out."""
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    keys = {} if offloads is None else {"offloads": offloads}
    router.connect(h1, **keys)
    router.connect(h2, **keys)
    own = [port["mac"] for port in router.ports]
    router.ports[1]["addresses"].append(UNTAGGED.format("1/24"))
    router.serve(
        interfaces=[{"name": name, "parent": parent, "vlan": vid,
                     "addresses": [f"198.18.{vid}.1/24"]} for vid, (name, parent) in DEVICES.items()],
        neighbours=router.neighbours + [
            {"address": UNTAGGED.format(10), "port": "p1", "mac": HOST}] + [
            {"address": f"198.18.{vid}.10", "port": name, "mac": HOST}
            for vid, (name, _) in DEVICES.items()])
    for host in h1, h2:
        host.ip("link set eth0 up")
    ends = [end(h1), end(h2)]
    wait_for(lambda: all(row["link"] == "up" for row in router.json("show", "interfaces")),
             "links")
    sent = []
    for number in range(120):
        kind = number % 4
        sent.append([frame(number, own[0], 100 | number << 13 & 0xe000),
                     frame(number, own[0], 0x6000 | 100, size=1400),
                     frame(number, own[0], 0xa000, dst="198.18.200.10"),
                     frame(number, own[0], None)][kind])
    out = []
    for begin in range(0, len(sent), 12):
        for one in sent[begin:begin + 12]:
            ends[0].send(one)
        out += [receive(ends[1]) for _ in sent[begin:begin + 12]]
    for size in SIZES:
        ends[0].send(frame(size, own[0], 100, dst=UNTAGGED.format(10), size=size))
    short = [receive(ends[1]) for _ in SIZES]
    # To an address of the router: the answer has the tag, and the priority of what it answers.
    echo = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
    echo = echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:]
    head = packet(9, 64, dst="198.18.100.1", size=len(echo))[:20]
    head = head[:9] + b"\1\0\0" + head[12:]
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    ends[0].send(mac(own[0]) + mac(HOST) + struct.pack("!HH", 0x8100, 0x4064) + b"\x08\0" + head + echo)
    answer = receive(ends[0])
    drops = {row["reason"]: row["packets"] for row in router.json("show", "drops")
             if row["packets"] and row["reason"] != "no_control"}  # what hosts say unasked
    config = {(row["port"], row["key"]): row["value"]
              for row in router.json("show", "port", "config", "all")}
    counters = {row["interface"]: (row["rx_packets"], row["rx_bytes"], row["tx_packets"],
                                   row["tx_bytes"]) for row in router.json("show", "interfaces")
                if "." in row["interface"]}
    for sock in ends:
        sock.close()
    lab.close()
    return out, short, answer[:42], drops, counters, config


@pytest.fixture
def net(lab):
    yield lab
    lab.close()


def test_same_with_and_without(net):
    found = {}
    for name, offloads in (("none", {"rx": [], "tx": []}),
                           ("strip", {"rx": ["vlan_strip"], "tx": []}),
                           ("insert", {"rx": [], "tx": ["vlan_insert"]}),
                           ("both", {"rx": ["vlan_strip"], "tx": ["vlan_insert"]}),
                           ("preset", None)):
        *found[name], config = run(net, offloads)
        wanted = {"none": [], "insert": []}.get(name, ["vlan_strip"])
        assert config["p0", "rx_offloads"] == wanted
        assert ("vlan_insert" in config["p1", "tx_offloads"]) == (name in ("insert", "both"))
    out, short, answer, drops, counters = found["none"]
    assert drops == {}
    assert len(out) == 120
    assert {one[12:14] for one in out} == {b"\x81\0"}
    # From tag to tag with the priority; what came without has none.
    by_number = {struct.unpack_from("!H", one, 22)[0]: struct.unpack_from("!H", one, 14)[0]
                 for one in out}
    assert by_number == {number: 200 | [number << 13 & 0xe000, 0x6000, 0xa000, 0][number % 4]
                         for number in range(120)}
    # Without their tags they are as long as the shortest frame at least.
    assert [one[14:] for one in short] == [
        packet(size, 63, dst=UNTAGGED.format(10), size=size).ljust(46, b"\0") for size in SIZES]
    assert answer[12:18] == b"\x81\0\x40\x64\x08\0"
    for name, others in found.items():
        assert others == found["none"], name
