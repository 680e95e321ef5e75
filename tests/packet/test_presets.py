# SPDX-License-Identifier: BSD-3-Clause
"""The presets of the drivers: loaded, overridden, refused."""
import os
import re
import shutil
import subprocess

import pytest

from frames import numbered
from router import SLUICED
from test_start import configuration, run

PRESET = """drivers: [net_pcap]
about: for this test
rx_descriptors: 256
burst: 8
offloads: {rx: [ipv4_cksum], tx: []}
bind: none
traps:
  - {text: mind it, source: 'https://example.org/trap'}
tried: no
"""


@pytest.fixture
def presets(tmp_path):
    """A directory with the preset alone; write(text) changes it."""
    directory = tmp_path / "presets"
    directory.mkdir()
    file = directory / "some.yaml"
    file.write_text(PRESET)
    return file


def values(router, port, key):
    return [(row["origin"], row["value"]) for row in router.cmd(f"show port config {port}")
            if row["key"] == key]


def test_the_delivered_one(router):
    """Out of the build tree, that of the sources; a driver without one has the defaults."""
    with router(ports=[{"name": "p0"}, {"name": "p1", "device": "net_null1"}]) as one:
        (_, path), = values(one, "p0", "preset")
        assert path.endswith("drivers-cfg/pcap.yaml")
        assert values(one, "p0", "driver") == [("device", "net_pcap")]
        assert values(one, "p0", "burst") == [("preset pcap.yaml", 64)]
        assert values(one, "p0", "bind") == [("preset pcap.yaml", "none")]
        assert len(values(one, "p0", "trap")) > 2
        assert values(one, "p1", "preset") == [("default", "none")]
        assert values(one, "p1", "burst") == [("default", 64)]
        assert values(one, "p1", "rx_descriptors") == [("default", 1024)]
        assert values(one, "p1", "trap") == []
        everything = one.cmd("show port config")
        assert everything == one.cmd("show port config all")
        assert {row["port"] for row in everything} == {"p0", "p1"}
        assert one.refused("show port config p9") == "sluice: there is no port 'p9'\n"
        assert "preset pcap.yaml" in one.client_text("show port config p0")


def test_origins(router, presets):
    """What the port says goes before the preset, which goes before the default."""
    ports = [{"name": "p0", "burst": 4, "mtu": 1400, "tx_descriptors": "default"},
             {"name": "p1"}]
    with router(ports=ports, drivers_cfg=str(presets.parent)) as one:
        assert values(one, "p0", "burst") == [("config", 4)]
        assert values(one, "p0", "rx_descriptors") == [("preset some.yaml", 256)]
        assert values(one, "p0", "tx_descriptors") == [("config, the driver's own", 512)]
        assert values(one, "p0", "rx_offloads") == [
            ("preset some.yaml, device limited: no ipv4_cksum", [])]
        assert values(one, "p0", "tx_offloads") == [("preset some.yaml", [])]
        assert values(one, "p0", "mtu") == [("config", 1400)]
        assert values(one, "p0", "trap") == [("https://example.org/trap", "mind it")]
        assert values(one, "p1", "burst") == [("preset some.yaml", 8)]
        assert values(one, "p1", "tx_descriptors") == [("default", 1024)]
        assert values(one, "p1", "rx_queues") == [("default", 1)]


def test_burst(router, presets):
    """A poll takes no more than the burst, and all frames come through."""
    frames = [numbered(n) for n in range(50)]
    with router({"p0": frames}, drivers_cfg=str(presets.parent)) as one:
        one.settle()
        rx = one.row("show nodes", "node", "port_rx")
        one.stop()
    assert rx["packets"] == 50 and rx["calls"] == -(-50 // 8)
    assert len(one.sent_by("p1")) == 50


@pytest.mark.parametrize("keys, sentence", [
    ({"offloads": {"rx": ["ipv4_cksum"]}},
     "port p0: offloads.rx: the device (net_pcap) has no 'ipv4_cksum'"),
    ({"rss": {"fields": ["udp"]}}, "port p0: rss.fields: the device (net_pcap) has no 'udp'"),
    ({"rss": {"key": "symmetric"}}, "port p0: rss.key: the device (net_pcap) takes no key"),
], ids=["offload", "field", "key"])
def test_what_the_device_lacks(tmp_path, keys, sentence):
    """Asked for by the port's own configuration, it ends the start."""
    port = {"name": "p0", "device": f"net_pcap_p0,tx_pcap={tmp_path}/tx.pcap", **keys}
    code, out, err = run("-c", configuration(tmp_path, ports=[port]), runtime=tmp_path)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == f"sluiced: error: {sentence}"


@pytest.mark.parametrize("check", [[], ["--check"]], ids=["start", "check"])
@pytest.mark.parametrize("wrong, sentence", [
    ("burst: 8 packets", "4:8: burst: found '8 packets', expected an integer from 1 to 64"),
    ("bursts: 8", "4:1: unknown key 'bursts', did you mean 'burst'?"),
    ("burst: [", "6:1: not YAML: "),
])
def test_wrong_preset(tmp_path, presets, wrong, sentence, check):
    """A wrong preset is refused like a wrong configuration."""
    presets.write_text(PRESET.replace("burst: 8", wrong))
    file = configuration(tmp_path, drivers_cfg=str(presets.parent))
    code, out, err = run("-c", file, *check, runtime=tmp_path)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"sluiced: error: {presets}:{sentence}")
    assert not (tmp_path / "sock").exists()


def test_two_for_a_driver(tmp_path, presets):
    presets.with_name("two.yaml").write_text(PRESET)
    code, _, err = run("-c", configuration(tmp_path, drivers_cfg=str(presets.parent)), "--check")
    assert code == 1
    assert err == (f"sluiced: error: {presets.with_name('two.yaml')}:1:11: drivers[0]: found "
                   f"'net_pcap', expected a driver other than those of {presets}\n")


def test_no_such_directory(tmp_path):
    """One that the configuration names must be there."""
    file = configuration(tmp_path, drivers_cfg=str(tmp_path / "nowhere"))
    code, _, err = run("-c", file, "--check")
    assert (code, err) == (1, f"sluiced: error: {file}: drivers_cfg: {tmp_path}/nowhere: the "
                              "presets of the drivers cannot be read: No such file or directory\n")


def test_not_installed(tmp_path):
    """Where the usual directory is missing, that is said, and the daemon goes on without."""
    copy = tmp_path / "sluiced"  # not the one in the build tree, so that it looks where they go
    shutil.copy(SLUICED, copy)
    done = subprocess.run([copy, "-c", configuration(tmp_path), "--check"], capture_output=True,
                          text=True, timeout=30)
    installed = re.search(rb"/[\w/.-]*/share/sluice/drivers-cfg", copy.read_bytes())[0].decode()
    said = "" if os.path.isdir(installed) else (
        f"sluiced: warning: {installed}: the presets of the drivers cannot be read: No such file "
        "or directory; ports get the built-in defaults\n")
    assert (done.returncode, done.stderr) == (0, said)
