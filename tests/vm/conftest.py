# SPDX-License-Identifier: BSD-3-Clause
"""$VM_BUILD is the build folder."""
import os
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "functional")]

import case as cases  # noqa: E402
import kernel  # noqa: E402
import vm  # noqa: E402


@pytest.fixture(scope="session", name="linux")
def the_kernel():
    return kernel.get()


@pytest.fixture
def tried(tmp_path, linux, capsys):
    """Runs a case with this script in the guest; whether it passed, and what was printed."""
    def run(script, machine="", **files):
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "case.toml").write_text('about = "made for this test"\n' + machine)
        (folder / "guest.sh").write_text(". ./lib.sh\n" + script)
        for name, text in files.items():
            (folder / name).write_text(text)
        passed = vm.run(cases.load("mine", tmp_path), linux, pathlib.Path(os.environ["VM_BUILD"]))
        return passed, capsys.readouterr().out

    return run
