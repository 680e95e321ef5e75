# SPDX-License-Identifier: BSD-3-Clause
"""Hosts around a router, all in namespaces of their own; hosts.py has their addresses and cables,
and tests find all of it here."""
import json
import os
import subprocess

from hosts import (Host, cable, host4, host6, host_mac,  # noqa: F401
                   link_local, router4, router6, router_mac)
from netns import Namespace, wait_for

SLUICED = os.environ["SLUICED"]
SLUICE = os.environ["SLUICE"]


class Router(Namespace):
    """A namespace for the netdevs of sluiced, where the kernel has no address and no route."""

    END = "p{n}"  # what its ends of cables are called

    def __init__(self, role, folder):
        super().__init__(role)
        self.folder = folder
        self.api = str(folder / f"{role}.sock")
        self.log = folder / f"{role}.log"
        self.ports = []
        self.neighbours = []
        self.daemon = None
        self.sysctl({"ipv6/conf/all/disable_ipv6": 1, "ipv6/conf/default/disable_ipv6": 1,
                     "ipv4/ip_forward": 0})

    def add_port(self, device, **keys):
        """One more port, with the addresses of its cable. Returns the number of the cable."""
        n = len(self.ports)
        device = device.format(n=n, mac=router_mac(n), end=self.END.format(n=n))
        self.ports.append({"name": f"p{n}", "device": device, "mac": router_mac(n),
                           "addresses": [f"{router4(n)}/24", f"{router6(n)}/64"], **keys})
        for address in host4(n), host6(n):
            self.neighbours.append({"address": address, "port": f"p{n}", "mac": host_mac(n)})
        return n

    def connect(self, host, mtu=1500, device="net_af_packet{n},iface={end}", **keys):
        """A cable to the host. Returns its number."""
        n = self.add_port(device, mtu=mtu, **keys)
        netdev = f"eth{host.netdevs}"
        cable(host, netdev, self, n, mtu, self.END)
        host.configure(netdev, n)
        return n

    def add_tap(self, **keys):
        """A port on a TAP that sluiced makes; hand_over() it when it serves. Returns its number."""
        return self.add_port("net_tap{n},iface=p{n},mac={mac}", **keys)

    def hand_over(self, n, namespace, netdev):
        """Give the TAP of cable n away. Its MTU stays: the driver cannot reach it any more."""
        self.ip(f"link set p{n} netns {namespace.name}")
        namespace.ip(f"link set p{n} name {netdev} address {host_mac(n)}")

    def daemon_command(self, **config):
        """The command line of sluiced; the configuration is written, the rest of it as given."""
        path = self.folder / f"{self.name}.yaml"
        config = {"control": "none", "api": self.api, "ports": self.ports,
                  "neighbours": self.neighbours, "dpdk": {"hugepages": False, "memory": 128},
                  **config}
        path.write_text(json.dumps(config, indent=1))  # JSON is YAML
        return SLUICED, "-c", str(path)

    def serve(self, **config):
        """Start sluiced, and return when it answers."""
        with open(self.log, "w", encoding="utf-8") as log:
            self.daemon = self.start(*self.daemon_command(**config), stdout=log, stderr=log)
        wait_for(self.is_serving, "an answer of sluiced")

    def is_serving(self):
        assert self.daemon.poll() is None, f"sluiced has ended: {self.log.read_text()}"
        return self.client("show", "version").returncode == 0

    def client(self, *words):
        return subprocess.run([SLUICE, "-s", self.api, *words], capture_output=True, text=True,
                              timeout=60, check=False)

    def sluice(self, *words):
        """A command that must succeed; what it printed."""
        done = self.client(*words)
        assert done.returncode == 0, f"sluice {' '.join(words)}: {done.stderr}"
        return done.stdout

    def json(self, *words):
        return json.loads(self.sluice("-j", *words))

    def story(self):
        """What is worth knowing when a test has failed."""
        text = self.log.read_text() if self.log.exists() else ""
        for words in (("show", "port", "stats", "all"), ("show", "drops"), ("show", "punts")):
            text += self.client(*words).stdout
        return text

    def close(self):
        try:
            if self.daemon:
                self.daemon.terminate()
                code = self.daemon.wait(timeout=60)
                assert code == 0, f"sluiced has ended with {code}: {self.log.read_text()}"
        finally:
            super().close()


class Lab:
    """All namespaces of a test; made as needed, closed together."""

    def __init__(self, folder):
        self.folder = folder
        self.namespaces = []

    def add(self, namespace):
        self.namespaces.append(namespace)
        return namespace

    def host(self, role):
        return self.add(Host(role))

    def router(self, role="router"):
        return self.add(Router(role, self.folder))

    def story(self):
        return "\n".join(one.story() for one in self.namespaces if isinstance(one, Router))

    def close(self):
        errors = []
        while self.namespaces:
            try:
                self.namespaces.pop().close()
            except Exception as error:  # the others are to be closed all the same
                errors.append(error)
        if errors:
            raise errors[0]
