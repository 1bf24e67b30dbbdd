"""Columns of other types than Matomo's: the same figures, or one collector that fails."""

import pytest

from tests.conftest import Database
from tests.support.figures import of_matomo, read, target_of

QUEUE = "matomo_archive_invalidations"


@pytest.mark.parametrize(
    ("table", "column", "kind"),
    [
        (QUEUE, "report", "VARBINARY(255)"),
        (QUEUE, "report", "TEXT"),
        (QUEUE, "report", "BLOB"),
        (QUEUE, "name", "VARBINARY(255) NOT NULL"),
        (QUEUE, "status", "VARCHAR(10)"),
        (QUEUE, "idsite", "BIGINT UNSIGNED NOT NULL"),
        ("matomo_option", "option_value", "LONGBLOB"),
        ("matomo_option", "option_name", "VARBINARY(191)"),
        ("matomo_site", "timezone", "VARBINARY(50)"),
        ("matomo_segment", "definition", "LONGBLOB"),
        ("matomo_archive_numeric_2024_12", "name", "VARBINARY(190)"),
    ],
)
def test_another_type_changes_no_figure(full: Database, table: str, column: str, kind: str) -> None:
    before = read(target_of(full.settings))
    full.run(f"ALTER TABLE {table} MODIFY {column} {kind}")
    figures = read(target_of(full.settings))
    assert figures.one("matomo_up") == 1
    assert of_matomo(figures) == of_matomo(before)
    assert figures.errors("queue") == before.errors("queue")


def test_periods_that_are_text_are_counted_and_fail_only_what_computes_with_them(
    full: Database,
) -> None:
    before = read(target_of(full.settings))
    full.run(f"ALTER TABLE {QUEUE} MODIFY period VARCHAR(10)")
    figures = read(target_of(full.settings))
    assert figures[QUEUE] == before[QUEUE]
    assert figures.errors("queue") == before.errors("queue")
    assert figures["matomo_archive_overlapping_invalidations"] == {}


def test_bytes_that_are_no_text_are_escaped(full: Database) -> None:
    full.run(f"ALTER TABLE {QUEUE} MODIFY report VARBINARY(255)")
    full.run(f"UPDATE {QUEUE} SET report = X'ff41'")
    samples = read(target_of(full.settings))["matomo_archive_report_invalidations"]
    reports = {report for _, report, _ in samples}
    assert "\\xffA" in reports


def test_a_status_that_is_no_number_fails_the_queue_alone(full: Database) -> None:
    full.run(f"ALTER TABLE {QUEUE} MODIFY status VARCHAR(10)")
    full.run(f"UPDATE {QUEUE} SET status = 'queued' LIMIT 1")
    figures = read(target_of(full.settings))
    assert figures.one("matomo_up") == 0
    assert figures.errors("queue") == {"bad_data": 1}
    assert figures.success("runs")
    assert figures.success("archives")
