# SPDX-License-Identifier: BSD-3-Clause
"""Routers that are configured with ip(8).

    wires (here sluiced runs)                  linux (here `ip` is said)
    h1 --- p0 (veth) --- sluiced --- TAPs of the same names: p0, p1 ...
    h2 --- p1 (veth) ----+

With ROUTER=kernel in the environment there is no sluiced: the veth ends are in the namespace linux,
and its kernel forwards. What a test expects of Linux it must then find as well.
"""
import json
import os

import pytest

from lab import Router, cable, router4, router6
from netns import Namespace, wait_for
from tools import losses

KERNEL = os.environ.get("ROUTER") == "kernel"

sluiced_only = pytest.mark.skipif(KERNEL, reason="the kernel is the router: no sluiced to look at")

# Addresses are there at once, errors are told without a limit and no redirects, and flows are told
# apart by ports.
COMMON = {"ipv6/conf/default/accept_dad": 0, "ipv6/conf/default/accept_ra": 0,
          "ipv4/conf/all/send_redirects": 0, "ipv4/conf/default/send_redirects": 0,
          "ipv4/icmp_ratelimit": 0, "ipv6/icmp/ratelimit": 0,
          "ipv4/fib_multipath_hash_policy": 1, "ipv6/fib_multipath_hash_policy": 1}
# What sluiced sees to by itself.
FORWARDING = {"ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1,
              "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 0,
              "ipv4/conf/all/ignore_routes_with_linkdown": 1,
              "ipv4/conf/default/ignore_routes_with_linkdown": 1,
              "ipv6/conf/all/ignore_routes_with_linkdown": 1,
              "ipv6/conf/default/ignore_routes_with_linkdown": 1}


def netdev_words(n):
    """The lines of ip(8) that an operator says about port n."""
    return [f"link set p{n} up", f"address replace {router4(n)}/24 dev p{n}",
            f"address replace {router6(n)}/64 dev p{n} nodad"]


def is_up(namespace, n):
    """The netdev of port n is there with carrier and a link-local address."""
    shown = namespace.run("ip", "-j", "address", "show", "dev", f"p{n}", ok=False)
    if not shown.startswith("["):
        return False
    link, = json.loads(shown)
    return link["operstate"] == "UP" and any(
        address["scope"] == "link" and not address.get("tentative")
        for address in link["addr_info"])


class KernelRouter(Namespace):
    """The kernel, with the interface of LinuxRouter."""

    def __init__(self, role, _folder):
        super().__init__(role)
        self.linux = self
        self.n_ports = 0
        self.sysctl({**COMMON, **FORWARDING})

    def connect(self, host, mtu=1500, **_):
        n = self.n_ports
        self.n_ports += 1
        netdev = f"eth{host.netdevs}"
        cable(host, netdev, self, n, mtu)
        host.configure(netdev, n)
        return n

    def serve(self, **_):
        for n in range(self.n_ports):
            self.ip(*netdev_words(n))
            wait_for(lambda n=n: is_up(self, n), f"p{n}")

    def synced(self):
        """Nobody has to follow the kernel."""

    def punted(self, *_):
        return 0

    def lost(self):
        return {}


class LinuxRouter(Router):
    """sluiced in a namespace of wires, and the namespace `linux` of its mirrors."""

    def __init__(self, role, folder):
        super().__init__(role, folder)
        self.config = {}
        try:
            self.linux = self.mirrors()
        except BaseException:
            super().close()
            raise

    def mirrors(self):
        """The namespace where the mirrors are going to be."""
        linux = Namespace(f"{self.name.rpartition('-')[2]}_linux")
        linux.sysctl(COMMON)
        return linux

    def add_port(self, device, **keys):
        """As the base, but the configuration says nothing of addresses and neighbours."""
        n = super().add_port(device, **keys)
        del self.ports[n]["addresses"]
        self.neighbours.clear()
        return n

    def daemon_command(self, **config):
        return super().daemon_command(**{"control": "linux", "netns": self.linux.name, **config})

    def serve(self, **config):
        """Start sluiced, and say with ip(8) what an operator would."""
        self.launch(**config)
        for n in range(len(self.ports)):
            self.linux.ip(*netdev_words(n))
        self.wait_until_up()
        self.synced()

    def launch_only(self):
        """Start sluiced with the same configuration, and return when it answers."""
        super().serve(**self.config)

    def launch(self, **config):
        """Start sluiced, and return when it answers and all mirrors are there."""
        self.config = config
        self.launch_only()
        for n in range(len(self.ports)):
            wait_for(lambda n=n: self.has_mirror(n), f"the mirror p{n}")

    def has_mirror(self, n):
        return f" p{n}: " in self.linux.run("ip", "link", "show", "dev", f"p{n}", ok=False)

    def wait_until_up(self):
        for n in range(len(self.ports)):
            wait_for(lambda n=n: is_up(self.linux, n), f"p{n}")

    def kill(self):
        """As the kernel does when memory runs out."""
        self.daemon.kill()
        self.daemon.wait(timeout=30)
        self.daemon = None

    def stop(self):
        self.daemon.terminate()
        assert self.daemon.wait(timeout=60) == 0, self.log.read_text()
        self.daemon = None

    def restart(self):
        """With the same configuration; nobody says anything with ip(8)."""
        self.launch(**self.config)
        self.wait_until_up()
        self.synced()

    # The one place that knows how `show sync` looks.

    def sync(self):
        """Rows of `show sync` by what they are about: links, addresses, neighbours, routes4,
        routes6, nexthops; messages, overruns and resyncs are rows with a number in "linux"."""
        return {row["object"]: row for row in self.json("show", "sync")}

    def counter(self, name):
        return self.sync()[name]["linux"]

    def is_synced(self):
        rows = self.sync()
        return all(rows[name]["linux"] == rows[name]["sluice"] + rows[name]["skipped"]
                   for name in ("links", "addresses", "neighbours", "routes4", "routes6",
                                "nexthops"))

    def synced(self, seconds=30):
        """Wait until Sluice has what Linux has."""
        wait_for(self.is_synced, "the same in Linux and in Sluice", seconds)

    def punted(self, reason=None):
        """Packets handed to the slow path, for this reason or any."""
        return sum(row["punted"] for row in self.json("show", "punts")
                   if reason in (None, row["reason"]))

    def lost(self):
        return losses(self)

    def story(self):
        text = super().story() + self.client("show", "sync").stdout
        for words in ("address",), ("route",), ("-6", "route"), ("neigh",), ("nexthop",):
            lines = self.linux.run("ip", *words, ok=False).splitlines()
            text += "\n".join([f"ip {' '.join(words)}: {len(lines)} lines", *lines[:40], ""])
        return text

    def close(self):
        try:
            super().close()
        finally:
            if self.linux is not self:
                self.linux.close()


class SharedRouter(LinuxRouter):
    """The mirrors p0, p1 ... are in the namespace of sluiced and of its netdevs v0, v1 ..."""

    END = "v{n}"

    def mirrors(self):
        # As a machine has it.
        self.sysctl({"ipv6/conf/all/disable_ipv6": 0, "ipv6/conf/default/disable_ipv6": 0,
                     **COMMON})
        return self

    def daemon_command(self, **config):
        return Router.daemon_command(self, **{"control": "linux", **config})


def linux_router(lab, role="router"):
    """sluiced, or the kernel in its place."""
    return lab.add((KernelRouter if KERNEL else LinuxRouter)(role, lab.folder))
