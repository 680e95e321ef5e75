# SPDX-License-Identifier: BSD-3-Clause
"""`lookup` says what the nodes do, also where no route decides."""
from scapy.layers.inet6 import IPv6

from frames import H0_6, P0_LL, P1, ether, ip6
from test_ecmp import DST, network

SPECIAL = {
    "drop": ["0.0.0.0", "127.0.0.1", "127.255.255.255", "::", "::1", "ff01::1", "ff00::5"],
    "multicast": ["224.0.0.5", "239.255.255.255", "ff02::5", "ff0e::1"],
    "local": ["255.255.255.255", P0_LL],
    "scope": ["fe80::ff:fe00:99"],
}

REFUSED = {
    f"{DST[4]} sport 1": "sport and dport are ports of a protocol",
    f"{DST[6]} dport 0": "sport and dport are ports of a protocol",
    f"{DST[4]} label 1": "IPv4 packets have no flow label",
    f"{DST[4]} source ::2": "of different families",
}


def test_addresses_without_a_route(router):
    """Nor do default routes change it."""
    routes = [{"to": "0.0.0.0/0", "type": "blackhole"}, {"to": "::/0", "type": "blackhole"}]
    with router(routes=routes) as one:
        for action, addresses in SPECIAL.items():
            for address in addresses:
                assert one.cmd(f"lookup {address}") == {"address": address, "action": action}
        assert one.cmd(f"lookup {P1}")["action"] == "local"
        for address in ("8.8.8.8", "fec0::1", "240.0.0.1"):
            assert one.cmd(f"lookup {address}")["action"] == "blackhole"
        for arguments, sentence in REFUSED.items():
            assert sentence in one.refused(f"lookup {arguments}")


def test_flow_label(router):
    """Packets that differ by their label alone take the paths that it names."""
    labels = [n * 26000 for n in range(40)] + [0xFFFFF]
    frames = [ether(ip6(dst=DST[6], fl=label)) for label in labels]
    with router({"p0": frames}, **network((1, 1, 1))) as one:
        one.settle()
        predicted = {label: one.cmd(f"lookup {DST[6]} source {H0_6} protocol udp sport 1000 "
                                    f"dport 2000 label {label}")["port"] for label in labels}
        one.stop()
        found = {IPv6(frame[14:54]).fl: port for port, sent in one.sent().items()
                 for frame in sent}
    assert found == predicted
    assert len(set(found.values())) == 3
