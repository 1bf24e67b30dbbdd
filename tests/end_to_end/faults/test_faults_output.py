"""`once` cannot write its file: one clear line, status 2, and no partial file."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.support.process import COMMAND, Finished, environment, finish, run

OLD = "# what was written five minutes ago\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file that node_exporter reads, in a folder of its own."""
    folder = tmp_path / "textfile"
    folder.mkdir()
    path = folder / "matomo.prom"
    path.write_text(OLD, encoding="utf-8")
    return path


def nowhere() -> tuple[str, ...]:
    return ("once", f"--database.port={free_port()}", "--database.username=exporter")


def with_at_most(size: int, *arguments: str) -> Finished:
    """Let no file grow beyond that many bytes: to a program that is how a full disk looks."""
    quiet = {k: v for k, v in environment().items() if not k.startswith("COVERAGE")}
    # What coverage writes would not fit either.
    return finish(["prlimit", f"--fsize={size}", *COMMAND, *arguments], variables=quiet)


def assert_error(done: Finished, what: str) -> None:
    assert done.status == 2
    assert done.err.splitlines()[-1] == f"matomo-archive-exporter: {what}"
    assert "Traceback" not in done.err


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_a_full_disk_leaves_the_old_file_whole_and_no_other(file: Path, size: int) -> None:
    done = with_at_most(size, *nowhere(), f"--output={file}")
    assert_error(done, f"--output: {file}: File too large")
    assert file.read_text(encoding="utf-8") == OLD
    assert [*file.parent.iterdir()] == [file]


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def a_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, a_socket, a_link_to_a_device])
def test_an_output_that_is_no_file_is_refused_and_kept(
    file: Path, make: Callable[[Path], object]
) -> None:
    file.unlink()
    make(file)
    before = file.lstat()
    done = run(*nowhere(), f"--output={file}")
    assert_error(done, f"--output: {file}: not a regular file; use --output=- for standard output")
    assert file.lstat().st_ino == before.st_ino
    assert [*file.parent.iterdir()] == [file]


def test_a_link_to_nothing_is_refused_and_stays(file: Path) -> None:
    file.unlink()
    file.symlink_to("nothing")
    assert_error(
        run(*nowhere(), f"--output={file}"), f"--output: {file}: No such file or directory"
    )
    assert file.is_symlink()


def test_a_link_to_standard_output_is_refused_also_where_that_is_a_file(file: Path) -> None:
    link = file.with_name("stdout")
    link.symlink_to("/proc/self/fd/1")
    with file.open("wb") as output:
        command = [*COMMAND, *nowhere(), f"--output={link}"]
        done = subprocess.run(command, env=environment(), stdout=output, check=False)
    assert done.returncode == 2
    assert link.is_symlink()


def test_a_hyphen_is_standard_output(file: Path) -> None:
    done = subprocess.run(
        [*COMMAND, *nowhere(), "--output=-"],
        cwd=file.parent,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "\nmatomo_up 0.0\n" in done.stdout
    assert [*file.parent.iterdir()] == [file]


def test_a_link_is_replaced_and_what_it_leads_to_is_not_written(file: Path) -> None:
    target = file.with_name("target")
    file.rename(target)
    file.symlink_to(target)
    assert run(*nowhere(), f"--output={file}").status == 1
    assert target.read_text(encoding="utf-8") == OLD
    assert "matomo_up 0.0" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("once", "--database.username=u"), ("check", "--database.username=u")],
)
def test_a_full_disk_below_standard_output(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert_error(
        Finished(done.returncode, "", done.stderr), "cannot write: No space left on device"
    )
