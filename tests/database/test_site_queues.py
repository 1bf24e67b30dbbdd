"""The queue site by site, each site's rows packed by the server."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.simulation.planned_rows import State, TableRow
from tests.conftest import Database
from tests.support.invalidations import DAY, MONTH, RANGE, WEEK, YEAR, A, ordinal
from tests.support.queue_rows import FUTURE, PAST, Row, add
from tests.support.site_rows import queues, read


def periods(rows: list[TableRow]) -> list[tuple[int, str, int, int]]:
    return [(t.row.period, t.row.name, t.row.date1, t.row.date2) for t in rows]


# Rows


def test_an_empty_queue_has_no_sites(matomo: Database) -> None:
    assert read(matomo) == {}


def test_a_row_has_all_fields_that_a_run_reads(matomo: Database) -> None:
    name, first, last = f"done{A}.Actions", "2025-02-24", "2025-03-02"
    row = Row(idinvalidation=12345, name=name, period=WEEK, date1=first, date2=last)
    add(matomo.connection, replace(row, report="Actions_hits"))
    ((found,),) = read(matomo).values()
    met = found.row
    assert found.state is State.QUEUED
    assert (met.segment, met.plugin, met.report) == (A, "Actions", "Actions_hits")
    assert (met.period, met.date1, met.date2) == (WEEK, ordinal(first), ordinal(last))
    assert met.digits == 5


def test_rows_come_in_matomos_order(matomo: Database) -> None:
    january = Row(period=MONTH, date1="2025-01-01", date2="2025-01-31")
    add(
        matomo.connection,
        Row(name="done.Goals", idinvalidation=999),
        Row(period=YEAR, date1="2025-01-01", date2="2025-12-31"),
        january,
        replace(january, period=RANGE),
        Row(report="older"),
        Row(report="newer"),
        Row(date1="2025-03-01", date2="2025-03-01"),
    )
    ((*found,),) = read(matomo).values()
    assert [(t.row.period, t.row.name, t.row.report) for t in found] == [
        (DAY, "done", ""),
        (DAY, "done", "newer"),
        (DAY, "done", "older"),
        (DAY, "done.Goals", ""),
        (MONTH, "done", ""),
        (YEAR, "done", ""),
        (RANGE, "done", ""),
    ]


def test_sites_come_in_the_order_of_their_turns(matomo: Database) -> None:
    add(matomo.connection, Row(idsite=12), Row(idsite=3), Row(idsite=700), Row(idsite=3))
    assert {site: len(rows) for site, rows in read(matomo).items()} == {3: 2, 12: 1, 700: 1}
    assert [*read(matomo)] == [3, 12, 700]


LONG_AGO, JUST_NOW = "2025-03-01 12:00:00", "9999-01-01 00:00:00"


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (Row(), State.QUEUED),
        (Row(status=2), State.QUEUED),
        (Row(ts_started=LONG_AGO), State.QUEUED),
        (Row(status=None), State.UNSELECTABLE),
        (Row(ts_invalidated=None), State.UNSELECTABLE),
        (Row(ts_invalidated=FUTURE), State.UNSELECTABLE),
        (Row(status=1, ts_started=JUST_NOW), State.STARTED),
        (Row(status=1, ts_started=LONG_AGO), State.RECOVERED),
        (Row(status=1), State.NEVER_STARTED),
        (Row(status=1, ts_invalidated=None, ts_started=JUST_NOW), State.STARTED),
    ],
)
def test_a_row_is_in_the_state_in_which_the_next_run_finds_it(
    matomo: Database, row: Row, state: State
) -> None:
    add(matomo.connection, row)
    assert [t.state for t in read(matomo)[1]] == [state]


def test_before_5_2_rows_that_never_started_are_recovered(matomo: Database) -> None:
    add(matomo.connection, Row(status=1), Row(status=1, ts_started=JUST_NOW))
    found = read(matomo, version="5.1.2")[1]
    assert {t.state for t in found} == {State.RECOVERED, State.STARTED}


@pytest.mark.parametrize(("hours", "state"), [(1, State.RECOVERED), (3, State.STARTED)])
def test_a_row_is_recovered_after_the_timeout(matomo: Database, hours: int, state: State) -> None:
    add(matomo.connection, Row(status=1, ts_started=PAST))
    matomo.run(
        "UPDATE matomo_archive_invalidations SET ts_started = UTC_TIMESTAMP() - INTERVAL 2 HOUR"
    )
    found = read(matomo, recovery_timeout=hours * 3600)[1]
    assert [t.state for t in found] == [state]


def test_rows_that_matomo_cannot_have_written_are_left_out_and_no_others(matomo: Database) -> None:
    """Not even others of the same name that come after them."""
    matomo.run("SET SESSION sql_mode = ''")
    add(
        matomo.connection,
        Row(name="done.Goals"),
        Row(name="done.Goals", date1="2025-03-00", date2="2025-03-00"),
        Row(name="done.Goals", date1="0000-00-00", date2="0000-00-00"),
        Row(name="done.Goals", date1="2025-02-28", date2="0000-00-00"),
        Row(name="done.Goals", date1="2025-02-28", date2="2025-02-27"),
        Row(name="done.Goals", period=9),
        Row(name="done.Actions", period=0),
        Row(name="done.Lost", date1="2025-03-00", date2="2025-03-00"),
    )
    assert periods(read(matomo)[1]) == [
        (DAY, "done.Goals", ordinal("2025-02-28"), ordinal("2025-02-28"))
    ]


# Names


def test_names_are_learnt_as_they_are_met_and_kept(matomo: Database) -> None:
    add(matomo.connection, Row(), Row(idsite=2, name="done.Goals"), Row(idsite=2, report="7"))
    with queues(matomo) as reading:
        sites = reading.all()
        next(sites)
        assert [*reading.names.values()] == [("done", "")]
        next(sites)
        assert sorted(reading.names.values()) == [("done", ""), ("done", "7"), ("done.Goals", "")]
        known = reading.names
    with queues(matomo) as again:
        again.names = known
        assert len([*again.all()]) == 2
        assert again.names is known
        assert len(known) == 3


def test_a_report_and_a_name_are_not_taken_for_another(matomo: Database) -> None:
    add(matomo.connection, Row(name="done.A", report="B"), Row(name="done.AB"), Row(report="A.AB"))
    assert {(t.row.name, t.row.report) for t in read(matomo)[1]} == {
        ("done.A", "B"), ("done.AB", ""), ("done", "A.AB"),
    }  # fmt: skip


def test_an_empty_report_is_none(matomo: Database) -> None:
    add(matomo.connection, Row(report=""), Row(report=None))
    assert [t.row.report for t in read(matomo)[1]] == ["", ""]
