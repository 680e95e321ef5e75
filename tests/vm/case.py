# SPDX-License-Identifier: BSD-3-Clause
"""A case: a folder below cases/ with case.toml, which says what machine it wants, and guest.sh,
which runs in it. README.md tells the keys."""
import dataclasses
import pathlib
import tomllib

CASES = pathlib.Path(__file__).parent / "cases"


class CaseError(Exception):
    """A case is not as README.md says."""


@dataclasses.dataclass
class Nic:
    node: int = 0
    queues: int = 1
    properties: str = ""


@dataclasses.dataclass
class Case:
    folder: pathlib.Path
    about: str
    seconds: int = 110
    cpus: int = 2
    memory: list = dataclasses.field(default_factory=lambda: [768])
    modules: list = dataclasses.field(default_factory=list)
    kernel: str = ""
    iommu: bool = False
    mtu: int = 1500
    nics: list = dataclasses.field(default_factory=list)
    programs: list = dataclasses.field(default_factory=list)
    drivers: list = dataclasses.field(default_factory=list)
    qemu: list = dataclasses.field(default_factory=list)

    @property
    def name(self):
        return self.folder.name

    def cpus_of(self, node):
        """Even shares, in order."""
        share = self.cpus // len(self.memory)
        return range(node * share, (node + 1) * share)


def names():
    return sorted(path.name for path in CASES.iterdir() if (path / "case.toml").exists())


def built(kind, table, where, **keys):
    """An object of the dataclass from a table; unknown keys and wrong types are refused."""
    fields = {field.name: field.type for field in dataclasses.fields(kind) if field.name not in keys}
    for key, value in table.items():
        if key not in fields:
            raise CaseError(f"{where}: {key}: found an unknown key, expected one of {', '.join(fields)}")
        if type(value) is not fields[key]:
            raise CaseError(f"{where}: {key}: found {value!r}, expected {fields[key].__name__}")
    try:
        return kind(**keys, **table)
    except TypeError:
        raise CaseError(f"{where}: about: is missing") from None


def load(name, folder=CASES):
    """The case of that name."""
    path = folder / name / "case.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{path}: {error}") from None
    case = built(Case, table, path, folder=path.parent)
    case.nics = [built(Nic, nic, f"{path}: nics[{n}]") for n, nic in enumerate(case.nics)]
    if not (path.parent / "guest.sh").exists():
        raise CaseError(f"{path.parent}: guest.sh is not there")
    if not case.memory or case.cpus % len(case.memory):
        raise CaseError(f"{path}: cpus: found {case.cpus}, expected as many on each of the "
                        f"{len(case.memory)} nodes of memory")
    if any(nic.node >= len(case.memory) for nic in case.nics):
        raise CaseError(f"{path}: nics: found a node that memory does not have")
    return case
