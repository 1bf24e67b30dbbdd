"""The demo's core:archive, as the exporter sees it in a folder like /proc."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.archiver_process import ArchiverProcess, make_proc
from matomo_archive_exporter.matomo.runs.process_memory import chunks, offset
from matomo_archive_exporter.readings.archiver import processes
from tests.support.process import wait_until

MB = 1_000_000


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    return make_proc(tmp_path / "proc")


@pytest.fixture
def process(proc: Path) -> Iterator[ArchiverProcess]:
    made = ArchiverProcess(proc)
    made.holds(30 * MB)
    yield made
    made.end()


def test_it_is_seen_with_its_memory_and_its_age(proc: Path, process: ArchiverProcess) -> None:
    (found,) = processes.read(proc).archivers or ()
    assert found.pid == process.pid
    assert found.data is not None
    held = chunks(found.data.now, offset(found.data.now))
    assert held.lowest <= 15 * 2 * 2**20 <= held.highest  # whole chunks
    assert found.age == pytest.approx(0, abs=30)


def test_its_chunks_and_its_limit_of_archives_are_seen(proc: Path) -> None:
    made = ArchiverProcess(proc, archive_limit=2350)
    made.holds(30 * MB)
    (found,) = processes.read(proc).archivers or ()
    made.end()
    assert found.data is not None
    assert (found.data.chunks, found.limits.archives) == (15 * 2 * 2**20, 2350)


def test_chunks_that_were_taken_stay(proc: Path, process: ArchiverProcess) -> None:
    (before,) = processes.read(proc).archivers or ()
    process.holds(20 * MB)
    (after,) = processes.read(proc).archivers or ()
    assert after.data == before.data


def test_a_kill_ends_the_simulated_process(process: ArchiverProcess) -> None:
    assert not process.is_killed
    os.kill(process.pid, signal.SIGTERM)
    wait_until(lambda: process.is_killed, "it is gone")


def test_once_it_has_ended_it_is_not_seen(proc: Path) -> None:
    made = ArchiverProcess(proc)
    made.holds(30 * MB)
    made.end()
    assert processes.read(proc).archivers == ()
    assert not Path(f"/proc/{made.pid}").exists()
