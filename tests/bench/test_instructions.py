# SPDX-License-Identifier: BSD-3-Clause
"""How tests/bench/instructions reads callgrind's files, and what it complains about. The counting
itself is the suite `instructions`."""
import collections

import pytest

import callgrind
from instructions_compare import ELSEWHERE, TIMED, UPDATE, compare, plain

# A node with a line inlined from a header, a call within the daemon and one into a library; the
# library's own instructions, and a call from there; then the callee, split off by gcc.
PART = """\
# callgrind format
positions: line
events: Ir
summary: 1234

ob=(1) /lib/pmd.so
fl=(1) ???
fn=(1) pmd_tx
0 500
cob=(2) /lib/mempool.so
cfi=(1)
cfn=(9) put
calls=3 0
0 90
cob=(3) /sluiced
cfi=(2) /lib/ip4/ip4_input.c
cfn=(2) ip4_input_avx2
calls=0 12
0 700

ob=(3)
fl=(2)
fn=(2)
12 64
+3 128
fi=(3) /include/rte_ip.h
-2 32
fe=(2)
* 6
cfn=(3) settle.part.0
calls=2 40
+1 22
cob=(1)
cfi=(1)
cfn=(1)
calls=5 0
* 590

fn=(3)
40 20
+1 2
"""


def test_read(tmp_path):
    path = tmp_path / "part"
    path.write_text(PART)
    counts = collections.Counter()
    callgrind.read(path, "/sluiced", counts)
    assert counts == {"ip4_input": 230, "settle": 22, ELSEWHERE: 5}


def test_a_round():
    """The last time that a burst came without a walk that was timed; no other counts."""
    bursts = [{"a": 1, TIMED: 1}, {"a": 10, TIMED: 1}, {"a": 2}, {"a": 20}, {"a": 3},
              {"a": 30, TIMED: 1}, {"a": 4, TIMED: 1}]
    assert callgrind.a_round([collections.Counter(one) for one in bursts], 2) == {"a": 23}
    with pytest.raises(AssertionError, match="3 bursts are too few"):
        callgrind.a_round(list(map(collections.Counter, bursts[:3])), 2)


@pytest.mark.parametrize("name, expected", [
    ("ether_input", "ether_input"), ("ether_input_avx512", "ether_input"), ("walk_scalar", "walk"),
    ("lookup4_bulk_avx2.constprop.0", "lookup4_bulk"), ("settle.part.0.isra.0", "settle"),
    ("drop'2", "drop"), ("avx2_something", "avx2_something")])
def test_plain(name, expected):
    assert plain(name) == expected


@pytest.mark.parametrize("before, after, expected", [
    ({"a": 100.0, "b": 300.0}, {"a": 103.0, "b": 300.0}, None),
    ({"a": 100.0, "b": 300.0}, {"a": 97.0, "b": 300.0}, None),
    ({"a": 100.0, "b": 100.0}, {"a": 102.9, "b": 97.1}, None),
    ({"a": 0.062}, {"a": 0.078}, None),  # one instruction in a burst of 64
    ({"a": 100.0}, {"a": 103.1}, "a costs 103.100 instructions a packet, 100.000 before (+3.1%)"),
    ({"a": 100.0}, {"a": 96.9}, "Keep the gain"),
    ({"a": 0.062}, {"a": 0.109}, "a costs 0.109"),
    ({"a": 100.0, "b": 50.0}, {"a": 102.9, "b": 50.0},
     "all of it costs 152.900 instructions a packet, 150.000 before (+1.9%). If it is worth"),
    ({"a": 100.0, "b": 50.0}, {"a": 97.1, "b": 50.0}, "(-1.9%). Keep the gain"),
    ({ELSEWHERE: 0.5, "a": 100.0}, {ELSEWHERE: 0.51, "a": 100.9}, None),
    ({"a": 1.0, "b": 2.0}, {"a": 1.0}, "b is in instructions.json"),
    ({"a": 1.0}, {"a": 1.0, "b": 2.0}, "b costs 2.000 instructions a packet, and is not in"),
    ({}, {"a": 1.0}, "is not in"),
])
def test_compare(before, after, expected):
    found = compare("ip4-few, avx2", before, after)
    if expected is None:
        assert found == []
        return
    [sentence] = found
    assert sentence.startswith("ip4-few, avx2: ") and sentence.endswith(UPDATE)
    assert expected in sentence
