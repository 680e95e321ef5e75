# SPDX-License-Identifier: BSD-3-Clause
"""Cases that are written wrongly, kernels that cannot be had; without a virtual machine."""
import os
import pathlib

import pytest

import case as cases
import kernel
import machine


@pytest.fixture
def written(tmp_path):
    """Loads a case.toml of this text."""
    def load(text, guest=True):
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "case.toml").write_text(text)
        if guest:
            (folder / "guest.sh").write_text("")
        return cases.load("mine", tmp_path)

    return load


@pytest.mark.parametrize("name", cases.names())
def test_cases(name):
    case = cases.load(name)
    assert case.name == name and case.seconds < 120


@pytest.mark.parametrize("text,why", [
    ("cpus = 2", "about: is missing"),
    ('about = "x"\ncores = 2', "cores: found an unknown key"),
    ('about = "x"\ncpus = "2"', "cpus: found '2', expected int"),
    ('about = "x"\ncpus = 3\nmemory = [256, 256]', "cpus: found 3, expected as many on each"),
    ('about = "x"\nmemory = []', "cpus: found 2, expected as many on each"),
    ('about = "x"\nnics = [{node = 1}]', "nics: found a node that memory does not have"),
    ('about = "x"\nnics = [{mac = 1}]', r"nics\[0\]: mac: found an unknown key"),
    ('about = ', "Invalid value"),
])
def test_wrong_cases(written, text, why):
    with pytest.raises(cases.CaseError, match=why):
        written(text)


def test_a_case_without_script(written):
    with pytest.raises(cases.CaseError, match="guest.sh is not there"):
        written('about = "x"', guest=False)


def test_nodes(written):
    """Each has its CPUs, its memory, and a bridge for its NICs."""
    case = written('about = "x"\ncpus = 4\nmemory = [100, 200]\nnics = [{node = 1}, {node = 0}]')
    assert [list(case.cpus_of(node)) for node in (0, 1)] == [[0, 1], [2, 3]]
    words = " ".join(machine.memory_options(case) + machine.bridge_options(case)
                     + machine.nic_options(case, 0, pathlib.Path("/s")))
    for word in ("-m 300M", "id=mem1,share=on,size=200M", "cpu,node-id=1,socket-id=3",
                 "id=node1,bus=pcie.0,addr=0x19,numa_node=1", "id=root0,bus=node1", "netdev=n0,mac=",
                 "bus=root0"):
        assert word in words


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty one, and an apt that has neither lists nor network."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in "apt-cache", "apt-get":
        (tools / name).write_text("#!/bin/sh\necho 'E: no network' >&2\nexit 100\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("SLUICE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def cached(cache, name, release):
    folder = cache / "kernel" / name
    modules = folder / "lib/modules" / release
    modules.mkdir(parents=True)
    (folder / "release").write_text(release)
    (modules / "modules.dep").write_text("k/a-b.ko: k/c.ko k/d.ko\nk/c.ko: k/d.ko\nk/d.ko:\n")
    (modules / "modules.builtin").write_text("kernel/e/e-f.ko\n")
    return modules


def test_no_kernel(cache):
    with pytest.raises(kernel.KernelError, match="apt-get: E: no network"):
        kernel.get()


def test_an_old_kernel_is_better_than_none(cache, capsys):
    for build in 9, 56, 10:
        cached(cache, f"linux-image-6.1.0-{build}-cloud-amd64_6.1.{build}-1", f"6.1.0-{build}-cloud-amd64")
    assert kernel.get().release == "6.1.0-56-cloud-amd64"
    assert "apt-cache: E: no network" in capsys.readouterr().err


def test_modules(cache):
    folder = cached(cache, "linux-image-6.1.0-9-cloud-amd64_6.1.9-1", "6.1.0-9-cloud-amd64")
    linux = kernel.get()
    assert linux.modules(["a_b", "c", "e-f"]) == [
        ("d", folder / "k/d.ko"), ("c", folder / "k/c.ko"), ("a_b", folder / "k/a-b.ko")]
    with pytest.raises(kernel.KernelError, match="has no module g"):
        linux.modules(["g"])


def test_not_a_kernel():
    with pytest.raises(kernel.KernelError, match="not packed with LZ4"):
        kernel.image_of(bytes(4096))
