"""Faults of core:archive's log under a running exporter: counts stay right."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Database
from tests.support.archiver_logs import stamped
from tests.support.invariants import CLOSED, Watch, exporter_of, failing, unharmed
from tests.support.process import Exporter
from tests.support.scrape import Page

EVENTS = "matomo_archive_log_events_total"
UNREAD = "matomo_archive_log_unread_bytes"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logs") / "archive.log"
    path.touch()
    return path


@pytest.fixture(scope="module")
def options(log: Path) -> tuple[str, ...]:
    return (f"--archiver.log-file={log}",)


@pytest.fixture
def watch(exporter: Exporter, matomo: Database, log: Path) -> Iterator[Watch]:
    with unharmed(exporter, matomo) as watch:
        yield watch
        put_back(log)


def put_back(log: Path) -> None:
    """A log file again, and none that was rotated: the last one stays open while it has a name."""
    if log.is_dir():
        shutil.rmtree(log)
    elif log.is_symlink() or log.is_fifo():
        log.unlink()
    log.touch()
    for old in log.parent.glob("archive.log.*"):
        old.unlink()


def write(log: Path, text: bytes) -> None:
    with log.open("ab") as file:
        file.write(text)


def started(page: Page) -> float | None:
    """How many runs were seen to start."""
    return page.value(EVENTS, event="run_started")


def assert_counts_on(watch: Watch, log: Path) -> None:
    """A line is counted that is written from now on, once."""
    before = started(watch.look()) or 0
    time = b"%02d:00:%02d" % divmod(int(before), 60)  # each line is another, as in every log
    write(log, stamped(b"Starting Matomo reports archiving...", time=time))
    watch.wait_for(lambda page: started(page) == before + 1)


def is_renamed(log: Path) -> None:
    log.rename(log.with_name("archive.log.1"))
    log.touch()


def is_copied_and_truncated(log: Path) -> None:
    shutil.copy(log, log.with_name("archive.log.2"))
    os.truncate(log, 0)


def is_removed_and_created_again(log: Path) -> None:
    log.unlink()
    log.touch()


@pytest.mark.parametrize(
    "rotates", [is_renamed, is_copied_and_truncated, is_removed_and_created_again]
)
def test_a_log_that(watch: Watch, log: Path, rotates: Callable[[Path], None]) -> None:
    """Nothing is lost of what was read, nor counted twice."""
    assert_counts_on(watch, log)
    for _ in range(3):
        rotates(log)
        assert_counts_on(watch, log)
    assert "log" not in failing(watch.look())


def is_gone(log: Path) -> None:
    log.unlink()


def is_a_folder(log: Path) -> None:
    log.unlink()
    log.mkdir()


def is_a_pipe(log: Path) -> None:
    log.unlink()
    os.mkfifo(log)


def may_not_be_read(log: Path) -> None:
    log.unlink()
    log.symlink_to(CLOSED)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (is_gone, "unreachable"),
        (is_a_folder, "bad_data"),
        (is_a_pipe, "bad_data"),
        (may_not_be_read, "access_denied"),
    ],
)
def test_a_log_that_all_of_a_sudden(
    watch: Watch, log: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    """Only its own collector fails; its counts stay as long as values do."""
    before = started(watch.look())
    spoil(log)
    page = watch.wait_for(lambda page: "log" in failing(page))
    assert (failing(page), page.up) == ({"log"}, 1)
    assert watch.reasons(page, "log") == {reason}
    assert started(page) == before
    watch.wait_for(lambda page: started(page) is None)
    put_back(log)
    watch.wait_for(lambda page: started(page) == before)
    assert_counts_on(watch, log)


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\0" * 100_000 + b"\n", id="zeros"),
        pytest.param(bytes(range(256)) * 1000 + b"\n", id="every byte"),
        pytest.param(b"\xff\xfe\xc3\x28\xed\xa0\x80\n" * 1000, id="no UTF-8"),
        pytest.param(b"x" * 50_000_000 + b"\n", id="a line of 50 MB"),
    ],
)
def test_a_log_with_garbage_in_it(watch: Watch, log: Path, garbage: bytes) -> None:
    """It is passed over, and what comes after it is counted."""
    write(log, garbage)
    assert_counts_on(watch, log)
    assert "log" not in failing(watch.look())
    os.truncate(log, 0)


def test_a_line_that_does_not_end(watch: Watch, log: Path) -> None:
    """It is not kept whole, nor looked at again and again."""
    for _ in range(50):
        write(log, b"x" * 1_000_000)
    assert "log" not in failing(watch.look())
    write(log, b"\n")
    assert_counts_on(watch, log)
    os.truncate(log, 0)


def test_a_log_that_grows_faster_than_it_is_read_says_so_and_is_caught_up_with(
    matomo: Database, tmp_path: Path
) -> None:
    log = tmp_path / "archive.log"
    log.touch()
    line = stamped(b"x" * 200)
    with exporter_of(matomo, f"--archiver.log-file={log}") as running:
        running.wait_for(lambda page: not failing(page))
        write(log, line * (128 * 1024 * 1024 // len(line)))
        running.wait_for(lambda page: page.value(UNREAD))
        running.wait_for(lambda page: "log" in failing(page))
        running.wait_for(lambda page: not failing(page) and page.value(UNREAD) == 0, 120)
