"""`make mutants`: which of 300 small faults in matomo/ and readings/ the tests do not notice.

Each fault is tried in a process of its own, forked from this one, on the unit tests and database
tests (on MariaDB) that import the module. It takes half an hour, so CI does not run it.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

import hypothesis
import mysql.connector
import pydantic_settings
import pytest
import uvicorn
import yaml

from tests.mutation.mutants import Mutant, sample

ROOT = Path(__file__).parents[2]
EXPORTER = ROOT / "exporter"
PACKAGE = EXPORTER / "matomo_archive_exporter"
MUTATED = ("matomo", "readings")
FOLDERS = ("unit", "database")
NUMBER, SEED = 300, 1
PATIENCE = 120.0  # seconds after which a fault that makes the tests hang counts as noticed
OPTIONS = (
    *("-q", "-x", "-p", "no:cacheprovider", "--servers=mariadb"),
    # What was imported before is not rewritten.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
# Imported once, here, for all processes.
DEAR = (hypothesis, mysql.connector, pydantic_settings, uvicorn, yaml)


class Faulty(MetaPathFinder, Loader):
    """An importer that puts the fault into its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._name = module_of(mutant.path)

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        """Find that module only."""
        return spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the text with the fault."""
        module.__file__ = str(self._mutant.path)
        exec(compile(self._mutant.source, module.__file__, "exec"), vars(module))  # noqa: S102


def module_of(path: Path) -> str:
    """The name by which it is imported."""
    return ".".join(path.relative_to(EXPORTER).with_suffix("").parts)


def importers(names: set[str], folder: Path) -> list[Path]:
    """The files below a folder that import one of these modules."""
    parts = [name.rpartition(".") for name in names]
    pattern = re.compile(
        "|".join(
            rf"from {re.escape(package)}(\.{module} import|\s+import [^\n(]*\b{module}\b"
            rf"|\s+import \([^)]*\b{module}\b)"
            for package, _, module in parts
        )
    )
    return [
        file for file in sorted(folder.rglob("*.py")) if pattern.search(file.read_text("utf-8"))
    ]


def tests_of(path: Path) -> list[str]:
    """The tests that import a module, or else what imports it; those of its name first."""
    names, found = {module_of(path)}, list[Path]()
    while not found:
        found = [
            file
            for folder in FOLDERS
            for file in importers(names, ROOT / "tests" / folder)
            if file.name.startswith("test_")
        ]
        before, names = names, names | {module_of(file) for file in importers(names, PACKAGE)}
        assert found or names != before, f"no test imports {path}"
    return [str(file) for file in sorted(found, key=lambda file: path.stem not in file.stem)]


def survives(mutant: Mutant) -> bool:
    """Whether the tests of its module pass all the same. In a process of its own."""
    os.setpgid(0, 0)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silent, stream)
    sys.meta_path.insert(0, Faulty(mutant))
    return pytest.main([*OPTIONS, *tests_of(mutant.path)]) == pytest.ExitCode.OK


def outcome(mutant: Mutant) -> str:
    """The outcome of a fault."""
    child = os.fork()
    if child == 0:
        os._exit(not survives(mutant))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return "survived" if status == 0 else "noticed"
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "noticed"


def check_tests(mutant: Mutant) -> None:
    """Run all tests without a fault: one that fails then would find every fault."""
    assert outcome(mutant.undone()) == "survived", "tests fail without a fault too"


def main(arguments: Sequence[str]) -> int:
    """All of them, or those that the arguments give by their numbers."""
    paths = [path for name in MUTATED for path in (PACKAGE / name).rglob("*.py")]
    every = sample(paths, NUMBER, SEED)
    chosen = [int(number) for number in arguments] or range(NUMBER)
    counts: dict[str, int] = {}
    check_tests(every[chosen[0]])
    for number in chosen:
        what = outcome(every[number])
        counts[what] = counts.get(what, 0) + 1
        if what != "noticed":
            print(f"{number:>3} {what}: {every[number]}", flush=True)
    check_tests(every[chosen[0]])
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
