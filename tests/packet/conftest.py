# SPDX-License-Identifier: BSD-3-Clause
"""Packets in, packets out: the network of frames.py around one sluiced."""
import collections
import pathlib
import sys

import pytest

from frames import (H0, H0_6, H0_MAC, H1, H1_6, H1_MAC, P0, P0_6, P0_MAC, P1, P1_6, P1_MAC,
                    anonymous, ether, forwarded, ip4, ip6, numbered)
from huge_pages import NUMBER, add_huge_pages, huge_pages
from router import Router
from wires import WiredRouter

# What suites share.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

CONFIG = {
    "workers": [1],
    "control": "none",
    "dpdk": {"hugepages": False, "memory": 128},
    "ports": [
        {"name": "p0", "mac": P0_MAC, "addresses": [P0 + "/24", P0_6 + "/64"]},
        {"name": "p1", "mac": P1_MAC, "addresses": [P1 + "/24", P1_6 + "/64"]},
    ],
    "neighbours": [
        {"address": address, "port": port, "mac": mac}
        for port, mac, addresses in (("p0", H0_MAC, (H0, H0_6)), ("p1", H1_MAC, (H1, H1_6)))
        for address in addresses
    ],
    # Beyond what any test sends, so that only those about policing meet a limit.
    "punts": [{"reason": reason, "rate": 1000000, "burst": 5000} for reason in
              ("ethertype", "scope", "local", "multicast", "options", "ttl", "mtu", "glean",
               "no_route", "kernel")],
}

# Of each family a network that is nobody's, and a third port with gateways to it.
NETS = {
    4: {"to": "203.0.113.0/24", "dst": "203.0.113.9", "gateways": [H1, "198.18.2.10"],
        "frame": ether(ip4(dst="203.0.113.9")), "blackhole": "drop ip4_blackhole"},
    6: {"to": "2001:db8:e::/48", "dst": "2001:db8:e::9", "gateways": [H1_6, "2001:db8:a2::10"],
        "frame": ether(ip6(dst="2001:db8:e::9")), "blackhole": "drop ip6_blackhole"},
}
P2 = {"name": "p2", "mac": "02:00:00:00:00:03", "addresses": ["198.18.2.1/24", "2001:db8:a2::1/64"]}
CONFIG3 = {
    **CONFIG,
    "ports": CONFIG["ports"] + [P2],
    "neighbours": CONFIG["neighbours"] + [
        {"address": net["gateways"][1], "port": "p2", "mac": "02:00:00:00:03:10"}
        for net in NETS.values()],
    "punts": [],
}


def with_mtu(config, mtu, *names):
    """The configuration with that MTU on the ports."""
    return {**config, "ports": [{**port, "mtu": mtu} if port["name"] in names else port
                                for port in config["ports"]]}


Result = collections.namedtuple("Result", "sent counters copies")


@pytest.fixture
def router(tmp_path):
    """Makes routers that end with the test: router(frames, config keys...)."""
    made = []

    def make(frames=None, endless=False, config=CONFIG, own_network=False, **keys):
        directory = tmp_path / f"router{len(made)}"
        directory.mkdir()
        made.append(Router(directory, {**config, **keys}, frames, endless,
                           own_network=own_network))
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.fixture
def wired(tmp_path):
    """Starts routers on TAPs that end with the test: wired(configuration, names of ports...)."""
    made = []

    def make(config, *names):
        directory = tmp_path / f"router{len(made)}"
        directory.mkdir()
        made.append(WiredRouter(directory, config, names or ("p0", "p1", "p2")))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.fixture
def flooded(router):
    """Starts a router whose p0 repeats a frame."""
    made = []

    def start(frame, **keys):
        made.append(router({"p0": [frame] * 64}, endless=True, config=CONFIG3, **keys))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def more_huge_pages():
    """256 MiB of them beside those that others use, for as long as the test takes."""
    if not NUMBER.exists():
        pytest.skip("this kernel has no huge pages")
    need, added = -(-256 // huge_pages()[2]), 0
    try:
        try:
            added = add_huge_pages(need)
        except OSError as error:
            pytest.skip(f"{NUMBER}: {error.strerror}")
        if added < need:
            pytest.skip(f"there is no memory for {need} more huge pages")
        yield
    finally:
        if added > 0:
            add_huge_pages(-added)


@pytest.fixture
def exchange(router):
    """Put frames into ports, {"p0": [...]}, and say what became of them."""

    def run(frames, **keys):
        with router(frames, **keys) as one:
            one.settle()
            counters = one.counters()
            copies = {row["site"]: row["packets"] for row in one.cmd("show copies")}
            one.stop()
        return Result(one.sent(), counters, copies)

    return run


@pytest.fixture
def forwards(exchange):
    """Check that frames put into p0 leave by p1, in order and with nothing else changed."""

    def check(frames, **keys):
        result = exchange({"p0": frames}, **keys)
        assert result.counters == {}
        assert result.sent["p0"] == []
        assert_same(result.sent["p1"], list(map(forwarded, frames)))
        assert set(result.copies.values()) == {0}

    return check


def assert_same(found, expected):
    """Two lists of frames are equal; says which frame is not. Within a burst, those of one family
    overtake those of the other, whose order is kept."""
    found, expected = (sorted(frames, key=lambda frame: frame[12:14])
                       for frames in (found, expected))
    for number, (one, other) in enumerate(zip(found, expected)):
        assert one.hex() == other.hex(), f"frame {number}"
    assert len(found) == len(expected)


@pytest.fixture
def refuses(exchange):
    """Check that frames put into p0 are refused, each kind for its reason.

    expected: {counter: [frame, or (frame, its answer), ...]}. The frames of the n-th counter are
    sent n times, so that no two can be counted for one another. A good frame of the family beside
    each is forwarded, and nothing comes out else but the answers. What is punted and has none is
    dropped as no_control. At most 50 ICMP errors at once are to be had.
    """

    def check(expected, **keys):
        frames, answers, counters = [], [], collections.Counter()
        for times, (counter, cases) in enumerate(expected.items(), 1):
            for case in cases * times:
                frame, *answer = case if isinstance(case, tuple) else (case,)
                beside = ip6 if frame[12:14] == b"\x86\xdd" else ip4
                frames += [frame, numbered(len(frames) // 2, beside)]
                answers += answer
                counters[counter] += 1
                counters["drop no_control"] += counter.startswith("punt") and not answer
        result = exchange({"p0": frames}, **keys)
        assert result.counters == +counters
        assert_same(result.sent["p1"], list(map(forwarded, frames[1::2])))
        # Within a burst, what the header decides is punted before what the route decides.
        assert_same(sorted(map(anonymous, result.sent["p0"])), sorted(map(anonymous, answers)))

    return check


@pytest.fixture
def answers(refuses):
    """Check that frames put into p0 are punted for the reason and answered: pairs of both."""

    def check(counter, pairs, **keys):
        refuses({counter: pairs}, **keys)

    return check
