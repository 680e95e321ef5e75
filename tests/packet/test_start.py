# SPDX-License-Identifier: BSD-3-Clause
"""Starts that are refused: exit 1, one sentence that says why, and nothing left behind."""
import json
import os
import pathlib
import re
import socket

import pytest

from huge_pages import huge_pages
from router import start_daemon, wait_for

pytestmark = pytest.mark.alone

PORT = {"name": "p0", "device": "net_null0"}
SMALL = {"hugepages": False}


def run(*args, **how):
    """(exit code, what it printed, what it complained of)."""
    process = start_daemon(*args, **how)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def configuration(tmp_path, **keys):
    file = tmp_path / "sluice.yaml"
    # A group that is there, whatever the machine: else a warning comes first.
    file.write_text(json.dumps({"workers": [1], "control": "none", "api_group": str(os.getgid()),
                                "api": str(tmp_path / "sock"), "dpdk": SMALL,
                                "ports": [PORT], **keys}, indent=1))
    return file


@pytest.fixture
def sentence(tmp_path):
    """Starts with these keys of the configuration, in vain; returns the sentence that says why."""

    (tmp_path / "runtime").mkdir()

    def start(device=None, **keys):
        if device:
            keys["ports"] = [{**PORT, "device": device}]
        code, out, err = run("-c", configuration(tmp_path, **keys), runtime=tmp_path / "runtime")
        ours = [line for line in err.splitlines() if line.startswith("sluiced:")]
        assert (code, out, len(ours)) == (1, "", 1), err
        assert err.splitlines()[-1] == ours[0]
        # DPDK makes directories before it knows whether it starts.
        assert not [file for _, _, files in os.walk(tmp_path / "runtime") for file in files]
        assert sorted(os.listdir(tmp_path)) == ["runtime", "sluice.yaml"]
        return ours[0].removeprefix("sluiced: error: ")

    return start


def test_twice(router):
    """The first goes on, with its socket."""
    with router() as first:
        code, out, err = run("-c", first.directory / "sluice.yaml")
        assert (code, out) == (1, "")
        api = first.config["api"]
        assert err.splitlines() == [
            f"sluiced: {api}.lock is held: waiting up to 5 s for another sluiced to end",
            f"sluiced: error: another sluiced is running on {api}"]
        assert first.cmd("show version")["pid"] == first.process.pid


def test_unknown_instructions(sentence, monkeypatch):
    monkeypatch.setenv("SLUICE_SIMD", "sse9")
    assert sentence() == "SLUICE_SIMD: found 'sse9', expected scalar, avx2 or avx512"


@pytest.mark.parametrize("path", ["file", "directory", "no/where/sock"])
def test_path_that_is_no_socket(tmp_path, path):
    place = tmp_path / path
    if path == "file":
        place.write_text("precious")
    elif path == "directory":
        place.mkdir()
    code, out, err = run("-c", configuration(tmp_path, api=str(place)))
    assert (code, out) == (1, "") and str(place.parent) in err and err.count("\n") == 1
    assert path != "file" or place.read_text() == "precious"
    assert set(os.listdir(tmp_path)) <= {"sluice.yaml", path}


def test_foreign_listener(tmp_path):
    """Somebody listens on the path who is no sluiced: left alone."""
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "sock"))
        other.listen()
        code, _, err = run("-c", configuration(tmp_path))
        assert (code, err.count("\n")) == (1, 1) and "another sluiced is running" in err
    assert sorted(os.listdir(tmp_path)) == ["sluice.yaml", "sock"]


def test_no_huge_pages(sentence):
    """The number to write counts the pages that others hold too."""
    while True:
        before = huge_pages()
        said = sentence(dpdk={"hugepages": True, "memory": 1 << 20})
        if huge_pages() == before:
            break
    free, pages, size = before
    assert said == (
        f"1048576 MiB of huge pages are needed, {free} MiB are free: "
        f"echo {pages - -((1 << 20) - free) // size} > /proc/sys/vm/nr_hugepages "
        "(or dpdk.hugepages: false, for tests)")


@pytest.mark.parametrize("args", [["--nonsense"], ["-n"], ["-d", "/no/such.so"]],
                         ids=str)
def test_arguments_that_dpdk_refuses(tmp_path, args):
    """Without the page of usage that DPDK prints, and without a trace."""
    (tmp_path / "runtime").mkdir()
    file = configuration(tmp_path, dpdk={**SMALL, "args": args})
    code, out, err = run("-c", file, runtime=tmp_path / "runtime")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == ("sluiced: error: DPDK does not start: Invalid argument (see "
                                    "dpdk.args; -v says more)")
    assert len(err.splitlines()) < 6
    assert sorted(os.listdir(tmp_path)) == ["runtime", "sluice.yaml"]
    assert not [path for path, _, _ in os.walk(tmp_path / "runtime") if "sluice" in
                path.removeprefix(str(tmp_path))]


def test_arguments_that_end_dpdk(sentence):
    assert "dpdk.args[0]: found '--help', expected no --help" in \
        sentence(dpdk={**SMALL, "args": ["--help"]})


def test_not_enough_memory(sentence):
    assert "raise dpdk.memory" in sentence(dpdk={**SMALL, "memory": 16})


def test_not_enough_huge_pages_for_the_mbufs(sentence, more_huge_pages):
    """DPDK may not take all that it could: so others keep theirs while it tries."""
    limit = {"args": ["--socket-limit=64"]}
    assert sentence(dpdk={**limit, "mbufs": 50000}) == (
        "no memory for 50000 mbufs of 2176 bytes (113 MiB): the huge pages that are free are on "
        "another NUMA node, or dpdk.args keep them back")
    while True:
        before = huge_pages()
        said = sentence(dpdk={**limit, "mbufs": 1 << 28})
        if huge_pages() == before:
            break
    free, pages, size = before
    need = (1 << 28) * 2368 // (1 << 20) + 1 + 16
    found = re.fullmatch(
        f"no memory for 268435456 mbufs of 2176 bytes: {need} MiB of huge pages are needed, "
        r"(\d+) MiB are free: echo (\d+) > /proc/sys/vm/nr_hugepages "
        r"\(or dpdk.hugepages: false, for tests\)", said)
    # It holds some itself when it says so.
    left = int(found[1])
    assert free - 64 <= left <= free and int(found[2]) == pages - -(need - left) // size, said


@pytest.mark.parametrize("workers", [[1], [0, 1]], ids=["one worker", "two workers"])
def test_huge_pages_as_needed(router, more_huge_pages, workers):
    """Two ports, all else by default: what the process holds, pages that the kernel merged by
    itself included."""
    with router(workers=workers, dpdk={}) as one:
        rollup = pathlib.Path(f"/proc/{one.process.pid}/smaps_rollup").read_text()
        kib = {key: int(re.search(rf"^{key}: *(\d+) kB", rollup, re.M)[1])
               for key in ("Private_Hugetlb", "Shared_Hugetlb", "AnonHugePages")}
        limits = {row["table"]: row["max"] for row in one.cmd("show limits")}
    assert (limits["routes4"], limits["routes6"], limits["neighbours"]) == (
        2000000, 1000000, 65536)
    assert kib["Private_Hugetlb"] > 0 and sum(kib.values()) <= 256 * 1024, kib


@pytest.mark.parametrize("device, why", [
    ("net_nosuch0", "no driver knows such a device"),
    ("what is this", "no driver knows such a device"),
    ("0000:99:00.0", "No such device"),
    ("net_pcap0,rx_pcap=/nonexistent", "its driver refuses it"),
    ("net_af_packet0,iface=nosuch0", "its driver refuses it")])
def test_no_such_device(sentence, device, why):
    assert sentence(device) == f"port p0: device '{device}' cannot be opened: {why}"


def test_device_twice(sentence):
    assert "a device other than that in line" in sentence(ports=[PORT, {**PORT, "name": "p1"}])
    assert "a device other than that in line" in \
        sentence(ports=[PORT, {"name": "p1", "device": "net_null0,size=128"}])
    assert "a device other than that in line" in \
        sentence(ports=[{**PORT, "device": "3:00.0"}, {"name": "p1", "device": "0000:03:00.0"}])
    # What only DPDK can read, only it knows for the same.
    assert "port p1: device 'vdev,net_null0' is that of port p0" == \
        sentence(ports=[PORT, {"name": "p1", "device": "vdev,net_null0"}])
    assert "port p1: member 'vdev,net_null0' is that of port p0" == \
        sentence(ports=[PORT, {"name": "p1", "device": "net_bonding0", "members":
                               ["net_null1", "vdev,net_null0"]}])


def test_device_that_takes_another(sentence):
    assert "'slave=net_null0', which takes another device: those of a bond stand in its 'members'" \
        in sentence(ports=[PORT, {"name": "p1", "device": "net_bonding0,mode=0,slave=net_null0"}])


def test_name_twice(sentence):
    assert "ports[1].name: found 'p0'" in sentence(ports=[PORT, {**PORT, "device": "net_null1"}])


def test_mtu(tmp_path):
    """Of a TAP, in a network namespace of its own."""
    file = configuration(tmp_path, ports=[{**PORT, "device": "net_tap0", "mtu": 2000}])
    code, out, err = run("-c", file, own_network=True)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == \
        "sluiced: error: port p0: the device takes an MTU of 46 to 1504, not 2000"
    assert os.listdir(tmp_path) == ["sluice.yaml"]


def test_mtu_of_a_bridge(sentence):
    """More than that of a member, which the file does not name."""
    assert re.fullmatch(r".*sluice.yaml:\d+: bridge br0: an MTU of 9000 is more than that of its member "
                        "p0, 1500", sentence("net_null0", bridges=[
                            {"name": "br0", "ports": ["p0"], "mtu": 9000}]))


def test_no_such_cpu(sentence):
    assert sentence(workers=[100]).startswith("workers: this process may not run on CPU 100 (")


def test_queues(sentence):
    assert sentence(ports=[{**PORT, "device": "net_ring0", "queues": 1000}]) == \
        "port p0: the device has 16 receive queues, not 1000"


WRONG = """\
workers: [1]
ports:
  - {name: p0, device: net_null0, adresses: [192.0.2.1/24]}
"""


def test_wrong_configuration(tmp_path):
    """Refused as a whole, with the place and the nearest known key; --check says the same."""
    file = tmp_path / "sluice.yaml"
    file.write_text(WRONG)
    said = [run("-c", file), run("--check", "-c", file)]
    assert said[0] == said[1]
    code, out, err = said[0]
    assert (code, out) == (1, "")
    assert err.startswith(f"sluiced: error: {file}:3:35: ports[0]")
    assert "unknown key 'adresses', did you mean 'addresses'?" in err and err.count("\n") == 1


def test_check_starts_nothing(tmp_path):
    """It is right, though the device, the CPU and the huge pages are not there."""
    file = configuration(tmp_path, ports=[{**PORT, "device": "net_nosuch0"}], workers=[100],
                         dpdk={"hugepages": True, "memory": 1 << 20})
    assert run("--check", "-c", file) == (0, f"{file}: ok\n", "")
    assert os.listdir(tmp_path) == ["sluice.yaml"]


@pytest.mark.parametrize("keys, why", [
    ({"punts": [{"reason": "tll", "rate": 1, "burst": 1}]},
     "punts[0].reason: found 'tll', did you mean 'ttl'?"),
    ({"limits": {"routes4": 1}, "routes": [{"to": "10.0.0.0/8", "type": "blackhole"}],
      "ports": [{**PORT, "addresses": ["192.0.2.1/24"]}]},
     "limits.routes4: found '1', expected at least 4 ("),
    ({"dpdk": {**SMALL, "mbufs": 767}},
     "dpdk.mbufs: found '767', expected 0 or an integer from 1024 to 1073741824")])
def test_check_refuses_what_the_start_would(tmp_path, keys, why):
    code, out, err = run("--check", "-c", configuration(tmp_path, **keys))
    assert (code, out) == (1, "") and why in err


def test_smallest_limits_and_pools(router):
    """What the check takes, starts."""
    limits = {"routes4": 8, "routes6": 8, "neighbours": 4}
    with router(limits=limits, dpdk={**SMALL, "memory": 128, "mbufs": 1024}) as one:
        assert len(one.cmd("show neighbours")) == 4


def test_no_configuration(tmp_path):
    code, out, err = run("-c", tmp_path / "none.yaml")
    assert (code, out, err.count("\n")) == (1, "", 1) and "none.yaml" in err


def test_usage():
    for args in (["-x"], ["extra"], ["-c"], ["--check", "--purge"]):
        code, out, err = run(*args)
        assert (code, out) == (2, "") and "usage: sluiced" in err


def test_purge_without_linux(tmp_path):
    """With `control: none` there is nothing that could be removed."""
    file = configuration(tmp_path)
    assert run("--purge", "-c", file) == (
        1, "", f"sluiced: error: {file}: control: none: nothing of Sluice is in Linux\n")
    assert os.listdir(tmp_path) == ["sluice.yaml"]


def test_routes_that_cannot_be(sentence):
    """The configuration is whole, but its parts do not fit."""
    assert "routes[0]" in sentence(routes=[{"to": "10.0.0.0/8", "via": "2001:db8::1"}])
    assert "neighbours[0].port: found 'p9'" in sentence(
        neighbours=[{"address": "192.0.2.2", "port": "p9", "mac": "02:00:00:00:00:02"}])


def test_all_this_works_when_right(tmp_path):
    """The configuration of these tests, with nothing wrong in it, starts."""
    process = start_daemon("-c", configuration(tmp_path))
    try:
        wait_for("the socket", lambda: (tmp_path / "sock").exists())
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    assert os.listdir(tmp_path) == ["sluice.yaml"]


def test_more_ports_than_dpdk_has(sentence, tmp_path):
    ports = [{"name": f"p{i}", "device": f"net_null{i}"} for i in range(33)]
    said = sentence(ports=ports)
    assert said.startswith(f"{tmp_path}/sluice.yaml:")
    assert "ports[32]: found 33 ports, this DPDK is built for at most 32" in said
