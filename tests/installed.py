# SPDX-License-Identifier: BSD-3-Clause
"""What `meson install` lays out, in a folder instead of the machine's root.

$BUILD is the build's folder, $MESON the program.
"""
import os
import pathlib
import subprocess


class Installed:
    """The tree below root; paths are given as they are on a machine."""

    def __init__(self, root):
        self.root = root
        self.install()

    def install(self):
        subprocess.run([os.environ["MESON"], "install", "--quiet", "--no-rebuild", "-C",
                        os.environ["BUILD"]], check=True, timeout=60,
                       stdout=subprocess.DEVNULL, env=dict(os.environ, DESTDIR=str(self.root)))

    def path(self, name):
        """The only file of that name."""
        found = [path for path in self.files() if path.name == name]
        assert len(found) == 1, (name, found)
        return found[0]

    def files(self):
        return [path for path in pathlib.Path(self.root).rglob("*") if path.is_file()]

    def here(self, absolute):
        """Where the file is that will have this path on a machine."""
        return pathlib.Path(f"{self.root}{absolute}")

    def unit(self):
        """The settings of the systemd unit: {key: [value, ...]}."""
        settings = {}
        for line in self.path("sluiced.service").read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                settings.setdefault(key, []).append(value)
        return settings
