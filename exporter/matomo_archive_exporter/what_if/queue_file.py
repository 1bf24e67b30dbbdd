"""A queue from a file: a dump of table `archive_invalidations`, with a header line.

It may be separated by commas, by tabs as `mysql -B` writes it, or by semicolons.
"""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TextIO

from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation, named
from matomo_archive_exporter.matomo.simulation.packed_rows import LAST_DAY
from matomo_archive_exporter.matomo.simulation.planned_rows import State, TableRow
from matomo_archive_exporter.settings.sources import SettingsError
from matomo_archive_exporter.settings.values import printable

COLUMNS = ("idinvalidation", "name", "idsite", "date1", "date2", "period", "status", "report")
_NULL, _NULL_OF_OUTFILE = "NULL", "\\N"
_ENCODING = "utf-8-sig"
"""with or without a byte order mark"""
_WANTED = "write it with: mysql -B -e 'SELECT * FROM matomo_archive_invalidations' DATABASE"
_PERIODS = ("1", "2", "3", "4", "5")
_NUMBER = re.compile(r"[0-9]{1,20}")
_MOST_WARNINGS = 5
_LONGEST_LINE = 64 * 1024
_A_TURN = timedelta(minutes=1)
"""longer than a run takes to queue a site's own rows"""


@dataclass(slots=True)
class QueueFile:
    """The rows of a dump by site, in Matomo's order; `warnings` names those left out."""

    sites: dict[int, list[TableRow]] = field(default_factory=dict)
    highest_id: int = 0
    rearchived_months: int = 0
    """archive tables with rows of single reports"""
    all_plugins: dict[int, list[tuple[datetime, int, int]]] = field(default_factory=dict)
    """by site, when its rows of all plugins were queued, and their first and last days"""
    newest: dict[int, datetime] = field(default_factory=dict)
    """by site, when its last row was queued"""
    newest_day: int = 0
    """when the last row of all was queued, as an ordinal"""
    warnings: list[str] = field(default_factory=list)
    is_cut_off: bool = False
    """the file has more rows than were read"""

    def segments(self, idsite: int) -> frozenset[str]:
        """Hashes of the segments that a site's rows name."""
        return frozenset(t.row.segment for t in self.sites[idsite] if t.row.segment)

    def daily_rows(self, idsite: int, today: int | None = None) -> int:
        """How many rows the run itself seems to have queued for a site, which needed memory.

        They are of all plugins, for today or yesterday, and the last that the site got; the day
        itself is always among them. Without `today`, it is the day when the last row was queued.
        """
        day = today or self.newest_day
        last_rows = [
            (first, last)
            for when, first, last in self.all_plugins.get(idsite, ())
            if first <= day <= last + 1 and self.newest[idsite] - when <= _A_TURN
        ]
        has_day = any(first == last for first, last in last_rows)
        return len(last_rows) if has_day else 0

    def note(self, idsite: int, row: Invalidation, invalidated: str | None) -> None:
        """Record when a row was queued, where that is known."""
        try:
            when = datetime.fromisoformat(invalidated or "").replace(tzinfo=None)
        except ValueError:
            return
        self.newest_day = max(self.newest_day, when.toordinal())
        self.newest[idsite] = max(self.newest.get(idsite, when), when)
        if not row.plugin:
            days = (when, row.date1, row.date2)
            self.all_plugins.setdefault(idsite, []).append(days)


def read(path: Path, most_rows: int = 500_000) -> QueueFile:
    """Read at most `most_rows` of a dump, plain or gzipped. Raises SettingsError for other files.

    It leaves out a row that it cannot read, with a line in `warnings`.
    """
    name = printable(str(path))
    if ":/" in str(path):  # of a URL, which may hold a password, a path keeps one slash
        raise SettingsError("--queue: takes the path of a file")
    try:
        with _open(path) as file:
            return _parse(name, _reader(_lines(file)), most_rows)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        why = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else why
        raise SettingsError(f"--queue: {name}: {why}") from None


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=_ENCODING, newline="")
    return path.open(encoding=_ENCODING, newline="")


def _reader(lines: Iterator[str]) -> "csv.DictReader[str]":
    """Read the header, in any case, and the delimiter. Raises csv.Error for an empty file."""
    header = next(lines, "")
    if not header:
        raise csv.Error(f"the file is empty; {_WANTED}")
    delimiter = next((sign for sign in "\t;" if sign in header), ",")
    # `mysql -B` knows no quotes, and escapes tabs and line ends.
    names = next(csv.reader([header], delimiter=delimiter), [])
    columns = [name.strip().lower() for name in names]
    if delimiter == "\t":
        return csv.DictReader(lines, columns, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.DictReader(lines, columns, delimiter=delimiter)


def _lines(file: TextIO) -> Iterator[str]:
    """The lines one by one. A file of one long line must not fill memory."""
    while line := file.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error(f"a line is longer than {_LONGEST_LINE // 1024} KiB")
        yield line


def _parse(name: str, reader: "csv.DictReader[str]", most_rows: int) -> QueueFile:
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise SettingsError(
            f"--queue: {name}: the header line lacks {', '.join(missing)}; {_WANTED}"
        )
    queue, ids, months = QueueFile(), dict[int, list[tuple[int, TableRow]]](), set[date]()
    bad = 0
    for count, raw in enumerate(reader):
        columns = {k: _NULL if v == _NULL_OF_OUTFILE else v for k, v in raw.items()}
        if count == most_rows:
            queue.is_cut_off = True
            break
        try:
            idsite, number, row = _row(columns)
        except (ValueError, TypeError):
            bad += 1
            if bad <= _MOST_WARNINGS:
                queue.warnings.append(
                    f"{name}, line {reader.line_num + 1}: left out, not a row of the queue"
                )
            continue
        ids.setdefault(idsite, []).append((number, row))
        queue.highest_id = max(queue.highest_id, number)
        queue.note(idsite, row.row, columns.get("ts_invalidated"))
        if row.row.report:
            months.add(date.fromordinal(row.row.date1).replace(day=1))
    if bad > _MOST_WARNINGS:
        queue.warnings.append(f"{name}: {bad:,} rows are left out in all")
    queue.sites = {site: _in_order(ids[site]) for site in sorted(ids)}
    queue.rearchived_months = len(months)
    return queue


def _in_order(rows: list[tuple[int, TableRow]]) -> list[TableRow]:
    return [row for _, row in sorted(rows, key=lambda pair: (pair[1].row.rank, -pair[0]))]


def _row(columns: Mapping[str, str | None]) -> tuple[int, int, TableRow]:
    period = columns["period"]
    if period not in _PERIODS or None in columns.values():
        raise ValueError("no such period, or cut short")
    number = _number(columns["idinvalidation"])
    date1, date2 = (date.fromisoformat(columns[c] or "").toordinal() for c in ("date1", "date2"))
    if not date1 <= date2 <= LAST_DAY:
        raise ValueError("impossible dates")
    report = columns["report"] or ""
    row: Invalidation = named(
        columns["name"] or "",
        "" if report == _NULL else report,
        int(period),
        date1,
        date2,
        len(str(number)),
    )
    return _number(columns["idsite"]), number, TableRow(_state(columns), row)


def _number(text: str | None) -> int:
    if not _NUMBER.fullmatch(text or ""):
        raise ValueError("not a number")
    return int(text or "")


def _state(columns: Mapping[str, str | None]) -> State:
    status = columns["status"]
    if status == _NULL or columns.get("ts_invalidated") == _NULL:
        return State.UNSELECTABLE
    if status != "1":
        return State.QUEUED
    return State.NEVER_STARTED if columns.get("ts_started") == _NULL else State.STARTED
