# SPDX-License-Identifier: BSD-3-Clause
"""The huge pages of the machine."""
import pathlib
import re

NUMBER = pathlib.Path("/proc/sys/vm/nr_hugepages")


def huge_pages():
    """(free MiB of all sizes, pages of the default size, their MiB)"""
    root = pathlib.Path("/sys/kernel/mm/hugepages")
    free = sum(int((folder / "free_hugepages").read_text()) *
               int(re.search(r"(\d+)kB", folder.name)[1]) for folder in root.iterdir())
    size = int(re.search(r"Hugepagesize: *(\d+) kB", pathlib.Path("/proc/meminfo").read_text())[1])
    return free // 1024, int(NUMBER.read_text()), size // 1024


def add_huge_pages(pages):
    """Beside those that others use; fewer when it is negative. Returns how many it really were:
    memory may not have them."""
    before = int(NUMBER.read_text())
    NUMBER.write_text(str(max(0, before + pages)))
    return int(NUMBER.read_text()) - before
