"""Logs that match a pattern: the reader follows every file, and each line counts once."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.archiver.log import LogReader
from matomo_archive_exporter.readings.database.errors import ReadingError
from tests.support.archiver_logs import stamped
from tests.support.folders import public_folder
from tests.support.unprivileged import as_unprivileged_user

DONE = b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found."
ARCHIVED = stamped(DONE + b" Time elapsed: 1.763s")
DEATH = b"PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to\n"


class Logs:
    """A folder with logs, and the reader that follows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reader = self.another_reader()

    def another_reader(self, pattern: str = "*.log*") -> LogReader:
        return LogReader(self.folder / pattern, lambda: 1795500000.0, lambda: 0.0)

    def write(self, name: str, text: bytes) -> Path:
        path = self.folder / name
        with path.open("ab") as file:
            file.write(text)
        return path

    def archives(self) -> int | None:
        return self.reader.read().events["archive_done"]


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    made = Logs(tmp_path)
    made.write("a.log", ARCHIVED * 7)
    made.write("b.log", b"")
    made.reader.read()
    yield made
    made.reader.close()


def test_lines_before_the_start_are_not_counted(logs: Logs) -> None:
    assert logs.archives() == 0


def test_every_file_is_followed(logs: Logs) -> None:
    logs.write("a.log", ARCHIVED)
    logs.write("b.log", ARCHIVED * 2)
    assert logs.archives() == 3


def test_a_file_that_comes_later_counts_as_a_whole(logs: Logs) -> None:
    logs.write("c.log", ARCHIVED)
    assert logs.archives() == 1


def test_runs_that_die_side_by_side_are_each_counted(logs: Logs) -> None:
    logs.write("a.log", DEATH)
    logs.write("b.log", DEATH)
    assert logs.reader.read().events["memory_exhausted_archiver"] == 2


def test_lines_that_are_written_in_turn_are_not_mixed(logs: Logs) -> None:
    half = len(ARCHIVED) // 2
    for text in (ARCHIVED[:half], ARCHIVED[half:]):
        for name in ("a.log", "b.log"):
            logs.write(name, text)
        done = logs.archives()
    assert done == 2


def test_the_newest_archive_is_that_of_the_latest_time_in_any_file(logs: Logs) -> None:
    logs.write("a.log", ARCHIVED.replace(b"1.763s", b"5s"))
    logs.write("b.log", ARCHIVED.replace(b"1.763s", b"9s").replace(b"[2026-11-23", b"[2026-11-22"))
    (newest,) = logs.reader.read().newest.values()
    assert newest.seconds == 5


def test_a_file_that_is_renamed_and_still_matches_counts_once(logs: Logs) -> None:
    path = logs.write("a.log", ARCHIVED)
    assert logs.archives() == 1
    for number in (1, 2, 3, 4, 5):
        for older in range(number, 0, -1):
            source = path if older == 1 else path.with_name(f"a.log.{older - 1}")
            source.rename(path.with_name(f"a.log.{older}"))
        logs.write("a.log", ARCHIVED)
        assert logs.archives() == number + 1


def test_a_file_that_goes_is_read_to_its_end_and_closed(logs: Logs) -> None:
    before = len(os.listdir("/proc/self/fd"))
    logs.write("a.log", ARCHIVED).unlink()
    assert logs.archives() == 1
    assert len(os.listdir("/proc/self/fd")) == before - 1
    logs.write("a.log", ARCHIVED)
    assert logs.archives() == 2


def test_many_files_are_followed_and_few_are_open(logs: Logs) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(200):
        logs.write(f"{number}.log", ARCHIVED)
        logs.archives()
    assert logs.archives() == 200
    assert len(os.listdir("/proc/self/fd")) - before <= 64
    for number in range(200):
        logs.write(f"{number}.log", ARCHIVED)
        logs.archives()
    assert logs.archives() == 400


def test_many_files_that_were_there_at_the_start_are_followed_too(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    for number in range(100):
        logs.write(f"{number}.log", ARCHIVED)
    logs.archives()
    for number in range(100):
        logs.write(f"{number}.log", ARCHIVED)
        logs.archives()
    assert logs.archives() == 100
    logs.reader.close()


def test_a_folder_that_matches_is_no_log(logs: Logs) -> None:
    (logs.folder / "folder.log").mkdir()
    logs.write("a.log", ARCHIVED)
    assert logs.archives() == 1


def test_nothing_that_matches_is_no_log_and_what_comes_counts_as_a_whole(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    with pytest.raises(ReadingError, match=r"no log matches .*[*]") as raised:
        logs.reader.read()
    assert raised.value.reason == "unreachable"
    logs.write("a.log", ARCHIVED)
    assert logs.archives() == 1
    logs.reader.close()


def test_an_unreadable_file_is_reported_and_the_others_are_read() -> None:
    with public_folder() as folder, closing(Logs(folder).reader) as reader:
        logs = Logs(folder)
        logs.write("b.log", b"").chmod(0)
        logs.write("a.log", b"")
        for _ in range(2):
            with (
                as_unprivileged_user(),
                pytest.raises(ReadingError, match=r"no permission to read the log .*b\.log"),
            ):
                reader.read()
            logs.write("a.log", ARCHIVED)
        (folder / "b.log").chmod(0o644)
        assert reader.read().events["archive_done"] == 2


def test_an_unreadable_folder_is_reported(logs: Logs) -> None:
    with (
        as_unprivileged_user(),
        pytest.raises(ReadingError, match="no permission to read the log") as raised,
    ):
        logs.reader.read()
    assert raised.value.reason == "access_denied"


def test_a_file_whose_very_name_is_like_a_pattern_is_one_file(tmp_path: Path) -> None:
    logs = Logs(tmp_path)
    logs.write("[a].log", b"")
    logs.write("a.log", ARCHIVED)
    reader = logs.another_reader("[a].log")
    reader.read()
    logs.write("[a].log", ARCHIVED)
    logs.write("a.log", ARCHIVED)
    assert reader.read().events["archive_done"] == 1
    reader.close()
