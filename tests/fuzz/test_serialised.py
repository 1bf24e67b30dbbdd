"""Options that PHP serialised or Matomo named, with anything in them."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.rearchive_list import (
    ReArchiveListError,
    ReArchiving,
    parse,
)
from matomo_archive_exporter.matomo.simulation.rearchiving import expansion, sites_of
from matomo_archive_exporter.matomo.simulation.run_inputs import Clock, RunInputs
from matomo_archive_exporter.matomo.version import behaviour
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.runs import runs
from tests.conftest import Database, new_database
from tests.support.bounds import cpu_seconds, megabytes
from tests.support.private_server import PrivateServer
from tests.support.schemas import create_tables
from tests.support.strategies import MARKER, Long, joined, long, spoiled

SAMPLES = Path(__file__).parents[1] / "samples"
LISTS = [path.read_bytes() for path in sorted(SAMPLES.glob("ReArchiveList-*.bin"))]
SHREDS = [
    b"a:1:{",
    b"a:0:{}",
    b"a:9999999999:{",
    b"i:0;",
    b"i:-1;",
    b"s:2:",
    b's:9999999999:"',
    b'"',
]
SHREDS += [b"{}", b"[]", b";", b"}", b"{", b"[", b"O:8:", b"N;", b"b:1;", b"d:0.5;", b"\0", b"\xff"]
SHREDS += [b'"idSites":"all"', b'"idSites":[', b"9" * 5000, b"1e999", b"NaN", b"\\ud800", b"-1"]
SHREDS += [MARKER.encode(), b's:17:"{"idSites":"all"}";', b"true", b"null", b","]
VALUES = joined(SHREDS) | spoiled(st.sampled_from(LISTS), SHREDS)

CREATED = Site(1, None, "UTC")
INSTANCE = Instance({1: CREATED, 2: CREATED}, (Segment("a" * 32, "countryCode==de", None),))


def check(value: bytes) -> tuple[ReArchiving, ...]:
    """Either sound entries, or one line that names a byte of the value."""
    try:
        entries = parse(value)
    except ReArchiveListError as error:
        message = str(error)
        number = re.match(r"ReArchiveList, byte (\d+): ", message)
        assert number is not None
        assert int(number[1]) <= len(value) + 2
        assert message.isprintable()
        assert MARKER not in message
        return ()
    for entry in entries:
        assert all(0 <= site < 10**15 for site in entry.sites or ())
        assert entry.start is None or 0 < entry.start < 10**15
        for text in (entry.plugin, entry.report, entry.segment):
            assert (text or "").encode() is not None
    return entries


def written(entries: tuple[ReArchiving, ...]) -> bytes:
    """The entries as Matomo would write them."""
    items = b""
    for number, entry in enumerate(entries):
        fields = {
            "idSites": "all" if entry.sites is None else entry.sites,
            "pluginName": entry.plugin,
            "report": entry.report,
            "startDate": entry.start,
            "segment": entry.segment,
        }
        text = json.dumps(fields).encode()
        items += b'i:%d;s:%d:"%s";' % (number, len(text), text)
    return b"a:%d:{%s}" % (len(entries), items)


@given(VALUES)
@example(b'a:1:{i:0;s:16:"{"idSites":[-1]}";}')
@example(b'a:1:{i:0;s:%d:"{"idSites":[%s]}";}' % (44, b"9" * 30))
@example(b"a:1:{i:0;s:" + b"9" * 5000 + b':"')
def test_any_list_is_read_or_refused_with_a_byte(value: bytes) -> None:
    entries = check(value)
    assert parse(written(entries)) == entries


@given(VALUES, st.integers(0, 10**18), st.dates(date(1971, 1, 1), date(2100, 1, 1)))
@example(b'a:1:{i:0;s:30:"{"idSites":"all","startDate":1}";}', 0, date(2100, 1, 1))
def test_every_readable_list_can_be_expanded(value: bytes, months: int, today: date) -> None:
    config = ArchiverConfig("PDO\\MYSQL", rearchive_last_n_months=months)
    clock = Clock(datetime.combine(today, time()))
    inputs = RunInputs(config, behaviour("5.2.2", config.adapter), INSTANCE, clock)
    for entry in check(value)[:2]:
        assert sites_of(entry, INSTANCE) <= 2
        rows = expansion(entry, inputs, 3).rows
        assert all(row.date1 <= row.date2 for row in rows)


BOMBS = {
    "an array of ten thousand million": b"a:9999999999:{" + b"i:0;" * 250_000,
    "arrays in arrays": b"a:1:{i:0;" * 110_000,
    "lists in lists": b'a:1:{i:0;s:1000000:"' + b"[" * 1_000_000 + b'";}',
    "objects in objects": b'a:1:{i:0;s:1000000:"' + b'{"a":' * 200_000 + b'";}',
    "a long number": b'a:1:{i:0;s:1000000:"' + b"9" * 1_000_000 + b'";}',
    "a long fraction": b'a:1:{i:0;s:1000002:"0.' + b"9" * 1_000_000 + b'";}',
    "quotes": b'a:1:{i:0;s:1000000:"' + b'"' * 1_000_000 + b'";}',
    "backslashes": b'a:1:{i:0;s:1000000:"' + b'"' + b"\\" * 999_999 + b'";}',
    "digits": b"a:" + b"1" * 1_000_000,
    "digits of a length": b"a:1:{i:0;s:" + b"1" * 1_000_000,
    "keys": b"a:9999999999:{" + b's:0:"";' * 140_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_megabyte_of_one_thing_is_refused_at_once_and_takes_no_memory(bomb: bytes) -> None:
    with cpu_seconds(4), megabytes(16):
        assert check(bomb) == ()


@settings(max_examples=10)
@given(long(SHREDS))
def test_no_list_takes_long(value: Long[bytes]) -> None:
    with cpu_seconds(2):
        check(value.whole)


# In a table


@pytest.fixture(scope="module")
def matomo(server: PrivateServer) -> Iterator[Database]:
    """A database whose options are other ones in each example."""
    database = new_database(server)
    create_tables(database.connection)
    yield database
    database.run(f"DROP DATABASE {database.name}")
    database.connection.close()


def with_options(database: Database, options: dict[str, bytes]) -> runs.RunsReading:
    """The reading of a database with only these options."""
    with database.connection.cursor() as cursor:
        cursor.execute("DELETE FROM matomo_option")
        cursor.executemany(
            "INSERT IGNORE INTO matomo_option (option_name, option_value) VALUES (%s, %s)",
            [(name, value.decode(errors="replace")) for name, value in options.items()],
        )
    database.connection.commit()
    with connect(database.settings) as connection:
        return runs.read(connection)


TIMES = st.sampled_from([b"1734681600", b"0", b"-1", b"9" * 12, b"9" * 41, b" 1", b"1.5", b"1e9"])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "LastFullArchivingStartTime": TIMES | VALUES,
        "LastCompletedFullArchiving": TIMES | VALUES,
        "SharedSiteIdsToArchive_AllWebsites": joined([b"1", b",", b"9" * 30, b" ", b"x", b"\0"]),
        "version_core": st.sampled_from([b"5.2.0", b"", b"\n", MARKER.encode()]) | VALUES,
        "ReArchiveList": VALUES,
    },
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(OPTIONS)
def test_any_options_leave_out_their_own_figures_and_no_others(
    matomo: Database, options: dict[str, bytes]
) -> None:
    reading = with_options(matomo, options)
    for warning in reading.warnings:
        assert warning.isprintable()
        assert MARKER not in warning
    assert len(reading.warnings) == (
        (reading.started is None and "LastFullArchivingStartTime" in options)
        + (reading.completed is None and "LastCompletedFullArchiving" in options)
        + (reading.rearchivings is None)
    )
    sites = options.get("SharedSiteIdsToArchive_AllWebsites", b"")
    assert reading.sites_remaining == (sites.count(b",") + 1 if sites else 0)


NAMES = ["report_to_invalidate_", "1", "_", "2024-12-18", "2024-99-99", "_4711", "x", "%", "\\"]
NAMES += ["k3Xz_", "\u0661", "9" * 40, "-", "\n", "ä", "1_2024-12-18"]
PREFIX = "report_to_invalidate_"
SITE_AND_DAY = re.compile(r"([0-9]+)_(\d{4}-\d\d-\d\d)(?:_.*)?", re.ASCII | re.DOTALL)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sets(
        (joined(NAMES, 8) | spoiled(st.just("k_report_to_invalidate_3_2024-12-18_4711"), NAMES))
        .map(lambda name: name[:190].strip())
        .filter(bool)
    )
)
@example({"x_report_to_invalidate_1_2024-12-18x", "report_to_invalidate_2_2024-12-18"})
@example({"k_report_to_invalidate_3_2024-12-18_report_to_invalidate_3_2024-12-1"})
def test_any_names_are_remembered_days_or_are_none(matomo: Database, names: set[str]) -> None:
    reading = with_options(matomo, dict.fromkeys(names, b"1"))
    stored = [str(name) for (name,) in matomo.run("SELECT option_name FROM matomo_option")]
    found = [
        SITE_AND_DAY.fullmatch(name.rpartition(PREFIX)[2]) for name in stored if PREFIX in name
    ]
    assert reading.remembered == {(int(match[1]), match[2]) for match in found if match}
