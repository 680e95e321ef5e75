# SPDX-License-Identifier: BSD-3-Clause
"""Port mirroring: the target sends what was received, and what was sent, bit by bit."""
import collections
import os
import pathlib

from scapy.packet import Raw

from conftest import CONFIG, CONFIG3, P2, assert_same, with_mtu
from frames import H1, ether, forwarded, ip4, ip6, numbered, padded
from router import wait_for
from vlans import KEYS, Q, VLANS, address, tagged

# Between the others p2 has nothing to send.
QUIET = {**CONFIG, "ports": CONFIG["ports"] + [{"name": "p2", "mac": P2["mac"]}]}


def mirror(direction, sample=1, port="p0", to="p2"):
    return {"from": [port], "to": to, "direction": direction, "sample": sample}


def payload(size):
    return Raw(bytes((i * 7 + i // 256) % 256 for i in range(size)))


def frames():
    """Around the length of the headers that are copied, and far beyond."""
    return [frame for size in (46, 81, 82, 83, 100, 1000, 1500)
            for frame in (ether(ip4(payload(size - 20), proto=253)),
                          ether(ip6(payload(size - 40), nh=253)))]


def run(router, sent, mirrors, config=QUIET, received=None, **keys):
    """What the ports have sent, `show span`, and the bytes that were copied by place."""
    with router({"p0": sent}, config=config, mirrors=mirrors, **keys) as one:
        # Each frame comes out once, and again for each session that takes it.
        wait_for("all frames", lambda: one.ask("show nodes")[0]["packets"] ==
                 (received or len(sent)))
        waiting = [None]

        def quiet():
            now = [one.ask("show nodes"), one.ask("show span")]
            before, waiting[0] = waiting[0], now
            return before == now

        wait_for("the end of it", quiet)
        spans = one.cmd("show span")
        copies = {row["site"]: row["bytes"] for row in one.cmd("show copies")}
        counters = one.counters()
        one.stop()
    return one, spans, copies, counters


def no_payload(copies):
    """What is copied is headers."""
    return not copies.keys() - {"replicate_headers"} - {site for site, n in copies.items() if not n}


def test_rx(router):
    """As received, though the router writes into the same frames."""
    sent = frames()
    one, spans, copies, counters = run(router, sent, [mirror("rx")])
    assert one.sent_by("p2") == sent
    assert_same(one.sent_by("p1"), list(map(forwarded, sent)))
    assert spans == [{"from": "p0", "to": "p2", "direction": "rx", "sample": 1,
                      "mirrored": len(sent), "sampled_out": 0, "dropped": 0}]
    assert no_payload(copies) and copies["replicate_headers"] == (34 + 54) * len(sent) // 2
    assert counters == {}


def test_rx_of_what_is_padded(router):
    """Too short without the tag: what fills up the forwarded frame is not in the mirrored one."""
    plain = [ether(ip4(payload(size), src=address("p0.100", 10), proto=253), src=VLANS["p0.100"][3])
             for size in range(23)]
    sent = [tagged(frame, (Q, 100)) for frame in plain]
    one, _, copies, counters = run(router, sent, [mirror("rx")], config={**QUIET, **KEYS})
    assert one.sent_by("p2") == sent
    assert_same(one.sent_by("p1"), [padded(forwarded(frame)) for frame in plain])
    assert no_payload(copies)
    assert counters == {}


def test_tx(router):
    """As sent, and nothing at all is copied."""
    sent = frames()
    one, spans, copies, counters = run(router, sent, [mirror("tx", port="p1")])
    assert_same(one.sent_by("p1"), list(map(forwarded, sent)))
    assert one.sent_by("p2") == one.sent_by("p1")
    assert spans[0]["mirrored"] == len(sent)
    assert set(copies.values()) == {0}
    assert counters == {}


def test_both(router):
    """p0 receives frames and sends the answers: a mirror of both has both."""
    sent = [ether(ip4(payload(20), ttl=1))] * 5
    one, spans, _, _ = run(router, sent, [mirror("both")])
    answers = one.sent_by("p0")
    assert len(answers) == len(sent)
    assert collections.Counter(one.sent_by("p2")) == collections.Counter(sent + answers)
    assert spans[0]["mirrored"] == 2 * len(sent)


def test_dropped_frames_are_mirrored(router):
    """Whatever becomes of them: they were received."""
    sent = [frames()[0][:40], frames()[0][:14], b"\x02" * 13 + b"\x01", frames()[3][:30] + b"\xff"]
    one, _, _, counters = run(router, sent, [mirror("rx")])
    assert one.sent_by("p2") == sent
    assert sum(n for name, n in counters.items() if name.startswith("drop")) == len(sent)


def test_sample(router):
    """One of 7, counted from the first."""
    sent = [numbered(i, ip4) for i in range(100)]
    one, spans, _, _ = run(router, sent, [mirror("rx", 7)])
    assert one.sent_by("p2") == sent[::7]
    assert (spans[0]["mirrored"], spans[0]["sampled_out"]) == (15, 85)
    assert len(one.sent_by("p1")) == 100


def test_several(router):
    """Two sessions of one port, two to one target, which is itself mirrored and forwards too."""
    sent = frames()
    mirrors = [{"from": ["p0", "p1"], "to": "p2"}, mirror("rx", to="p1"),
               mirror("both", port="p2", to="p0")]
    one, spans, _, counters = run(router, sent, mirrors)
    out = list(map(forwarded, sent))
    assert collections.Counter(one.sent_by("p2")) == collections.Counter(sent + out)
    assert collections.Counter(one.sent_by("p1")) == collections.Counter(sent + out)
    assert one.sent_by("p0") == []  # what is mirrored to p2 is not mirrored again
    assert [row["mirrored"] for row in spans] == [len(sent)] * 3 + [0]
    assert counters == {}


def test_chains(router):
    """Segments of 128 bytes, of which the router gathers the headers of some."""
    sent = [ether(ip4(payload(size), proto=253)) for size in (80, 94, 128, 700, 1500, 8900)] * 5
    config = with_mtu(QUIET, 9000, "p0", "p1", "p2")
    one, _, copies, counters = run(
        router, sent, [mirror("rx"), mirror("tx", port="p1")], config=config,
        dpdk={"hugepages": False, "memory": 128, "mbuf_size": 256})
    assert collections.Counter(one.sent_by("p2")) == collections.Counter(
        sent + list(map(forwarded, sent)))
    assert no_payload(copies)
    assert counters == {}


def test_ports_that_take_no_segments(router):
    """A ring hands its mbufs on, to a port that routes them: it has copies, and they are counted.

    What p0 receives is mirrored into p2, a ring that brings it in again by p2: for another MAC
    address than p2's, so it is dropped there, after it was mirrored to p3 as received."""
    sent = frames()
    config = {**CONFIG, "ports": CONFIG["ports"] + [
        {"name": "p2", "device": "net_ring_loop", "mac": P2["mac"]},
        {"name": "p3", "mac": "02:00:00:00:00:04"}]}
    one, spans, copies, counters = run(
        router, sent, [mirror("rx"), mirror("rx", port="p2", to="p3")], config=config,
        received=2 * len(sent), dpdk={"hugepages": False, "memory": 160})
    assert one.sent_by("p3") == sent
    assert copies["replicate_copy"] == sum(map(len, sent))
    assert [row["mirrored"] for row in spans] == [len(sent)] * 2
    assert counters == {"drop ether_not_mine": len(sent)}


def test_at_run_time(router):
    """Sessions come and go while frames pass; what is wrong is refused."""
    with router({"p0": [ether(ip4(dst=H1))] * 64}, endless=True, config=CONFIG3) as one:
        def mirrored():
            rows = one.cmd("show span")
            return rows[0]["mirrored"] + rows[0]["dropped"] if rows else 0

        for _ in range(3):
            one.cmd("mirror add from p0 to p2 direction rx sample 3")
            wait_for("mirrored frames", mirrored)
            assert "is mirrored to p2 already" in one.refused("mirror add from p0 to p2")
            one.cmd("mirror del from p0 to p2")
            assert one.cmd("show span") == []
        assert "is not mirrored to p2" in one.refused("mirror del from p0 to p2")
        assert "to itself" in one.refused("mirror add from p0 to p0")
        assert "'p9'" in one.refused("mirror add from p0 to p9")
        one.cmd("mirror add from p0 to p2")
        one.cmd("mirror add from p1 to p2 direction tx")
        one.cmd("mirror add from p0 to p1 direction rx")
        wait_for("mirrored frames", mirrored)
        one.cmd("port del p2")  # its sessions end
        assert [(row["from"], row["to"]) for row in one.cmd("show span")] == [("p0", "p1")]
        one.cmd("clear stats")
        wait_for("frames", lambda: one.cmd("show span")[0]["mirrored"])


def test_a_session_after_one_that_left_out_many(router):
    with router({"p0": [ether(ip4(dst=H1))] * 64}, endless=True, config=CONFIG3) as one:
        one.cmd("mirror add from p0 to p2 direction rx sample 1000000")
        wait_for("frames that are left out", lambda: one.cmd("show span")[0]["sampled_out"])
        one.cmd("mirror del from p0 to p2")
        one.cmd("mirror add from p0 to p2 direction rx")
        wait_for("mirrored frames", lambda: one.cmd("show span")[0]["mirrored"])
        assert one.cmd("show span")[0]["sampled_out"] == 0


def test_clones_for_rings_of_added_ports(router, monkeypatch):
    """Rings that are full of mirrored frames, as those of NICs are, leave enough for more."""
    ring = pathlib.Path(os.environ["BUILD"]) / "tests/bench/nic_model.so"
    monkeypatch.setenv("LD_PRELOAD", str(ring))
    # In a build with it, it insists on being first.
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
    one = router({"p0": [ether(ip4(dst=H1))] * 64}, endless=True, config=CONFIG,
                 dpdk={"hugepages": False, "memory": 512})
    one.start()
    monkeypatch.delenv("LD_PRELOAD")
    names = [f"q{i}" for i in range(7)]
    for i, name in enumerate(names):
        one.cmd(f"port add {name} net_null{i},no-rx=1")
        one.cmd(f"mirror add from p0 to {name} direction rx")

    def rows():
        return {row["to"]: row for row in one.ask("show span")}

    # Far more than all small mbufs that there are.
    wait_for("full rings", lambda: all(row["mirrored"] > 100000 for row in rows().values()))
    assert set(rows()) == set(names)
    assert "drop replicate_mbufs" not in one.counters()
    small = [row for row in one.ask("show mempools") if row["pool"].startswith("small")]
    assert [row["in_use"] > 1024 * 4 for row in small if row["state"] == "used"] == [True]
    one.stop()
