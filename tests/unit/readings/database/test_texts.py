"""Texts of columns whose type is binary on some instances."""

from matomo_archive_exporter.readings.database.texts import decoded

BLOB, TEXT, NUMBER = (252, 63), (252, 45), (3, 63)


def column(kind: tuple[int, int]) -> tuple[object, ...]:
    """As the cursor describes it: type second, character set last."""
    return ("name", kind[0], None, kind[1])


def test_bytes_of_a_binary_column_become_text() -> None:
    columns = [column(BLOB), column(TEXT), column(NUMBER)]
    assert decoded([(b"done", "day", 3), (None, "", 0)], columns) == [
        ("done", "day", 3),
        (None, "", 0),
    ]


def test_bytes_that_are_not_utf_8_are_escaped() -> None:
    assert decoded([(b"a\xff",)], [column(BLOB)]) == [("a\\xff",)]


def test_without_a_binary_column_rows_stay_as_they_are() -> None:
    rows = [("done", 3)]
    assert decoded(rows, [column(TEXT), column(NUMBER)]) is rows
