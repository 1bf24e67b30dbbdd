"""Where a run dies, in words."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.advice.place import needs_far_more, place
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.forecast import Forecast, RunForecast
from matomo_archive_exporter.matomo.simulation.memory import exhausted
from tests.support.forecasts import forecast_of

LIMIT = 100_000_000
CONFIG = ArchiverConfig("PDO\\MYSQL", memory_limit=LIMIT)
DEATH = Totals(archives=3_720, sites=16)
RUN = RunForecast(Totals(archives=179_185, sites=700), DEATH, 2_743, dies_in="run")
FORECAST = forecast_of(RUN)


def dying(death: Totals | None, *, is_whole: bool = True) -> Forecast:
    run = replace(RUN, death=death, is_ended=is_whole)
    return replace(FORECAST, configured=run, is_exact=is_whole)


def test_a_place_is_archives_of_all_and_the_site() -> None:
    assert (
        place(FORECAST, CONFIG, 700) == "after 3,720 of 179,185 archives (2 %), at site 16 of 700"
    )


def test_the_time_is_given_where_the_rate_is_known() -> None:
    config = replace(CONFIG, archives_per_hour=1_860.0)
    assert place(FORECAST, config, 700).endswith(", about 2 hours after its start")


@pytest.mark.parametrize(
    ("forecast", "sites", "expected"),
    [
        (dying(DEATH, is_whole=False), 700, "after 3,720 archives, at site 16 of 700"),
        (FORECAST, None, "after 3,720 of 179,185 archives (2 %), at site 16"),
        (dying(Totals(sites=3)), 20, "at site 3 of 20"),
        (dying(Totals()), 20, "before it works on any site"),
        (dying(None), 20, ""),
    ],
    ids=["cut off", "sites not known", "nothing was an archive", "at once", "survives"],
)
def test_unknown_parts_of_the_place_are_left_out(
    forecast: Forecast, sites: int | None, expected: str
) -> None:
    assert place(forecast, CONFIG, sites) == expected


@pytest.mark.parametrize(
    ("times", "limit", "expected"),
    [(9.9, LIMIT, False), (10.1, LIMIT, True), (1000, None, False)],
)
def test_beyond_ten_times_the_limit_the_size_does_not_matter(
    times: float, limit: int | None, expected: bool
) -> None:
    forecast = replace(FORECAST, lowest_peak=int(times * exhausted(LIMIT)))
    assert needs_far_more(forecast, replace(CONFIG, memory_limit=limit)) is expected
