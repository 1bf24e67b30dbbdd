"""Small files, and other things at their paths."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from matomo_archive_exporter.settings.small_file import read_small


def test_a_file_is_read_whole_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)
    assert read_small(path, 1000) == b"x" * 1000
    link = tmp_path / "link"
    link.symlink_to(path)
    assert read_small(link, 1000) == b"x" * 1000
    with pytest.raises(OSError, match="longer than 0 KiB"):
        read_small(path, 999)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (os.mkfifo, "not a regular file but a pipe"),
        (Path.mkdir, "Is a directory"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file but a device"),
        (make_socket, "No such device"),
        (lambda path: None, "No such file"),
    ],
    ids=["fifo", "folder", "device", "socket", "nothing"],
)
def test_a_path_that_is_no_file_is_refused_at_once(
    tmp_path: Path, make: Callable[[Path], None], why: str
) -> None:
    make(tmp_path / "x")
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match=why):
        read_small(tmp_path / "x", 1000)
    assert os.listdir("/proc/self/fd") == before


def test_a_process_substitution_is_refused_at_once() -> None:
    readable, writable = os.pipe()
    try:
        with pytest.raises(OSError, match="not a regular file but a pipe"):
            read_small(f"/dev/fd/{readable}", 1000)
    finally:
        os.close(readable)
        os.close(writable)


def test_a_file_that_is_far_too_long_fills_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(300 * 1024**2)
    with pytest.raises(OSError, match="longer than 64 KiB"):
        read_small(path, 64 * 1024)
