"""Dumps of the queue with anything in them, plain and gzipped."""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.cli import COMMANDS
from matomo_archive_exporter.commands.forecast import forecast
from matomo_archive_exporter.settings.command_line import parse
from matomo_archive_exporter.settings.loader import load
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.what_if import queue_file
from tests.support.bounds import cpu_seconds, megabytes
from tests.support.strategies import Long, joined, long, spoiled

COLUMNS = [
    *("idinvalidation", "name", "idsite", "date1", "date2", "period"),
    *("ts_invalidated", "ts_started", "status", "report"),
]
HEADER = ",".join(COLUMNS)
LINE = "7,done.Actions,3,2024-12-19,2024-12-19,1,2024-12-20 08:00:00,NULL,0,Actions_hits"
GOOD = f"{HEADER}\n{LINE}\n".encode()

SHREDS = [
    b",",
    b'"',
    b'""',
    b"\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"NULL",
    b"\\N",
]
SHREDS += [b"7", b"-1", b"9" * 30, b"9" * 4300, b"9" * 5000, b"1_0", " ٣".encode(), b"2024-12-19"]
SHREDS += [b"0000-00-00", b"9999-12-31", b"2024-W01-1", b"done", b"x" * 200, LINE.encode() + b"\n"]
DUMPS = joined(SHREDS) | joined(SHREDS).map(lambda rows: HEADER.encode() + b"\n" + rows)
DUMPS |= spoiled(st.just(GOOD * 2), SHREDS)

Row = tuple[str, ...]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A row as Matomo makes them; texts may be what they like."""
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
    first = draw(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
    last = first + timedelta(days=draw(st.integers(0, 366)))
    when = st.sampled_from(["NULL", "2024-12-20 08:00:00"])
    return (
        str(draw(st.integers(0, 2**63 - 1))),
        "done" + draw(texts),
        str(draw(st.integers(1, 2**32))),
        first.isoformat(),
        last.isoformat(),
        str(draw(st.integers(1, 5))),
        draw(when),
        draw(when),
        draw(st.sampled_from(["0", "1", "NULL"])),
        draw(st.just("NULL") | texts),
    )


def dump(found: Sequence[Row], quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    """A dump with these rows."""
    text = io.StringIO()
    # The class of Python's constants for quoting is private before 3.12.
    writer = csv.writer(text, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([COLUMNS, *found])
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the dump, which each example replaces."""
    return tmp_path_factory.mktemp("queue") / "queue.csv"


def read(path: Path, content: bytes, most_rows: int = 500_000) -> queue_file.QueueFile:
    path.write_bytes(content)
    return queue_file.read(path, most_rows)


def refused(error: SettingsError) -> bool:
    return str(error).startswith("--queue: ") and str(error).isprintable()


def names(queue: queue_file.QueueFile) -> Counter[tuple[int, str]]:
    """The rows by site and name."""
    return Counter((site, t.row.name) for site, found in queue.sites.items() for t in found)


def expected(found: Sequence[Row]) -> Counter[tuple[int, str]]:
    return Counter((int(row[2]), row[1]) for row in found)


@given(DUMPS)
@example(GOOD.replace(b"\n7,", b"\n" + b"9" * 4300 + b","))
@example(HEADER.encode() + b"\n7,done,3,2024-12-19,2024-12-19,1,2024-12-20")
def test_anything_is_a_queue_or_refused_in_a_line(path: Path, content: bytes) -> None:
    try:
        queue = read(path, content)
    except SettingsError as error:
        assert refused(error)  # noqa: PT017
        return
    assert len(queue.warnings) <= 6
    assert 0 <= queue.highest_id < 10**20
    for site, found in queue.sites.items():
        assert found
        assert 0 <= site < 10**20
        for row in (t.row for t in found):
            assert row.date1 <= row.date2
            assert row.period in range(1, 6)
            assert row.digits <= len(str(queue.highest_id))
        ranks = [t.row.rank for t in found]
        assert ranks == sorted(ranks)


@given(st.lists(rows(), max_size=8), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_every_dump_is_read_back(path: Path, found: list[Row], quoting: int) -> None:
    queue = read(path, dump(found, quoting))
    assert queue.warnings == []
    assert names(queue) == expected(found)
    assert queue.highest_id == max((int(row[0]) for row in found), default=0)
    zipped = path.with_suffix(".csv.gz")
    zipped.write_bytes(gzip.compress(dump(found, quoting), 1))
    assert names(queue_file.read(zipped)) == expected(found)


@given(st.lists(st.tuples(st.text(" ,xNUL07-done\0", max_size=30), rows()), max_size=8))
def test_strange_lines_between_good_ones_lose_none(
    path: Path, pairs: list[tuple[str, Row]]
) -> None:
    strange, found = [line for line, _ in pairs], [row for _, row in pairs]
    lines = [dump([row]).partition(b"\r\n")[2] for row in found]
    mixed = [part for line, row in zip(strange, lines, strict=True) for part in (line, row)]
    content = HEADER + "".join(
        f"\n{part}" if isinstance(part, str) else f"\n{part.decode()}" for part in mixed
    )
    assert names(read(path, content.encode())) == expected(found)


@given(st.lists(rows(), min_size=1, max_size=4), st.data())
def test_a_dump_cut_short_has_no_other_rows_than_the_whole(
    path: Path, found: list[Row], data: st.DataObject
) -> None:
    whole = dump(found)
    start = whole.index(b"\n") + 1
    end = data.draw(st.integers(start, len(whole)))
    everything = as_they_are(read(path, whole))
    try:
        queue = read(path, whole[:end])
    except SettingsError as error:  # in the middle of a letter
        assert refused(error)  # noqa: PT017
    else:
        assert as_they_are(queue) <= everything


def as_they_are(queue: queue_file.QueueFile) -> Counter[object]:
    """All that is known of the rows but the report, the end of which cannot be seen."""
    return Counter(
        (site, t.state, t.row.name, t.row.period, t.row.date1, t.row.date2, t.row.digits)
        for site, found in queue.sites.items()
        for t in found
    )


@given(st.lists(rows(), max_size=8), st.integers(0, 8))
def test_no_more_rows_are_read_than_were_asked_for(path: Path, found: list[Row], n: int) -> None:
    queue = read(path, dump(found), n)
    assert names(queue) == expected(found[:n])
    assert queue.is_cut_off == (n < len(found))


@given(st.data())
def test_a_broken_gzip_file_is_refused_or_a_queue(path: Path, data: st.DataObject) -> None:
    zipped = path.with_suffix(".csv.gz")
    whole = gzip.compress(GOOD * 20, 1)
    zipped.write_bytes(data.draw(spoiled(st.just(whole), [b"\0", b"\xff", b"\x1f\x8b", whole])))
    try:
        queue_file.read(zipped)
    except SettingsError as error:
        assert refused(error)  # noqa: PT017


# Bounds


BOMBS = {
    "one line": (b"a" * 100_000, 1000),
    "one line in quotes": (b'"' + b"a" * 100_000, 1000),
    "one field over many lines": (b'"' + b"a\n" * 100_000, 500),
    "empty lines": (b"\n" * 100_000, 10),
    "commas": (b"," * 100_000, 100),
    "zeros": (b"\0" * 100_000, 1000),
}


@pytest.mark.parametrize("header", [b"", HEADER.encode() + b"\n"], ids=["bare", "with a header"])
@pytest.mark.parametrize(("piece", "times"), BOMBS.values(), ids=BOMBS.keys())
def test_a_small_file_that_unpacks_to_a_large_one_takes_no_memory(
    tmp_path: Path, header: bytes, piece: bytes, times: int
) -> None:
    path = tmp_path / "queue.csv.gz"
    path.write_bytes(gzip.compress(header) + gzip.compress(piece) * times)
    with megabytes(16), cpu_seconds(20):
        try:
            assert queue_file.read(path).sites == {}
        except SettingsError as error:
            assert refused(error)  # noqa: PT017


@settings(max_examples=10)
@given(long(SHREDS))
def test_no_dump_takes_long(path: Path, content: Long[bytes]) -> None:
    with cpu_seconds(3):
        try:
            read(path, HEADER.encode() + b"\n" + content.whole)
        except SettingsError as error:
            assert refused(error)  # noqa: PT017


# The command


NUMBERS = st.sampled_from(["0", "1", "3", "-1", "9" * 20, "9" * 400, "9" * 5000, "1e3", "x", ""])
OWN = st.dictionaries(
    st.sampled_from(["--concurrent-requests", "--max-archives-to-process", "--memory-limit"]),
    NUMBERS | st.sampled_from(["1M", "256M", "2G"]),
)
MORE = st.dictionaries(
    st.sampled_from(["--archiver.archives-per-hour", "--matomo-version", "--adapter", "--today"]),
    NUMBERS | st.sampled_from(["5e-324", "1e308", "5.2.0", "5.3.0", "MYSQLI", "0001-01-01"]),
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(DUMPS | st.lists(rows(), max_size=8).map(dump), OWN, MORE, st.booleans())
@example(GOOD, {"--memory-limit": "9" * 400}, {}, False)
@example(GOOD, {"--memory-limit": "9" * 5000}, {}, False)
def test_a_forecast_answers_every_request(
    path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    own: dict[str, str],
    more: dict[str, str],
    json: bool,
) -> None:
    path.write_bytes(content)
    given_options = [f"{flag}={value}" for flag, value in (own | more).items()]
    arguments = ["forecast", f"--queue={path}", *given_options, *["--json"] * json]
    try:
        invocation = parse(arguments, COMMANDS)
        settings_ = load(invocation.flags, {}, needs_database=False).settings
        status = forecast(settings_, invocation)
    except SettingsError as error:
        assert str(error).isprintable()  # noqa: PT017
    else:
        assert status in (0, 1)
        assert capsys.readouterr().out


def test_a_path_that_is_no_text_is_shown_all_the_same(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "a\udcff\nb.csv"
    path.write_bytes(GOOD)
    invocation = parse(["forecast", f"--queue={path}"], COMMANDS)
    forecast(load(invocation.flags, {}, needs_database=False).settings, invocation)
    assert b"a\\udcff\\nb.csv\n" in capsysbinary.readouterr().out
