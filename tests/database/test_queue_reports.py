"""Rows by the plugin and report that they rebuild."""

import hashlib
import zlib
from dataclasses import replace
from itertools import count

import pytest

from tests.conftest import Database
from tests.support import queue_rows
from tests.support.figures import Samples, nonzero, read, target_of
from tests.support.queue_rows import Row

REPORTS = "matomo_archive_report_invalidations"
SCOPES = "matomo_archive_invalidations"


def queued(database: Database, *rows: Row) -> Samples:
    queue_rows.add(database.connection, *rows)
    return nonzero(read(target_of(database.settings))[REPORTS])


def test_a_row_without_plugin_or_report_is_about_all_of_them(matomo: Database) -> None:
    rows = (Row(), Row(report=""), Row(name="done.Goals"), Row(name="done.Goals", report=""))
    other = (Row(report="Actions_hits"), Row(name="done.Goals", report="Goal_1", status=1))
    assert queued(matomo, *rows, *other) == {
        ("all", "all", "queued"): 2,
        ("Goals", "all", "queued"): 2,
        ("all", "Actions_hits", "queued"): 1,
        ("Goals", "Goal_1", "in_progress"): 1,
    }


def test_every_report_on_the_page_has_both_statuses(matomo: Database) -> None:
    queue_rows.add(matomo.connection, Row(name="done.Goals"))
    figures = read(target_of(matomo.settings))
    assert figures[REPORTS] == {
        ("Goals", "all", "queued"): 1,
        ("Goals", "all", "in_progress"): 0,
    }


def test_the_report_of_a_custom_report_is_a_number(matomo: Database) -> None:
    rows = [Row(name="done.CustomReports", report=report) for report in ("1", "01", "12", "12")]
    assert queued(matomo, *rows) == {
        ("CustomReports", "1", "queued"): 1,
        ("CustomReports", "01", "queued"): 1,
        ("CustomReports", "12", "queued"): 2,
    }


def test_a_plugin_of_a_segment_is_the_same_plugin(matomo: Database) -> None:
    segments = ("", "8ed8a79e4fab70fb95c781aa3c6b327e", "0" * 32)
    rows = [Row(name=f"done{segment}.Goals") for segment in segments]
    assert queued(matomo, *rows) == {("Goals", "all", "queued"): 3}


@pytest.mark.parametrize(
    "plugin",
    [
        'Quo"ted',
        "It's",
        "back\\slash",
        "two\nlines",
        "\\n",
        "Emoji😀",
        "A.B",
        ".",
        "%s{}",
        " ",
        "é",
    ],
)
def test_any_text_may_name_a_plugin_or_a_report(matomo: Database, plugin: str) -> None:
    ordinary = Row(name=f"done.{plugin}", report=plugin)
    rows = (ordinary, ordinary, Row(name=f"done.{plugin}", report=plugin, status=1))
    assert queued(matomo, *rows) == {
        (plugin, plugin, "queued"): 2,
        (plugin, plugin, "in_progress"): 1,
    }


def test_names_that_differ_in_case_accent_or_a_last_blank_are_different(matomo: Database) -> None:
    plugins = ("goals", "Goals", "goäls", "goals ")
    rows = [Row(name=f"done.{p}", status=status) for p in plugins for status in (0, 1)]
    assert set(queued(matomo, *rows).values()) == {1}


def test_a_line_break_is_part_of_the_name_before_it_begins_a_report(matomo: Database) -> None:
    rows = (Row(name="done.A\nB"), Row(name="done.A", report="B"), Row(name="done.A\nB", report=""))
    assert queued(matomo, *rows) == {("A\nB", "all", "queued"): 2, ("A", "B", "queued"): 1}


def test_a_flag_of_another_shape_is_about_a_segment_that_no_table_knows(matomo: Database) -> None:
    rows = [Row(name=name) for name in ("foo", "doneXYZ", "DONE", "Done", "done2", "foo.Goals")]
    queue_rows.add(matomo.connection, *rows, Row(name="done"), Row(name="done.Goals"))
    figures = read(target_of(matomo.settings))
    assert nonzero(figures[SCOPES]) == {
        ("day", "segment", "queued"): 6,
        ("day", "all_visits", "queued"): 2,
    }
    assert nonzero(figures[REPORTS]) == {
        ("all", "all", "queued"): 6,
        ("Goals", "all", "queued"): 2,
    }
    assert figures.success("queue")


def test_names_are_told_apart_to_their_last_character(matomo: Database) -> None:
    plugin, report = "x" * 249, "y" * 254
    rows = [Row(name=f"done.{plugin}{end}", report=f"{report}{end}") for end in "aab"]
    assert queued(matomo, *rows) == {
        (f"{plugin}a", f"{report}a", "queued"): 2,
        (f"{plugin}b", f"{report}b", "queued"): 1,
    }


def test_the_reports_with_most_rows_are_named_and_the_rest_is_other(matomo: Database) -> None:
    sizes = {"A": (1, 4), "B": (4, 0), "C": (2, 1), "D": (1, 0), "E": (0, 2)}  # queued, in progress
    rows = [
        Row(name=f"done.{plugin}", status=status)
        for plugin, counts in sizes.items()
        for status in (0, 1)
        for _ in range(counts[status])
    ]
    queue_rows.add(matomo.connection, *rows)
    figures = read(target_of(matomo.settings, collect={"top_reports": 2}))
    assert figures[REPORTS] == {
        ("A", "all", "queued"): 1,
        ("A", "all", "in_progress"): 4,
        ("B", "all", "queued"): 4,
        ("B", "all", "in_progress"): 0,
        ("other", "other", "queued"): 3,
        ("other", "other", "in_progress"): 3,
    }
    figures = read(target_of(matomo.settings, collect={"top_reports": 0}))
    assert figures[REPORTS] == {
        ("other", "other", "queued"): 8,
        ("other", "other", "in_progress"): 7,
    }


def test_a_plugin_and_report_named_other_join_the_rest(matomo: Database) -> None:
    rows = [Row(name="done.other", report="other")] * 3 + [Row(name="done.A")] * 2 + [Row()]
    queue_rows.add(matomo.connection, *rows)
    figures = read(target_of(matomo.settings, collect={"top_reports": 1}))
    assert nonzero(figures[REPORTS]) == {
        ("A", "all", "queued"): 2,
        ("other", "other", "queued"): 4,
    }


FAR = 10**6


def colliding_plugins() -> tuple[str, str]:
    """Two plugin names of one length whose done flags have the same CRC32."""
    seen: dict[int, str] = {}
    for number in count():
        plugin = hashlib.sha256(str(number).encode()).hexdigest()[:12]
        crc = zlib.crc32(f"done.{plugin}".encode())
        if crc in seen:
            return seen[crc], plugin
        seen[crc] = plugin
    raise AssertionError("unreachable")


def test_names_with_the_same_checksum_are_told_apart(matomo: Database) -> None:
    one, two = colliding_plugins()
    first, second = Row(name=f"done.{one}"), Row(name=f"done.{two}")
    queue_rows.add(matomo.connection, first, second, second, first, second, Row())
    target = target_of(matomo.settings)
    for _ in range(2):
        assert nonzero(read(target)[REPORTS]) == {
            (one, "all", "queued"): 2,
            (two, "all", "queued"): 3,
            ("all", "all", "queued"): 1,
        }


@pytest.mark.parametrize("column", ["name", "report"])
def test_texts_with_the_same_checksum_are_told_apart_once_both_were_seen(
    matomo: Database, column: str
) -> None:
    texts = [f"done.{plugin}" for plugin in colliding_plugins()]
    ordinary = Row(name="done.A")
    first, second = (
        replace(ordinary, name=text) if column == "name" else replace(ordinary, report=text)
        for text in texts
    )
    target = target_of(matomo.settings)
    far = replace(Row(), idinvalidation=FAR)  # makes two pieces, so that hashes are used
    queue_rows.add(matomo.connection, first, first, far)
    assert sorted(nonzero(read(target)[REPORTS]).values()) == [1, 2]
    matomo.run(f"DELETE FROM matomo_archive_invalidations WHERE idinvalidation < {FAR}")
    queue_rows.add(matomo.connection, replace(second, idinvalidation=1))
    assert sorted(nonzero(read(target)[REPORTS]).values()) == [1, 1]
    queue_rows.add(matomo.connection, first, second, first, second, first)
    for _ in range(2):
        assert sorted(nonzero(read(target)[REPORTS]).values()) == [1, 3, 3]
    assert read(target).success("queue")
