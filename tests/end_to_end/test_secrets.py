"""No secret ever shows, in any command and with any failure.

A secret given as a flag is in the command line, one given as a variable in the environment, of the
exporter's own process: the operator chose that. It is nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import free_port
from tests.conftest import Database
from tests.support.marked_secrets import (
    PASSWORD,
    USER,
    WAYS,
    WRONG,
    Given,
    config_ini,
    descendants,
    environments,
    finds,
    password,
)
from tests.support.private_server import PrivateServer
from tests.support.process import Exporter, Finished, run, wait_until
from tests.support.running import EVERY_50_MS, locked, matomo_on, sessions

DEBUG = "--log.level=debug"
COMMANDS = (
    *(("once",), ("check",), ("check", "--json"), ("advise",), ("advise", "--json")),
    *(("forecast",), ("forecast", "--json")),
)
PATHS = ("/metrics", "/", "/-/healthy", "/-/ready", "/nowhere")


@contextmanager
def reader_on(server: PrivateServer) -> Iterator[Database]:
    """A database whose reader has a password with a mark in it."""
    with matomo_on(server) as database:
        with database.connection.cursor() as cursor:
            cursor.execute(f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
            cursor.execute(f"GRANT SELECT ON {database.name}.* TO {USER}@'127.0.0.1'")
        yield database
        database.run(f"DROP USER {USER}@'127.0.0.1'")


@pytest.fixture(scope="module")
def matomo(server: PrivateServer) -> Iterator[Database]:
    with reader_on(server) as database:
        yield database


def place(database: Database, port: int | None = None) -> tuple[str, ...]:
    """Where the database is, and who reads it; all is logged that can be."""
    return (
        f"--database.port={port or database.server.port}",
        f"--database.dbname={database.name}",
        f"--database.username={USER}",
        DEBUG,
    )


def carried_out(command: tuple[str, ...], given: Given, *more: str) -> Finished:
    return run(*command, *more, *given.arguments, variables=given.variables)


def assert_keeps_it(done: Finished) -> None:
    assert len(done.out + done.err) > 20
    assert finds(done.out, done.err) == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_shows_it(matomo: Database, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = carried_out(command, password("file", PASSWORD, tmp_path), *place(matomo))
    assert done.status in (0, 1)
    assert "ccess denied" not in done.out + done.err
    assert_keeps_it(done)


@pytest.mark.parametrize(
    "command", [("--version",), ("--help",), ("serve", "--help")], ids=" ".join
)
def test_commands_without_a_database_do_not_show_it_either(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert_keeps_it(carried_out(command, password("variable", PASSWORD, tmp_path)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", COMMANDS[:4:3], ids=" ".join)
def test_a_password_that_is_refused_is_not_repeated(
    matomo: Database, tmp_path: Path, command: tuple[str, ...], way: str
) -> None:
    done = carried_out(command, password(way, WRONG, tmp_path), *place(matomo))
    assert done.status in (1, 3)
    assert "Access denied" in done.out + done.err
    assert_keeps_it(done)


FAILURES = {
    "no server listens": ("--database.port={port}",),
    "no such host": ("--database.host=no-such-host.invalid",),
    "no such socket": ("--database.unix-socket=/nowhere/socket",),
    "no such database": ("--database.dbname=nosuch",),
    "no such tables": ("--database.tables-prefix=other_",),
    "no TLS": ("--database.ssl-mode=required",),
    "no authority": ("--database.ssl-mode=verify", "--database.ssl-ca=/nowhere/ca.pem"),
    "a bad option": ("--database.port=none",),
    "an unknown option": ("--database.prot=3306",),
}


@pytest.mark.parametrize("command", [("once",), ("check",), ("advise",)], ids=" ".join)
@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_shows_it(
    matomo: Database, tmp_path: Path, command: tuple[str, ...], failure: str
) -> None:
    more = [text.format(port=free_port()) for text in FAILURES[failure]]
    given = password("variable", PASSWORD, tmp_path)
    done = carried_out(command, given, *place(matomo), *more)
    assert done.status in (1, 2, 3)
    assert_keeps_it(done)


def test_the_traceback_of_an_internal_error_does_not_show_the_password(
    matomo: Database, tmp_path: Path
) -> None:
    """A database that gives what no server does: a figure that is none."""
    matomo.run("RENAME TABLE matomo_archive_invalidations TO whole")
    matomo.run(
        "CREATE VIEW matomo_archive_invalidations AS SELECT idarchive, name, idsite, date1, date2,"
        " period, ts_invalidated, ts_started, status, report, CONCAT('x', idinvalidation)"
        " AS idinvalidation FROM whole"
    )
    try:
        for way in ("variable", "flag"):
            done = carried_out(("once",), password(way, PASSWORD, tmp_path), *place(matomo))
            assert "Traceback" in done.err
            assert "reason=internal" in done.err
            assert_keeps_it(done)
    finally:
        matomo.run("DROP VIEW matomo_archive_invalidations")
        matomo.run("RENAME TABLE whole TO matomo_archive_invalidations")


# Of each kind one; all that a file may hold is in fuzz/test_config_ini.py.
BAD_LINES = (
    f'password = "{WRONG}" "{WRONG}"',
    f'[password = "{WRONG}"',
    f'port = "{WRONG}"',
)


@pytest.mark.parametrize("line", BAD_LINES)
@pytest.mark.parametrize("command", ["once", "check"])
def test_a_fault_in_config_ini_php_does_not_show_the_value(
    tmp_path: Path, command: str, line: str
) -> None:
    ini = config_ini(tmp_path, line)
    nowhere = (f"--database.port={free_port()}", "--database.username=u", DEBUG)
    done = run(command, f"--config-ini={ini}", *nowhere)
    assert done.status in (1, 2, 3)
    assert_keeps_it(done)


@pytest.mark.parametrize(("way", "is_right"), [*((way, True) for way in WAYS), ("file", False)])
def test_a_running_exporter_does_not_serve_it(
    matomo: Database, tmp_path: Path, way: str, is_right: bool
) -> None:
    given = password(way, PASSWORD if is_right else WRONG, tmp_path)
    arguments = (*place(matomo), *EVERY_50_MS, *given.arguments)
    with Exporter(*arguments, variables=given.variables) as running:
        running.wait_for(lambda page: page.up == is_right)
        pages = [running.get(path).text for path in PATHS]
        pages += [running.get("/metrics", accept="application/openmetrics-text").text]
        assert descendants(running.process.pid) == set()
        command_line, environment = environments([running.process.pid])
        running.stop()
        assert finds(*pages, running.output) == []
    assert bool(finds(command_line)) == (way == "flag")
    assert bool(finds(environment)) == (way == "variable")


def test_processes_of_the_demo_do_not_get_the_password(tmp_path: Path) -> None:
    """Neither its server nor what tidies up after it."""
    given = password("variable", PASSWORD, tmp_path)
    options = ("--collect.interval=1s", DEBUG)
    with Exporter(*options, command="demo", variables=given.variables) as running:
        running.wait_for(lambda page: page.up)
        children = descendants(running.process.pid)
        assert len(children) >= 2
        assert finds(*environments(children)) == []
        pages = [running.get(path).text for path in PATHS]
        running.stop()
        assert finds(*pages, running.output) == []


RECORDS = (
    "information_schema.processlist",
    "performance_schema.session_connect_attrs",
    "performance_schema.threads",
    "performance_schema.events_statements_history_long",
)


def test_the_database_keeps_no_record_of_it(tmp_path: Path) -> None:
    """Neither in its general log, nor among the processes, nor as an attribute of a connection."""
    with PrivateServer(["--performance-schema=ON"]) as server, reader_on(server) as matomo:
        log = server.data_folder / "general.log"
        matomo.run(f"SET GLOBAL general_log_file = '{log}', GLOBAL general_log = ON")
        given = password("file", PASSWORD, tmp_path)
        with (
            locked(matomo, "matomo_option"),
            Exporter(*place(matomo), *EVERY_50_MS, *given.arguments),
        ):
            wait_until(lambda: sessions(matomo, USER), "it is connected")
            shown = [repr(matomo.run(f"SELECT * FROM {table}")) for table in RECORDS]
        written = log.read_bytes()
    assert "matomo-archive-exporter" in shown[1]
    assert b" VERSION()" in written
    assert finds(written, *shown) == []
