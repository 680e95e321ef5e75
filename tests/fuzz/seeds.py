#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the seeds of a fuzz target from captures.

    tests/fuzz/seeds.py TARGET DIRECTORY CAPTURE...

TARGET: pipeline or responder; the inputs that they read are described in pipeline_frames.h and
fuzz_responder.c. Each frame becomes a seed (for the pipeline also in segments), and for the
pipeline each capture one more, with all its frames in one burst.
"""
import itertools
import struct
import sys
from pathlib import Path

BURST_MAX = 64
RESPONDER_WHYS = 10
CHAIN, CRAMPED = 4 << 5 | 2, 7 << 5 | 3 << 3 | 1
TO_UNCHAINED = 12
TO_TAGGED = 20  # and the next
# The ports that are bridged, as an input's first byte says; NO_SMALL in it: nothing can be cloned.
MEMBERS = {"b0": 0x10, "b1": 0x11, "t0": 0x12, "t1": 0x13, "out.9": 0x01, "in.6.9": 0x00,
           "unchained.9": 0x03}
NO_SMALL = 0x08
HOSTS = range(8)  # the bridge, four hosts, nobody, broadcast, multicast
KNOWN_OR_ALL = 1, 2, 3, 6
TO_BRIDGED = 25  # and the next nine
ROUTED_TO = range(1, 35)
PLAIN_PORTS = 0x00, 0x01  # `in`, and `out`, which is mirrored; both have VLAN interfaces
SHORT = 42, 51, 55, 56, 59
MTUS = 1300, 1500, 2000  # of members of bridges


def frames_of(path):
    """The frames of a pcap file as pcap/make.py writes it."""
    whole = path.read_bytes()
    assert whole[:4] == struct.pack("<I", 0xa1b2c3d4), f"{path}: not a little endian pcap file"
    at = 24
    while at < len(whole):
        (length,) = struct.unpack_from("<I", whole, at + 8)
        yield whole[at + 16:at + 16 + length]
        at += 16 + length


def pipeline_frame(frame, shape=0):
    """As it is: nothing mended, no other destination; the PMD says nothing of its checksum."""
    return struct.pack("!BBBH", shape, 0x0c, 0, len(frame)) + frame


def unchained_frame(frame, shape):
    """The same, sent to where chains must be made one segment."""
    return struct.pack("!BBBH", shape, 0, TO_UNCHAINED, len(frame)) + frame


def tagged_frame(frame, tags, to):
    """With tags in front: of a VLAN interface, of one within another, of the priority."""
    return struct.pack("!BBBH", 0, tags << 6 | 0x10, to, len(frame)) + frame


def bridged(name, frames):
    """From each member to each kind of host, with all tags; to what the router has behind bridges."""
    for (member, port), host in itertools.product(MEMBERS.items(), HOSTS):
        burst = b"".join(
            struct.pack("!BBBH", (0, CHAIN, CRAMPED)[i % 3], (i % 4) << 6 | 0x10,
                        host << 5 | TO_BRIDGED + i % 7, len(frame)) + frame
            for i, frame in enumerate(frames))
        yield f"{name}-{member}-{host}", bytes([port]) + burst
        yield f"{name}-{member}-{host}-none", bytes([port | NO_SMALL]) + burst
    for i, frame in enumerate(frames):
        for to in range(TO_BRIDGED, TO_BRIDGED + 10):
            yield f"{name}-{i}-to{to}", b"\0" + struct.pack("!BBBH", 0, 0x10, to, len(frame)) + frame


def around_mtus(name, frame):
    """Those that just fit, and one byte more, with up to two tags that do not count: from each member
    with all tags, and to what the router has behind bridges."""
    for mtu, more in itertools.product(MTUS, (0, 1, 4, 5, 8, 9)):
        long = frame + bytes(14 + mtu + more - len(frame))
        for (member, port), host in itertools.product(MEMBERS.items(), KNOWN_OR_ALL):
            yield f"{name}-{mtu}-{more}-{member}-{host}", bytes([port]) + b"".join(
                tagged_frame(long, tags, host << 5 | TO_BRIDGED) for tags in range(4))
        for to in range(TO_BRIDGED, TO_BRIDGED + 10):
            yield f"{name}-{mtu}-{more}-to{to}", b"\0" + tagged_frame(long, 0, to)


def short(name, frame):
    """Those that are too short without their tags; with small mbufs and without."""
    for nothing in 0, NO_SMALL:
        for (member, port), host in itertools.product(MEMBERS.items(), KNOWN_OR_ALL):
            yield f"{name}-short-{member}-{host}-{nothing}", bytes([port | nothing]) + b"".join(
                tagged_frame(frame[:size], tags, host << 5 | TO_BRIDGED)
                for size in SHORT for tags in range(4))
        for port, to in itertools.product(PLAIN_PORTS, ROUTED_TO):
            yield f"{name}-short-{port}-to{to}-{nothing}", bytes([port | nothing]) + b"".join(
                tagged_frame(frame[:size], tags, to) for size in SHORT for tags in range(4))


def pipeline(name, frames):
    for i, frame in enumerate(frames):
        yield f"{name}-{i}", b"\0" + pipeline_frame(frame)
        # In three segments, the first with 20 bytes; in two, without tailroom.
        yield f"{name}-{i}-chain", b"\0" + pipeline_frame(frame, CHAIN)
        yield f"{name}-{i}-cramped", b"\0" + pipeline_frame(frame, CRAMPED)
        for tags in 1, 2, 3:
            yield f"{name}-{i}-tags{tags}", b"\0" + tagged_frame(frame, tags, TO_TAGGED)
    frames = frames[:BURST_MAX]
    yield from bridged(name, frames)
    if name == "ip4-udp":
        yield from around_mtus(name, frames[0])
        yield from short(name, frames[0])
    yield f"{name}-tags", b"\0" + b"".join(
        tagged_frame(frame, i % 4, TO_TAGGED + i % 2) for i, frame in enumerate(frames))
    yield f"{name}-burst", b"\0" + b"".join(map(pipeline_frame, frames))
    yield f"{name}-unchained", b"\0" + b"".join(
        unchained_frame(frame, (CHAIN, CRAMPED)[i % 2]) for i, frame in enumerate(frames))


def responder(name, frames):
    """Every reason to punt in turn; all addresses, an MTU of 1280."""
    for i, frame in enumerate(frames):
        yield f"{name}-{i}", bytes([0x21, i % RESPONDER_WHYS, 0x05, 0x00]) + frame


def main():
    target = {"pipeline": pipeline, "responder": responder}[sys.argv[1]]
    folder = Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(Path, sys.argv[3:]):
        for name, seed in target(path.stem, list(frames_of(path))):
            (folder / name).write_bytes(seed)


if __name__ == "__main__":
    main()
