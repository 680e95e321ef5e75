# SPDX-License-Identifier: BSD-3-Clause
"""scripts/bench runs, prints what it promises, and says what is missing. No speed is judged.

$BENCH_BUILD is the build folder. Root, two CPUs, huge pages and dpdk-testpmd are needed.
"""
import gzip
import ipaddress
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import types

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from speed import cases, frames, machine, report, sluice  # noqa: E402

BENCH = HERE.parents[2] / "scripts/bench"
SHORT = ["--build", os.environ["BENCH_BUILD"], "--rounds", "1", "--seconds", "0.2"]
# Some that no packet may be for are among them.
PREFIXES = {4: ["0.0.0.0/0", "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.0.2.128/25", "240.0.0.0/4"]
            + ["%d.%d.0.0/%d" % (i, i, 16 + i % 9) for i in range(1, 100)],
            6: ["::/0", "2001:db8:1::/64", "fd00::/8"] + ["2a02:%x::/%d" % (i, 32 + i % 17) for i in range(1, 100)]}


def run(*args, **kwargs):
    return subprocess.run([BENCH, *args], capture_output=True, text=True, timeout=120, check=False, **kwargs)


def measure(*args):
    done = run(*SHORT, *args)
    if "huge pages are needed" in done.stderr or "one CPU is not enough" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(name="prefixes")
def a_file_of_prefixes(tmp_path):
    path = tmp_path / "prefixes.gz"
    with gzip.open(path, "wt") as out:
        out.writelines(prefix + "\n" for family in PREFIXES.values() for prefix in family)
    return path


def check(result, case, routes, nodes):
    assert (result["case"], result["routes"], result["workers"]) == (case, routes, 1)
    assert result["samples"] == 2 and 0 <= result["flagged"] <= 2
    assert result["mpps"] > 0 and result["testpmd_io_mpps"] > 0 and result["cycles_per_packet"] > 0
    assert result["ratio"] == pytest.approx(result["mpps"] / result["testpmd_io_mpps"], rel=0.02)
    assert result["ratio_min"] == result["ratio"] == result["ratio_max"]
    assert nodes <= set(result["nodes"]) and all(cycles > 0 for cycles in result["nodes"].values())


def test_json(prefixes):
    lines = measure("--json", "--prefixes", prefixes, "ip4-few", "mix").splitlines()
    few, mix = map(json.loads, lines)
    check(few, "ip4-few", 16, {"port_rx", "ether_input", "ip4_input", "output", "port_tx"})
    check(mix, "mix", sum(map(len, PREFIXES.values())), {"ip4_input", "ip6_input"})


def test_flood():
    """Its own check: each frame leaves by all other ports, and no byte of it is copied."""
    result = json.loads(measure("--json", "flood"))
    assert (result["case"], result["ports"], result["samples"]) == ("flood", 8, 2)
    assert result["mpps"] > 0 and result["times_min"] == result["times"] == result["times_max"] > 1


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    done = run("--keep", tmp_path / "file" / "case", "ip4-few")
    assert (done.returncode, done.stderr) == (1, f"bench: {tmp_path}/file/case: Not a directory\n")


def test_text_of_two_workers():
    text = measure("--workers", "2", "ip6-few")
    assert re.fullmatch(
        r"ip6-few +\d+\.\d Mpps, testpmd io +\d+\.\d: ratio 0\.\d+ \(0\.\d+ to 0\.\d+\), \d+\.\d cycles/packet\n"
        r" +cycles of nodes \(.*\): port_rx \d.*ip6_input \d.*\n"
        r" +2 workers: (\d\.\d\d times one worker \(\d+\.\d Mpps\)|speed-up unknown, .*)\n"
        r"( +! \d of 3 samples had less than 90% of a core\n)?", text)


def sample(mpps, share=1.0):
    return types.SimpleNamespace(mpps=mpps, share=share, disturbed=share < 0.9, nodes={"port_rx": mpps},
                                 tsc_hz=2_000_000_000)


def test_figures():
    """Medians and spread; a speed-up only from rounds in which the cores were free."""
    rounds = [(sample(40), sample(80), sample(160)), (sample(50), sample(60, 0.93), sample(100, 0.5)),
              (sample(40), sample(72), sample(180))]
    figures = report.figures("mix", 7, 2, rounds)
    assert [figures[key] for key in ("mpps", "ratio", "ratio_min", "ratio_max")] == [72, 0.5, 0.4, 0.6]
    assert figures["cycles_per_packet"] == pytest.approx(2 * 2000 / 72, abs=0.05)
    assert (figures["flagged"], figures["one_worker_mpps"], figures["speedup"]) == (1, 40, 1.9)
    assert figures["nodes"] == {"port_rx": 80}
    unknown = report.figures("mix", 7, 2, rounds[1:2])
    assert unknown["speedup"] is None and "had less than 95% of one" in report.text(unknown)


def addresses(frame):
    return frame[30:34] if frame[12:14] == b"\x08\x00" else frame[38:54]


@pytest.mark.parametrize("case, count, families", [
    ("ip4-few", 1000, {4}), ("ip6-few", 1000, {6}), ("ip4-ecmp", 1000, {4}), ("ip4-full", 16000, {4}),
    ("ip6-full", 16000, {6}), ("mix", 16000, {4, 6})])
def test_traffic(case, count, families):
    """Frames of the smallest size with right checksums, for addresses that have a route."""
    traffic = cases.make(case, lambda family: PREFIXES[family])
    nets = [ipaddress.ip_network(prefix) for prefix, _ in traffic.routes]
    for port, port_frames in enumerate(traffic.frames):
        assert len(port_frames) == count
        assert {4 if len(frame) == 60 else 6 for frame in port_frames} == families
        for frame in port_frames[::37]:
            address = ipaddress.ip_address(addresses(frame))
            assert frame[:6] == cases.mac_bytes(port)
            assert any(address in net for net in nets)
            assert (not address.is_multicast and not address.is_loopback and not address.is_reserved
                    and not any(address in ipaddress.ip_interface(a).network for a in sum(cases.ADDRESSES, [])))
            if address.version == 4:
                assert len(frame) == 60 and frames.checksum(frame[14:34]) == 0
            else:
                assert len(frame) == 62
                assert frames.checksum(frame[22:62] + bytes((0, 0, 0, 8, 0, 0, 0, 17))) == 0


def test_vlan4_is_ip4_few_with_tags():
    plain, tagged = (cases.make(case, None) for case in ("ip4-few", "vlan4"))
    assert tagged.routes == plain.routes
    for port, vlan in enumerate((100, 200)):
        assert tagged.frames[port] == [frame[:12] + b"\x81\x00\x00" + bytes([vlan]) + frame[12:]
                                       for frame in plain.frames[port]]


def test_hosts_of_a_bridge():
    """Each sends; and only to those that send at the other port."""
    traffic = cases.make("bridge", None).frames
    sources = [{frame[6:12] for frame in port_frames} for port_frames in traffic]
    assert [len(port_frames) for port_frames in traffic] == [1000, 1000] == list(map(len, sources))
    assert not sources[0] & sources[1] and not any(mac[0] & 1 for mac in sources[0] | sources[1])
    for port in (0, 1):
        targets = {frame[:6] for frame in traffic[port]}
        assert targets <= sources[1 - port] and len(targets) > 500
        assert all(len(frame) == 60 and frames.checksum(frame[14:34]) == 0 for frame in traffic[port])


def test_bridge_and_vlans():
    """The run itself says when packets have gone another way."""
    vlan4, bridge = map(json.loads, measure("--json", "vlan4", "bridge").splitlines())
    check(vlan4, "vlan4", 16, {"ether_input", "ip4_input", "output"})
    check(bridge, "bridge", 0, {"ether_input", "bridge_input"})


def test_a_path_that_is_not_that_of_the_case(tmp_path):
    traffic = cases.make("bridge", None)
    pcaps = []
    for port, port_frames in enumerate(traffic.frames):
        pcaps.append(str(tmp_path / f"p{port}.pcap"))
        frames.write_pcap(pcaps[-1], port_frames)
    config = sluice.write_config(tmp_path, traffic, pcaps, machine.choose_cpus(1))
    text = pathlib.Path(config[0]).read_text(encoding="ascii")
    pathlib.Path(config[0]).write_text(text.replace('"memory"', '"hugepages": false, "memory"'), encoding="ascii")
    wrong = traffic._replace(nodes={"ip4_input", "output"})
    with sluice.Sluice(f"{os.environ['BENCH_BUILD']}/app/sluiced/sluiced", wrong, *config) as running:
        with pytest.raises(SystemExit, match="the packets have gone by .*bridge_input.*, and not by .*ip4_input"):
            running.measure(1, 0.2, 1)


def test_mix_is_interleaved():
    [first, _] = cases.make("mix", lambda family: PREFIXES[family]).frames
    kinds = [len(frame) for frame in first]
    assert kinds.count(60) == kinds.count(62) == 8000
    assert 7000 < sum(a != b for a, b in zip(kinds, kinds[1:])) < 9000


def test_keep(tmp_path, prefixes):
    done = run(*SHORT, "--keep", tmp_path / "kept", "--prefixes", prefixes, "ip6-full")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept == {"p0.pcap", "p1.pcap", "sluice1.yaml", "routes.txt", "neighbours.txt"}
    routes = (tmp_path / "kept/routes.txt").read_text(encoding="ascii").splitlines()
    assert [route.split(" via ")[0] for route in routes] == PREFIXES[6]
    sluiced = pathlib.Path(os.environ["BENCH_BUILD"]) / "app/sluiced/sluiced"
    subprocess.run([sluiced, "--check", "-c", tmp_path / "kept/sluice1.yaml"], check=True)


@pytest.mark.parametrize("free, inside", [(0, 7 + 256), (200, 7 + 56), (256, 7)])
def test_huge_pages_are_given_back(tmp_path, monkeypatch, free, inside):
    """Those that were missing, whatever others do meanwhile, and after a failure too."""
    pages, info = tmp_path / "pages", tmp_path / "meminfo"
    pages.write_text("7\n", encoding="ascii")
    info.write_text(f"HugePages_Total: 7\nHugePages_Free: {free}\nHugepagesize: 2048 kB\n", encoding="ascii")
    monkeypatch.setattr(machine.of_machine, "NUMBER", pages)
    monkeypatch.setattr(machine, "MEMINFO", str(info))
    with pytest.raises(KeyboardInterrupt), machine.huge_pages():
        assert int(pages.read_text(encoding="ascii")) == inside
        pages.write_text(str(inside + 3), encoding="ascii")
        raise KeyboardInterrupt
    assert int(pages.read_text(encoding="ascii")) == 10


def test_no_huge_pages(tmp_path, monkeypatch):
    info = tmp_path / "meminfo"
    monkeypatch.setattr(machine, "MEMINFO", str(info))
    monkeypatch.setattr(machine.of_machine, "NUMBER", tmp_path / "none/pages")
    info.write_text("MemTotal: 1 kB\n", encoding="ascii")
    with pytest.raises(SystemExit, match="this kernel has no huge pages"), machine.huge_pages():
        pass
    info.write_text("HugePages_Total: 2\nHugePages_Free: 0\nHugepagesize: 2048 kB\n", encoding="ascii")
    with pytest.raises(SystemExit, match="256 more huge pages are needed: echo 258 > "), machine.huge_pages():
        pass


def on_one_cpu():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


@pytest.mark.parametrize("args, options, message", [
    (["--build", "/none"], {}, "meson setup /none && ninja -C /none"),
    (["ip4-few"], {"env": {"PATH": "/none"}}, "dpdk-testpmd is not there: apt-get install dpdk-dev"),
    (["ip4-few"], {"preexec_fn": on_one_cpu}, "one CPU is not enough, a worker needs its own: taskset"),
    (["ip5-few"], {}, "case: found 'ip5-few', expected one of ip4-few, ip4-full"),
    (["--rounds", "0"], {}, "--rounds: invalid number value: '0'"),
    (["--keep", "/none"], {}, "--keep: one case is needed"),
    (["--prefixes", "/none", "ip4-full"], {}, "/none: No such file"),
])
def test_what_is_missing_or_wrong(args, options, message):
    done = run(*SHORT, *args, **options)
    assert done.returncode != 0 and done.stdout == ""
    assert message in done.stderr and "Traceback" not in done.stderr


def test_interrupted():
    """As by Ctrl-C, in the middle of a sample: a line, and nothing stays."""
    before = machine.of_machine.NUMBER.read_text(encoding="ascii")
    with subprocess.Popen([BENCH, *SHORT[:2], "--seconds", "100", "ip4-few"], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as bench:
        begin = time.monotonic()
        temporary, name = pathlib.Path(tempfile.gettempdir()), f"{machine.PREFIX}{bench.pid}-*"
        while (bench.poll() is None and not list(temporary.glob(name + "/api.sock"))
               and time.monotonic() < begin + 60):
            time.sleep(0.01)
        if bench.poll() is None:
            os.killpg(bench.pid, signal.SIGINT)
        out, err = bench.communicate(timeout=60)
    if "huge pages are needed" in err or "one CPU is not enough" in err:
        pytest.skip(err.strip())
    assert (bench.returncode, out, err) == (130, "", "bench: stopped by SIGINT\n")
    assert not list(temporary.glob(name))
    assert machine.of_machine.NUMBER.read_text(encoding="ascii") == before


def test_prefixes_of_one_family(tmp_path):
    path = tmp_path / "prefixes"
    path.write_text("10.0.0.0/8\n", encoding="ascii")
    done = run(*SHORT, "--prefixes", path, "--keep", tmp_path / "kept", "ip6-full")
    assert done.returncode == 1
    assert f"{path} has no prefixes of IPv6: leave --prefixes or this case away" in done.stderr
