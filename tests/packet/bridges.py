# SPDX-License-Identifier: BSD-3-Clause
"""What tests of bridges have in common: hosts, frames, tables."""
from frames import ether
from router import wait_for

A, B, C, R = (f"02:00:00:00:0a:0{i}" for i in range(1, 5))
BR0_MAC, P3_MAC = "02:00:00:00:00:b0", "02:00:00:00:00:03"
BROADCAST, MULTICAST = "ff:ff:ff:ff:ff:ff", "01:00:5e:01:02:03"
BASE = {"workers": [1], "dpdk": {"hugepages": False, "memory": 128}}


def frame(dst, src, number=0, kind=0x88B5):
    return ether(number.to_bytes(4, "big") + bytes(46), kind, dst=dst, src=src)


def tagged(untagged, *tags):
    """With tags in front: (VID, priority with DEI, TPID) each, the outer one first."""
    text = b""
    for tag in tags:
        vid, priority, tpid = (*tag, *(0, 0, 0x8100)[len(tag):])
        text += tpid.to_bytes(2, "big") + (priority << 12 | vid).to_bytes(2, "big")
    return untagged[:12] + text + untagged[12:]


def bridge(*ports, **keys):
    return {**BASE, "bridges": [{"name": "br0", "mac": BR0_MAC, "ports": list(ports), **keys}]}


def fdb(router):
    """What is known beside own addresses: {(mac, vlan): (port, type)}."""
    return {(row["mac"], row["vlan"]): (row["port"], row["type"]) for row in router.ask("show fdb")
            if row["type"] != "own"}


def learn(router, *hosts):
    """Hosts (port, MAC) are heard of, by a broadcast each that goes to all others."""
    for port, mac in hosts:
        others = {name: [frame(BROADCAST, mac)] for name in router.names[:3] if name != port}
        router.exchange({port: frame(BROADCAST, mac)}, others)
        wait_for(lambda: fdb(router), lambda: fdb(router).get((mac, None)) == (port, "learned"))
