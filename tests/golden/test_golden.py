"""The whole page, in both formats, for a database with everything in it: the same on any server."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from matomo_archive_exporter.demo import backfill
from tests.conftest import PASSWORD, Database, new_database
from tests.support import everything, servers
from tests.support.golden import assert_golden
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter, run
from tests.support.servers import ServerKind
from tests.support.tools import prometheus_tool

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
PASSWORD_VARIABLE = {"MATOMO_DATABASE_PASSWORD": PASSWORD}
MOST_SERIES = 300

# Labels of the server on a page, besides the version.
_DATABASE_LABELS = 'database="mariadb",database_version'
# Values, and versions in labels, that are others on each machine and each time.
_VOLATILE_VALUE = re.compile(
    r"^(process_\w+|matomo_archive_exporter_collector_(?:duration|last_success_timestamp)_seconds"
    r"\S*) \S+$",
    re.MULTILINE,
)
_VOLATILE_LABELS = re.compile(
    r'(?<=[{,])(database_version|implementation|major|minor|patchlevel|python_version|version)="'
    r'(?!5\.2\.0")[^"]*"'
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    servers.parametrize(metafunc)


@pytest.fixture(scope="module")
def utc_server(server: PrivateServer) -> Iterator[PrivateServer]:
    """The server on 20 December 2024, in UTC: times of started rows and rows to come depend on it.

    init_connect holds for all users but root.
    """
    root = server.connect()
    root.cmd_query("SET GLOBAL time_zone = '+00:00'")
    root.cmd_query("SET GLOBAL init_connect = 'SET timestamp = 1734696000'")
    yield server
    root.cmd_query("SET GLOBAL init_connect = ''")
    root.cmd_query("SET GLOBAL time_zone = 'SYSTEM'")
    root.close()


@pytest.fixture(scope="module")
def exporter(
    utc_server: PrivateServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exporter]:
    """An exporter that has read a database with everything in it, and an empty log, once."""
    database = new_database(utc_server)
    everything.load(database.connection)
    log = tmp_path_factory.mktemp("log") / "archive.log"
    log.touch()
    options = (
        "--collect.interval=1h",
        "--collect.top-reports=4",
        "--collect.top-sites=2",
        f"--archiver.log-file={log}",
    )
    with Exporter(*database.flags, *options, variables=PASSWORD_VARIABLE) as running:
        running.wait_for(lambda page: page.up)
        yield running
    database.run(f"DROP DATABASE {database.name}")
    database.connection.close()


def steady(page: str, kind: ServerKind) -> str:
    """The page with a marker for each value that is another each time, as if of a MariaDB."""
    page = page.replace(f'database="{kind.family}",database_version', _DATABASE_LABELS)
    return _VOLATILE_LABELS.sub(r'\1="VOLATILE"', _VOLATILE_VALUE.sub(r"\1 VOLATILE", page))


def series(page: str) -> int:
    return sum(not line.startswith("#") for line in page.splitlines())


def test_the_page_in_the_text_format(exporter: Exporter, server_kind: ServerKind) -> None:
    assert_golden("metrics.txt", steady(exporter.get("/metrics").text, server_kind))


def test_the_page_in_openmetrics(exporter: Exporter, server_kind: ServerKind) -> None:
    page = exporter.get("/metrics", accept=OPENMETRICS).text
    assert_golden("metrics.openmetrics.txt", steady(page, server_kind))


def test_promtool_finds_no_fault_in_the_page(exporter: Exporter) -> None:
    checked = subprocess.run(
        [prometheus_tool("promtool"), "check", "metrics"],
        input=exporter.get("/metrics").body,
        capture_output=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


# How many series there are is no matter of the server.
as_the_demo = pytest.mark.only_on("mariadb", reason="the demo's queue is made on MariaDB alone")


@pytest.fixture
def hits_backfill(database: Database) -> Database:
    """700 sites after the hits backfill, and more reports than are shown."""
    backfill.load(database.connection, sites=700)
    database.run(
        "INSERT INTO matomo_archive_invalidations"
        " (name, idsite, date1, date2, period, ts_invalidated, ts_started, status, report)"
        " SELECT CONCAT('done.Plugin', idsite), idsite, date1, date2, 1 + MOD(idsite, 5),"
        " ts_invalidated, NOW(), MOD(idsite, 2), CONCAT('report', idsite)"
        " FROM matomo_archive_invalidations WHERE name = 'done.Actions' GROUP BY idsite"
    )
    return database


@as_the_demo
def test_700_sites_and_as_many_reports_give_at_most_300_series(hits_backfill: Database) -> None:
    done = run("once", *hits_backfill.flags, variables=PASSWORD_VARIABLE)
    assert done.status == 0
    assert 'plugin="other",report="other"' in done.out
    assert series(done.out) <= MOST_SERIES


@as_the_demo
def test_failures_give_no_more_series(hits_backfill: Database) -> None:
    hits_backfill.run("UPDATE matomo_archive_invalidations SET period = 6 WHERE idsite > 690")
    hits_backfill.run("DROP TABLE matomo_option")
    done = run("once", *hits_backfill.flags, variables=PASSWORD_VARIABLE)
    assert 'reason="bad_data"} 1.0' in done.out
    assert 'reason="missing_table"} 1.0' in done.out
    assert series(done.out) <= MOST_SERIES
