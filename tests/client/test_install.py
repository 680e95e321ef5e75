# SPDX-License-Identifier: BSD-3-Clause
"""What `meson install` lays out: everything is there, and each of it works."""
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests"))
from installed import Installed  # noqa: E402

PAGES = ("sluiced.8", "sluice-setup.8", "sluice.1", "sluice.yaml.5")


def run(*words, **how):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=60, check=False, **how)


def tool(name):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    return name


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    return Installed(tmp_path_factory.mktemp("root"))


@pytest.fixture(scope="module")
def pages(installed):
    """The man pages as a terminal shows them, in one line, by name; hyphenation taken out."""
    env = dict(os.environ, MANWIDTH="200", MAN_KEEP_FORMATTING="", LC_ALL="C.UTF-8")
    text = {}
    for name in PAGES:
        done = run(tool("man"), "--warnings", "--nh", "--nj", "-E", "UTF-8", "-l",
                   installed.path(name), env=env)
        assert (done.returncode, done.stderr) == (0, ""), name
        text[name] = " ".join(done.stdout.split())
    return text


def test_layout(installed):
    ways = {str(path.relative_to(installed.root)): stat.S_IMODE(path.stat().st_mode)
            for path in installed.files()}
    for end, mode in {"/sbin/sluiced": 0o755, "/sbin/sluice-setup": 0o755, "/bin/sluice": 0o755,
                      "/man/man8/sluiced.8": 0o644, "/man/man8/sluice-setup.8": 0o644,
                      "/man/man1/sluice.1": 0o644,
                      "/man/man5/sluice.yaml.5": 0o644,
                      "/bash-completion/completions/sluice": 0o644,
                      "/systemd/system/sluiced.service": 0o644,
                      "/systemd/system/sluice-setup.service": 0o644,
                      "/sysusers.d/sluice.conf": 0o644, "/sluice/sluice.yaml": 0o644}.items():
        found = [way for way in ways if f"/{way}".endswith(end)]
        assert len(found) == 1 and ways[found[0]] == mode, (end, ways)


def test_default_configuration(installed):
    """It is right, where the daemon looks for it, and stays when an administrator has changed it."""
    file = installed.path("sluice.yaml")
    daemon = installed.path("sluiced")
    assert run(daemon, "--check", "-c", file).stdout == f"{file}: ok\n"
    looked_for = re.search(r"the configuration \((\S+)\)", run(daemon, "--help").stdout)[1]
    assert file == installed.here(looked_for)
    # So is each of its examples.
    text, number = re.subn(r"^( *)#(?=(?:  )?- \{|[a-z]\w*:)", r"\1", file.read_text(), flags=re.M)
    assert number > 8
    examples = installed.root / "examples.yaml"
    examples.write_text(text)
    done = run(daemon, "--check", "-c", examples)
    assert (done.returncode, done.stderr) == (0, "")
    file.write_text("mine")
    installed.install()
    assert file.read_text() == "mine"
    file.unlink()
    installed.install()
    assert file.read_text() != "mine"


def test_pages_have_all_commands(pages, client):
    overview = client.out("-h")
    commands = re.findall(r"^  ((?:[a-z]+ ?)+?)(?= [\[<{A-Z]|  |$)",
                          overview.partition("Commands:\n")[2], re.M)
    assert len(commands) > 20 and "show port stats" in commands
    for command in commands:
        assert f" {command.strip()} " in pages["sluice.1"], command


def option_names(text):
    found = re.findall(r"^  (?:-\w, |    )(--\w+)", text, re.M)
    assert "--help" in found
    return found


def test_pages_have_all_options(installed, pages, client):
    for page, text in (("sluice.1", client.out("-h").partition("Commands:")[0]),
                       ("sluiced.8", run(installed.path("sluiced"), "-h").stdout)):
        for option in option_names(text):
            assert f"{option} " in pages[page], option


def test_page_has_all_keys(pages):
    """Those that the tables have by the eye of a reader of their source."""
    source = "".join((SOURCE / "lib" / "config" / name).read_text()
                     for name in ("tables.c", "tuning_keys.h", "tuning_keys.c"))
    keys = re.findall(r'^\t+\{"(\w+)",\s+(?:\\\n\s*)?\w+,', source, re.M)
    assert len(keys) > 30 and {"workers", "offloads", "burst", "key"} <= set(keys)
    for key in [*keys, "rss", "rx_descriptors", "tx_descriptors"]:
        assert f" {key}: " in pages["sluice.yaml.5"], key
    # Ranges and defaults come with them.
    assert "mtu: an integer from 68 to 9600 Bytes" in pages["sluice.yaml.5"]
    assert "Default: 2000000." in pages["sluice.yaml.5"]


def test_page_has_all_capabilities(installed, pages):
    capabilities = installed.unit()["CapabilityBoundingSet"][0].split()
    assert "CAP_NET_ADMIN" in capabilities
    for capability in capabilities:
        assert f" {capability} At the start: " in pages["sluiced.8"]


def test_pages_have_their_sections(pages):
    for page, text in pages.items():
        for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "FILES", "EXAMPLES", "SEE ALSO"):
            assert f" {section} " in text, (page, section)
        assert page in ("sluice.yaml.5", "sluice-setup.8") or (
            " OPTIONS " in text and " EXIT STATUS " in text)
        assert page in ("sluice.yaml.5", "sluice-setup.8") or "sluice-setup(8)" in text


def test_page_has_the_usage_of_setup(installed, pages):
    """Its own words, by the name that it is installed under."""
    usage = " ".join(run(installed.path("sluice-setup"), "--help").stdout.split())
    assert usage.startswith("usage: sluice-setup hugepages N ") and len(usage) > 1000
    assert usage in pages["sluice-setup.8"]


def test_page_has_the_options_of_doctor(pages, client):
    text = client.out("doctor", "-h")
    for option in "-c, --config FILE", "--root DIR":
        words = re.search(rf"^ *{option} +(.+(?:\n {{10,}}.+)*)", text, re.M)[1].split()
        assert len(words) > 5
        words[0] = words[0].capitalize()
        assert f"{option} {' '.join(words)}." in pages["sluice.1"]


@pytest.mark.parametrize("page", PAGES)
def test_mandoc_finds_nothing(installed, page):
    """But that the pages have no date: the same source always makes the same page."""
    said = run(tool("mandoc"), "-Tlint", "-W", "warning", installed.path(page)).stdout
    assert [line for line in said.splitlines() if "missing date" not in line] == []


def test_completion(installed, client):
    script = installed.path("sluice.1").parents[2] / "bash-completion" / "completions" / "sluice"
    assert script.read_text() == client.out("completion", "bash")
    done = run("bash", "--norc", "-c", f". {script} && complete -p sluice && "
               'COMP_LINE="sluice show pri" COMP_POINT=15; _sluice "$1"; echo "${COMPREPLY[@]}"',
               "bash", os.environ["SLUICE"])
    assert (done.stdout, done.stderr) == ("complete -F _sluice sluice\nprivileges\n", "")


def test_group(installed):
    done = run(tool("systemd-sysusers"), "--dry-run", installed.path("sluice.conf"))
    assert done.returncode == 0 and "sluice" in done.stdout + done.stderr


@pytest.fixture
def unit(installed, tmp_path):
    """The unit, with the program and the condition where they are here; beside it the other."""
    for name in "sluice-setup.service", "sluiced.service":
        text = installed.path(name).read_text()
        file = tmp_path / name
        file.write_text(re.sub(r"(?<=ExecStart=)", str(installed.root), text))
    return file


def test_units_are_understood(unit):
    for file in unit, unit.with_name("sluice-setup.service"):
        done = run(tool("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", file)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_unit_comes_after_what_it_needs(installed):
    """NICs and modules, without which its devices cannot be named; and it may use them."""
    unit = installed.unit()
    for needed in ("sluice-setup.service", "modprobe@vfio_pci.service",
                   "modprobe@uio_pci_generic.service"):
        assert needed in " ".join(unit["Wants"]).split() and needed in " ".join(unit["After"]).split()
    assert {"/dev/vhost-net rw", "char-vfio rw", "char-uio rw"} <= set(unit["DeviceAllow"])
    setup = installed.path("sluice-setup.service").read_text()
    program, verb = re.search(r"^ExecStart=(\S+) (\S+)$", setup, re.M).groups()
    assert installed.here(program) == installed.path("sluice-setup")
    done = run(installed.path("sluice-setup"), "--root", installed.root, verb)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_unit_confines_the_daemon(unit):
    """4.5 is in the middle of what systemd calls OK: what a router needs is much of what it
    counts."""
    done = run(tool("systemd-analyze"), "security", "--offline=true", "--no-pager",
               "--threshold=45", unit)
    assert done.returncode == 0, done.stdout
