# SPDX-License-Identifier: BSD-3-Clause
"""Sends frames through a router and says what came out of it, on both sides."""
import collections
import socket
import struct
import time

from lab import router4, router6
from oracle_frames import (ABSENT4, ABSENT6, FRAGMENT, HOP_BY_HOP, ICMP, ICMP6, IP4, IP6, OPTIONS4,
                           PADDING, TCP, checksum, frame, plain)

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33

# sluiced sends 1000 errors a second, 50 at once.
ERRORS_PER_SECOND = 1000
BATCH = 20
SENTINEL = 65000  # above every key
ABSENT = SENTINEL + 10
TIMESTAMP = 0x44
OWN4 = {socket.inet_pton(socket.AF_INET, router4(n)) for n in range(2)}
OWN6 = {socket.inet_pton(socket.AF_INET6, router6(n)) for n in range(2)}
OWN6 |= {own[:8] + bytes(8) for own in OWN6}  # the kernel speaks from the anycast address too
ERRORS4 = {3, 5, 11, 12}
CLOSED_PORT = {(4, 3, 3), (6, 1, 4)}
LINK6 = set(range(130, 138)) | {143}  # neighbour discovery and MLD: what routers say unasked


def is_own6(address):
    return address in OWN6 or address[:2] == b"\xfe\x80" and address[8:14] == b"\0\0\0\xff\xfe\0"


def error(where, family, ip, icmp, quote, key):
    """An ICMP error: its type, code, word, addresses and how much of the packet it quotes. That not
    of a closed port: the kernel has cut the packet to the length that UDP says."""
    kind = (family, icmp[0], icmp[1])
    length = 0 if kind in CLOSED_PORT else len(quote)
    return key, ("error", where, *kind, icmp[4:8].hex(), ip.hex(), length)


def answer(where, family, proto, ip, l4):
    """What the router says as a host: its TCP resets bear the key as destination port."""
    key, = struct.unpack_from("!H", l4 + bytes(8), 2 if proto == TCP else 4)
    kind = l4[0] if proto in (ICMP, ICMP6) else None
    return key, ("answer", where, family, proto, kind, ip.hex(), len(l4))


def forwarded(where, data, length, key):
    """Ethernet header and packet; behind it there may be padding, as far as the shortest frame."""
    end = 14 + length
    assert len(data) <= max(60, end), f"{data.hex()}: bytes behind the packet"
    return key, ("forwarded", where, data[:end].hex())


def without_time(ip):
    """The header with a timestamp option in front of the others, RFC 791: without the time of day,
    and without the checksum over it, which must be right."""
    assert checksum(ip[:(ip[0] & 15) * 4]) == 0, f"{ip.hex()}: checksum"
    return ip[:10] + bytes(2) + ip[12:24] + bytes(4) + ip[28:]


def read4(where, data):
    ip = data[14:]
    if (ip[0] & 15) >= 7 and ip[20] == TIMESTAMP and ip[22] > 5:
        ip = without_time(ip)
        data = data[:14] + ip
    hdr_len, total, proto = (ip[0] & 15) * 4, *struct.unpack_from("!H", ip, 2), ip[9]
    if ip[12:16] not in OWN4:
        return forwarded(where, data, total, *struct.unpack_from("!H", ip, 4))
    if struct.unpack_from("!H", ip, 6)[0] & 0x1fff:
        return None  # what the router says itself may be too large for p1
    l4 = ip[hdr_len:total]
    if proto == ICMP and l4[0] in ERRORS4:
        return error(where, 4, ip[12:20], l4, l4[8:], *struct.unpack_from("!H", l4, 12))
    return answer(where, 4, proto, ip[12:20], l4)


def read6(where, data):
    ip = data[14:]
    total, proto = 40 + struct.unpack_from("!H", ip, 4)[0], ip[6]
    label = struct.unpack_from("!I", ip)[0] & 0xfffff
    if label or not is_own6(ip[8:24]):
        return forwarded(where, data, total, label)
    l4 = ip[40:total]
    if proto == ICMP6 and l4[0] < 128:
        return error(where, 6, ip[8:40], l4, l4[8:], struct.unpack_from("!I", l4, 8)[0] & 0xfffff)
    if proto in (HOP_BY_HOP, FRAGMENT) or proto == ICMP6 and l4[0] in LINK6:
        return None
    return answer(where, 6, proto, ip[8:40], l4)


def read(where, data):
    """The key of the frame that caused this one, and what this one is. None: nothing to do with."""
    ethertype, = struct.unpack_from("!H", data, 12)
    if ethertype == IP4:
        return read4(where, data)
    if ethertype == IP6:
        return read6(where, data)
    return None


def open_end(namespace, where):
    namespace.ip("link set eth0 up")
    with namespace.inside():
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        sock.bind(("eth0", ETH_P_ALL))
        sock.setblocking(False)
    return where, sock


class Wire:
    """What runs through one router. slow: it forwards packets with options, by a slow path."""

    def __init__(self, sender, receiver, slow=False):
        self.ends = [open_end(sender, "back"), open_end(receiver, "on")]
        self.slow = slow
        self.out = None

    def close(self):
        for _, sock in self.ends:
            sock.close()

    def send(self, data):
        self.ends[0][1].send(data)

    def collect(self):
        for where, sock in self.ends:
            while True:
                try:
                    data = sock.recv(65536)
                except BlockingIOError:
                    break
                found = read(where, data)
                if found:
                    self.out[found[0]].append(found[1])

    def wait_for(self, *keys):
        """Whatever was sent before these has come out when they have: routers keep the order."""
        deadline = time.monotonic() + 30
        while not all(self.out[key] for key in keys):
            assert time.monotonic() < deadline, f"sentinels {keys} do not come out"
            self.collect()

    def flush(self):
        """Sentinels, through the fast path, to the router itself and through the slow path."""
        ways = [(IP4, {}), (IP6, {}), (IP4, {"dst": router4(0), "proto": ICMP}),
                (IP6, {"dst": router6(0), "proto": ICMP6})]
        if self.slow:
            ways += [(IP4, {"options": OPTIONS4[0]}),
                     (IP6, {"extensions": [(HOP_BY_HOP, b"\0" + PADDING)]})]
        keys = range(SENTINEL, SENTINEL + len(ways))
        for key, (family, changes) in zip(keys, ways):
            self.out[key] = []
            self.send(frame(plain(family, key, **changes)))
        self.wait_for(*keys)

    def pass_through(self, frames):
        """Send the frames (by key). For each key what came out, in no order."""
        self.out = collections.defaultdict(list)
        keys = list(frames)
        for at in range(0, len(keys), BATCH):
            # Each frame may be worth an error: no more of them than sluiced's limit allows.
            due = time.monotonic() + BATCH / ERRORS_PER_SECOND
            for key in keys[at:at + BATCH]:
                self.send(frames[key])
            self.flush()
            time.sleep(max(0, due - time.monotonic()))
        # The kernel speaks of an absent neighbour when it has searched for it. Twice: these may be
        # told of together with one that somebody was looking for already.
        for key in range(ABSENT, ABSENT + 4):
            family, dst = ((IP4, ABSENT4), (IP6, ABSENT6))[key % 2]
            self.send(frame(plain(family, key, dst=dst)))
            self.wait_for(key)
        return self.out
