# SPDX-License-Identifier: BSD-3-Clause
"""The Ethernet header: whose frame it is, and what is in it."""
from scapy.layers.l2 import SNAP, LLC

from conftest import CONFIG
from frames import H0_MAC, P0, P0_6, P0_MAC, P1_MAC, ether, ip4, ip6, mac_bytes, numbered

BROADCAST, MULTICAST4, MULTICAST6 = "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01"


def test_not_for_this_mac(refuses):
    """Whatever it holds."""
    strangers = [P1_MAC, H0_MAC, "00:00:00:00:00:00", "02:00:00:00:00:81", "02:00:00:00:80:01",
                 "82:00:00:00:00:01", "00:00:00:00:00:01", "06:00:00:00:00:01"]
    refuses({"drop ether_not_mine":
             [ether(layer3(), dst=mac) for mac in strangers for layer3 in (ip4, ip6)] +
             [ether(b"\0" * 46, kind, dst=P1_MAC)
              for kind in (0x0806, 0x88CC, 0x0800, 0x86DD, 0x0005)]})


def test_one_stranger_among_many(exchange):
    """In bursts of one family, which are looked at as a whole: any single bit of the MAC."""
    def strangers(mac, layer3):
        good = numbered(0, layer3)[6:]
        own = int.from_bytes(mac_bytes(mac), "big")
        macs = [(own ^ 1 << bit).to_bytes(6, "big") for bit in range(48) if bit != 40]
        return [one + good for stranger in macs for one in [mac_bytes(mac)] * 63 + [stranger]]

    result = exchange({"p0": strangers(P0_MAC, ip4), "p1": strangers(P1_MAC, ip6)})
    assert result.counters == {"drop ether_not_mine": 2 * 47}
    assert len(result.sent["p1"]) == 2 * 47 * 63


def test_unicast_packet_in_group_frame(refuses):
    """RFC 1812 5.3.4: what came as a link's broadcast or multicast is not forwarded, and an error
    is not sent about it (4.3.2.7)."""
    groups = [BROADCAST, MULTICAST4, MULTICAST6, "03:00:00:00:00:01"]
    refuses({"drop ip4_l2_multicast": [ether(ip4(**fields), dst=mac) for mac in groups for fields
                                       in ({}, {"dst": "203.0.113.1"}, {"ttl": 1})],
             "drop ip6_l2_multicast": [ether(ip6(**fields), dst=mac) for mac in groups for fields
                                       in ({}, {"dst": "2001:db8:9::1"}, {"hlim": 1})]})


def test_own_frame_comes_back(refuses):
    """What was sent to a group from the port's own MAC address has gone round a loop."""
    groups = [BROADCAST, MULTICAST4, MULTICAST6]
    arp = b"\0\1\x08\0\6\4\0\1" + bytes(38)
    refuses({"drop ether_src_own": [ether(payload, kind, dst=mac, src=P0_MAC) for mac in groups
                                    for payload, kind in ((arp, 0x0806), (ip4(dst=P0), None))],
             "punt ethertype/arp": [ether(arp, 0x0806, dst=BROADCAST, src=P1_MAC)]})


def test_to_the_router_in_group_frame(refuses):
    """It goes the way of what is addressed to the router; an error is not sent about it."""
    refuses({"punt local/other": [ether(ip4(dst=P0), dst=BROADCAST),
                                  ether(ip6(dst=P0_6), dst=MULTICAST6)]})


def test_other_ethertypes(refuses):
    """LLDP, length fields, and what nobody knows."""
    payload = bytes(range(46))
    kinds = [0x88CC, 0x8847, 0x8863, 0x9000, 0xFFFF, 0x0801, 0x0008, 0xDD86, 0x0600]
    refuses({"punt ethertype/other":
             [ether(payload, kind) for kind in kinds] +
             [ether(payload, 0x88CC, dst="01:80:c2:00:00:10"),
              ether(bytes(LLC() / SNAP() / ip4()), 46), ether(payload, 0)],
             "punt ethertype/control":
             [ether(payload, kind, dst=f"01:80:c2:00:00:{last:02x}")
              for kind, last in [(0x88CC, 14), (0x8809, 2), (0x888E, 3), (46, 0), (0xFFFF, 15)]]})


def test_mac_of_the_device(exchange):
    """Without `mac:` the port has that of its device, and takes no other's frames."""
    ports = [{key: value for key, value in port.items() if key != "mac"}
             for port in CONFIG["ports"]]
    result = exchange({"p0": [ether(ip4())]}, ports=ports)
    assert result.counters == {"drop ether_not_mine": 1}
