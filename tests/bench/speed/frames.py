# SPDX-License-Identifier: BSD-3-Clause
"""Frames of the smallest size with right checksums, and pcap files of them."""
import socket
import struct

SENDER = bytes.fromhex("020000000101")


def checksum(header):
    total = sum(struct.unpack("!%dH" % (len(header) // 2), header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame4(mac, destination, rng):
    """60 bytes of UDP to an address (a number), from 198.18.0.0/16."""
    source = 198 << 24 | 18 << 16 | rng.getrandbits(16)
    head = struct.pack("!BBHHHBBHII", 0x45, 0, 46, 0, 0, 64, socket.IPPROTO_UDP, 0, source, destination)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    udp = struct.pack("!HHHH", rng.randrange(1024, 65536), 53, 26, 0)
    return mac + SENDER + b"\x08\x00" + head + udp + bytes(18)


def frame6(mac, destination, rng):
    """62 bytes of UDP to an address (a number), from 2001:db8:ffff::/112."""
    source = 0x20010DB8FFFF << 80 | rng.randrange(1, 65536)
    head = struct.pack("!IHBB", 6 << 28, 8, socket.IPPROTO_UDP, 64) + source.to_bytes(16, "big") \
        + destination.to_bytes(16, "big")
    ports = struct.pack("!HHH", rng.randrange(1024, 65536), 53, 8)
    pseudo = head[8:] + struct.pack("!II", 8, socket.IPPROTO_UDP)
    udp = ports + struct.pack("!H", checksum(pseudo + ports) or 0xFFFF)  # must not be 0 (RFC 8200 8.1)
    return mac + SENDER + b"\x86\xdd" + head + udp


def tagged(frame, vlan):
    """Four bytes longer, with an 802.1Q tag."""
    return frame[:12] + struct.pack("!HH", 0x8100, vlan) + frame[12:]


def write_pcap(path, frames):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            out.write(struct.pack("<IIII", i, 0, len(frame), len(frame)) + frame)
