# SPDX-License-Identifier: BSD-3-Clause
"""Each output format, and what hostile text becomes in it."""
import json
import subprocess
import time

from conftest import SLUICE

STATS = {"port": "p0", "rx_packets": 3, "rx_missed": 1, "rx_bytes": 180, "rx_errors": 2,
         "rx_nombuf": 4, "tx_packets": 12345678901, "tx_errors": 5, "tx_bytes": 9, "rx_pps": 10,
         "tx_pps": 11.6, "rx_bps": 12, "tx_bps": 13}

STATS_BLOCK = """
  ######################## NIC statistics for port p0  ########################
  RX-packets: 3          RX-missed: 1          RX-bytes:  180
  RX-errors: 2
  RX-nombuf:  4         
  TX-packets: 12345678901 TX-errors: 5          TX-bytes:  9

  Throughput (since last show)
  Rx-pps:           10          Rx-bps:           12
  Tx-pps:           12          Tx-bps:           13
  ############################################################################
"""

ROUTES = [
    {"prefix": "0.0.0.0/0", "type": "unicast", "metric": 7,
     "via": [{"gateway": "192.0.2.2", "port": "p0", "weight": 2},
             {"gateway": None, "port": "p1", "weight": None}]},
    {"prefix": "198.18.0.0/15", "type": "blackhole", "metric": 1000, "via": []},
    {"prefix": "::/0", "type": "", "note": True},
]


def test_table(daemon):
    assert daemon({"show routes": ROUTES}).out("show", "routes") == (
        "PREFIX         TYPE       METRIC  VIA                                  NOTE\n"
        "0.0.0.0/0      unicast         7  192.0.2.2 port p0 weight 2, port p1  -\n"
        "198.18.0.0/15  blackhole    1000  -                                    -\n"
        "::/0           -               -  -                                    yes\n")


def test_empty_table(daemon):
    assert daemon({"show routes": []}).out("show", "routes") == ""


def test_table_widths_are_characters(daemon):
    rows = [{"a_b": "é€𝄞", "n": 1.5}, {"a_b": "xy", "n": 10}]
    assert daemon({"show drops": rows}).out("show", "drops") == (
        "A-B     N\né€𝄞  1.50\nxy     10\n")


def test_record(daemon):
    result = {"sluice": "0.1.0", "pid": 12, "list": ["a", 1, None], "real": 0.5}
    assert daemon({"show version": result}).out("show", "version") == (
        "sluice: 0.1.0\npid: 12\nlist: a, 1, -\nreal: 0.50\n")


def test_stats(daemon):
    server = daemon({"show port stats": [STATS, dict(STATS, port="p1")]})
    assert server.out("show", "port", "stats", "all") == (
        STATS_BLOCK + STATS_BLOCK.replace("port p0", "port p1"))
    assert server.asked() == ("show port stats", {})


def test_rate_asks_twice_and_prints_the_second(daemon):
    server = daemon({"show port stats": {"each": [[dict(STATS, port="old")], [STATS]]}})
    start = time.monotonic()
    assert server.out("show", "port", "stats", "p0", "--rate") == STATS_BLOCK
    assert time.monotonic() - start >= 1
    assert server.asked() == ("show port stats", {"port": "p0"})
    assert server.asked() == ("show port stats", {"port": "p0"})
    assert server.stop() == ""


def test_fwd(daemon):
    counters = {"rx_packets": 100, "rx_dropped": 1, "rx_total": 101, "tx_packets": 99,
                "tx_dropped": 2, "tx_total": 101}
    result = {"ports": [dict(counters, port="p0")], "accumulated": counters}
    lines = ("  RX-packets: 100            RX-dropped: 1             RX-total: 101\n"
             "  TX-packets: 99             TX-dropped: 2             TX-total: 101\n")
    assert daemon({"show fwd stats": result}).out("show", "fwd", "stats") == (
        "\n  ---------------------- Forward statistics for port p0  ----------------------\n"
        + lines +
        "  ----------------------------------------------------------------------------\n"
        "\n  +++++++++++++++ Accumulated forward statistics for all ports+++++++++++++++\n"
        + lines +
        "  ++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++++\n")


def test_none(daemon):
    server = daemon({"clear stats": {"anything": 1}})
    assert server.out("clear", "stats") == ""
    assert server.asked() == ("clear stats", {})


def test_json(daemon):
    server = daemon({"show routes": ROUTES, "show port stats": [STATS]})
    assert json.loads(server.out("-j", "show", "routes")) == ROUTES
    text = server.out("show", "port", "stats", "--json")
    assert json.loads(text) == [STATS]
    assert '"tx_packets": 12345678901' in text
    assert server.out("-j", "clear", "stats") == "null\n"


def test_json_reals(daemon):
    """As people write them, not as they are stored."""
    assert daemon({"show version": {"a": 68.8, "b": 0.1}}).out("-j", "show", "version") == (
        '{\n  "a": 68.8,\n  "b": 0.1\n}\n')


def test_wrong_shapes(daemon):
    for words in (["show", "routes"], ["show", "version"], ["show", "port", "stats"],
                  ["show", "fwd", "stats"]):
        for wrong in (None, 5, [5], {"ports": [{}], "accumulated": {}}):
            if words == ["show", "version"] and isinstance(wrong, dict):
                continue
            server = daemon({" ".join(words): wrong})
            assert "-j shows it" in server.fails(1, *words)
            assert json.loads(server.out("-j", *words)) == wrong
            server.stop()


def test_control_characters_are_escaped(daemon):
    evil = "a\x1b[31m\r\n\x07\x7f\x9b\u202eb"
    safe = "a\\x1b[31m\\x0d\\x0a\\x07\\x7f\\x9b\\u202eb"
    server = daemon({"show drops": [{evil: evil}], "show version": {evil: [evil]},
                     "show port stats": [dict(STATS, port=evil)],
                     "show ports": {"errno": 5, "error": evil}})
    assert server.out("show", "drops") == f"{safe.upper()}\n{safe}\n"
    assert server.out("show", "version") == f"{safe}: {safe}\n"
    assert f"for port {safe}  ####" in server.out("show", "port", "stats")
    assert server.fails(1, "show", "ports") == f"sluice: {safe}\n"
    text = server.out("-j", "show", "drops")
    assert "\x1b" not in text and "\u202e" not in text and json.loads(text) == [{evil: evil}]


def test_large_answer(daemon):
    rows = [{"prefix": f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}/32", "n": i}
            for i in range(100000)]
    lines = daemon({"show routes": rows}).out("show", "routes").splitlines()
    assert len(lines) == 100001
    assert lines[-1] == "10.1.134.159/32  99999"


def test_full_disk_is_an_error(daemon):
    server = daemon({"show version": {"a": "b" * 10000}})
    with open("/dev/full", "w") as full:
        done = subprocess.run([SLUICE, "-s", server.path, "show", "version"],
                              stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "cannot write" in done.stderr
