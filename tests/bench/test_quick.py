# SPDX-License-Identifier: BSD-3-Clause
"""The benchmarks of the tables work: small tables, one round. No speed is judged."""
import gzip
import json
import os
import subprocess

import pytest

SIMD = ["sluice-scalar", "sluice-avx2", "sluice-avx512"]
METHODS = {
    "fib4": SIMD + ["rte_lpm_bulk", "rte_lpm_x4"]
    + [f"rte_fib_{size}b_{isa}" for size in (2, 4, 8) for isa in ("scalar", "avx512")],
    "fib6": SIMD + ["rte_lpm6"]
    + [f"rte_fib6_{size}b_{isa}" for size in (2, 4, 8) for isa in ("scalar", "avx512")],
    "fdb": SIMD + ["rte_hash_lf_bulk", "rte_hash_lf_bulk_full"],
}
# These run on every CPU, and hold every table.
ALWAYS = {"sluice-scalar", "rte_lpm_bulk", "rte_lpm_x4", "rte_fib_4b_scalar", "rte_lpm6",
          "rte_fib6_4b_scalar", "rte_hash_lf_bulk", "rte_hash_lf_bulk_full"}
TRACES = {"fib4": ["uniform", "routed", "zipf"], "fib6": ["uniform", "routed", "zipf"],
          "fdb": ["uniform", "zipf"]}


def run(variable, *args, **kwargs):
    return subprocess.run([os.environ[variable], *args], capture_output=True, text=True,
                          timeout=280, **kwargs)


def lines(variable, *args, **kwargs):
    done = run(variable, *args, **kwargs)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_all_methods(objects, table):
    """Each method has a figure for each trace, burst and touch, or says why it has none."""
    missing = {o["method"] for o in objects if o["table"] == table and "missing" in o}
    assert not missing & ALWAYS
    for method in METHODS[table]:
        rows = [o for o in objects
                if o["table"] == table and o.get("method") == method and "mlps" in o]
        if method in missing:
            assert not rows
            continue
        for trace in TRACES[table]:
            for burst in (32, 64):
                for touch in (False, True):
                    row = [o for o in rows if (o["trace"], o["burst"], o["touch"])
                           == (trace, burst, touch)]
                    assert row, (method, trace, burst, touch)
                    assert all(o["mlps"] > 0 and o["bytes"] > 0 for o in row)


def test_fib():
    objects = lines("BENCH_FIB", "--quick", "--json")
    sizes = {}
    for table in ("fib4", "fib6"):
        assert_all_methods(objects, table)
        [change] = [o for o in objects if o["table"] == table and "load_s" in o]
        assert change["load_s"] > 0 and change["updates_per_s"] > 0
        assert change["reader"] == (len(os.sched_getaffinity(0)) > 1)
        if change["reader"]:
            assert change["reader_mlps"] > 0
            assert 0 < change["pic_us"] <= change["pic_max_us"]
        sizes[table] = change["bytes"]
    [both] = [o for o in objects if o["table"] == "all"]
    assert both["bytes"] == sizes["fib4"] + sizes["fib6"]


def on_one_cpu():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def test_without_a_second_cpu():
    """What takes a reader is not measured, and does not look as if it were."""
    [change] = [o for o in lines("BENCH_FIB", "--quick", "--json", "--table", "fib6",
                                 preexec_fn=on_one_cpu) if "load_s" in o]
    assert change["updates_per_s"] > 0 and change["reader"] is False
    assert [change[key] for key in ("reader_mlps", "pic_us", "pic_max_us")] == [None] * 3
    text = run("BENCH_FIB", "--quick", "--table", "fib6", preexec_fn=on_one_cpu).stdout
    assert "updates/s without a reader" in text and "not measured, there is no second CPU" in text


def test_fdb():
    objects = lines("BENCH_FDB", "--quick", "--json")
    for entries in (1024, 65536):
        assert_all_methods([o for o in objects if o.get("entries") == entries], "fdb")


def write_prefixes(path, opener):
    with opener(path, "wt") as f:
        f.write("# two of one family, one twice\n\n10.0.0.0/8\n10.1.0.0/16\n10.0.0.0/8\n")


@pytest.mark.parametrize("opener", [open, gzip.open])
def test_prefixes_from_a_file(tmp_path, opener):
    path = tmp_path / "prefixes"
    write_prefixes(path, opener)
    objects = lines("BENCH_FIB", "--quick", "--json", "--prefixes", str(path))
    assert [o["routes"] for o in objects if "load_s" in o] == [2]


def test_prefixes_from_standard_input():
    objects = lines("BENCH_FIB", "--quick", "--json", "--table", "fib6", "--prefixes", "-",
                    input="192.0.2.0/24\n2001:db8::/32\n2001:db8:1::/48\n")
    assert [o["routes"] for o in objects if "load_s" in o] == [2]


@pytest.mark.parametrize("line", ["10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "nonsense", "::/129"])
def test_wrong_line(tmp_path, line):
    path = tmp_path / "prefixes"
    path.write_text(f"10.0.0.0/8\n{line}\n")
    done = run("BENCH_FIB", "--prefixes", str(path))
    assert done.returncode == 1
    assert f"{path}:2: found '{line}', expected a prefix" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("args, message", [
    (["--table", "fib5"], "--table: found 'fib5', expected fib4 or fib6"),
    (["--rounds", "0"], "--rounds: found '0', expected a number from 1 to 99"),
    (["--rounds", "-1"], "--rounds: found '-1', expected a number"),
    (["file"], "found 'file', expected options only"),
])
def test_wrong_options(args, message):
    done = run("BENCH_FIB", *args)
    assert done.returncode == 2
    assert message in done.stderr
