# SPDX-License-Identifier: BSD-3-Clause
"""`sluice doctor` on machines of files, as their user sees it. What each check says of what is
tested beside the code."""
import json
import os
import pty
import subprocess
import time

import pytest

from conftest import SLUICE

NIC = "0000:05:00.0"


def write(root, path, text):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def root(tmp_path):
    """A machine of four CPUs, two of them isolated, with 64 huge pages; its only NIC is bound, and
    the port of its configuration."""
    tree = tmp_path / "root"
    pool = "hugepages/hugepages-2048kB"
    for path, text in {
            "sys/devices/system/cpu/online": "0-3", "sys/devices/system/cpu/isolated": "2-3",
            "sys/devices/system/cpu/nohz_full": "2-3",
            "sys/devices/system/node/node0/cpulist": "0-3",
            f"sys/devices/system/node/node0/{pool}/nr_hugepages": "64",
            f"sys/kernel/mm/{pool}/nr_hugepages": "64", f"sys/kernel/mm/{pool}/free_hugepages": "64",
            f"sys/bus/pci/devices/{NIC}/class": "0x020000",
            f"sys/bus/pci/devices/{NIC}/vendor": "0x8086",
            f"sys/bus/pci/devices/{NIC}/device": "0x1572",
            f"sys/bus/pci/devices/{NIC}/numa_node": "0",
            "proc/self/status": "CapEff:\t000001ffffffffff\nCpus_allowed_list:\t0-3",
            "proc/self/limits": "Max locked memory unlimited unlimited\nMax open files 9999 9999",
            "proc/sys/net/core/dev_weight": "64", "proc/sys/net/ipv4/ip_forward": "1",
            "proc/sys/net/ipv4/conf/all/rp_filter": "2",
            "sluice.yaml": f"workers: [2]\nports: [{{name: p0, device: '{NIC}'}}]",
    }.items():
        write(tree, path, text + "\n")
    for folder in ("sys/bus/pci/drivers/vfio-pci", "sys/module/vfio_iommu_type1",
                   "sys/class/misc/tun", "sys/class/iommu/dmar0",
                   f"sys/kernel/iommu_groups/7/devices/{NIC}"):
        (tree / folder).mkdir(parents=True)
    device = tree / "sys/bus/pci/devices" / NIC
    (device / "driver").symlink_to("../../drivers/vfio-pci")
    (device / "iommu_group").symlink_to("../../../../kernel/iommu_groups/7")
    return tree


def lines(client, code, *args):
    """What it found, of -j: (check, status, found) by its own keys."""
    done = client.run("-j", "doctor", *args)
    assert (done.returncode, done.stderr) == (code, "")
    found = json.loads(done.stdout)
    for line in found:
        assert list(line) == ["check", "status", "found", "meaning", "command"]
        assert line["status"] in ("ok", "warn", "fail")
        assert line["meaning"].endswith(".") and line["found"] and line["command"] != ""
    return found


def at(root):
    """What says where the machine is."""
    return "-c", str(root / "sluice.yaml"), "--root", str(root)


def bad(found):
    return [line for line in found if line["status"] != "ok"]


def test_all_is_well(client, root):
    assert bad(lines(client, 0, *at(root))) == []
    done = client.run("doctor", *at(root))
    assert done.returncode == 0 and done.stdout.endswith(" ok, 0 warn, 0 fail: all is well\n")
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_root_that_is_none(client, tmp_path):
    (tmp_path / "file").write_text("")
    for path in tmp_path / "nowhere", tmp_path / "file":
        done = client.run("doctor", "--root", str(path))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"sluice: {path}: there is no such folder\n"


def test_file_without_end(client, root):
    (root / "proc/cmdline").unlink(missing_ok=True)
    (root / "proc/cmdline").symlink_to("/dev/zero")
    assert client.run("doctor", *at(root)).returncode in (0, 1)


def test_no_huge_pages(client, root):
    write(root, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "0\n")
    write(root, "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n")
    line, = bad(lines(client, 1, *at(root)))
    assert line["check"] == "hugepages" and line["status"] == "fail"
    assert line["command"] in ("scripts/setup hugepages 128M", "sluice-setup hugepages 128M")
    done = client.run("doctor", *at(root))
    assert done.returncode == 1
    assert "\nFAIL  hugepages       0 MiB" in done.stdout
    assert f"\n                    > {line['command']}\n" in done.stdout
    assert done.stdout.endswith("0 warn, 1 fail: sluiced cannot run like this\n")


def test_sysctls_of_the_machine(client, root):
    """In its first namespace sluiced sets none itself."""
    write(root, "proc/sys/net/ipv4/ip_forward", "0\n")
    line, = bad(lines(client, 0, *at(root)))
    assert (line["check"], line["status"]) == ("sysctls", "warn")
    assert line["command"] == "sysctl -w net/ipv4/ip_forward=1"


def test_the_installed_script_is_named(client, root, tmp_path, monkeypatch):
    write(root, "sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n")
    script = tmp_path / "bin" / "sluice-setup"
    write(tmp_path, "bin/sluice-setup", "")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    line, = bad(lines(client, 1, *at(root)))
    assert line["command"] == "sluice-setup hugepages 256M"


def test_another_configuration(client, root, tmp_path):
    write(tmp_path, "other.yaml", "dpdk: {hugepages: false}\nports: [{name: p0, device: net_tap0}]")
    found = lines(client, 0, "-c", str(tmp_path / "other.yaml"), "--root", str(root))
    assert found == lines(client, 0, "--config", str(tmp_path / "other.yaml"), "--root", str(root))
    assert [line["check"] for line in bad(found)] == ["hugepages"]


@pytest.mark.parametrize("text, what", [
    ("ports: [{name: p0}]", "device"),
    ("ports: [\n", ".yaml:"),
    (None, "No such file"),
])
def test_a_wrong_configuration(client, root, tmp_path, text, what):
    """The rest is judged as if there were none."""
    if text:
        write(tmp_path, "wrong.yaml", text)
    found = lines(client, 1, "-c", str(tmp_path / "wrong.yaml"), "--root", str(root))
    assert found[0]["status"] == "fail" and what in found[0]["found"]
    assert found[0]["command"] == f"sluiced --check -c {tmp_path / 'wrong.yaml'}"
    assert any(line["check"] == "nics" for line in found)


def test_text_from_elsewhere_is_harmless(client, root):
    """A netdev's alias may be anything."""
    write(root, "sys/class/net/p0/ifalias", "sluice /run/\x1b[2J\xff p9\n")
    done = client.run("doctor", *at(root))
    assert "\\x1b[2J" in done.stdout and "\x1b" not in done.stdout


def test_a_tree_of_nothing(client, tmp_path):
    found = lines(client, 1, "--root", str(tmp_path))
    assert {line["check"] for line in found if line["status"] == "fail"} == {"hugepages", "modules"}


def test_colour_is_for_terminals(root):
    parent, child = pty.openpty()
    try:
        subprocess.run([SLUICE, "doctor", *at(root)], stdout=child, check=True, timeout=60)
        assert os.read(parent, 100).startswith(b"\x1b[32mok  \x1b[0m  configuration")
    finally:
        os.close(parent)
        os.close(child)


@pytest.mark.parametrize("line, message", [
    ("doctor --root", "DIR is missing after --root"),
    ("doctor -c", "FILE is missing after --config"),
    ("doctor now", "unexpected 'now', expected --config, --root"),
    ("show ports -c x", "'--config' is one argument too many"),
])
def test_usage(client, line, message):
    assert message in client.fails(2, *line.split())


def test_help(client):
    text = client.out("doctor", "-h")
    assert text.startswith("Usage: sluice [-s SOCKET] [-j] doctor [--config FILE] [--root DIR]\n")
    assert "\n  doctor [--config FILE] [--root DIR] " in client.out("-h")


def test_it_is_quick(client):
    """On this machine, whatever it says of it; the fastest of some runs, for others run beside."""
    taken = []
    for _ in range(5):
        begin = time.monotonic()
        done = client.run("doctor")
        taken.append(time.monotonic() - begin)
        assert done.returncode in (0, 1) and done.stderr == ""
    assert min(taken) < 0.5
