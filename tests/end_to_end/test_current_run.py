"""A recorded run of Matomo 5.2.1, replayed at speed and watched by the real exporter."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PASSWORD, Database
from tests.support import midrun
from tests.support.midrun import SURVIVES, MidRun
from tests.support.process import Exporter, run
from tests.support.scrape import Page

VARIABLES = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
RUNS, HANDLED = "matomo_archive_current_runs", "matomo_archive_current_run_handled_invalidations"
EXHAUSTED = "matomo_archive_memory_exhausted_after_archives"
LAST = "matomo_archive_forecast_last_run_"
END = 1795845956


class Replay:
    """The database, the log and the /proc of one recorded run, at any moment of it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.run: MidRun = midrun.load(SURVIVES)
        self.log, self.proc = folder / "archive.log", folder / "proc"
        self.log.touch()
        (self.proc / "1").mkdir(parents=True)
        (self.proc / "self").mkdir()
        midrun.put_tables(database, self.run.tables)
        self.clock(midrun.now_before(self.run))

    @property
    def options(self) -> list[str]:
        """With which an exporter sees it all."""
        return [
            *self.database.flags,
            f"--archiver.log-file={self.log}",
            f"--archiver.proc-path={self.proc}",
        ]

    def clock(self, now: float) -> None:
        """Set the database's clock, for all but root."""
        self.database.run(f"SET GLOBAL init_connect = 'SET timestamp = {int(now)}'")

    def at(self, number: int) -> None:
        """Go on to one of the moments that were recorded."""
        point = self.run.points[number]
        midrun.go_on(self.database, point)
        midrun.put_processes(self.proc, point)
        self.write_log(point["archivers"][0]["lines"])
        self.clock(point["now"])

    def write_log(self, lines: int) -> None:
        """The log up to that moment; it only grows."""
        before = len(self.log.read_bytes().splitlines())
        with self.log.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in self.run.logs[0][before:lines])

    def peak(self) -> None:
        """The process shortly before its end."""
        last = self.run.points[-1]["archivers"][0]
        real = self.run.totals["archivers"][0]["peak_real_bytes"]
        kb = (real - last["real"]) // 1024
        more = {name: size + kb for name, size in last["status"].items()}
        midrun.put_process(self.proc / str(last["pid"]), last["age"] + 20, more)
        self.clock(END - 10)

    def end(self) -> None:
        """All is done, and its process is gone."""
        self.write_log(len(self.run.logs[0]))
        self.database.run("DELETE FROM matomo_archive_invalidations")
        self.database.run(
            f"REPLACE INTO matomo_option VALUES ('LastCompletedFullArchiving', '{END}', 0)"
        )
        self.database.connection.commit()
        shutil.rmtree(self.proc / str(self.run.points[-1]["archivers"][0]["pid"]))
        self.clock(END + 5)


@pytest.fixture
def replay(database: Database, tmp_path: Path) -> Iterator[Replay]:
    yield Replay(database, tmp_path)
    database.run("SET GLOBAL init_connect = ''")


def test_a_run_is_followed_from_its_beginning_to_its_score(replay: Replay) -> None:
    options = [*replay.options, "--archiver.memory-limit=1G", "--collect.duty-cycle=1"]
    with Exporter(*options, "--collect.interval=1s", variables=VARIABLES) as exporter:

        def shows(handled: int) -> Page:
            return exporter.wait_for(lambda page: page.value(HANDLED) == handled)

        exporter.wait_for(lambda page: page.value(RUNS) == 0)
        for number in range(5):
            replay.at(number)
            page = shows(replay.run.points[number]["deleted"])
            assert page.value("matomo_archive_current_run_followed") == 1
            assert page.value(EXHAUSTED, run="current") is None
        replay.peak()
        exporter.wait_for(
            lambda page: (
                (page.value("matomo_archive_current_run_memory_bytes", source="process") or 0)
                > 192_000_000
            )
        )
        replay.end()
        page = exporter.wait_for(lambda page: page.value(RUNS) == 0)
        assert page.value("matomo_archive_forecast_scored_runs_total") == 1
        for figure, actual in (("archives", 2100), ("skips", 1710)):
            assert page.value(f"{LAST}{figure}", value="actual") == actual
            assert page.value(f"{LAST}{figure}", value="predicted") == actual
        assert page.value(f"{LAST}peak_bytes", value="predicted") == pytest.approx(
            page.value(f"{LAST}peak_bytes", value="actual"), rel=0.07
        )
        assert page.value(HANDLED) is None
        message = json.loads(exporter.get("/advice", accept="application/json").body)
        assert "The last forecast was" in str(message["findings"])


def test_an_exporter_restarted_in_the_middle_says_the_same_and_what_it_lacks(
    replay: Replay,
) -> None:
    """The log tells it all; without it the process does, and what was done before is not known."""
    replay.at(2)
    limit = "--archiver.memory-limit=128M"
    reported = run("advise", "--json", *replay.options, limit, variables=VARIABLES)
    seen = run(
        "advise",
        "--json",
        *replay.database.flags,
        f"--archiver.proc-path={replay.proc}",
        limit,
        variables=VARIABLES,
    )
    assert (reported.status, seen.status) == (1, 1)
    for text, followed in ((reported.out, True), (seen.out, False)):
        message = json.loads(text)
        assert message["current_verdict"] == "dies"
        assert message["current_headline"][0].startswith("RISK: the running core:archive")
        figures = message["current_run"]
        assert figures["followed"] is followed
        assert 1050 + figures["archives"] == pytest.approx(1568, rel=0.05)
        assert (
            any(found["topic"] == "not_followed" for found in message["findings"]) is not followed
        )
        (remedy,) = [r for r in message["remedies"] if r["key"] == "stop_and_restart"]
        assert remedy["run"][0] == "kill 2165"
        assert remedy["run"][-1] == "./console core:archive"  # what is left fits one run
