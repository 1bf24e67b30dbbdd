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


def test_any_text_may_name_a_plugin_or_a_report(matomo: Database) -> None:
    texts = ['Quo"ted', "It's", "back\\slash", "two\nlines", "\\n", "Emoji😀", "A.B", ".", "%s{}"]
    rows = [Row(name=f"done.{text}", report=text, status=n % 2) for text in texts for n in range(3)]
    found = queued(matomo, *rows)
    assert found == {(text, text, "queued"): 2 for text in texts} | {
        (text, text, "in_progress"): 1 for text in texts
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


def test_names_differ_to_their_last_character(matomo: Database) -> None:
    plugin, report = "x" * 249, "y" * 254
    rows = [Row(name=f"done.{plugin}{end}", report=f"{report}{end}") for end in "aab"]
    assert queued(matomo, *rows) == {
        (f"{plugin}a", f"{report}a", "queued"): 2,
        (f"{plugin}b", f"{report}b", "queued"): 1,
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


def test_names_with_the_same_checksum_are_counted_separately(matomo: Database) -> None:
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
def test_texts_with_the_same_checksum_are_counted_separately_once_both_were_seen(
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
