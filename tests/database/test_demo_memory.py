"""Runs of the demo's archiver that die, are stopped, or reach a limit."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.archive_log import ArchiveLog
from matomo_archive_exporter.demo.archiver import SimulatedArchiver
from matomo_archive_exporter.demo.archiver_process import make_proc
from matomo_archive_exporter.demo.backfill import load
from matomo_archive_exporter.demo.private_server import PrivateServer
from tests.support.process import wait_until

TODAY = date(2024, 12, 20)
LIMIT = 24 * 2**20
"""bytes that some two hundred archives exhaust"""
COMPLETED = "Done archiving!"


class Demo:
    """A database of eight sites, and an archiver at work on it."""

    def __init__(self, server: PrivateServer, folder: Path) -> None:
        self.server, self.log = server, folder / "archive.log"
        self.log.touch()
        self.proc = make_proc(folder / "proc")
        with closing(server.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("CREATE DATABASE matomo")
            cursor.execute("USE matomo")
            load(connection, sites=8, today=TODAY)

    def archiver(self, **changes: object) -> SimulatedArchiver:
        """Not started yet."""
        usual: dict[str, object] = {"archives_per_second": 3000.0, "pause": 0.2}
        return SimulatedArchiver(
            lambda: self.server.connect("matomo"),
            today=lambda: TODAY,
            log=ArchiveLog(self.log),
            proc=self.proc,
            **(usual | changes),  # type: ignore[arg-type]
        )

    def count_in_log(self, text: str) -> int:
        """How often its log has it."""
        return self.log.read_text().count(text)

    def pid(self) -> int:
        """Of the process that is seen."""
        return next((int(f.name) for f in self.proc.iterdir() if f.name not in ("1", "self")), 0)

    def value(self, query: str) -> int:
        """The result of a query."""
        connection = self.server.connect("matomo")
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(query)
            (found,) = cursor.fetchone() or (0,)
        return int(str(found))


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    """As the demo starts one."""
    with PrivateServer() as server:
        yield server


@pytest.fixture
def demo(server: PrivateServer, tmp_path: Path) -> Iterator[Demo]:
    made = Demo(server, tmp_path)
    yield made
    with closing(server.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("DROP DATABASE matomo")


@pytest.fixture(autouse=True)
def stopped(demo: Demo) -> Iterator[list[SimulatedArchiver]]:
    """Archivers that are stopped in the end."""
    running: list[SimulatedArchiver] = []
    yield running
    for archiver in running:
        archiver.stop()


def started(stopped: list[SimulatedArchiver], archiver: SimulatedArchiver) -> None:
    stopped.append(archiver)
    archiver.start()


def test_a_run_dies_of_its_memory_and_the_next_goes_on(
    demo: Demo, stopped: list[SimulatedArchiver]
) -> None:
    started(stopped, demo.archiver(memory_limit=LIMIT))
    wait_until(
        lambda: demo.count_in_log("PHP Fatal error:  Allowed memory size") >= 2, "two runs die"
    )
    assert demo.count_in_log(COMPLETED) == 0
    in_progress = "SELECT COUNT(*) FROM matomo_archive_invalidations WHERE status = 1"
    assert demo.value(in_progress) >= 3


def test_after_one_was_killed_runs_end_while_their_memory_is_safe(
    demo: Demo, stopped: list[SimulatedArchiver]
) -> None:
    started(stopped, demo.archiver(memory_limit=LIMIT, archives_per_second=100.0))
    wait_until(demo.pid, "its process is seen")
    first = demo.pid()
    os.kill(first, signal.SIGTERM)
    wait_until(lambda: demo.pid() not in (0, first), "another run begins")
    wait_until(lambda: demo.count_in_log(COMPLETED), "it ends in time")
    assert demo.count_in_log("Fatal error") == 0


def test_a_limit_of_archives_ends_runs(demo: Demo, stopped: list[SimulatedArchiver]) -> None:
    started(stopped, demo.archiver(memory_limit=LIMIT, archive_limit=30))
    wait_until(lambda: demo.count_in_log(COMPLETED) >= 2, "two runs end")
    assert demo.count_in_log("Fatal error") == 0
