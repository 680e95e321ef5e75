# SPDX-License-Identifier: BSD-3-Clause
"""One case: its files, and the rounds in which Sluice and testpmd are measured in turn.

options are those of scripts/bench.
"""
import functools
import os
import time

from . import cases, frames, machine, report
from .sluice import Sluice, write_config
from .testpmd import Testpmd

PATIENT_S = 20  # so long disturbed samples are taken twice; a case shall end within a minute


def tables_of(options, build):
    """The function that gives a case its full tables; they are read once, if at all."""
    @functools.lru_cache
    def table():
        return build.prefixes(options.prefixes)

    def prefixes(family):
        if not table()[family]:
            machine.die("%s has no prefixes of IPv%d: leave --prefixes or this case away" % (
                options.prefixes, family))
        return table()[family]
    return prefixes


def _write_case(folder, name, tables):
    """The pcap files of both ports, and the traffic."""
    traffic = cases.make(name, tables)
    pcaps = [os.path.join(folder, "p%d.pcap" % port) for port in (0, 1)]
    for path, port_frames in zip(pcaps, traffic.frames):
        frames.write_pcap(path, port_frames)
    return pcaps, traffic


def keep_case(options, tables):
    """What another router needs for it, into a folder."""
    folder = os.path.abspath(options.keep)
    os.makedirs(folder, exist_ok=True)
    pcaps, traffic = _write_case(folder, options.case[0], tables)
    write_config(folder, traffic, pcaps, machine.choose_cpus(options.workers))
    with open(os.path.join(folder, "routes.txt"), "w", encoding="ascii") as out:
        out.writelines("%s %s\n" % (prefix, " ".join("via " + hop for hop in hops))
                       for prefix, hops in traffic.routes)
    with open(os.path.join(folder, "neighbours.txt"), "w", encoding="ascii") as out:
        out.writelines("%(address)s %(port)s %(mac)s\n" % neighbour
                       for neighbour in cases.LAYOUTS[traffic.layout]([{}, {}]).get("neighbours", []))


def run_case(name, options, build, tables):
    """Its figures."""
    begin = time.monotonic()
    samples = []
    cpus = machine.choose_cpus(options.workers)
    with machine.folder() as folder:
        pcaps, traffic = _write_case(folder, name, tables)

        def tries():
            return 2 if time.monotonic() - begin < PATIENT_S else 1

        def sluice(workers, config):
            with Sluice(build.sluiced, traffic, *config) as running:
                return running.measure(workers, options.seconds, tries())

        all_config = write_config(folder, traffic, pcaps, cpus, options.idle)
        one_config = write_config(folder, traffic, pcaps, cpus[-1:], options.idle) if len(cpus) > 1 else None
        for _ in range(options.rounds):
            one = sluice(1, one_config) if one_config else None
            own = sluice(len(cpus), all_config)
            with Testpmd(pcaps, cpus) as testpmd:
                samples.append((one, own, testpmd.measure(options.seconds, tries())))
    return report.figures(name, len(traffic.routes), len(cpus), samples)
