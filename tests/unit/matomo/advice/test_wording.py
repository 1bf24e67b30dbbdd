"""Figures as people read them."""

import pytest

from matomo_archive_exporter.matomo.advice import wording


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 MB"),
        (2**20, "1 MB"),
        (392 * 2**20, "392 MB"),
        (2**30, "1.0 GB"),
        (5 * 2**40, "5,120.0 GB"),
    ],
)
def test_sizes_count_as_php_does(number: int, text: str) -> None:
    assert wording.size(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(128 * 2**20, "128M"), (2**31, "2G"), (1000, "1000"), (3 * 2**29, "1536M"), (0, "0")],
)
def test_a_memory_limit_is_written_as_php_reads_it(number: int, text: str) -> None:
    assert wording.php_size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "less than a minute"),
        (-5, "less than a minute"),
        (60, "1 minute"),
        (3599, "59 minutes"),
        (3600, "1 hour"),
        (5000, "1 hour 23 minutes"),
        (76 * 3600, "3 days 4 hours"),
        (86400 + 120, "1 day"),
    ],
)
def test_lengths_of_time_have_two_units_at_most(seconds: float, text: str) -> None:
    assert wording.lasting(seconds) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 3, "33 %"),
        (1, 9999, "1 %"),
        (9998, 9999, "99 %"),
        (7, 7, "100 %"),
    ],
)
def test_a_share_is_nothing_or_all_only_where_it_is(part: int, whole: int, text: str) -> None:
    assert wording.share(part, whole) == text


def test_lists_leave_out_what_is_not_there() -> None:
    assert wording.listed({"day": 0, "week": 1200, "month": 7}) == "1,200 week, 7 month"


def test_one_is_not_many() -> None:
    assert wording.count(1, "row is", "rows are") == "1 row is"
    assert wording.count(2500, "archive") == "2,500 archives"
