"""`scripts/release try`: only an image that starts, lives and stops gets a name.

It speaks to docker; here podman answers in docker's name.
"""

from pathlib import Path

from matomo_archive_exporter import __version__
from tests.support.container import RUN, Image
from tests.support.process import Finished
from tests.support.release import VERSION_FILE, Tree


def docker(folder: Path, *options: str) -> Path:
    """A folder with a `docker` that gives every container these options, too."""
    kept = ["none" if option == "host" else option for option in RUN if option != "--rm"]
    added = " ".join([*kept[1:], *options])
    text = f'#!/bin/sh\ncase $1 in run) shift; set -- {added} "$@";; esac\nexec podman "$@"\n'
    (folder / "docker").write_text(text, encoding="utf-8")
    (folder / "docker").chmod(0o755)
    return folder


def try_out(tree: Tree, image: str, docker: Path) -> Finished:
    return tree.release("try", image, "linux/amd64", path=docker)


def test_the_image_passes(tree: Tree, tmp_path: Path, image: Image) -> None:
    done = try_out(tree, image.name, docker(tmp_path))
    assert (done.status, done.err) == (0, "")


def test_an_image_that_is_not_there_does_not(tree: Tree, tmp_path: Path) -> None:
    done = try_out(tree, "localhost/matomo-archive-exporter:never", docker(tmp_path))
    assert done.status == 1
    assert "localhost/matomo-archive-exporter:never does not run" in done.err


def test_an_image_of_another_version_does_not(tree: Tree, tmp_path: Path, image: Image) -> None:
    tree.replace(VERSION_FILE, __version__, "99.0.0")
    done = try_out(tree, image.name, docker(tmp_path))
    assert done.status == 1
    assert f"says that it is 'matomo-archive-exporter {__version__}'" in done.err


def test_an_image_that_does_not_start_does_not(tree: Tree, tmp_path: Path, image: Image) -> None:
    done = try_out(tree, image.name, docker(tmp_path, "--env=MATOMO_LOG_FORMAT=prose"))
    assert done.status == 1
    assert "does not get healthy: matomo-archive-exporter: MATOMO_LOG_FORMAT" in done.err


def test_an_image_that_does_not_stop_by_itself_does_not(
    tree: Tree, tmp_path: Path, image: Image
) -> None:
    done = try_out(tree, image.name, docker(tmp_path, "--stop-signal=SIGKILL"))
    assert done.status == 1
    assert "ends with 137 after docker stop" in done.err
