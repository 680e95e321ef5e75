# SPDX-License-Identifier: BSD-3-Clause
"""`sluice doctor` on this machine, with faults made on purpose: what it calls a failure, sluiced
does not survive, and what it does not, sluiced does.

    h1 --- p0 router p1 --- h2
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from lab import SLUICE, SLUICED
from linux_lab import LinuxRouter, sluiced_only

pytestmark = sluiced_only


@pytest.fixture
def net(lab):
    n = len(lab.namespaces)
    router = lab.add(LinuxRouter(f"router{n}", lab.folder))
    router.connect(lab.host(f"h1_{n}"))
    router.connect(lab.host(f"h2_{n}"))
    router.launch()
    return router


def examine(namespace, path, code, *prefix):
    """The lines of the doctor, run inside the namespace: {(check, status): [found ...]}."""
    done = namespace.run(*prefix, SLUICE, "-j", "doctor", "-c", str(path), ok=False)
    lines = json.loads(done)
    found = {}
    for line in lines:
        found.setdefault((line["check"], line["status"]), []).append(line["found"])
    failures = [key for key in found if key[1] == "fail"]
    assert bool(failures) == bool(code), found
    return found


def config_of(router, **keys):
    """Write the router's configuration, with other values for some keys. Its path."""
    return pathlib.Path(router.daemon_command(**{**router.config, **keys})[2])


def refusal(namespace, path):
    """What sluiced says that does not start; one that does is killed."""
    return namespace.run("timeout", "-s", "KILL", "20", SLUICED, "-c", str(path), ok=False)


def test_a_router_that_runs(net):
    found = examine(net, config_of(net), 0)
    assert any("is right: 2 port(s)" in text for text in found["configuration", "ok"])
    assert "2 port(s) on virtual devices" in found["ports", "ok"]
    assert any(text.startswith("sluiced runs") for text in found["leftovers", "ok"])
    assert found["sysctls", "ok"] == ["forwarding and rp_filter are right"]  # sluiced's work
    assert ("leftovers", "warn") not in found


def test_a_killed_run(net):
    net.kill()
    found = examine(net, config_of(net), 0)
    assert any("nobody listens on" in text for text in found["leftovers", "warn"])
    waiting = [text for text in found["leftovers", "ok"] if "waits for sluiced" in text]
    assert [text.split()[1] for text in waiting] == ["p0", "p1"]
    # To another configuration they stand in the way: it says so before sluiced does.
    other = config_of(net, api=f"{net.api}.other")
    found = examine(net, other, 1)
    assert len([text for text in found["leftovers", "fail"]
                if text.startswith("mirror p") and net.api in text]) == 2
    assert "does not belong to this sluiced" in refusal(net, other)
    net.run(SLUICED, "--purge", "-c", str(other))
    found = examine(net, other, 0)
    assert not any("mirror p" in text for texts in found.values() for text in texts)
    os.unlink(net.api)
    examine(net, config_of(net), 0)


def test_leftovers_without_a_configuration(net):
    """All namespaces that have names are searched."""
    net.kill()
    lines = json.loads(net.run(SLUICE, "-j", "doctor", ok=False))
    if lines[0]["status"] != "warn":
        return  # this machine has one at the default place
    assert lines[0]["found"].startswith("there is no ")
    mirrors = [line for line in lines if line["check"] == "leftovers"
               and line["status"] == "warn" and net.api in line["found"]]
    assert [line["command"] for line in mirrors] == [
        f"ip -n {net.linux.name} link del p{n}" for n in range(2)]
    for line in mirrors:
        subprocess.run(line["command"].split(), check=True)
    lines = json.loads(net.run(SLUICE, "-j", "doctor", ok=False))
    assert not any(net.api in line["found"] for line in lines)


def test_sysctls_that_sluiced_will_set(net):
    net.stop()
    net.linux.sysctl({"ipv4/ip_forward": 0})
    found = examine(net, config_of(net), 0)
    assert found["sysctls", "ok"] == ["net/ipv4/ip_forward is 0"]
    net.restart()
    assert examine(net, config_of(net), 0)["sysctls", "ok"] == [
        "forwarding and rp_filter are right"]


def test_wrong_permissions(net):
    """As nobody: neither the doctor nor sluiced get into the namespace of the mirrors."""
    net.stop()
    with tempfile.TemporaryDirectory(prefix="sl-doctor-") as folder:
        os.chmod(folder, 0o755)
        config = shutil.copy(config_of(net, api=f"{folder}/sock"), folder)
        sluice, sluiced = shutil.copy(SLUICE, folder), shutil.copy(SLUICED, folder)
        for path in config, sluice, sluiced:
            os.chmod(path, 0o755)
        nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                  "--inh-caps", "-all")
        lines = json.loads(net.run(*nobody, sluice, "-j", "doctor", "-c", config, ok=False))
        failed = {line["check"]: line for line in lines if line["status"] == "fail"}
        assert set(failed) == {"privileges", "sysctls"}
        for name in "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN":
            assert name in failed["privileges"]["found"]
        assert failed["privileges"]["command"] == "sudo sluice doctor"
        assert "Operation not permitted" in failed["sysctls"]["found"]
        said = net.run(*nobody, "timeout", "-s", "KILL", "20", sluiced, "-c", config, ok=False)
        assert "not permitted" in said.lower() or "denied" in said.lower()


@pytest.mark.parametrize("wrong, check, sentence", [
    ({"dpdk": {"memory": 1000000}}, "hugepages", "huge pages"),
    ({"workers": [127]}, "lcores", "CPU 127"),
    ({"netns": "sl-none"}, "sysctls", "sl-none does not exist"),
    ({"ports": [{"name": "p0", "device": "0000:ff:1f.7"}]}, "nics", "0000:ff:1f.7"),
    ({"ports": [{"name": "p0", "device": "net_af_packet0,iface=nowhere0"}]}, "ports", "p0"),
    ({"speed": 11}, "configuration", "speed"),
])
def test_what_it_calls_a_failure_is_one(net, wrong, check, sentence):
    net.stop()
    path = config_of(net, **wrong)
    found = examine(net, path, 1)
    assert any(sentence in text for text in found[check, "fail"]), found
    # Without a configuration the huge pages of the machine are judged, and this one may have none.
    assert {key[0] for key in found if key[1] == "fail"} - {"hugepages"} == {check} - {"hugepages"}
    assert sentence in refusal(net, path)
