# SPDX-License-Identifier: BSD-3-Clause
"""Debian's cloud kernel: downloaded with apt, unpacked, kept in a cache outside the repository.

Kernel("/var/cache/sluice/kernel/linux-image-..._VERSION") has `image`, the ELF file that QEMU boots
without unpacking anything in the guest, and modules(). The newest that apt knows of is taken; when
that is cached already no network is needed, and when it cannot be had, the newest cached one serves.
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

META = "linux-image-cloud-amd64"  # depends on the newest
LZ4_LEGACY = b"\x02\x21\x4c\x18"
# No sandbox: apt's own user may not write where root does.
APT_GET = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2"]


class KernelError(Exception):
    """Without a kernel nothing can be tried."""


def cache():
    return pathlib.Path(os.environ.get("SLUICE_CACHE", "/var/cache/sluice"))


def call(*argv, **kwargs):
    """What a program printed. KernelError with its last words when it fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False, **kwargs)
    except FileNotFoundError:
        raise KernelError(f"{argv[0]} is not there: scripts/install --test") from None
    except subprocess.TimeoutExpired:
        raise KernelError(f"{argv[0]} takes more than 300 s") from None
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise KernelError(f"{' '.join(argv[:1])}: {words[-1] if words else done.returncode}")
    return done.stdout


def candidate():
    """(package, version) of the newest kernel that apt's lists have, or None."""
    shown = call("apt-cache", "show", "--no-all-versions", META)
    found = re.search(r"^Depends:.*?(linux-image-\S+-cloud-amd64) \(= ([^)]+)\)", shown, re.M)
    return found.groups() if found else None


def wanted(may_update):
    """The same; if need be from lists that are fetched first."""
    found = None
    try:
        found = candidate()
    except KernelError:
        if not may_update:
            raise
    if not found and may_update:
        call(*APT_GET, "update")
        found = candidate()
    if not found:
        raise KernelError(f"apt knows no {META}: its sources need Debian 12's main")
    return found


def image_of(vmlinuz):
    """The ELF file inside, for which Debian 12 takes LZ4. The header says where it is: see
    Documentation/x86/boot.rst, setup_sects, payload_offset and payload_length."""
    start = (vmlinuz[0x1f1] + 1) * 512 + struct.unpack_from("<I", vmlinuz, 0x248)[0]
    # Behind it stands its length when unpacked, which lz4 takes for another block.
    payload = vmlinuz[start:start + struct.unpack_from("<I", vmlinuz, 0x24c)[0] - 4]
    if payload[:4] != LZ4_LEGACY:
        raise KernelError("the kernel is not packed with LZ4, as that of Debian 12 is")
    done = subprocess.run(["lz4", "-dc"], input=payload, capture_output=True, check=False)
    if done.stdout[:4] != b"\x7fELF":
        raise KernelError(f"lz4: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def unpack(deb, folder):
    """From the package to what Kernel has, inside the folder."""
    call("dpkg-deb", "-x", str(deb), str(folder / "all"))
    boot = folder / "all/boot"
    vmlinuz, = boot.glob("vmlinuz-*")
    (folder / "vmlinux").write_bytes(image_of(vmlinuz.read_bytes()))
    (folder / "release").write_text(vmlinuz.name.partition("-")[2])
    call("depmod", "-b", str(folder / "all"), vmlinuz.name.partition("-")[2])
    (folder / "all/lib").rename(folder / "lib")
    shutil.rmtree(folder / "all")


def download(package, version, target):
    """Into the cache as a whole or not at all, whoever else does the same."""
    print(f"vm-test: downloading {package} {version}", file=sys.stderr)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as name:
        folder = pathlib.Path(name)
        get = [*APT_GET, "download", f"{package}={version}"]
        try:
            call(*get, cwd=folder)
        except KernelError:  # lists so old that their version is no more
            call(*APT_GET, "update")
            call(*get, cwd=folder)
        deb, = folder.glob("*.deb")
        whole = folder / "kernel"
        whole.mkdir()
        unpack(deb, whole)
        try:
            whole.rename(target)
        except OSError:
            if not target.exists():
                raise


class Kernel:
    def __init__(self, folder):
        self.name = folder.name
        self.image = folder / "vmlinux"
        self.release = (folder / "release").read_text()
        self._modules = folder / "lib/modules" / self.release
        self._depends = {}
        for line in (self._modules / "modules.dep").read_text().splitlines():
            path, _, needed = line.partition(":")
            self._depends[module_name(path)] = (path, needed.split())

    def modules(self, names):
        """Files of the modules and of all that they need, each behind what it needs itself:
        [(name, path)]. A module that is built in needs no file."""
        built_in = {module_name(path) for path in
                    (self._modules / "modules.builtin").read_text().split()}
        found = {}
        for name in names:
            name = module_name(name)
            if name in built_in:
                continue
            if name not in self._depends:
                raise KernelError(f"{self.name} has no module {name}")
            path, needed = self._depends[name]
            for one in [*reversed(needed), path]:  # depmod puts the nearest first
                found.setdefault(module_name(one), self._modules / one)
        return list(found.items())


def module_name(path):
    return os.path.basename(path).partition(".")[0].replace("-", "_")


def newest_cached():
    folders = [path for path in (cache() / "kernel").glob("linux-image-*") if (path / "release").exists()]
    return max(folders, key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)], default=None)


def get():
    """The kernel to boot."""
    old = newest_cached()
    try:
        package, version = wanted(may_update=not old)
        target = cache() / "kernel" / f"{package}_{version}"
        if not target.exists():
            download(package, version, target)
        return Kernel(target)
    except KernelError as error:
        if not old:
            raise
        print(f"vm-test: no newer kernel than {old.name} ({error})", file=sys.stderr)
        return Kernel(old)
