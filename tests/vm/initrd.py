# SPDX-License-Identifier: BSD-3-Clause
"""The guest's whole file system: an initial ramdisk, written as it is (unpacking takes a guest
longer than reading). Format: newc, Documentation/driver-api/early-userspace/buffer-format.rst."""
import glob
import os
import pathlib
import re
import shutil
import stat
import subprocess

HERE = pathlib.Path(__file__).parent
# What sluiced loads at run time; names are those of the library without librte_.
DRIVERS = ["bus_pci", "bus_vdev", "mempool_ring", "net_virtio"]
MERGED = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}


class InitrdError(Exception):
    """Something that belongs into it is not there."""


class Archive:
    """Files of the guest by path, parents as needed."""

    def __init__(self):
        self._files = {}  # path: (mode, data)
        for link, target in MERGED.items():
            self.folder(target)
            self._files[link] = (stat.S_IFLNK | 0o777, target.encode())

    def folder(self, path):
        path = str(path).lstrip("/")
        if path and path not in self._files:
            self.folder(os.path.dirname(path))
            self._files[path] = (stat.S_IFDIR | 0o755, b"")

    def add(self, path, data, mode=0o644):
        path = str(path).lstrip("/")
        self.folder(os.path.dirname(path))
        self._files[path] = (stat.S_IFREG | mode, data)

    def link(self, path, target):
        path = str(path).lstrip("/")
        self.folder(os.path.dirname(path))
        self._files[path] = (stat.S_IFLNK | 0o777, target.encode())

    def copy(self, source, path=None):
        """A file of this machine; links stay links, or a library would be loaded twice."""
        path = path or os.path.join(os.path.realpath(os.path.dirname(source)), os.path.basename(source))
        if os.path.islink(source):
            self.link(path, os.readlink(source))
            self.copy(os.path.join(os.path.dirname(source), os.readlink(source)))
        else:
            mode = 0o755 if os.access(source, os.X_OK) else 0o644
            self.add(path, pathlib.Path(source).read_bytes(), mode)

    def write(self, path):
        with open(path, "wb") as out:
            for number, (name, (mode, data)) in enumerate(self._files.items(), 1):
                self._entry(out, number, name, mode, data)
            self._entry(out, 0, "TRAILER!!!", 0, b"")

    @staticmethod
    def _entry(out, number, name, mode, data):
        fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        for part in head, data:
            out.write(part + bytes(-len(part) % 4))


def libraries(program):
    """Paths of the shared libraries of a program or library."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    if "not found" in done.stdout:
        raise InitrdError(f"{program}: {re.search(r'.*not found', done.stdout)[0].strip()}")
    return re.findall(r"(/\S+) \(0x", done.stdout)


def program(name):
    path = shutil.which(name)
    if not path:
        raise InitrdError(f"{name} is not there: scripts/install --test")
    return os.path.realpath(path)


def drivers(names):
    """Those of DPDK; with links, as the linker wants them."""
    found = []
    for name in names:
        paths = glob.glob(f"/usr/lib/*/dpdk/pmds-*/librte_{name}.so.*")
        if not paths:
            raise InitrdError(f"DPDK's driver {name} is not there: scripts/install")
        found += paths
    return found


def add_with_libraries(archive, source, path=None):
    archive.copy(source, path)
    for library in libraries(source):
        archive.copy(library)


def add_modules(archive, kernel, wanted):
    """Lines "NAME PARAMETERS"; /vm/modules has them in order of loading, with paths."""
    parameters = {line.split()[0].replace("-", "_"): line.partition(" ")[2] for line in wanted}
    lines = []
    for name, path in kernel.modules([line.split()[0] for line in wanted]):
        place = f"/usr/lib/modules/{path.name}"
        archive.copy(path, place)
        lines.append(f"{place} {parameters.get(name, '')}".rstrip())
    archive.add("/vm/modules", "".join(line + "\n" for line in lines).encode())


def make(path, case, kernel, build):
    """Write the ramdisk of a case."""
    archive = Archive()
    archive.copy(program("busybox"), "/usr/bin/busybox")
    # Not that of busybox, which prefers its own ip to any other.
    add_with_libraries(archive, program("dash"), "/usr/bin/sh")
    for name in "sluiced", "sluice":
        binary = build / "app" / name / name
        if not binary.exists():
            raise InitrdError(f"{binary} is not there: meson setup {build} && ninja -C {build}")
        add_with_libraries(archive, str(binary), f"/usr/bin/{name}")
    archive.copy(str(HERE.parent.parent / "scripts/setup"), "/usr/bin/sluice-setup")
    for preset in sorted((HERE.parent.parent / "drivers-cfg").glob("*.yaml")):
        archive.copy(str(preset), f"/usr/local/share/sluice/drivers-cfg/{preset.name}")
    for name in ["ip", *case.programs]:
        add_with_libraries(archive, program(name), f"/usr/bin/{name}")
    for driver in drivers([*DRIVERS, *case.drivers]):
        add_with_libraries(archive, driver)
    add_modules(archive, kernel, case.modules)
    for folder in "dev", "proc", "sys", "run", "tmp", "etc", "usr/sbin", "usr/lib/busybox":
        archive.folder(folder)
    for source in sorted((HERE / "guest").iterdir()):
        archive.copy(source, f"/vm/{source.name}")
    for source in sorted(case.folder.iterdir()):  # a case's own stand before those of all
        archive.copy(source, f"/vm/{source.name}")
    archive.link("/var/run", "/run")
    archive.link("/init", "vm/init")
    archive.write(path)
