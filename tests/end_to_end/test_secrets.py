"""A password never shows: not in what is printed, logged or served, nor in the process list."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import PrivateServer
from tests.conftest import Database
from tests.support.process import Exporter, run, wait_until
from tests.support.running import EVERY_50_MS, locked, matomo_on, sessions

MARK = "Xq7Vw2Jd"
USER, PASSWORD = "secretive", f"pass'{MARK}\"word"
WRONG = f"wrong {MARK}"
DEBUG = "--log.level=debug"


@dataclass(frozen=True)
class Login:
    """One way to give a password."""

    arguments: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)


def login(way: str, password: str, folder: Path) -> Login:
    """Give the password that way: by a variable, a file, or a flag."""
    file = folder / "password"
    file.write_text(password, encoding="utf-8")
    return {
        "variable": Login(variables={"MATOMO_DATABASE_PASSWORD": password}),
        "file": Login([f"--database.password-file={file}"]),
        "variable with a file": Login(variables={"MATOMO_DATABASE_PASSWORD_FILE": str(file)}),
        "flag": Login([f"--database.password={password}"]),
    }[way]


WAYS = ("variable", "file", "variable with a file", "flag")


@pytest.fixture(scope="module")
def matomo(server: PrivateServer) -> Iterator[Database]:
    """A database whose reader has a password with a mark in it."""
    with matomo_on(server) as database:
        with database.connection.cursor() as cursor:
            cursor.execute(f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
            cursor.execute(f"GRANT SELECT ON {database.name}.* TO {USER}@'127.0.0.1'")
        yield database
        database.run(f"DROP USER {USER}@'127.0.0.1'")


def flags(database: Database) -> list[str]:
    return [
        f"--database.port={database.server.port}",
        f"--database.dbname={database.name}",
        f"--database.username={USER}",
        DEBUG,
    ]


@pytest.mark.parametrize(
    ("command", "way"), [*(("once", way) for way in WAYS), ("check", "variable"), ("check", "file")]
)
def test_no_command_shows_a_password(
    matomo: Database, tmp_path: Path, command: str, way: str
) -> None:
    given = login(way, PASSWORD, tmp_path)
    done = run(command, *flags(matomo), *given.arguments, variables=given.variables)
    assert done.status == 0 or command == "check"
    assert len(done.out) > 100
    assert MARK not in done.out + done.err


@pytest.mark.parametrize("command", ["once", "check"])
def test_no_command_shows_a_password_that_is_refused(matomo: Database, command: str) -> None:
    done = run(command, *flags(matomo), variables={"MATOMO_DATABASE_PASSWORD": WRONG})
    assert done.status == 1
    assert "Access denied" in done.out + done.err
    assert MARK not in done.out + done.err


@pytest.mark.parametrize(("way", "password"), [("file", PASSWORD), ("variable", WRONG)])
def test_a_running_exporter_does_not_show_it(
    matomo: Database, tmp_path: Path, way: str, password: str
) -> None:
    given = login(way, password, tmp_path)
    with Exporter(
        *flags(matomo), *EVERY_50_MS, *given.arguments, variables=given.variables
    ) as running:
        running.wait_for(lambda page: page.up == (password == PASSWORD))
        pages = [running.get(path).text for path in ("/metrics", "/", "/-/healthy", "/nowhere")]
        command_line = Path(f"/proc/{running.process.pid}/cmdline").read_bytes().decode()
        running.stop()
        assert USER in command_line
        assert MARK not in "".join([*pages, command_line, running.said])


def test_the_database_is_not_told_it_either(matomo: Database, tmp_path: Path) -> None:
    """Neither as an attribute of the connection nor in a statement."""
    given = login("file", PASSWORD, tmp_path)
    arguments = [*flags(matomo), *given.arguments]
    with locked(matomo, "matomo_option"), Exporter(*arguments):
        wait_until(lambda: sessions(matomo, USER), "it is connected")
        shown = matomo.run("SHOW FULL PROCESSLIST")
    assert MARK not in repr(shown)


OPTIONS = (
    *("--database.port", "--database.ssl-mode", "--database.adapter"),
    *("--collect.interval", "--collect.top-sites", "--archiver.memory-limit", "--log.level"),
)
MISPLACED = [
    ["once", f"--database.pasword={MARK}"],
    ["once", "--database.pasword", MARK],
    ["once", "--database.host", "db", MARK],
    ["serve", f"--web.listen-address={MARK}"],
    [MARK],
]


@pytest.mark.parametrize("arguments", MISPLACED, ids=" ".join)
def test_a_secret_in_the_wrong_place_is_not_repeated(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("matomo-archive-exporter: ")
    assert MARK not in done.err


def test_a_secret_in_the_wrong_option_is_not_repeated() -> None:
    done = run("once", *(f"{option}={MARK}" for option in OPTIONS))
    assert done.status == 2
    assert {line.split(": ")[1] for line in done.err.splitlines()} == set(OPTIONS)
    assert MARK not in done.err


def test_a_secret_in_the_wrong_variable_is_not_repeated() -> None:
    variables = {
        "MATOMO_DATABASE_PORT": MARK,
        "MATOMO_COLLECT_MAX_AGE": MARK,
        "MATOMO_DATABASE_PASSWRD": MARK,
        "PHP_MEMORY_LIMIT": MARK,
    }
    done = run("once", DEBUG, variables=variables)
    assert done.status == 2
    for name in ("MATOMO_DATABASE_PORT", "MATOMO_COLLECT_MAX_AGE", "PHP_MEMORY_LIMIT"):
        assert name in done.err
    assert MARK not in done.err
