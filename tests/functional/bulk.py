# SPDX-License-Identifier: BSD-3-Clause
"""Frames in bulk: hundreds of thousands a second from Python, by sendmmsg(2) and recvmmsg(2).

All frames are of LEN bytes; what is received has as many, or is cut or filled up with zeros.
"""
import ctypes
import os
import select
import socket
import time

LEN = 60
BATCH = 256
SO_RCVBUFFORCE = 33
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
PACKET_STATISTICS = 6

libc = ctypes.CDLL(None, use_errno=True)


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class MsgHdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint), ("iov", ctypes.POINTER(IoVec)),
                ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p),
                ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int)]


class MMsgHdr(ctypes.Structure):
    _fields_ = [("hdr", MsgHdr), ("len", ctypes.c_uint)]


class Messages:
    """Room for BATCH frames, side by side."""

    def __init__(self):
        self.bytes = ctypes.create_string_buffer(BATCH * LEN)
        self._iovs = (IoVec * BATCH)()
        self.headers = (MMsgHdr * BATCH)()
        base = ctypes.addressof(self.bytes)
        for i in range(BATCH):
            self._iovs[i] = IoVec(base + i * LEN, LEN)
            self.headers[i].hdr.iov = ctypes.pointer(self._iovs[i])
            self.headers[i].hdr.iovlen = 1


class Bulk:
    """A netdev of a namespace, for `with`: frames of one EtherType."""

    def __init__(self, namespace, netdev, ethertype):
        with namespace.inside():
            self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            self._sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
            self._sock.bind((netdev, ethertype))
        self._tx, self._rx = Messages(), Messages()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._sock.close()

    def send(self, frames):
        """Bytes of whole frames, one behind the other."""
        for begin in range(0, len(frames), BATCH * LEN):
            part = frames[begin:begin + BATCH * LEN]
            ctypes.memmove(self._tx.bytes, part, len(part))
            done, total = 0, len(part) // LEN
            while done < total:
                n = libc.sendmmsg(self._sock.fileno(), ctypes.byref(self._tx.headers[done]),
                                  total - done, 0)
                if n < 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                done += n

    def receive(self, seconds=0.0):
        """Bytes of the frames that are there, or come within that time."""
        if seconds:
            select.select([self._sock], [], [], seconds)
        found = []
        while True:
            n = libc.recvmmsg(self._sock.fileno(), self._rx.headers, BATCH, socket.MSG_DONTWAIT, None)
            if n <= 0:
                return b"".join(found)
            found.append(ctypes.string_at(self._rx.bytes, n * LEN))

    def receive_all(self, count, seconds):
        """So many frames, or what has come by then."""
        found, end = b"", time.monotonic() + seconds
        while len(found) < count * LEN and time.monotonic() < end:
            found += self.receive(0.1)
        return found

    def lost(self):
        """Frames that this socket had no room for, since the last call."""
        return int.from_bytes(self._sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)[4:8], "little")
