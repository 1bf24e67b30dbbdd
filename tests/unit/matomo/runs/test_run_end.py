"""Which end of a run comes first, and when."""

import pytest

from matomo_archive_exporter.matomo.runs.run_end import RunEnd, RunLimits, archives_until, run_end
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import RunForecast

WHOLE = Totals(archives=900, empty=90, deleted=10)
SURVIVES = RunForecast(WHOLE, None, None)


def test_it_completes_once_all_rows_are_handled_at_its_rate() -> None:
    assert run_end(SURVIVES, 100.0, 1000.0) == RunEnd("completed", 3700.0, 900)


def test_it_dies_where_its_memory_ends() -> None:
    dies = RunForecast(WHOLE, Totals(archives=400, empty=100), None)
    assert run_end(dies, 100.0, 1000.0) == RunEnd("exhausted", 1900.0, 400)


def test_it_stops_at_its_limit() -> None:
    limited = RunForecast(Totals(archives=100), None, None, is_limited=True)
    assert run_end(limited, 0.0, 100.0) == RunEnd("stopped", 3600.0, 100)


def test_without_a_rate_there_is_no_time() -> None:
    assert run_end(SURVIVES, 100.0, None) == RunEnd("completed", None, 900)


def test_how_far_an_expansion_has_got_does_not_show() -> None:
    dies = RunForecast(Totals(), Totals(), 0, dies_in="expansion")
    assert run_end(dies, 100.0, 1000.0) == RunEnd("exhausted", None, 0)


def test_a_simulation_that_was_cut_off_has_no_end() -> None:
    assert run_end(RunForecast(WHOLE, None, None, is_ended=False), 0.0, 1000.0) is None


@pytest.mark.parametrize(
    ("limits", "per_hour", "archives"),
    [
        (RunLimits(), 100.0, 0),
        (RunLimits(archives=30), None, 30),
        (RunLimits(archives=-2), None, 1),
        (RunLimits(until=7200.0), None, 0),
        (RunLimits(until=7200.0), 100.0, 200),
        (RunLimits(archives=30, until=7200.0), 100.0, 30),
        (RunLimits(archives=300, until=7200.0), 100.0, 200),
    ],
)
def test_the_first_limit_counts(limits: RunLimits, per_hour: float | None, archives: int) -> None:
    assert archives_until(limits, 0.0, per_hour) == archives
