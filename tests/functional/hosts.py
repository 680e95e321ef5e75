# SPDX-License-Identifier: BSD-3-Clause
"""Hosts, and the cables by which they reach a router; each in a namespace of its own.

Cable n, from 0, runs from a host's eth* to the router's netdev pn:

    network            router, port pn      host
    10.0.n.0/24        10.0.n.1             10.0.n.2
    2001:db8:10n::/64  2001:db8:10n::1      2001:db8:10n::2
    MAC                02:00:00:00:0n:01    02:00:00:00:0n:02
"""
import json

from netns import Namespace, wait_for


def router4(n):
    return f"10.0.{n}.1"


def router6(n):
    return f"2001:db8:10{n}::1"


def host4(n):
    return f"10.0.{n}.2"


def host6(n):
    return f"2001:db8:10{n}::2"


def router_mac(n):
    return f"02:00:00:00:{n:02x}:01"


def host_mac(n):
    return f"02:00:00:00:{n:02x}:02"


def link_local(mac):
    """The address that follows from a MAC 02:00:00:00:..., RFC 4291 appendix A."""
    byte = [int(part, 16) for part in mac.split(":")]
    return f"fe80::ff:fe00:{byte[4] << 8 | byte[5]:x}"


def cable(host, netdev, router, n, mtu=1500, end="p{n}"):
    """Cable n, up on the router's side, where its end is called p0, p1 ..."""
    end = end.format(n=n)
    router.ip(f"link add {end} address {router_mac(n)} mtu {mtu} type veth peer name {netdev} "
              f"address {host_mac(n)} mtu {mtu} netns {host.name}",
              f"link set {end} up")
    # sluiced completes no checksums that the kernel leaves to the hardware.
    host.run("ethtool", "-K", netdev, "tx", "off")


class Host(Namespace):
    """A host that answers and, unlike a router, forwards nothing."""

    def __init__(self, role):
        super().__init__(role)
        self.netdevs = 0
        # Addresses are there at once; a reply may come by another cable than it leaves by.
        self.sysctl({"ipv6/conf/default/accept_dad": 0, "ipv6/conf/default/accept_ra": 0,
                     "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 0,
                     "ipv4/ping_group_range": "0 2147483647"})

    def configure(self, netdev, n):
        """The addresses of cable n, and by the first cable the way to all others."""
        gateways = () if self.netdevs else (router4(n), router6(n))
        self.netdevs += 1
        self.address(netdev, host4(n), host6(n), gateways)

    def address(self, netdev, own4, own6, gateways):
        """Two addresses on the netdev, which is up then, and by it the way to all others."""
        self.ip(f"address add {own4}/24 dev {netdev}", f"address add {own6}/64 dev {netdev} nodad",
                f"link set {netdev} up",
                *(f"route replace default via {gateway} dev {netdev}" for gateway in gateways))
        wait_for(lambda: self.is_ready(netdev), f"the addresses of {netdev}")

    def is_ready(self, netdev):
        link, = json.loads(self.run("ip", "-j", "address", "show", "dev", netdev))
        addresses = link["addr_info"]
        return (link["operstate"] in ("UP", "UNKNOWN")
                and any(address["scope"] == "link" for address in addresses)
                and not any(address.get("tentative") for address in addresses))

    def ping(self, address, *options):
        """One echo request: was it answered, and what did ping say?"""
        # One alone: behind the last of several, ping waits no longer than the others took.
        out = self.run("ping", "-n", "-c", "1", "-W", "10", *options, address, ok=False)
        assert "1 packets transmitted" in out, out
        return "1 received" in out, out
