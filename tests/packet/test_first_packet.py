# SPDX-License-Identifier: BSD-3-Clause
"""How soon after its start sluiced forwards: two ports, huge pages, all else by default.

    p0 (endless) --- router --- p1
"""
import time

import pytest

from conftest import CONFIG
from frames import ether, ip4
from router import wait_for

pytestmark = pytest.mark.alone

FAR_TOO_LONG_S = 10  # it takes some tenths of one


@pytest.mark.parametrize("control", ["none", "linux"])
def test_first_packet(router, more_huge_pages, control):
    config = {**CONFIG, "control": control, "dpdk": {}, "punts": []}
    one = router({"p0": [ether(ip4())] * 64}, endless=True, config=config,
                 own_network=control == "linux")
    begin = time.monotonic()
    with one:
        wait_for("the first packet", lambda: next(
            row["tx_packets"] for row in one.ask("show interfaces") if row["interface"] == "p1"))
        took = time.monotonic() - begin
    print(f"control: {control}: the first packet after {took:.3f} s")
    assert took < FAR_TOO_LONG_S
