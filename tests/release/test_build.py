"""The files for PyPI, built for real."""

import json
import os
import subprocess
import tarfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from matomo_archive_exporter import __version__
from tests.support.process import REPOSITORY
from tests.support.release import Tree, copy_to, install

NAME = f"matomo_archive_exporter-{__version__}"
SDIST, WHEEL = f"{NAME}.tar.gz", f"{NAME}-py3-none-any.whl"


@pytest.fixture(scope="module")
def built_tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A copy of the repository in which sdist and wheel were built."""
    tree = copy_to(tmp_path_factory.mktemp("release"))
    tree.built()
    return tree


def product() -> set[str]:
    """The files of the package in the repository."""
    folder = REPOSITORY / "exporter"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in files if path.suffix != ".pyc"}


def sdist_names(dist: Path) -> set[str]:
    with tarfile.open(dist / SDIST) as sdist:
        return {entry.name.removeprefix(f"{NAME}/") for entry in sdist}


def wheel_names(dist: Path) -> set[str]:
    with zipfile.ZipFile(dist / WHEEL) as wheel:
        return set(wheel.namelist())


def test_the_build_makes_one_sdist_and_one_wheel(built_tree: Tree) -> None:
    assert {path.name for path in (built_tree.root / "dist").iterdir()} == {SDIST, WHEEL}


def test_the_wheel_holds_the_package_and_nothing_else(built_tree: Tree) -> None:
    names = wheel_names(built_tree.root / "dist")
    about = {"METADATA", "WHEEL", "entry_points.txt", "RECORD", "licenses/LICENSE"}
    assert names == product() | {f"{NAME}.dist-info/{name}" for name in about}


def test_the_sdist_holds_the_package_its_papers_and_nothing_else(built_tree: Tree) -> None:
    papers = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    names = sdist_names(built_tree.root / "dist")
    assert names == papers | {f"exporter/{name}" for name in product()}


def test_a_file_elsewhere_with_the_name_of_a_paper_stays_out(tmp_path: Path) -> None:
    tree = copy_to(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/README.md").write_text("not ours to ship", encoding="utf-8")
    tree.built()
    assert "tests/README.md" not in sdist_names(tmp_path / "dist")


def test_building_twice_gives_the_same_bytes(built_tree: Tree, tmp_path: Path) -> None:
    again = copy_to(tmp_path / "elsewhere")
    stamp(again.root.rglob("*"), time.time() - 86_400)
    (again.root / "exporter/matomo_archive_exporter/cli.py").chmod(0o600)
    first = {path.name: path.read_bytes() for path in (built_tree.root / "dist").iterdir()}
    assert again.built() == first


def stamp(paths: Iterable[Path], at: float) -> None:
    for path in paths:
        os.utime(path, (at, at))


def test_files_have_the_time_that_was_given(built_tree: Tree) -> None:
    with tarfile.open(built_tree.root / "dist" / SDIST) as sdist:
        assert {entry.mtime for entry in sdist} == {1_700_000_000}


def test_the_wheel_runs_in_a_fresh_environment(built_tree: Tree, tmp_path: Path) -> None:
    command = install(built_tree.root / "dist" / WHEEL, tmp_path / "venv")
    output = subprocess.run([command, "--version"], check=True, capture_output=True, text=True)
    assert output.stdout.startswith(f"matomo-archive-exporter {__version__}\n")


def test_a_backend_that_was_not_pinned_is_refused(tmp_path: Path) -> None:
    tree = copy_to(tmp_path)
    pins = tmp_path / "requirements/build.txt"
    lines = pins.read_text(encoding="utf-8").splitlines()
    wrong = [f"{line[:-70]}{'0' * 64}{line[-6:]}" if "--hash" in line else line for line in lines]
    pins.write_text("\n".join(wrong), encoding="utf-8")
    done = tree.release("build")
    assert done.status == 1
    assert done.err.endswith("release: sdist and wheel cannot be built\n")


def test_the_list_of_what_it_needs_is_what_is_pinned(built_tree: Tree) -> None:
    done = built_tree.release("sbom")
    assert done.status == 0, done.err
    path = built_tree.root / f"dist/matomo-archive-exporter-{__version__}.cdx.json"
    listed = json.loads(path.read_text(encoding="utf-8"))
    assert listed["metadata"]["component"]["name"] == "matomo-archive-exporter"
    pinned = (REPOSITORY / "requirements/runtime.txt").read_text(encoding="utf-8")
    for component in listed["components"]:
        assert f"{component['name']}=={component['version']} " in pinned
    assert len(listed["components"]) == pinned.count("==") - pinned.count("python_full_version")
    path.unlink()
