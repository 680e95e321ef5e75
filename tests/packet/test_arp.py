# SPDX-License-Identifier: BSD-3-Clause
"""ARP (RFC 826): punted, and answered for the router's own addresses."""
from scapy.layers.l2 import ARP

from frames import H0, H0_MAC, P0, P0_MAC, P1, ether, padded

BROADCAST = "ff:ff:ff:ff:ff:ff"


def request(pdst, psrc=H0, hwsrc=H0_MAC, dst=BROADCAST, **fields):
    return ether(ARP(op=1, hwsrc=hwsrc, psrc=psrc, hwdst="00:00:00:00:00:00", pdst=pdst, **fields),
                 0x0806, dst=dst)


def reply(psrc, pdst=H0, hwdst=H0_MAC):
    """Any address of the router, with the MAC of the port that was asked (arp_ignore = 0)."""
    return padded(ether(ARP(op=2, hwsrc=P0_MAC, psrc=psrc, hwdst=hwdst, pdst=pdst), 0x0806,
                        dst=hwdst, src=P0_MAC))


def answered():
    """The addresses of both ports; asked by broadcast or unicast, by anybody, by a probe (RFC
    5227); the answer goes to the sender's hardware address."""
    other = "02:00:00:00:01:77"
    return [(request(P0), reply(P0)), (request(P1), reply(P1)),
            (request(P0, dst=P0_MAC), reply(P0)),
            (request(P0, psrc="203.0.113.9"), reply(P0, "203.0.113.9")),
            (request(P0, hwsrc=other), reply(P0, hwdst=other)),
            (request(P0, psrc="0.0.0.0"), reply(P0, "0.0.0.0")),
            (request(P0) + b"\0" * 18, reply(P0))]


def silence():
    """Other hosts' addresses, replies, gratuitous ARP, claims of the router's own addresses,
    senders that are none, ARP about other protocols."""
    return [request(H0), request("192.0.2.255"), request("0.0.0.0"), request("198.51.100.10"),
            request(H0, psrc=H0), request(P0, psrc=P0), request(P0, psrc=P1),
            request(P0, psrc="224.0.0.1"), request(P0, psrc="127.0.0.1"),
            request(P0, psrc="255.255.255.255"), request(P0, hwsrc=BROADCAST),
            request(P0, hwsrc="01:00:5e:00:00:01"), request(P0, hwtype=6),
            request(P0, ptype=0x86DD),
            ether(ARP(op=2, hwsrc=H0_MAC, psrc=H0, hwdst=P0_MAC, pdst=P0), 0x0806),
            ether(ARP(op=3, hwsrc=H0_MAC, psrc=H0, hwdst=P0_MAC, pdst=P0), 0x0806)]


def test_arp(refuses):
    refuses({"punt ethertype/arp": answered() + silence()})
