# SPDX-License-Identifier: BSD-3-Clause
"""Frames for the oracle: valid ones, and such as no sane host sends.

Each begins as an ordinary datagram from the host of cable 0 to that of cable 1, some as a ping of
the router, and is then changed in up to three ways. It bears its number, the key, where no router
changes it: the identification of IPv4, the flow label of IPv6; also as source port, and as
identifier of ICMP.
"""
import itertools
import random
import socket
import struct

from lab import host4, host6, host_mac, link_local, router4, router6, router_mac

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
IP4, IP6, VLAN = 0x0800, 0x86dd, 0x8100
HOP_BY_HOP, ROUTING, FRAGMENT, AUTH, NONE, DSTOPTS = 0, 43, 44, 51, 59, 60

# Known to both routers; what has a gateway: the number of the cable whose host it is.
ROUTES4 = {"172.16.0.0/12": 0, "203.0.113.0/24": 1, "0.0.0.0/8": 1, "169.254.0.0/16": 1,
           "240.0.0.0/4": 1, "10.66.1.0/24": "unreachable", "10.66.2.0/24": "prohibit",
           "10.66.3.0/24": "blackhole"}
ROUTES6 = {"2001:db8:a::/48": 0, "2001:db8:b::/48": 1, "fc00::/7": 1, "fec0::/10": 1,
           "64:ff9b::/96": 1, "4000::/3": 1, "2001:db8:6601::/48": "unreachable",
           "2001:db8:6602::/48": "prohibit", "2001:db8:6603::/48": "blackhole"}
# More hosts on the link of cable 0.
STRANGERS = ["10.0.0.9", "2001:db8:100::9"]
LINK_LOCALS = ["fe80::1", link_local(host_mac(0)), link_local(router_mac(1))]
# On the link of cable 1, and nobody.
ABSENT4, ABSENT6 = "10.0.1.77", "2001:db8:101::77"

ADDRESSES4 = ["172.16.5.5", "203.0.113.9", "203.0.113.255", "0.0.0.7", "0.255.255.255",
              "169.254.3.4", "240.1.2.3", "255.255.255.254", "255.255.255.255", "0.0.0.0",
              "127.0.0.1", "127.255.255.255", "224.0.0.1", "224.0.0.5", "239.1.2.3", "232.0.0.1",
              "10.66.1.1", "10.66.2.1", "10.66.3.1", "10.66.4.1", ABSENT4, host4(0), host4(1),
              router4(0), router4(1), "10.0.0.255", "10.0.1.255", "10.0.1.0", "10.0.0.9"]
ADDRESSES6 = ["2001:db8:a::5", "2001:db8:b::9", "fc00::1", "fd12::", "fec0::1", "64:ff9b::a00:1",
              "4001::1", "fe80::1", "fe90::1", "febf::1", link_local(router_mac(0)),
              link_local(router_mac(1)), link_local(host_mac(0)), "::", "::1", "::2",
              "::ffff:10.0.1.2", "::10.0.1.2", "fe00::1", "ff00::1", "ff01::1", "ff02::1", "ff02::2", "ff05::2",
              "ff0e::1", "ff1e::1", "ff02::1:ff00:2", "2001:db8:6601::1", "2001:db8:6602::1",
              "2001:db8:6603::1", "2001:db8:6604::1", ABSENT6, host6(0), host6(1), router6(0),
              router6(1), "2001:db8:100::", "2001:db8:101::", "2001:db8:100::9"]
OWN4, OWN6 = [router4(0), router4(1)], [router6(0), router6(1), link_local(router_mac(0))]
HOSTILE_MACS = ["ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01", "01:00:5e:00:00:01", router_mac(1),
                host_mac(0), host_mac(1), "00:00:00:00:00:00"]


def checksum(data):
    """RFC 1071."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def l4_checksum(family, src, dst, proto, data):
    addresses = socket.inet_pton(family, src) + socket.inet_pton(family, dst)
    return checksum(addresses + struct.pack("!II", len(data), proto) + data)


def transport(f, family, proto, size):
    """A header of layer 4 with a right checksum, and size bytes of data."""
    data = bytes((f["key"] + i) % 256 for i in range(size))
    if proto == UDP:
        head, at = struct.pack("!HHHH", f["key"], 4789, 8 + size, 0), 6
    elif proto == TCP:
        head, at = struct.pack("!HHIIHHHH", f["key"], 80, 1, 0, 0x5002, 1024, 0, 0), 16
    elif proto in (ICMP, ICMP6):
        head = struct.pack("!BBHHH", f["icmp"] or (8 if proto == ICMP else 128), 0, 0, f["key"], 1)
        at = 2
    else:
        return data
    if proto == ICMP:
        total = checksum(head + data)
    else:
        total = l4_checksum(family, f["src"], f["dst"], proto, head + data) or 0xffff
    return head[:at] + struct.pack("!H", total) + head[at + 2:] + data


def ip4(f):
    payload = transport(f, socket.AF_INET, f["proto"], f["size"])
    ihl = 5 + len(f["options"]) // 4
    total = ihl * 4 + len(payload) + f["length_lie"]
    head = struct.pack("!BBHHHBBH", f["version"] << 4 | (f["ihl"] or ihl), f["tos"],
                       total & 0xffff, f["key"], f["fragment"], f["ttl"], f["proto"], 0)
    head += socket.inet_pton(socket.AF_INET, f["src"]) + socket.inet_pton(socket.AF_INET, f["dst"])
    head += f["options"]
    # Over what the receiver will take for the header.
    right = checksum((head + payload)[:(f["ihl"] or ihl) * 4])
    return head[:10] + struct.pack("!H", right ^ f["checksum_flip"]) + head[12:] + payload


def ip6(f):
    payload = transport(f, socket.AF_INET6, f["proto"], f["size"])
    proto = f["proto"]
    for kind, body in reversed(f["extensions"]):
        payload, proto = bytes([proto]) + body + payload, kind
    word = f["version"] << 28 | f["tos"] << 20 | f["key"]
    head = struct.pack("!IHBB", word, (len(payload) + f["length_lie"]) & 0xffff, proto, f["ttl"])
    return (head + socket.inet_pton(socket.AF_INET6, f["src"])
            + socket.inet_pton(socket.AF_INET6, f["dst"]) + payload)


def frame(f):
    """The bytes of a frame from its fields."""
    l3 = ip4(f) if f["family"] == IP4 else ip6(f)
    tag = b"" if f["vlan"] is None else struct.pack("!HH", VLAN, f["vlan"])
    head = mac_bytes(f["mac"]) + mac_bytes(host_mac(0)) + tag + struct.pack("!H", f["ethertype"])
    data = head + l3
    if f["cut"] is not None:
        data = data[:max(14, int(len(data) * f["cut"]))]
    data += f["trailer"]
    return data + bytes(max(0, f["pad"] - len(data)))


def plain(family, key, **changes):
    """The fields of an ordinary datagram."""
    is4 = family == IP4
    return {"family": family, "key": key, "version": 4 if is4 else 6, "ihl": None, "tos": 0,
            "length_lie": 0, "fragment": 0, "ttl": 64, "proto": UDP, "icmp": None,
            "checksum_flip": 0, "src": host4(0) if is4 else host6(0),
            "dst": host4(1) if is4 else host6(1), "options": b"", "extensions": [], "size": 20,
            "mac": router_mac(0), "ethertype": family, "vlan": None, "cut": None, "trailer": b"",
            "pad": 60, **changes}


def extension(rng):
    """One extension header: its type, and what follows its next-header byte."""
    kind = rng.choice([HOP_BY_HOP, HOP_BY_HOP, DSTOPTS, ROUTING, FRAGMENT, AUTH])
    if kind == ROUTING:
        left = rng.choice([0, 0, 1])
        body = bytes([2, rng.choice([0, 2, 3, 4, 253]), left]) + rng.randbytes(4 + 16)
    elif kind == FRAGMENT:
        offset = rng.choice([0, 1, 8, 0x1fff])
        body = struct.pack("!BHI", 0, offset << 3 | rng.randrange(2), rng.randrange(1 << 32))
    elif kind == AUTH:
        body = bytes([4]) + rng.randbytes(22)
    else:
        option = rng.choice([b"\x01\x04\0\0\0\0", b"\0\0\0\0\0\0", b"\x05\x02\0\0\x01\0",
                             b"\x1e\x04abcd", b"\x5e\x04abcd", b"\x9e\x04abcd", b"\xde\x04abcd",
                             b"\xc2\x04\0\x01\0\0"])
        body = bytes([rng.choice([0] * 9 + [77])]) + option
    return kind, body


OPTIONS4 = [b"\x01" * 4, b"\x94\x04\0\0", b"\x07\x07\x04" + bytes(4) + b"\0",
            b"\x44\x08\x05\0" + bytes(4), b"\x83\x07\x04\x0a\0\x01\x02\0",
            b"\x89\x07\x04\x0a\0\x01\x02\0", b"\x86\x0b" + bytes(10), b"\x07\xff\0\0", b"\xff" * 40,
            b"\0" * 8]


def set_size(rng, f):
    f["size"] = rng.choice([0, 1, 8, 18, 100, 577, 1300, 1360, 1372, 1373, 1352, 1353, 1400, 1444])


def set_fragment(rng, f):
    flags = rng.choice([0x2000, 0x4000, 0x8000, 0x6000, 0xe000, 0])
    f["fragment"] = flags | rng.choice([0, 0, 1, 185, 0x1fff])


def set_proto(rng, f):
    ping = ICMP if f["family"] == IP4 else ICMP6
    f["proto"] = rng.choice([ping] * 12 + [TCP] * 3 + [ICMP, ICMP6, UDP, 2, 4, 41, 47, 50, 88, 89,
                                                       112, 132, 253, 255])
    f["icmp"] = rng.choice([None] * 16 + [3, 5, 11, 12, 13, 17, 1, 2, 4, 42, 129, 130, 135, 137,
                                          200])


def set_l2(rng, f):
    f["mac"] = rng.choice(HOSTILE_MACS)


def set_tag(rng, f):
    if rng.randrange(2):
        f["vlan"] = rng.choice([0, 1, 100, 4095, 0xe000])
    else:
        f["ethertype"] = rng.choice([IP4, IP6, 0x8847, 0x88cc, 0x0600, 46])


def set_length(rng, f):
    f["length_lie"] = rng.choice([-30, -21, -20, -9, -8, -1, 1, 4, 19, 1000, -(20 + 8 + f["size"])])


def set_trailer(rng, f):
    f["trailer"] = rng.randbytes(rng.choice([1, 2, 4, 18, 46]))
    f["pad"] = rng.choice([0, 60])


def set_cut(rng, f):
    f["cut"], f["pad"] = rng.random(), rng.choice([0, 0, 60])


def set_checksum(rng, f):
    f["checksum_flip"] = rng.choice([0xffff, 1, 0x0100, rng.randrange(1, 0x10000)])


CHANGES = [
    (10, lambda rng, f: f.update(dst=rng.choice(addresses(f)))),
    (7, lambda rng, f: f.update(src=rng.choice(addresses(f)))),
    (1, lambda rng, f: f.update(src=f["dst"])),
    (4, lambda rng, f: f.update(ttl=rng.choice([0, 1, 2, 3, 128, 254, 255]))),
    (2, lambda rng, f: f.update(tos=rng.randrange(256))),
    (5, set_size), (4, set_proto), (2, set_l2), (1, set_tag), (2, set_length), (3, set_trailer),
    (2, set_cut), (1, lambda rng, f: f.update(version=rng.randrange(16))),
    (1, lambda rng, f: f.update(pad=0)),
]
CHANGES4 = CHANGES + [
    (4, set_fragment), (2, set_checksum), (1, lambda rng, f: f.update(ihl=rng.randrange(1, 16))),
    (2, lambda rng, f: f.update(options=rng.choice(OPTIONS4))),
]
CHANGES6 = CHANGES + [
    (5, lambda rng, f: f.update(extensions=[extension(rng) for _ in range(rng.randrange(1, 4))])),
]


def addresses(f):
    return ADDRESSES4 if f["family"] == IP4 else ADDRESSES6


def ping_the_router(rng, f):
    is4 = f["family"] == IP4
    f["proto"], f["dst"] = (ICMP, rng.choice(OWN4)) if is4 else (ICMP6, rng.choice(OWN6))


PADDING = bytes([1, 4, 0, 0, 0, 0])
# What chance brings too seldom.
SPECIMENS = [
    (IP4, {"options": OPTIONS4[0]}), (IP6, {"extensions": [(HOP_BY_HOP, b"\0" + PADDING)]}),
    (IP4, {"size": 1444}), (IP6, {"size": 1444}), (IP4, {"size": 1444, "fragment": 0x4000}),
    (IP4, {"vlan": 0}), (IP4, {"src": host4(1), "ttl": 1}), (IP6, {"dst": "::"}),
    *[(IP4, {"dst": "10.66.4.1"})] * 8, (IP6, {"dst": "2001:db8:6604::1"}),
    (IP6, {"dst": "fe80::1"}), (IP6, {"src": "fe80::1", "dst": STRANGERS[1]}),
    (IP6, {"src": "fe80::1"}), (IP6, {"dst": "2001:db8:101::", "proto": ICMP6}),
    (IP4, {"dst": router4(1), "proto": ICMP, "icmp": 13}), (IP4, {"dst": router4(1), "proto": TCP}),
    (IP6, {"dst": router6(1), "proto": TCP}),
    (IP6, {"dst": router6(1), "extensions": [(DSTOPTS, b"\0" + PADDING)]}),
    (IP6, {"ttl": 1, "proto": ICMP6, "icmp": 137}), (IP6, {"ttl": 1, "proto": ICMP6, "icmp": 3}),
    (IP6, {"ttl": 1, "extensions": [(DSTOPTS, b"\x4d" + PADDING)]}),
    (IP6, {"ttl": 1, "extensions": [(DSTOPTS, b"\0" + PADDING)]}),
]


# Header checksums around those that overflow when the TTL is aged (RFC 1624 3, RFC 1141).
CHECKSUMS = [0xfeff, 0xfefe, 0xff00, 0xfe00, 0xfffe, 0]


def with_checksum(key, checksum_flip, wanted):
    """A datagram whose header has this checksum, by a source that makes it so."""
    f = plain(IP4, key, src="172.16.0.0", checksum_flip=checksum_flip)
    low = (struct.unpack_from("!H", ip4({**f, "checksum_flip": 0}), 10)[0] - wanted) % 0xffff
    return {**f, "src": f"172.16.{low >> 8}.{low & 255}"}


def specimens():
    keys = itertools.count(1)
    fields = [plain(family, next(keys), **changes) for family, changes in SPECIMENS]
    fields += [with_checksum(next(keys), 0, wanted) for wanted in CHECKSUMS]
    fields.append(with_checksum(next(keys), 0xffff, 0))  # the other zero of one's complement
    return {f["key"]: frame(f) for f in fields}


def generate(seed, n):
    """Frames with the keys 1 to n."""
    rng = random.Random(seed)
    frames = specimens()
    for key in range(len(frames) + 1, n + 1):
        f = plain(rng.choice([IP4, IP6]), key)
        if rng.randrange(15) == 0:
            ping_the_router(rng, f)
        changes = CHANGES4 if f["family"] == IP4 else CHANGES6
        weights = [weight for weight, _ in changes]
        for _, change in rng.choices(changes, weights, k=rng.choice([0, 1, 1, 2, 2, 2, 3])):
            change(rng, f)
        frames[key] = frame(f)[:1514]
    return frames
