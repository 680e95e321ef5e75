# SPDX-License-Identifier: BSD-3-Clause
"""Answers of any size, whatever the mbufs hold (`dpdk.mbuf_size`, 256 at the least): a long one
is a chain."""
import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import (H0, H0_6, H0_MAC, P0, P0_6, P0_MAC, answer, error4, error6, ether, icmp6, ip4,
                    ip6, padded)

JUMBO = with_mtu(CONFIG, 9000, "p0", "p1")
MBUF_SIZES = (256, 1645, 2176)


def data(size):
    return bytes((i * 7 + i // 256) % 256 for i in range(size))


def dpdk(mbuf_size):
    return {"hugepages": False, "memory": 128, "mbuf_size": mbuf_size}


def ping4(size):
    """An echo request in a packet of so many bytes, and its answer."""
    reply = ICMP(type=0, id=7, seq=9) / Raw(data(size - 28))
    return (ether(ip4(ICMP(id=7, seq=9) / Raw(data(size - 28)), dst=P0)),
            answer(IP(src=P0, dst=H0, ttl=64, id=0) / reply))


def ping6(size):
    rest = b"\0\7\0\x09" + data(size - 48)
    return (ether(icmp6(H0_6, P0_6, b"\x80\0", rest)), answer(icmp6(P0_6, H0_6, b"\x81\0", rest)))


@pytest.mark.parametrize("mbuf_size", MBUF_SIZES)
def test_arp(answers, mbuf_size):
    request = ARP(op=1, hwsrc=H0_MAC, psrc=H0, hwdst="00:00:00:00:00:00", pdst=P0)
    reply = ARP(op=2, hwsrc=P0_MAC, psrc=P0, hwdst=H0_MAC, pdst=H0)
    answers("punt ethertype/arp", [(ether(request, 0x0806, dst="ff:ff:ff:ff:ff:ff"),
                                    padded(ether(reply, 0x0806, dst=H0_MAC, src=P0_MAC)))],
            dpdk=dpdk(mbuf_size))


@pytest.mark.parametrize("mbuf_size", MBUF_SIZES)
@pytest.mark.parametrize("ping", [ping4, ping6])
def test_echo(answers, ping, mbuf_size):
    """Around each multiple of an mbuf of 128 bytes, and up to the MTU."""
    answers("punt local/icmp", [ping(size) for size in (84, 113, 114, 115, 242, 243, 1499, 1500)],
            dpdk=dpdk(mbuf_size))


@pytest.mark.parametrize("mbuf_size", MBUF_SIZES)
@pytest.mark.parametrize("ping", [ping4, ping6])
def test_jumbo_echo(answers, ping, mbuf_size):
    answers("punt local/icmp", [ping(size) for size in (1501, 2034, 2035, 4096, 8999, 9000)],
            dpdk=dpdk(mbuf_size), config=JUMBO)


@pytest.mark.parametrize("ping", [ping4, ping6])
def test_no_echo_above_the_mtu(refuses, ping):
    """What came in may be larger than the port's MTU; the answer may not, and none is
    fragmented."""
    refuses({"punt local/icmp": [ping(1501)[0]]}, dpdk=dpdk(256))


def test_errors(answers):
    four, six = (ether(ip4(Raw(data(1000)), proto=253, ttl=1)),
                 ether(ip6(Raw(data(1400)), nh=253, hlim=1)))
    answers("punt ttl/any", [(four, error4(four, 11, 0)), (six, error6(six, 3, 0))],
            dpdk=dpdk(256))
