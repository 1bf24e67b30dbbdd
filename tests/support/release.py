"""The files of a release, made for real, and a copy of the repository to make them from."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.process import REPOSITORY, Finished, finish

# The files that scripts/release reads.
_SOURCES = (
    *("exporter", "requirements", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"),
    *(".gitignore", "scripts/common.sh", "scripts/release"),
    *("helm/matomo-archive-exporter/Chart.yaml", "compose.yaml", "docs/install.md", "SECURITY.md"),
)
VERSION_FILE = "exporter/matomo_archive_exporter/__init__.py"
CHART = "helm/matomo-archive-exporter/Chart.yaml"
IMAGE = "ghcr.io/matomo-archive-exporter/matomo-archive-exporter"
NAMES_THE_IMAGE = (CHART, "compose.yaml", "docs/install.md")
UV_HOME = REPOSITORY / ".tools/uv/bin"
_PATH = f"{os.environ['PATH']}{os.pathsep}{UV_HOME}"


@dataclass(frozen=True, slots=True)
class Tree:
    """A copy of what a release is made from."""

    root: Path

    def release(
        self, *arguments: str, variables: Mapping[str, str] | None = None, path: Path | None = None
    ) -> Finished:
        """Run its scripts/release; programs in the folder `path` come first."""
        first = {"PATH": f"{path}{os.pathsep}{_PATH}"} if path else {}
        return _run([str(self.root / "scripts/release"), *arguments], first | dict(variables or {}))

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of it."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def built(self) -> dict[str, bytes]:
        """The files in dist/ after building."""
        done = self.release("build", variables={"SOURCE_DATE_EPOCH": "1700000000"})
        assert done.status == 0, done.err
        return {path.name: path.read_bytes() for path in (self.root / "dist").iterdir()}


def copy_to(folder: Path) -> Tree:
    """A copy without what was built or cached."""
    for name in _SOURCES:
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    return Tree(folder)


def install(wheel: Path, folder: Path) -> Path:
    """The command, installed as the manual says in a fresh environment that all may read."""
    python = f"{folder}/bin/python"
    pip = ["uv", "pip", "install", "-q", "--python", python]
    pins = str(REPOSITORY / "requirements/runtime.txt")
    for command in (
        ["uv", "venv", "-q", "--python", "/usr/bin/python3", str(folder)],
        [*pip, "--require-hashes", "-r", pins],
        [*pip, "--no-deps", str(wheel)],
    ):
        done = _run(command, {"UV_LINK_MODE": "copy"})
        assert done.status == 0, done.err
    return folder / "bin/matomo-archive-exporter"


def _run(command: list[str], variables: Mapping[str, str] | None) -> Finished:
    environment = os.environ | {"PATH": _PATH} | dict(variables or {})
    return finish(command, variables=environment, seconds=300)
