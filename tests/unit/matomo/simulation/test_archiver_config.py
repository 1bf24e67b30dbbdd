"""Rules that follow from the options of core:archive and from its version."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.version import behaviour
from tests.support.plans import PDO

HOURLY = ArchiverConfig(PDO, archives_per_hour=100.0, recovery_timeout=3600.0)


@pytest.mark.parametrize(("version", "archives"), [("5.2.2", 0), ("5.3.0", 2400), ("5.8.0", 2400)])
def test_a_run_ends_after_24_hours_since_5_3(version: str, archives: int) -> None:
    assert HOURLY.ends_after(behaviour(version, PDO)) == archives


@pytest.mark.parametrize(
    ("changes", "archives"),
    [
        ({"stop_after": 3600.0}, 100),
        ({"stop_after": 0.0}, 0),
        ({"stop_after": 1.0}, 1),
        ({"archives_per_hour": None}, 0),
        ({"archive_limit": 50}, 50),
        ({"archive_limit": 5000}, 2400),
        ({"archive_limit": 5000, "stop_after": 0.0}, 5000),
    ],
)
def test_the_lower_limit_counts_and_that_of_time_only_where_the_rate_is_known(
    changes: dict[str, float], archives: int
) -> None:
    config = replace(HOURLY, **changes)  # type: ignore[arg-type]
    assert config.ends_after(behaviour("5.8.0", PDO)) == archives


@pytest.mark.parametrize(("version", "seconds"), [("5.1.2", 86400), ("5.2.0", 3600)])
def test_before_5_2_rows_of_dead_runs_were_recovered_after_a_day_always(
    version: str, seconds: int
) -> None:
    assert HOURLY.recovers_after(behaviour(version, PDO)) == seconds
