"""Runs that were looked at while they went on: tables, processes and log at several moments."""

import gzip
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matomo_archive_exporter.settings.values import parse_memory
from tests.conftest import Database
from tests.support import later_runs, recordings
from tests.support.recordings import RECORDINGS, Table
from tests.support.schemas import Form, create_tables
from tests.support.visit_rows import create_visits

POINTS = RECORDINGS / "5.8.0" / "points"
DIES, SURVIVES = "midrun-580-dies-64M", "midrun-521pdo-survives-1G"
TWO = "midrun-580-two-archivers-64M"
_TABLES_OF = {TWO: DIES}
"""runs over the same queue as another"""
_QUEUE = "archive_invalidations"
_COLUMNS = (
    "idinvalidation", "idarchive", "name", "idsite", "date1", "date2", "period", "ts_invalidated",
    "ts_started", "status", "report", "processing_host", "process_id",
)  # fmt: skip
LINE = "php /srv/matomo/console core:archive -vvv"
_BEFORE_STARTING = 30


@dataclass(frozen=True, slots=True)
class MidRun:
    """One recording; `tables` are those before the run."""

    name: str
    tables: Mapping[str, Table]
    totals: Mapping[str, Any]
    points: Sequence[Mapping[str, Any]]
    logs: Sequence[Sequence[str]]

    @property
    def memory_limit(self) -> int:
        """In bytes."""
        return parse_memory(self.totals["memory_limit"]) or 0


def load(name: str) -> MidRun:
    """Read one."""
    with gzip.open(POINTS / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        content = json.load(file)
    tables = later_runs.load(_TABLES_OF.get(name, name)).tables
    return MidRun(name, tables, content["totals"], content["points"], content["logs"])


def now_before(run: MidRun) -> float:
    """A moment before it began."""
    first = run.points[0]
    return float(first["now"] - max(a["age"] for a in first["archivers"]) - _BEFORE_STARTING)


def put_tables(database: Database, tables: Mapping[str, Table]) -> None:
    """Those before a run, in the form that they were recorded in."""
    form: Form = "5.3" if _COLUMNS[-1] in tables[_QUEUE].columns else "5.2.0"
    create_tables(database.connection, form)
    if "log_visit" in tables:
        visits = tables["log_visit"]
        create_visits(database.connection, *((int(s or 0), str(at)) for s, at in visits.rows))
    with recordings.utc_session(database.connection):
        database.run("SET SESSION sql_mode = ''")
        for table, content in tables.items():
            if table != "log_visit":
                recordings.insert(database.connection, f"matomo_{table}", content)
    database.connection.commit()


def go_on(database: Database, point: Mapping[str, Any]) -> None:
    """Set the tables to a later moment: rows gone, in progress and new, and options."""
    left = " OR ".join(f"idinvalidation BETWEEN {a} AND {b}" for a, b in point["left"]) or "FALSE"
    database.run(f"DELETE FROM matomo_{_QUEUE} WHERE NOT ({left})")
    width = len(database.run(f"SHOW COLUMNS FROM matomo_{_QUEUE}"))
    rows = [tuple(row[:width]) for row in point["rows"]]
    numbers = ",".join(str(row[0]) for row in rows) or "0"
    database.run(f"DELETE FROM matomo_{_QUEUE} WHERE idinvalidation IN ({numbers})")
    recordings.insert(database.connection, f"matomo_{_QUEUE}", Table(_COLUMNS[:width], tuple(rows)))
    options = tuple((name, value, 0) for name, value in point["options"].items())
    names = ",".join(f"'{name}'" for name, *_ in options)
    database.run(f"DELETE FROM matomo_option WHERE option_name IN ({names})")
    columns = ("option_name", "option_value", "autoload")
    recordings.insert(database.connection, "matomo_option", Table(columns, options))
    database.connection.commit()


def put_processes(proc: Path, point: Mapping[str, Any], line: str = LINE) -> None:
    """A folder that shows the archivers as /proc did."""
    (proc / "1").mkdir(parents=True, exist_ok=True)
    (proc / "self").mkdir(exist_ok=True)
    for archiver in point["archivers"]:
        put_process(proc / str(archiver["pid"]), archiver["age"], archiver["status"], line)


def put_process(folder: Path, age: float, status: Mapping[str, int], line: str = LINE) -> None:
    """The files of one archiver; sizes in kB."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in line.split()))
    began = time.clock_gettime(time.CLOCK_BOOTTIME) - age
    fields = ["S", "1", *["0"] * 17, str(round(began * os.sysconf("SC_CLK_TCK")))]
    (folder / "stat").write_text(f"7 (php) {' '.join(fields)}", encoding="ascii")
    pages = status["VmRSS"] * 1024 // os.sysconf("SC_PAGE_SIZE")
    (folder / "statm").write_text(f"{pages} {pages} 0 0 0 0 0", encoding="ascii")
    lines = "".join(f"{name}:\t{kb:8} kB\n" for name, kb in status.items())
    (folder / "status").write_text(f"Name:\tphp\n{lines}", encoding="ascii")


def utc_text(moment: float) -> str:
    """As the database tells it."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"
