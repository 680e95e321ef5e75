# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's forwarding is the oracle: the same frames through it and through sluiced, with the
same addresses, routes and neighbours. What comes out must be the same.

    sender --- p0 kernel p1 --- receiver        p1 has an MTU of 1400
    sender --- p0 sluice p1 --- receiver

$ORACLE_SEED and $ORACLE_FRAMES look elsewhere, or longer.
"""
import collections
import os

import pytest

import oracle_reasons
from lab import cable, host4, host6, host_mac, router4, router6
from netns import Namespace
from oracle_frames import ROUTES4, ROUTES6, STRANGERS, LINK_LOCALS, generate
from oracle_wire import SENTINEL, Wire

SEED = int(os.environ.get("ORACLE_SEED", "1"))
FRAMES = int(os.environ.get("ORACLE_FRAMES", "4000"))
MTUS = [1500, 1400]
NEIGHBOURS = [[host4(0), host6(0), *STRANGERS, *LINK_LOCALS], [host4(1), host6(1)]]


def silent(lab, role):
    """A namespace where the kernel says nothing by itself."""
    one = lab.add(Namespace(role))
    one.sysctl({"ipv6/conf/all/disable_ipv6": 1, "ipv6/conf/default/disable_ipv6": 1})
    return one


def kernel(lab):
    router = lab.add(Namespace("kernel"))
    router.sysctl({
        "ipv4/ip_forward": 1, "ipv6/conf/default/accept_dad": 0,
        "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 0,
        # No redirects, and errors without a limit.
        "ipv4/conf/all/send_redirects": 0, "ipv4/conf/default/send_redirects": 0,
        "ipv4/icmp_ratelimit": 0, "ipv4/icmp_ratemask": 0, "ipv6/icmp/ratelimit": 0,
        "ipv6/auto_flowlabels": 0})
    ends = [silent(lab, f"k{n}") for n in range(2)]
    for n, end in enumerate(ends):
        cable(end, "eth0", router, n, MTUS[n])
    # It joins the groups of routers with the netdevs that there are.
    router.sysctl({"ipv6/conf/all/forwarding": 1})
    # No long search for who is not there.
    router.sysctl({f"{family}/neigh/p{n}/{key}": value for family in ("ipv4", "ipv6")
                   for n in range(2) for key, value in (("mcast_solicit", 1),
                                                        ("retrans_time_ms", 10))})
    for n in range(2):
        router.ip(f"address add {router4(n)}/24 brd + dev p{n}",
                  f"address add {router6(n)}/64 dev p{n} nodad",
                  *(f"neigh add {host} lladdr {host_mac(n)} dev p{n}" for host in NEIGHBOURS[n]))
    for routes, host in (ROUTES4, host4), (ROUTES6, host6):
        router.ip(*(f"route add {prefix} via {host(way)}" if isinstance(way, int)
                    else f"route add {way} {prefix}" for prefix, way in routes.items()))
    return Wire(*ends)


def sluice(lab):
    router = lab.router("sluice")
    # Not af_packet, which asks the kernel to reassemble fragments.
    for mtu in MTUS:
        router.add_tap(mtu=mtu)
    router.neighbours += [{"address": address, "port": "p0", "mac": host_mac(0)}
                          for address in STRANGERS]
    routes = [{"to": prefix, **({"via": host(way)} if isinstance(way, int) else {"type": way})}
              for table, host in ((ROUTES4, host4), (ROUTES6, host6))
              for prefix, way in table.items()]
    reasons = ("ethertype", "scope", "local", "multicast", "options", "ttl", "mtu", "glean",
               "no_route")
    router.serve(routes=routes,
                 punts=[{"reason": reason, "rate": 100000, "burst": 500} for reason in reasons])
    ends = [silent(lab, f"s{n}") for n in range(2)]
    for n, end in enumerate(ends):
        router.hand_over(n, end, "eth0")
    return Wire(*ends)


@pytest.fixture(scope="module")
def wires(lab):
    made = {"kernel": kernel(lab), "sluice": sluice(lab)}
    yield made
    for wire in made.values():
        wire.close()


def test_the_same_comes_out(wires):
    frames = generate(SEED, FRAMES)
    # One CPU, so that the kernel takes the frames in their order.
    cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cpus)})
    try:
        out = {name: wire.pass_through(frames) for name, wire in wires.items()}
    finally:
        os.sched_setaffinity(0, cpus)

    used = collections.Counter()
    defects = []
    for key, frame in frames.items():
        theirs, ours = sorted(out["kernel"][key]), sorted(out["sluice"][key])
        used.update({one[0] for one in theirs + ours})
        if theirs == ours:
            continue
        reason = oracle_reasons.explain(frame, theirs, ours)
        used[reason] += 1
        if not reason:
            defects.append(f"{frame.hex()}\n  kernel {theirs}\n  sluice {ours}")
    # sluiced says nothing that no frame has asked for.
    assert not {key: ways for key, ways in out["sluice"].items()
                if key not in frames and key < SENTINEL}
    print("\n".join(f"{n:6} {what}" for what, n in used.most_common()))
    assert not defects, f"seed {SEED}: {len(defects)} defects:\n" + "\n".join(defects[:20])
    # It is no test if nothing comes out, and no reason if nothing needs it.
    assert used["forwarded"] > FRAMES / 4
    assert used["error"] > FRAMES / 20
    assert used["answer"] > FRAMES / 100
    assert not [name for name in oracle_reasons.REASONS if not used[name]]
