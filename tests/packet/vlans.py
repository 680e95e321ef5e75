# SPDX-License-Identifier: BSD-3-Clause
"""VLAN interfaces beside the network of frames.py: of each the router has .1 and ::1, a host .10 and
::10.

    p0        .100 (802.1Q)     198.18.100.0/24  2001:db8:100::/64
              .7 (802.1ad)      -
              .7.30 (802.1Q)    198.18.30.0/24   2001:db8:30::/64
    p1        .200 (802.1Q)     198.18.200.0/24  2001:db8:200::/64, a MAC address of its own
              .201 (802.1Q)     198.18.201.0/24  2001:db8:201::/64, MTU 1400
"""
from conftest import CONFIG
from frames import P0_MAC, P1_MAC, mac_bytes

Q, AD = 0x8100, 0x88A8
MAC_200 = "02:00:00:00:02:99"
# Name: the tags that its frames have, its third byte, the router's MAC address, that of the host.
VLANS = {
    "p0.100": ([(Q, 100)], 100, P0_MAC, "02:00:00:01:00:10"),
    "p0.7.30": ([(AD, 7), (Q, 30)], 30, P0_MAC, "02:00:00:00:30:10"),
    "p1.200": ([(Q, 200)], 200, MAC_200, "02:00:00:02:00:10"),
    "p1.201": ([(Q, 201)], 201, P1_MAC, "02:00:00:02:01:10"),
}


def address(name, host):
    return f"198.18.{VLANS[name][1]}.{host}"


def address6(name, host):
    return f"2001:db8:{VLANS[name][1]}::{host}"


def addresses(name):
    return [address(name, 1) + "/24", address6(name, 1) + "/64"]


KEYS = {
    # In an order in which a parent stands behind its child.
    "interfaces": [
        {"name": "p0.7.30", "parent": "p0.7", "vlan": 30, "addresses": addresses("p0.7.30")},
        {"name": "p0.100", "parent": "p0", "vlan": 100, "addresses": addresses("p0.100")},
        {"name": "p0.7", "parent": "p0", "vlan": 7, "protocol": "802.1ad"},
        {"name": "p1.200", "parent": "p1", "vlan": 200, "mac": MAC_200,
         "addresses": addresses("p1.200")},
        {"name": "p1.201", "parent": "p1", "vlan": 201, "mtu": 1400,
         "addresses": addresses("p1.201")},
    ],
    "neighbours": CONFIG["neighbours"] + [
        {"address": found(name, 10), "port": name, "mac": VLANS[name][3]}
        for name in VLANS for found in (address, address6)],
}


def tagged(frame, *tags):
    """With these tags, (TPID, TCI) each, the outer one first."""
    return frame[:12] + b"".join(tpid.to_bytes(2, "big") + tci.to_bytes(2, "big")
                                 for tpid, tci in tags) + frame[12:]


def with_priority(tags, tci_bits):
    """PCP and DEI in the outer one."""
    (tpid, tci), *inner = tags
    return [(tpid, tci | tci_bits), *inner]


def macs(dst, src):
    return mac_bytes(dst) + mac_bytes(src)
