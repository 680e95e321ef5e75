#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the seeds of fuzz_netlink: what this machine's kernel says about a small network.

    tests/fuzz/netlink_seeds.py DIRECTORY

In a network namespace of its own, which goes with the process. A seed is the messages of one dump,
or what a listener hears while the network is made and unmade; and each message alone. What the kernel
or its `ip` cannot do is left out.
"""
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

INSIDE = "NETLINK_SEEDS_INSIDE"
SOL_NETLINK, ADD_MEMBERSHIP, STRICT_CHK = 270, 1, 12
GROUPS = 1, 3, 5, 7, 9, 11, 32
NLM_F_DUMP_REQUEST = 0x301
NLMSG_DONE = 3
# name: type, fixed part
DUMPS = {
    "links": (18, bytes(16)),
    "addresses": (22, bytes(8)),
    "neighbours": (30, bytes(12)),
    "routes": (26, bytes(12)),
    "nexthops": (106, bytes(8)),
    # AF_BRIDGE, with lists of VLANs in ranges
    "ports": (18, b"\7" + bytes(15) + struct.pack("=HHI", 8, 29, 4)),
    "fdb": (30, b"\7" + bytes(11)),
}
ALONE_MAX = 1024

NETWORK = """
link set lo up
link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
link set v0 alias a-port mtu 1400 addrgenmode none
link set v0 up
link set v1 addrgenmode none up
addr add 192.0.2.1/24 brd + dev v0
addr add 192.0.2.65 peer 198.51.100.1/32 dev v0
addr add 2001:db8::1/64 dev v0 nodad
addr add 2001:db8:f::1 peer 2001:db8:e::1/64 dev v0 nodad
neigh add 192.0.2.2 lladdr 02:00:00:00:00:09 dev v0 protocol 83
neigh add 192.0.2.3 dev v0 nud failed
neigh add 2001:db8::2 lladdr 02:00:00:00:00:09 dev v0 router
neigh add proxy 192.0.2.77 dev v0
route add default via 192.0.2.2
route add default via 2001:db8::2 metric 20
route add 203.0.113.0/26 via inet6 2001:db8::2 dev v0
route add 203.0.113.64/26 mtu lock 1300 via 192.0.2.2
route add 203.0.113.128/26 nexthop via 192.0.2.2 weight 3 nexthop via inet6 2001:db8::2 dev v0 weight 256 nexthop dev v1
route add 203.0.113.192/26 encap ip id 7 dst 192.0.2.9 via 192.0.2.2
route add 2001:db8:1::/48 nexthop via 2001:db8::2 weight 2 nexthop via 2001:db8::3
route add 2001:db8:2::/48 from 2001:db8:3::/48 via 2001:db8::2
route add blackhole 10.0.0.0/8
route add unreachable 2001:db8:4::/48
route add prohibit 10.1.0.0/16 table 1000
route add throw 10.2.0.0/16 tos 0x10
nexthop add id 1 via 192.0.2.2 dev v0
nexthop add id 2 via 192.0.2.3 dev v0
nexthop add id 3 group 1,3/2,200
nexthop add id 4 group 1/2 type resilient buckets 4
nexthop add id 5 blackhole
nexthop add id 6 via 2001:db8::2 dev v0
nexthop add id 7 via 192.0.2.2 fdb
nexthop add id 8 encap ip id 7 dst 192.0.2.9 via 192.0.2.2 dev v0
route add 10.3.0.0/16 nhid 3
route add 2001:db8:5::/48 nhid 6
link add br0 type bridge ageing_time 1000 stp_state 1
link add br1 type bridge vlan_filtering 1
link add v2 type veth peer name v3
link add link v2 name v2.7 type vlan id 7 protocol 802.1ad
link set v2 master br0
link set v2 type bridge_slave isolated on learning off
link set v2.7 master br1
link set v3 master br1
link set br0 up
"""
BRIDGES = """
link set dev v2 flood off mcast_flood off bcast_flood off
link set dev v2 state 3
fdb add 02:00:00:00:00:51 dev v2 master static
fdb add 02:00:00:00:00:52 dev v2 master static sticky
fdb add 02:00:00:00:00:53 dev v2 master extern_learn dynamic
fdb add 02:00:00:00:00:54 dev v3 master static vlan 10
vlan add dev v3 vid 10 pvid untagged
vlan add dev v3 vid 100-200
vlan add dev br1 vid 10 self
fdb del 02:00:00:00:00:51 dev v2 master
"""
GONE = """
link set v2 nomaster
route replace 203.0.113.0/26 dev v1
route del 10.3.0.0/16
nexthop del id 1
neigh del 192.0.2.2 dev v0
addr del 192.0.2.1/24 dev v0
link del v0
"""


def ip(commands, program="ip"):
    """Not by -batch: that ends at the first word that the program does not know."""
    for line in commands.strip().splitlines():
        done = subprocess.run([program, *line.split()], check=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode:
            print(f"netlink_seeds: without `{program} {line}`: {done.stderr.strip()}", file=sys.stderr)


def messages_of(datagram):
    while len(datagram) >= 16:
        (length,) = struct.unpack_from("=I", datagram)
        yield datagram[:length]
        datagram = datagram[length + 3 & ~3:]


def padded(message):
    return message + bytes(-len(message) % 4)


def opened():
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    s.bind((0, 0))
    s.settimeout(5)
    return s


def dump(kind, head):
    with opened() as s:
        s.setsockopt(SOL_NETLINK, STRICT_CHK, 1)
        s.send(struct.pack("=IHHII", 16 + len(head), kind, NLM_F_DUMP_REQUEST, 1, 0) + head)
        while True:
            for message in messages_of(s.recv(65536)):
                if struct.unpack_from("=H", message, 4)[0] <= NLMSG_DONE:
                    return
                yield message


def heard(s):
    s.setblocking(False)
    try:
        while True:
            yield from messages_of(s.recv(65536))
    except BlockingIOError:
        return


def main():
    if INSIDE not in os.environ:
        unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
        os.execvpe("unshare", [*unshare, sys.executable, *sys.argv], {**os.environ, INSIDE: "1"})
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    listener = opened()
    for group in GROUPS:
        listener.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)
    ip(NETWORK)
    ip(BRIDGES, "bridge")
    seeds = {name: list(dump(*request)) for name, request in DUMPS.items()}
    ip(GONE)
    seeds["events"] = list(heard(listener))
    for name, messages in seeds.items():
        assert messages, f"the kernel says nothing of {name}"
        (folder / name).write_bytes(b"".join(map(padded, messages)))
        for i, message in enumerate(messages):
            if len(message) <= ALONE_MAX:
                (folder / f"{name}-{i}").write_bytes(message)


if __name__ == "__main__":
    main()
