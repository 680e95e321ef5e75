# SPDX-License-Identifier: BSD-3-Clause
"""VLAN netdevs of hosts on machines whose kernel has no 802.1Q: a TAP, and a thread that puts tags on
what leaves by it and takes them off what comes."""
import fcntl
import os
import select
import socket
import struct
import threading

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
VLAN_VALID, TPID_VALID = 0x10, 0x40  # of struct tpacket_auxdata
TUNSETIFF, IFF_TAP_NO_PI = 0x400454ca, 0x1002
TPIDS = {"q": 0x8100, "ad": 0x88a8}
MACS = 12  # bytes of a frame before its tags


def tag_of(text):
    """Of "100" or "ad7": the bytes."""
    protocol = "ad" if text.startswith("ad") else "q"
    return struct.pack("!HH", TPIDS[protocol], int(text.removeprefix("ad")))


class Tagged:
    """The netdev `name` of the namespace, a VLAN (or one in another) of its netdev `parent`."""

    def __init__(self, namespace, parent, name, *tags):
        self._tags = b"".join(map(tag_of, tags))
        with namespace.inside():
            self._tap = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self._tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP_NO_PI))
            self._wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
            self._wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            self._wire.bind((parent, ETH_P_ALL))
        namespace.ip(f"link set {name} address {self._wire.getsockname()[4].hex(':')} up")
        self._end, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        os.close(self._stop)
        self._thread.join()
        self._wire.close()
        os.close(self._tap)
        os.close(self._end)

    def _run(self):
        while True:
            ready, _, _ = select.select([self._tap, self._wire, self._end], [], [])
            if self._end in ready:
                return
            try:
                if self._tap in ready:
                    frame = os.read(self._tap, 65536)
                    self._wire.send(frame[:MACS] + self._tags + frame[MACS:])
                if self._wire in ready:
                    self._receive()
            except OSError:  # a netdev is down
                pass

    def _receive(self):
        frame, extra, _, _ = self._wire.recvmsg(65536, 64)
        for level, kind, data in extra:  # the kernel has taken the outer tag off
            if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
                continue
            status, _, _, _, _, tci, tpid = struct.unpack_from("=IIIHHHH", data)
            if status & VLAN_VALID:
                tag = struct.pack("!HH", tpid if status & TPID_VALID else 0x8100, tci)
                frame = frame[:MACS] + tag + frame[MACS:]
        if self._is_own(frame):
            os.write(self._tap, frame[:MACS] + frame[MACS + len(self._tags):])

    def _is_own(self, frame):
        """Its tags, whatever their priority."""
        words = struct.iter_unpack("!HH", frame[MACS:MACS + len(self._tags)])
        own = struct.iter_unpack("!HH", self._tags)
        return (len(frame) >= MACS + len(self._tags)
                and all(tpid == want and tci & 0xfff == vid
                        for (tpid, tci), (want, vid) in zip(words, own)))
