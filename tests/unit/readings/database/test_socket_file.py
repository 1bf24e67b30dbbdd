"""Which unix sockets can only be the server's."""

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.database.socket_file import is_trusted, only_owners_can_write


@pytest.fixture
def folder() -> Iterator[Path]:
    """In /tmp, which is open to all."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def listening(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    return path


def test_one_in_a_folder_that_others_cannot_write_is_trusted(folder: Path) -> None:
    folder.chmod(0o755)
    assert is_trusted(listening(folder / "s"))


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o1777, 0o2770])
def test_one_in_a_folder_that_others_may_write_is_not(folder: Path, mode: int) -> None:
    path = listening(folder / "s")
    folder.chmod(mode)
    assert not is_trusted(path)


def test_a_socket_further_down_is_trusted_only_if_its_owner_alone_can_move_it(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir(0o755)
    path = listening(inner / "s")
    folder.chmod(0o777)
    assert not is_trusted(path)
    folder.chmod(0o1777)
    assert is_trusted(path)


def test_a_link_is_as_good_as_the_folder_in_which_it_is(folder: Path) -> None:
    closed, opened = folder / "closed", folder / "opened"
    closed.mkdir(0o755)
    opened.mkdir()
    opened.chmod(0o777)
    path = listening(closed / "s")
    (folder / "link").symlink_to("closed")
    (opened / "link").symlink_to(path)
    assert is_trusted(folder / "link" / "s")
    assert not is_trusted(opened / ".." / "closed" / "s")
    assert not is_trusted(opened / "link")


def found(mode: int, owner: int = 0) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, owner, owner, 0, 0, 0, 0))


ROOT, FOLDER, TMP = found(stat.S_IFDIR | 0o755), stat.S_IFDIR | 0o755, stat.S_IFDIR | 0o1777
SOCKET, LINK = stat.S_IFSOCK | 0o777, stat.S_IFLNK | 0o777
SERVER, OTHER = 101, 1000


def test_the_folder_may_be_that_of_the_user_of_the_server() -> None:
    for owner, is_safe in ((0, True), (SERVER, True), (OTHER, False)):
        way = [ROOT, found(FOLDER, owner), found(SOCKET, SERVER)]
        assert only_owners_can_write(way, us=0) == is_safe


def test_a_link_in_a_folder_like_tmp_has_to_belong_to_root_or_us() -> None:
    for owner, is_safe in ((0, True), (SERVER, False), (OTHER, False)):
        way = [ROOT, found(TMP), found(LINK, owner), found(FOLDER), found(SOCKET, SERVER)]
        assert only_owners_can_write(way, us=0) == is_safe


@pytest.mark.parametrize(("us", "is_safe"), [(0, False), (OTHER, True)])
def test_a_folder_that_another_user_made_in_tmp_is_not_trusted(us: int, is_safe: bool) -> None:
    """Anyone can make the folder there before the server does, and listen in it."""
    way = [ROOT, found(TMP), found(FOLDER, OTHER), found(SOCKET, OTHER)]
    assert only_owners_can_write(way, us=us) == is_safe


def test_a_missing_path_or_one_that_is_no_socket_is_not_trusted(folder: Path) -> None:
    (folder / "file").write_text("")
    (folder / "loop").symlink_to("loop")
    for name in ("file", "gone", "loop", "file/s", "a\0b"):
        assert not is_trusted(folder / name)
