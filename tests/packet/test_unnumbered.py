# SPDX-License-Identifier: BSD-3-Clause
"""Errors on a port that has no address of the family but link-local: from the first that the
router has elsewhere, as Linux does (RFC 1812 2.2.7)."""
import pytest
from scapy.packet import Raw

from conftest import CONFIG, with_mtu
from frames import H0_LL, P0_LL, P1, P1_6, error4, error6, ether, ip4, ip6


def unnumbered(config):
    first, second = config["ports"]
    return {**config, "ports": [{**first, "addresses": []}, second]}


@pytest.fixture
def check(answers):
    def run(counter, pairs, config=CONFIG):
        answers(counter, pairs, config=unnumbered(config))
    return run


def test_ttl(check):
    four, six, near = ether(ip4(ttl=1)), ether(ip6(hlim=1)), ether(ip6(hlim=1, src=H0_LL))
    check("punt ttl/any", [(four, error4(four, 11, 0, src=P1)), (six, error6(six, 3, 0, src=P1_6)),
                           (near, error6(near, 3, 0, src=P0_LL))])


def test_path_mtu(check):
    four, six = (ether(ip4(Raw(b"x" * 1480), proto=253, flags="DF")),
                 ether(ip6(Raw(b"x" * 1460), nh=253)))
    check("punt mtu/any", [(four, error4(four, 3, 4, src=P1, mtu=1400)),
                           (six, error6(six, 2, 0, src=P1_6, word=1400))],
          with_mtu(CONFIG, 1400, "p1"))
