"""A finished run compared with the forecast made when it began."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.archiver.command_line import Limits
from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange, DataSize
from matomo_archive_exporter.matomo.runs.score import Compared, score
from matomo_archive_exporter.matomo.runs.signs import ArchiverProcess, Signs
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast
from tests.support.forecasts import forecast_of

BEGAN = 1_000_000
SURVIVES = RunForecast(Totals(archives=103, skips=50, peak=62_000_000), None, None)
DIES = replace(SURVIVES, death=Totals(archives=80, skips=40, peak=60_000_000))
LOG = LogRun(b"7", BEGAN, archives=100, skips=50, seen=BEGAN + 600)
PROCESS = ArchiverProcess(7, BEGAN, DataSize(60_000_000, 72_400_000))
BUILD = ByteRange(10_250_000, 10_370_000)
BEFORE = Signs(BEGAN - 60, 0, 100, started=BEGAN - 3600, completed=BEGAN - 1800)
DURING = replace(
    BEFORE, now=BEGAN + 540, started=BEGAN, processes=(PROCESS,), log=(LOG,), removed=100
)
AFTER = replace(
    DURING,
    now=BEGAN + 660,
    completed=BEGAN + 600,
    processes=(),
    log=(replace(LOG, ended="completed"),),
)
RUN = FollowedRun(1, DURING, DURING, BEFORE)
CONFIG = ArchiverConfig("PDO_MYSQL", memory_limit=128 * 2**20)


def test_archives_and_skips_are_those_of_the_log() -> None:
    found = score(RUN, AFTER, forecast_of(SURVIVES), None, CONFIG)
    assert found is not None
    assert (found.archives, found.skips) == (Compared(103, 100), Compared(50, 50))
    assert (found.peak, found.ended) == (None, AFTER.now)
    assert found.error == pytest.approx(0.03)


def test_the_peak_is_that_of_the_process() -> None:
    found = score(RUN, AFTER, forecast_of(SURVIVES), BUILD, CONFIG)
    assert found is not None
    assert found.peak is not None
    assert found.peak.actual == pytest.approx(72_400_000 - 10_310_000 - 2_100_000, abs=100_000)
    assert found.error == found.peak.error


def test_a_peak_that_is_not_known_closely_is_left_out() -> None:
    found = score(RUN, AFTER, forecast_of(SURVIVES), ByteRange(2_000_000, 18_000_000), CONFIG)
    assert found is not None
    assert found.peak is None


def test_of_a_run_that_died_what_it_did_until_then_counts() -> None:
    died = replace(AFTER, completed=BEFORE.completed, log=(replace(LOG, ended="exhausted"),))
    found = score(RUN, died, forecast_of(DIES), None, CONFIG)
    assert found is not None
    assert found.archives == Compared(80, 100)


def test_without_a_log_a_completion_is_an_end_and_the_peak_is_scored() -> None:
    run, after = (
        replace(RUN, now=replace(DURING, log=()), first=replace(DURING, log=())),
        replace(AFTER, log=()),
    )
    found = score(run, after, forecast_of(SURVIVES), BUILD, CONFIG)
    assert found is not None
    assert (found.archives, found.skips) == (None, None)
    assert score(run, after, forecast_of(SURVIVES), None, CONFIG) is None


@pytest.mark.parametrize(
    ("run", "after"),
    [
        (RUN, replace(AFTER, log=(replace(LOG, ended="stopped"),))),
        (RUN, replace(AFTER, log=(LOG,))),
        (replace(RUN, is_joined=True), AFTER),
        (replace(RUN, count=2), AFTER),
        (
            replace(RUN, now=replace(DURING, processes=(replace(PROCESS, limits=Limits(50)),))),
            AFTER,
        ),
        (
            replace(
                RUN, now=replace(DURING, processes=(replace(PROCESS, limits=Limits(memory="64M")),))
            ),
            AFTER,
        ),
        (replace(RUN, began=None, now=replace(DURING, log=())), AFTER),
    ],
    ids=[
        "stopped",
        "vanished",
        "joined",
        "one of two",
        "fewer archives",
        "other memory",
        "not seen whole",
    ],
)
def test_only_a_whole_run_of_one_archiver_is_scored(run: FollowedRun, after: Signs) -> None:
    assert score(run, after, forecast_of(SURVIVES), BUILD, CONFIG) is None


def test_without_a_forecast_there_is_nothing_to_score() -> None:
    assert score(RUN, AFTER, None, BUILD, CONFIG) is None
