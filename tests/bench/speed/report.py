# SPDX-License-Identifier: BSD-3-Clause
"""The figures of a case out of its rounds, and how they are printed."""
import json
import statistics

CORES_FREE = 0.95  # share of them that both workers must have had, or how they scale is not told


def figures(case, routes, workers, rounds):
    """rounds: (sample of one worker or None, sample of Sluice, sample of testpmd)."""
    own = [sluice for _, sluice, _ in rounds]
    ratios = [sluice.mpps / ceiling.mpps for _, sluice, ceiling in rounds]
    mpps = statistics.median(sample.mpps for sample in own)
    result = {
        "case": case,
        "routes": routes,
        "workers": workers,
        "mpps": round(mpps, 2),
        "testpmd_io_mpps": round(statistics.median(ceiling.mpps for *_, ceiling in rounds), 2),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_min": round(min(ratios), 3),
        "ratio_max": round(max(ratios), 3),
        "cycles_per_packet": round(workers * own[0].tsc_hz / mpps / 1e6, 1),
        "samples": sum(sample is not None for row in rounds for sample in row),
        "flagged": sum(sample.disturbed for row in rounds for sample in row if sample),
        "nodes": max(own, key=lambda sample: sample.share).nodes,  # their cycles are wall time
    }
    if workers > 1:
        free = [two.mpps / one.mpps for one, two, _ in rounds if min(one.share, two.share) >= CORES_FREE]
        result["one_worker_mpps"] = round(statistics.median(one.mpps for one, *_ in rounds), 2)
        result["speedup"] = round(statistics.median(free), 2) if free else None
    return result


def speedup_text(result):
    if result["speedup"] is None:
        return "speed-up unknown, the cores were not free: in every round a worker had less than %d%% of one" % (
            100 * CORES_FREE)
    return "%.2f times one worker (%.1f Mpps)" % (result["speedup"], result["one_worker_mpps"])


def text(result):
    lines = ["%-9s %5.1f Mpps, testpmd io %5.1f: ratio %.3f (%.3f to %.3f), %.1f cycles/packet" % tuple(
        result[key] for key in ("case", "mpps", "testpmd_io_mpps", "ratio", "ratio_min", "ratio_max",
                                "cycles_per_packet"))]
    lines.append("cycles of nodes (wall time; on a shared core more than those above): " + ", ".join("%s %.1f" % node for node in result["nodes"].items()))
    if "speedup" in result:
        lines.append("%d workers: %s" % (result["workers"], speedup_text(result)))
    if result["flagged"]:
        lines.append("! %d of %d samples had less than 90%% of a core" % (result["flagged"], result["samples"]))
    return "\n          ".join(lines)


def show(result, as_json, as_text=text):
    print(json.dumps(result) if as_json else as_text(result), flush=True)
