# SPDX-License-Identifier: BSD-3-Clause
"""Hosts of one LAN, and switches (sluiced with bridges) between them.

A host of the LAN has a number of its own, and with it whatever port it is on:

    LAN l, host i                  10.9.l.(10 + i)      2001:db8:9l::(10 + i)
    MAC                            02:00:00:09:0l:(10 + i)
    the router on that LAN         10.9.l.1             2001:db8:9l::1
"""
from hosts import Host, cable
from lab import Router
from linux_lab import LinuxRouter


def lan4(lan, i):
    return f"10.9.{lan}.{10 + i}"


def lan6(lan, i):
    return f"2001:db8:9{lan}::{10 + i:x}"


def lan_mac(lan, i):
    return f"02:00:00:09:{lan:02x}:{10 + i:02x}"


def gateway4(lan):
    return f"10.9.{lan}.1"


def gateway6(lan):
    return f"2001:db8:9{lan}::1"


def gateway(lan):
    """What an interface of the router on that LAN has as its addresses."""
    return [f"{gateway4(lan)}/24", f"{gateway6(lan)}/64"]


def neighbours(lan, i, port):
    """The host, as `neighbours` of the configuration."""
    return [{"address": address, "port": port, "mac": lan_mac(lan, i)}
            for address in (lan4(lan, i), lan6(lan, i))]


class LanHost(Host):
    def __init__(self, role, lan, i):
        super().__init__(role)
        self.lan, self.i = lan, i
        self.mac = lan_mac(lan, i)

    def settle(self, netdev):
        """The addresses on this netdev, and by it the way to all others; the first frame from there
        says who is here."""
        lan, i = self.lan, self.i
        self.ip(f"link set {netdev} address {self.mac}")
        self.address(netdev, lan4(lan, i), lan6(lan, i), (gateway4(lan), gateway6(lan)))

    def leave(self, netdev, unplug):
        """Nobody is there any more; with unplug, the cable is out too."""
        self.ip(f"address flush dev {netdev} scope global", f"link set {netdev} address 02:00:00:00:99:99",
                f"link set {netdev} {'down' if unplug else 'up'}")


def bare_port(router, mtu, device="net_af_packet{n},iface={end}", **keys):
    """A port without addresses. Returns its number."""
    n = router.add_port(device, mtu=mtu, **keys)
    router.ports[n].pop("addresses", None)
    del router.neighbours[-2 if router.neighbours else 0:]
    return n


def bare(router, host, mtu=1500, **keys):
    """A port without addresses, with a veth to the host. Returns its number, and what the netdev is
    called there."""
    n, netdev = bare_port(router, mtu, **keys), f"eth{host.netdevs}"
    host.netdevs += 1
    cable(host, netdev, router, n, mtu, router.END)
    return n, netdev


def trunk(one, other, mtu=1500):
    """A veth between two routers. Returns the numbers of their ports."""
    n, m = (bare_port(router, mtu) for router in (one, other))
    one.ip(f"link add p{n} mtu {mtu} type veth peer name p{m} mtu {mtu} netns {other.name}",
           f"link set p{n} up")
    other.ip(f"link set p{m} up")
    return n, m


class Switch(Router):
    """control: none."""

    linux = None


class LinuxSwitch(LinuxRouter):
    """control: linux; what the file makes is there too, with its addresses."""

    def serve(self, **config):
        self.launch(**config)
        for n in range(len(self.ports)):
            self.linux.ip(f"link set p{n} up")
        for key in "interfaces", "bridges":
            for one in config.get(key, []):
                self.linux.ip(f"link set {one['name']} up")
        self.synced()


SWITCHES = {"none": Switch, "linux": LinuxSwitch}
