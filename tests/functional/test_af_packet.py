# SPDX-License-Identifier: BSD-3-Clause
"""A port hears its own netdev and no other, from its first moment on: a packet socket that is not
bound yet hears all.

    host --- p0 --+
             p1 --+-- br0
             ...--+   (nobody is there)
"""
import struct
import threading

import bulk
from lan_lab import LanHost, bare

KIND = 0x88B5  # EtherType for experiments, IEEE 802
PORTS = 8


def test_start(lab):
    """The host talks while the ports come: it is never heard behind another one."""
    host, nobody = lab.add(LanHost("host", 0, 0)), lab.add(LanHost("nobody", 0, 1))
    for one in host, nobody:
        one.sysctl({"ipv6/conf/all/disable_ipv6": 1, "ipv6/conf/default/disable_ipv6": 1})
    router = lab.router()
    for n in range(PORTS):
        bare(router, nobody if n else host)
    host.ip("link set eth0 up")
    nobody.ip(*(f"link set eth{n} up" for n in range(PORTS - 1)))
    frames = struct.pack("!6s6sH46x", b"\xff" * 6, b"\x02\0\0\x09\0\x0a", KIND) * bulk.BATCH
    over = threading.Event()

    def talk(wire):
        while not over.is_set():
            wire.send(frames)

    with bulk.Bulk(host, "eth0", KIND) as wire:
        talking = threading.Thread(target=talk, args=(wire,))
        talking.start()
        try:
            router.serve(neighbours=[], bridges=[
                {"name": "br0", "ports": [f"p{n}" for n in range(PORTS)]}])
        finally:
            over.set()
            talking.join()
    row, = router.json("show", "bridges")
    assert row["moves"] == 0
    assert {one["port"]: one["rx_packets"] > 0 for one in router.json("show", "port", "stats", "all")
            } == {f"p{n}": n == 0 for n in range(PORTS)}
