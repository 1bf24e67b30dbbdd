"""Sites and segments of a Matomo."""

from datetime import date, datetime

import pytest

from matomo_archive_exporter.matomo.instance import Site


@pytest.mark.parametrize(
    ("created", "first_day"),
    [("2025-03-04 00:00:00", date(2025, 3, 4)), ("2025-03-04 00:00:01", date(2025, 3, 5))],
)
def test_the_day_of_its_creation_is_older_than_a_site_that_was_not_created_at_midnight(
    created: str, first_day: date
) -> None:
    site = Site(1, datetime.fromisoformat(created), "Pacific/Auckland")
    assert site.first_day == first_day.toordinal()


def test_of_a_site_without_a_time_of_creation_nothing_is_too_old() -> None:
    assert Site(1, None, "UTC").first_day == 0
