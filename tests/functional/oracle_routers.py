# SPDX-License-Identifier: BSD-3-Clause
"""The routers that the oracle compares, with the same addresses, routes and neighbours.

    sender --- p0 router p1 --- receiver        p1 has an MTU of 1400
"""
from lab import cable, host4, host6, host_mac, router4, router6
from linux_lab import KERNEL, LinuxRouter
from netns import Namespace
from oracle_frames import LINK_LOCALS, ROUTES4, ROUTES6, STRANGERS
from oracle_wire import Wire

MTUS = [1500, 1400]
NEIGHBOURS = [[host4(0), host6(0), *STRANGERS, *LINK_LOCALS], [host4(1), host6(1)]]
# No redirects, and errors without a limit.
SYSCTLS = {"ipv6/conf/default/accept_dad": 0, "ipv4/conf/all/send_redirects": 0,
           "ipv4/conf/default/send_redirects": 0, "ipv4/icmp_ratelimit": 0,
           "ipv4/icmp_ratemask": 0, "ipv6/icmp/ratelimit": 0, "ipv6/auto_flowlabels": 0}
REASONS = ("ethertype", "scope", "local", "multicast", "options", "ttl", "mtu", "glean", "no_route")
PUNTS = [{"reason": reason, "rate": 100000, "burst": 500} for reason in REASONS]


def silent(lab, role):
    """A namespace where the kernel says nothing by itself."""
    one = lab.add(Namespace(role))
    one.sysctl({"ipv6/conf/all/disable_ipv6": 1, "ipv6/conf/default/disable_ipv6": 1})
    return one


def configure(linux):
    """All that an operator says, and no long search for who is not there."""
    linux.sysctl({f"{family}/neigh/p{n}/{key}": value for family in ("ipv4", "ipv6")
                  for n in range(2) for key, value in (("mcast_solicit", 1),
                                                       ("retrans_time_ms", 10))})
    for n in range(2):
        linux.ip(f"link set p{n} up", f"address add {router4(n)}/24 brd + dev p{n}",
                 f"address add {router6(n)}/64 dev p{n} nodad",
                 *(f"neigh add {host} lladdr {host_mac(n)} dev p{n}" for host in NEIGHBOURS[n]))
    for routes, host in (ROUTES4, host4), (ROUTES6, host6):
        linux.ip(*(f"route add {prefix} via {host(way)}" if isinstance(way, int)
                   else f"route add {way} {prefix}" for prefix, way in routes.items()))


def kernel(lab, role="kernel"):
    router = lab.add(Namespace(role))
    router.sysctl({**SYSCTLS, "ipv4/ip_forward": 1, "ipv4/conf/all/rp_filter": 0,
                   "ipv4/conf/default/rp_filter": 0})
    ends = [silent(lab, f"{role}{n}") for n in range(2)]
    for n, end in enumerate(ends):
        cable(end, "eth0", router, n, MTUS[n])
    # It joins the groups of routers with the netdevs that there are.
    router.sysctl({"ipv6/conf/all/forwarding": 1})
    configure(router)
    return Wire(*ends, slow=True)


def add_taps(router):
    # Not af_packet, which asks the kernel to reassemble fragments.
    for mtu in MTUS:
        router.add_tap(mtu=mtu)


def hand_over(lab, router):
    ends = [silent(lab, f"{router.name.rpartition('-')[2]}{n}") for n in range(2)]
    for n, end in enumerate(ends):
        router.hand_over(n, end, "eth0")
    return ends


def control_none(lab):
    router = lab.router("none")
    add_taps(router)
    router.neighbours += [{"address": address, "port": "p0", "mac": host_mac(0)}
                          for address in STRANGERS]
    routes = [{"to": prefix, **({"via": host(way)} if isinstance(way, int) else {"type": way})}
              for table, host in ((ROUTES4, host4), (ROUTES6, host6))
              for prefix, way in table.items()]
    router.serve(routes=routes, punts=PUNTS)
    return Wire(*hand_over(lab, router))


def control_linux(lab):
    if KERNEL:
        return kernel(lab, "again")
    router = lab.add(LinuxRouter("linux", lab.folder))
    add_taps(router)
    router.linux.sysctl(SYSCTLS)
    router.launch(punts=PUNTS)
    # When it is switched on a netdev joins all groups of routers; one that is made later does not.
    for forwarding in 0, 1:
        router.linux.sysctl({"ipv6/conf/all/forwarding": forwarding})
    configure(router.linux)
    router.wait_until_up()
    wires = Wire(*hand_over(lab, router), slow=True)
    router.synced()
    return wires
