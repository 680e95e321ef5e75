# SPDX-License-Identifier: BSD-3-Clause
"""scripts/setup on this machine. NICs that it could bind are in tests/client/test_setup.py."""
import json
import os
import pathlib
import subprocess

import pytest

from lab import SLUICE

pytestmark = pytest.mark.alone

SETUP = pathlib.Path(__file__).parents[2] / "scripts" / "setup"
POOL = pathlib.Path("/sys/kernel/mm/hugepages")


def kib():
    line, = [line for line in pathlib.Path("/proc/meminfo").read_text().splitlines()
             if line.startswith("Hugepagesize:")]
    return int(line.split()[1])


def number():
    return int((POOL / f"hugepages-{kib()}kB" / "nr_hugepages").read_text())


@pytest.fixture
def setup(tmp_path):
    """Runs it, remembering in a folder of its own; gives back what it has taken."""
    env = dict(os.environ, SLUICE_SETUP_STATE=str(tmp_path / "state"))

    def run(*words):
        return subprocess.run([SETUP, *words], env=env, capture_output=True, text=True, timeout=60,
                              check=False)

    yield run
    done = run("undo")
    assert done.returncode == 0, done.stderr


def test_huge_pages(setup):
    """They come, the doctor sees them, and they go."""
    before = number()
    done = setup("hugepages", str(before + 5))
    assert done.returncode == 0, done.stderr
    assert number() == before + 5
    assert "added here: 5" in setup("status").stdout
    lines = json.loads(subprocess.run([SLUICE, "-j", "doctor"], capture_output=True, text=True,
                                      timeout=60, check=False).stdout)
    assert any(line["check"] == "hugepages" and line["status"] == "ok" and
               line["found"].startswith(f"{before + 5} page(s) of {kib() // 1024} MiB")
               for line in lines)
    assert setup("hugepages", str(before + 1)).returncode == 0
    assert number() == before + 5
    assert "5 huge page(s) given back" in setup("undo").stdout
    assert number() == before
    assert "remembers nothing" in setup("undo").stdout


def test_more_than_there_is(setup):
    before = number()
    done = setup("hugepages", "1000000G")
    assert done.returncode == 1 and "nothing was changed" in done.stderr
    assert number() == before


def carriers():
    """PCI NICs whose netdev has a default route."""
    routes = [route for family in ("-4", "-6") for route in json.loads(subprocess.run(
        ["ip", "-j", family, "route", "show", "default"], capture_output=True, check=True).stdout)]
    for netdev in {route["dev"] for route in routes if "dev" in route}:
        path = pathlib.Path(f"/sys/class/net/{netdev}/device").resolve()
        while path != pathlib.Path("/"):
            if (path / "vendor").exists() and (path / "driver_override").exists():
                yield netdev, path
                break
            path = path.parent


def test_the_way_out_of_this_machine_is_not_taken(setup):
    """Whatever NICs it has: those of a default route are refused, one that is not there as well."""
    assert "no such device" in setup("bind", "0000:ff:1f.7").stderr
    for netdev, device in carriers():
        driver = os.readlink(device / "driver")
        for how in [], ["--uio"], ["--no-iommu"]:
            done = setup("bind", *how, device.name)
            assert done.returncode == 1 and f"{netdev} carries a default route" in done.stderr
        assert os.readlink(device / "driver") == driver
        assert "is not bound for DPDK" in setup("unbind", device.name).stdout


def test_root_is_needed(tmp_path):
    done = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", "bash", "-s", "--", "undo"],
                          input=SETUP.read_text(), capture_output=True, text=True, timeout=60,
                          check=False, env={"PATH": "/usr/bin:/bin", "SLUICE_SETUP_STATE": "/none"})
    assert done.returncode == 1 and "needs root" in done.stderr
