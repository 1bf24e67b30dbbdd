"""A queue in a file: rows that are read, refused, or left out with a warning."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from matomo_archive_exporter.matomo.simulation.planned_rows import State
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.what_if import queue_file
from tests.support.command_lines import SAMPLES

HEADER = (
    "idinvalidation,idarchive,name,idsite,date1,date2,period,"
    "ts_invalidated,ts_started,status,report"
)
GOOD = "7,NULL,done.Actions,3,2024-12-19,2024-12-19,1,2024-12-20 08:00:00,NULL,0,Actions_hits"
DAY = date(2024, 12, 19).toordinal()


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "queue.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def rows(folder: Path, *lines: str) -> queue_file.QueueFile:
    return queue_file.read(written(folder, *lines))


def test_a_row_is_read_with_all_that_decides_on_it(tmp_path: Path) -> None:
    ((row,),) = rows(tmp_path, GOOD).sites.values()
    assert (row.state, row.row.name, row.row.plugin) == (State.QUEUED, "done.Actions", "Actions")
    assert (row.row.segment, row.row.report, row.row.period) == ("", "Actions_hits", 1)
    assert (row.row.date1, row.row.date2, row.row.digits) == (DAY, DAY, 1)


def test_columns_may_come_in_any_order_and_others_may_be_there(tmp_path: Path) -> None:
    header = "report,status,more,period,date2,date1,idsite,name,idinvalidation"
    path = written(tmp_path, "NULL,0,x,1,2024-12-19,2024-12-19,3,done,12", header=header)
    assert queue_file.read(path).sites[3][0].row.digits == 2


def test_rows_come_in_the_order_in_which_matomo_takes_them(tmp_path: Path) -> None:
    queue = rows(
        tmp_path,
        "1,NULL,done,1,2024-12-19,2024-12-19,1,2024-12-20,NULL,0,NULL",
        "2,NULL,done,1,2024-12-01,2024-12-31,3,2024-12-20,NULL,0,NULL",
        "30,NULL,done,1,2024-12-19,2024-12-19,1,2024-12-20,NULL,0,NULL",
        "4,NULL,done.Goals,1,2024-12-19,2024-12-19,1,2024-12-20,NULL,0,NULL",
    )
    order = [(t.row.period, t.row.name, t.row.digits) for t in queue.sites[1]]
    assert order == [(1, "done", 2), (1, "done", 1), (1, "done.Goals", 1), (3, "done", 1)]


@pytest.mark.parametrize(
    ("status", "invalidated", "started", "state"),
    [
        ("0", "2024-12-20", "NULL", State.QUEUED),
        ("1", "2024-12-20", "2024-12-20", State.STARTED),
        ("1", "2024-12-20", "NULL", State.NEVER_STARTED),
        ("NULL", "2024-12-20", "NULL", State.UNSELECTABLE),
        ("0", "NULL", "NULL", State.UNSELECTABLE),
    ],
)
def test_the_state_follows_from_status_and_times(
    tmp_path: Path, status: str, invalidated: str, started: str, state: State
) -> None:
    line = f"1,NULL,done,1,2024-12-19,2024-12-19,1,{invalidated},{started},{status},NULL"
    assert rows(tmp_path, line).sites[1][0].state is state


@pytest.mark.parametrize(
    "bad",
    [
        "7,NULL,done,three,2024-12-19,2024-12-19,1,2024-12-20,NULL,0,NULL",
        "7,NULL,done,3,2024-13-19,2024-12-19,1,2024-12-20,NULL,0,NULL",
        "7,NULL,done,3,2024-12-20,2024-12-19,1,2024-12-20,NULL,0,NULL",
        "7,NULL,done,3,2024-12-19,2024-12-19,9,2024-12-20,NULL,0,NULL",
        ",NULL,done,3,2024-12-19,2024-12-19,1,2024-12-20,NULL,0,NULL",
        "7,NULL,done,3",
    ],
)
def test_an_odd_row_is_left_out_with_its_line_and_the_rest_counts(tmp_path: Path, bad: str) -> None:
    queue = rows(tmp_path, bad, GOOD)
    assert [len(found) for found in queue.sites.values()] == [1]
    assert queue.warnings == [f"{tmp_path / 'queue.csv'}, line 2: left out, not a row of the queue"]


def test_many_odd_rows_give_a_few_warnings(tmp_path: Path) -> None:
    queue = rows(tmp_path, *["x"] * 1000, GOOD)
    assert len(queue.warnings) == 6
    assert queue.warnings[-1].endswith("1,000 rows are left out in all")


def test_the_months_of_single_reports_are_counted(tmp_path: Path) -> None:
    other = GOOD.replace("2024-12-19", "2024-11-19")
    plain = GOOD.replace("2024-12-19", "2024-10-19").replace("Actions_hits", "NULL")
    assert rows(tmp_path, GOOD, GOOD, other, plain).rearchived_months == 2


def test_a_file_without_the_columns_names_those_it_lacks(tmp_path: Path) -> None:
    path = written(tmp_path, header="idsite,name")
    with pytest.raises(SettingsError, match=r"^--queue: .*lacks idinvalidation, date1, date2"):
        queue_file.read(path)


@pytest.mark.parametrize("content", [b"\x1f\x8b broken", b"\xff\xfe\x00", b""])
def test_a_file_that_is_no_csv_is_refused_with_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ("queue.csv.gz" if content.startswith(b"\x1f") else "queue.csv")
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"^--queue: [^\n]+$"):
        queue_file.read(path)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"], ids=["no bytes", "a mark alone"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "queue.csv").write_bytes(content)
    with pytest.raises(SettingsError, match=r"queue\.csv: the file is empty; write it with: mysql"):
        queue_file.read(tmp_path / "queue.csv")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        queue_file.read(tmp_path / "nothing.csv")


# Rows that the turn of their site has queued itself


def daily(folder: Path, *lines: str, today: str | None = None) -> int:
    day = None if today is None else date.fromisoformat(today).toordinal()
    return rows(folder, *lines).daily_rows(3, day)


def all_plugins(day: str, invalidated: str, name: str = "done") -> str:
    return f"7,NULL,{name},3,{day},{day},1,{invalidated},NULL,0,NULL"


@pytest.mark.parametrize(
    ("day", "invalidated", "count"),
    [
        ("2024-12-20", "2024-12-20 08:00:00", 1),
        ("2024-12-19", "2024-12-20 08:00:00", 1),
        ("2024-12-18", "2024-12-20 08:00:00", 0),
        ("2024-03-10", "2024-12-20 08:00:00", 0),
        ("2024-12-20", "2024-12-20 07:59:58", 1),
        ("2024-12-20", "2024-12-20 05:00:00", 0),
        ("2024-12-20", "NULL", 0),
    ],
)
def test_rows_of_today_and_yesterday_are_the_turns_own_if_none_came_later(
    tmp_path: Path, day: str, invalidated: str, count: int
) -> None:
    """The row of a report came at 8."""
    assert daily(tmp_path, GOOD, all_plugins(day, invalidated)) == count


def test_today_may_be_said(tmp_path: Path) -> None:
    lines = [all_plugins(f"2024-12-{day}", "2024-12-20 08:00:00") for day in range(15, 21)]
    assert daily(tmp_path, *lines) == daily(tmp_path, *lines, today="2024-12-17") == 2


def test_a_week_alone_is_not_its_own(tmp_path: Path) -> None:
    """As in `midrun-521pdo-survives-1G`: queued before the run, which then found nothing to add."""
    day = all_plugins("2024-12-20", "2024-12-20 08:00:00")
    week = day.replace("2024-12-20,2024-12-20,1", "2024-12-16,2024-12-22,2")
    assert (daily(tmp_path, week), daily(tmp_path, week, day)) == (0, 2)


def test_rows_of_plugins_are_never_its_own_nor_those_without_a_time(tmp_path: Path) -> None:
    assert daily(tmp_path, all_plugins("2024-12-20", "2024-12-20 08:00:00", "done.Goals")) == 0
    header = "report,status,period,date2,date1,idsite,name,idinvalidation"
    path = written(tmp_path, "NULL,0,1,2024-12-19,2024-12-19,3,done,12", header=header)
    assert queue_file.read(path).daily_rows(3) == 0


# As people make dumps


def as_mysql_writes_it(folder: Path, header: str, *lines: str) -> Path:
    """Output of `mysql -B`."""
    return written(folder, *(line.replace(",", "\t") for line in lines), header=header)


def test_output_of_mysql_is_read(tmp_path: Path) -> None:
    tabs = HEADER.replace(",", "\t")
    quoted = GOOD.replace("Actions_hits", 'a"b')
    queue = queue_file.read(as_mysql_writes_it(tmp_path, tabs, GOOD, quoted))
    assert [row.row.report for row in queue.sites[3]] == ["Actions_hits", 'a"b']
    assert queue.warnings == []


@pytest.mark.parametrize("change", [str.upper, str.title, lambda text: f"\ufeff{text}"])
def test_case_and_byte_order_mark_of_the_header_do_not_matter(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    assert list(queue_file.read(written(tmp_path, GOOD, header=change(HEADER))).sites) == [3]


def test_semicolons_of_a_spreadsheet_will_do(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace(",", ";"), header=HEADER.replace(",", ";"))
    assert list(queue_file.read(path).sites) == [3]


def test_null_may_be_written_as_into_outfile_writes_it(tmp_path: Path) -> None:
    ((row,),) = rows(tmp_path, GOOD.replace("Actions_hits", "\\N")).sites.values()
    assert row.row.report == ""


def test_a_dump_from_windows_is_read() -> None:
    queue = queue_file.read(SAMPLES / "public" / "queue-bom-crlf.csv")
    assert (sum(map(len, queue.sites.values())), len(queue.sites)) == (240, 5)
    assert queue.warnings == []


def test_the_error_for_a_file_that_is_no_dump_shows_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"lacks idinvalidation, .*: mysql -B -e 'SELECT"):
        queue_file.read(written(tmp_path, header="-- MySQL dump 10.13"))


def test_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "queue.csv").write_bytes(f"{HEADER}\n{GOOD}\n".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"queue\.csv: not UTF-8 text"):
        queue_file.read(tmp_path / "queue.csv")
