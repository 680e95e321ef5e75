# SPDX-License-Identifier: BSD-3-Clause
"""Three hosts around a router with `control: linux` whose configuration has interfaces and bridges.

h1 and h2 are on its bridge, 10.9.0.1, by p0 and p1; h3 is at p2.
"""
import json

from linux_lab import LinuxRouter
from netns import wait_for

OWN = "10.9.0.11", "10.9.0.12"  # of h1 and h2


class FileNet:
    def __init__(self, lab, taps, **config):
        """taps: netdevs in Linux that are up when it is ready."""
        self.taps = taps
        self.hosts = [lab.host(f"h{n + 1}") for n in range(3)]
        self.router = lab.add(LinuxRouter("router", lab.folder))
        for host in self.hosts:
            self.router.connect(host)
        self.router.launch(**config)
        self.linux = self.router.linux
        for n, address in enumerate(OWN):
            self.hosts[n].ip(f"address add {address}/24 dev eth0",
                             "route replace default via 10.9.0.1")
        self.taps_up()
        self.router.synced()

    def taps_up(self):
        for tap in self.taps:
            wait_for(lambda t=tap: self.link(t) and self.link(t)["operstate"] == "UP", f"{tap} is up")

    def link(self, name):
        """As Linux has it; None: there is no such netdev."""
        shown = self.linux.run("ip", "-j", "-d", "link", "show", "dev", name, ok=False)
        return json.loads(shown)[0] if shown.startswith("[") else None

    def interface(self, name):
        """As Sluice has it."""
        return next(row for row in self.router.json("show", "interfaces")
                    if row["interface"] == name)
