# SPDX-License-Identifier: BSD-3-Clause
"""The only differences from the kernel that are right: those of `control: none`, which leaves out
much, and those of `control: linux`, where the kernel does what Sluice does not. Each is a predicate
of the frame and of what came out; none excuses a packet that sluiced forwards and the kernel does
not, or that looks different behind it.
"""
import ipaddress
import struct

from lab import host4, host6, link_local, router4, router6, router_mac
from oracle_frames import (AUTH, DSTOPTS, FRAGMENT, HOP_BY_HOP, ICMP, ICMP6, IP4, IP6, LINK_LOCALS,
                           NONE, ROUTES4, ROUTES6, ROUTING, STRANGERS, TCP, VLAN)

EXTENSIONS = {HOP_BY_HOP, ROUTING, FRAGMENT, AUTH, DSTOPTS, NONE}
LINK_LOCAL = ipaddress.ip_network("fe80::/10")
# What the kernel knows the sender to be the way to.
SENDER = [ipaddress.ip_network(text) for text in
          (*(prefix for routes in (ROUTES4, ROUTES6) for prefix, way in routes.items() if way == 0),
           host4(0), host6(0), *STRANGERS, *LINK_LOCALS)]
OWN = {ipaddress.ip_address(address) for address in
       (router4(0), router4(1), router6(0), router6(1), link_local(router_mac(0)))}
# What is refused, with the type and code of the error.
REFUSED = {ipaddress.ip_network(net): kind for net, kind in {
    "10.66.1.0/24": (3, 1), "10.66.2.0/24": (3, 13), "10.66.4.0/24": (3, 0),
    "10.0.0.0/23": (3, 1), "2001:db8:100::/47": (1, 3)}.items()}


class View:
    """The frame as a receiver reads it; zeroes stand for what is not there."""

    def __init__(self, data):
        self.ethertype, = struct.unpack_from("!H", data, 12)
        self.tag = None
        at = 14
        if self.ethertype == VLAN:
            data += bytes(4)
            self.tag, self.ethertype = struct.unpack_from("!HH", data, 14)
            at = 18
        ip = data[at:] + bytes(64)
        self.is4, self.is6 = self.ethertype == IP4, self.ethertype == IP6
        if self.is4:
            self.header = (ip[0] & 15) * 4
            self.length, _, self.fragment = struct.unpack_from("!HHH", ip, 2)
            self.proto = ip[9]
            self.src, self.dst = map(ipaddress.ip_address, (ip[12:16], ip[16:20]))
            self.l4 = ip[self.header:self.length]
        elif self.is6:
            self.proto = ip[6]
            self.src, self.dst = map(ipaddress.ip_address, (ip[8:24], ip[24:40]))
            self.length, = struct.unpack_from("!H", ip, 4)
            self.l4 = ip[40:40 + self.length]


def kinds(*outs):
    return {one[0] for out in outs for one in out}


def is_refusal(view, ours):
    """One error, and the right one."""
    kinds_of = [kind for net, kind in REFUSED.items() if view.dst in net]
    return [one[3:5] for one in ours] == kinds_of and kinds(ours) == {"error"}


ALONE = {
    "IPv4 options are punted, and nobody forwards them":
        lambda v, theirs, ours: v.is4 and v.header > 20 and "forwarded" not in kinds(ours),
    "hop-by-hop headers are punted, and nobody forwards them":
        lambda v, theirs, ours: v.is6 and v.proto == HOP_BY_HOP and "forwarded" not in kinds(ours),
    "too large and without DF: the kernel sends fragments":
        lambda v, theirs, ours: (v.is4 and v.length > 1400 and not v.fragment & 0x4000 and not ours
                                 and kinds(theirs) <= {"forwarded", "error"}),
    "who asks is answered, wherever the kernel thinks that he is":
        lambda v, theirs, ours: (kinds(theirs, ours) <= {"error", "answer"}
                                 and not any(v.src in net for net in SENDER)),
    "link-local destinations are out of scope; the kernel looks for them on the link":
        lambda v, theirs, ours: (v.is6 and v.dst in LINK_LOCAL and v.dst not in OWN
                                 and [one[3:5] for one in ours] in ([], [(1, 2)])),
    "who has no address beyond the link is not forwarded; the kernel does it on the same link":
        lambda v, theirs, ours: (v.is6 and (v.src in LINK_LOCAL or not int(v.src))
                                 and [one[:2] for one in theirs] == [("forwarded", "back")]
                                 and [one[3:5] for one in ours] in ([], [(1, 2)])),
    "the anycast address of the routers of a subnet is not answered":
        lambda v, theirs, ours: (v.is6 and str(v.dst) in ("2001:db8:100::", "2001:db8:101::")
                                 and kinds(theirs) <= {"error", "answer"} and not ours),
    "ICMP timestamps are not answered":
        lambda v, theirs, ours: (v.is4 and v.proto == ICMP and v.dst in OWN and not ours
                                 and [one[3:5] for one in theirs] == [(ICMP, 14)]),
    "the router has no TCP":
        lambda v, theirs, ours: (v.proto == TCP and v.dst in OWN and not ours
                                 and [one[3] for one in theirs] == [TCP]),
    "extension headers of what is sent to the router are not walked":
        lambda v, theirs, ours: v.is6 and v.dst in OWN and v.proto in EXTENSIONS and not ours,
    "no error about a redirect (RFC 4443 2.4 e.2)":
        lambda v, theirs, ours: (v.is6 and v.proto == ICMP6 and v.l4[:1] == b"\x89" and not ours
                                 and kinds(theirs) == {"error"}),
    "what may be an error, for all that its extension headers tell, is answered by none":
        lambda v, theirs, ours: (v.is6 and v.proto in EXTENSIONS and not ours
                                 and kinds(theirs) == {"error"}),
}


COMMON = {
    # It limits them by source, for all namespaces; and when a new packet comes while it reports
    # that a neighbour is absent, it forgets the other packets that have waited.
    "the kernel does not tell every source of its refusals":
        lambda v, theirs, ours: not theirs and is_refusal(v, ours),
    "what is sent to :: is dropped; the kernel has no route for it":
        lambda v, theirs, ours: (v.is6 and not int(v.dst) and not ours
                                 and [one[3:5] for one in theirs] == [(1, 0)]),
}
CONTROL_NONE = {**ALONE, **COMMON}
CONTROL_LINUX = {
    **COMMON,
    "nor does it when it is sluiced's slow path":
        lambda v, theirs, ours: not ours and is_refusal(v, theirs),
}
# What depends on the time that passes between two packets.
BY_CHANCE = {name for name in CONTROL_LINUX if "refusals" in name or "slow path" in name}


def explain(reasons, frame, theirs, ours):
    """The name of the one of the reasons that holds, or None."""
    view = View(frame)
    if not (view.is4 or view.is6):
        return None
    return next((name for name, holds in reasons.items() if holds(view, theirs, ours)), None)
