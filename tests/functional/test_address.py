# SPDX-License-Identifier: BSD-3-Clause
"""An address comes and goes while the router runs.

    h1 --- p0 router p1 --- h2
"""
import pytest

from lab import host_mac


@pytest.fixture(scope="module")
def net(lab):
    h1, h2, router = lab.host("h1"), lab.host("h2"), lab.router()
    router.connect(h1)
    router.connect(h2)
    h1.ip("address add 10.77.0.2/24 dev eth0", "address add 2001:db8:77::2/64 dev eth0 nodad")
    router.serve()
    return h1, h2, router


@pytest.mark.parametrize("own,length,guest,no_route", [
    ("10.77.0.1", 24, "10.77.0.2", "Destination Net Unreachable"),
    ("2001:db8:77::1", 64, "2001:db8:77::2", "Destination unreachable: No route")])
def test_address(net, own, length, guest, no_route):
    h1, h2, router = net
    address = ("address", "add", f"{own}/{length}", "port", "p0")
    # From the far side: h1 has the network on its link, and asks nobody for a way to it.
    assert no_route in h2.ping(own)[1]

    router.sluice(*address)
    router.sluice("neighbour", "add", guest, "port", "p0", "mac", host_mac(0))
    assert f"{own}/{length}" in router.sluice("show", "interfaces")
    assert h1.ping(own)[0]
    assert h2.ping(own)[0]
    assert h2.ping(guest)[0]
    again = router.client(*address)
    assert (again.returncode, again.stderr) == (
        1, f"sluice: address {own}/{length}: port p0 has it\n")

    router.sluice("address", "del", f"{own}/{length}", "port", "p0")
    for target in own, guest:
        answered, out = h2.ping(target)
        assert not answered
        assert no_route in out
    again = router.client("address", "del", f"{own}/{length}", "port", "p0")
    assert (again.returncode, again.stderr) == (
        1, f"sluice: port p0 does not have the address {own}/{length}\n")
