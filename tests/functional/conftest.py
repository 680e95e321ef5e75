# SPDX-License-Identifier: BSD-3-Clause
"""Real hosts around the real daemon.

$SLUICED and $SLUICE are the paths of the two binaries. Runs as root: it makes namespaces, and
leaves the network of the machine alone.
"""
import os
import pathlib
import shutil
import sys

import pytest

from lab import Lab
from netns import remove_stale

# What suites share.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

TOOLS = ("ip", "ethtool", "iperf3", "ping", "traceroute", "setpriv", "nsenter", "nft")

labs = []


def pytest_sessionstart(session):
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.exit(f"needed and not installed: {', '.join(missing)}", returncode=1)
    if os.geteuid():
        pytest.exit("the functional tests run as root", returncode=1)
    remove_stale()


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    one = Lab(tmp_path_factory.mktemp("lab"))
    labs.append(one)
    yield one
    labs.remove(one)
    one.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and call.when == "call":
        for one in labs:
            report.sections.append(("the routers", one.story()))
