"""Differences between versions of Matomo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.version import (
    UnknownMatomoError,
    behaviour,
    behaviour_if_known,
    parse,
)

PDO, MYSQLI = "PDO\\MYSQL", "MYSQLI"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.2.0", ((5, 2, 0), True)),
        ("4.16.1", ((4, 16, 1), True)),
        ("5.3.0-rc2", ((5, 3, 0), False)),
        ("5.3.0-alpha.20250123", ((5, 3, 0), False)),
        ("6.0.0-b1", ((6, 0, 0), False)),
    ],
)
def test_a_version_is_three_numbers_and_whether_it_was_released(
    text: str, expected: tuple[tuple[int, int, int], bool]
) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text", ["5", "5.2", "5.2.0.1", " 5.2.0", "5.2.0\n", "v5.2.0", "5.2.0-", "5.2.0+1", "5.2.12345"]
)
def test_a_text_that_is_no_version_is_not_understood(text: str) -> None:
    with pytest.raises(UnknownMatomoError, match="not understood"):
        parse(text)


def test_a_missing_version_is_said_to_be_missing() -> None:
    with pytest.raises(UnknownMatomoError, match="no option version_core"):
        parse("")


@pytest.mark.parametrize("version", ["4.0.0", "4.16.1", "5.2.2", "5.13.0", "6.0.0-b1", "6.9.0"])
def test_the_rules_of_matomo_4_to_6_are_known(version: str) -> None:
    assert behaviour_if_known(version, PDO) == behaviour(version, PDO)


@pytest.mark.parametrize("version", ["2.18.1", "3.14.1", "7.0.0-b1", "7.0.0", "10.0.0"])
def test_those_of_others_are_not(version: str) -> None:
    with pytest.raises(UnknownMatomoError, match=f"Matomo {version} are not known"):
        behaviour(version, PDO)
    assert behaviour_if_known(version, PDO) is None


def test_no_rules_are_made_up_where_no_version_is_known() -> None:
    assert behaviour_if_known("", PDO) is None


@pytest.mark.parametrize(
    ("version", "adapter", "expected"),
    [
        ("4.0.0", PDO, True),
        ("5.2.2", PDO, True),
        ("5.3.0-alpha.20250123", PDO, False),
        ("5.3.0", PDO, False),
        ("5.2.2", MYSQLI, False),
        ("5.3.0", MYSQLI, False),
    ],
)
def test_statements_are_kept_before_5_3_by_pdo(version: str, adapter: str, expected: bool) -> None:
    assert behaviour(version, adapter).keeps_statements is expected


@pytest.mark.parametrize(
    ("rule", "last_without", "first_with"),
    [
        ("exempts_other_segments", "4.0.5", "4.1.0"),
        ("deletes_usable_plugin_rows", "4.4.1", "4.5.0"),
        ("recovery_is_configurable", "5.1.2", "5.2.0"),
        ("recovery_drops_duplicates", "5.2.2", "5.3.0"),
        ("can_reset", "5.2.2", "5.3.0"),
        ("in_progress_blocks", "5.2.2", "5.3.0"),
        ("in_progress_blocks", "5.3.0-alpha.20250123", "5.3.1-b1"),
        ("stops_after_a_time", "5.2.2", "5.3.0"),
        ("stops_after_a_time", "5.3.0-alpha.20250123", "5.3.1-b1"),
        ("works_unvisited_days", "5.3.2", "5.4.0"),
        ("expands_segments_at_own_sites", "5.3.2", "5.4.0"),
        ("finds_usable_reports", "5.3.2", "5.4.0"),
    ],
)
def test_each_rule_begins_with_its_version(rule: str, last_without: str, first_with: str) -> None:
    assert getattr(behaviour(last_without, PDO), rule) is False
    assert getattr(behaviour(first_with, PDO), rule) is True


def test_rows_that_never_started_are_recovered_until_5_2() -> None:
    assert behaviour("5.1.2", PDO).recovers_never_started
    assert not behaviour("5.2.0", PDO).recovers_never_started


@given(st.text())
def test_any_text_is_a_version_or_said_not_to_be(text: str) -> None:
    try:
        numbers, _ = parse(text)
    except UnknownMatomoError:
        assert behaviour_if_known(text, PDO) is None
    else:
        assert text.startswith(str(numbers[0]).zfill(text.index(".")) + ".")
