"""A secret that is given in the wrong place is not repeated in the error."""

from pathlib import Path

import pytest

from tests.support.marked_secrets import MARK, config_ini, finds
from tests.support.process import run

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
    assert finds(done.err) == []


def test_a_secret_in_the_wrong_variable_is_not_repeated() -> None:
    variables = {
        "MATOMO_DATABASE_PORT": MARK,
        "MATOMO_COLLECT_MAX_AGE": MARK,
        "MATOMO_DATABASE_PASSWRD": MARK,
        "PHP_MEMORY_LIMIT": MARK,
    }
    done = run("once", "--log.level=debug", variables=variables)
    assert done.status == 2
    for name in ("MATOMO_DATABASE_PORT", "MATOMO_COLLECT_MAX_AGE"):
        assert name in done.err
    assert finds(done.err) == []


LOGINS = (
    f"mysql://reader:{MARK}@db/matomo",
    f"reader:{MARK}@db",
    f"reader:{MARK}",
    f"mysql:host=db;password={MARK}",
)
PLACES = {
    "host": (*LOGINS, f"{MARK}@db", f"[reader:{MARK}]"),
    "username": (*LOGINS, f"reader/{MARK}", f"reader;password={MARK}"),
    "dbname": (*LOGINS, f"{MARK}@db", f"matomo?password={MARK}", f"host=db password={MARK}"),
    "unix-socket": (*LOGINS, MARK, f"/reader:{MARK}@db"),
}
MISPLACED_LOGINS = [(name, login) for name, logins in PLACES.items() for login in logins]
COMMANDS = ("serve", "once", "check", "advise", "forecast")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_login_in_the_place_of_a_name_is_refused_by_the_name_of_the_option(command: str) -> None:
    for name, login in MISPLACED_LOGINS:
        done = run(command, f"--database.{name}={login}", "--log.level=debug")
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith(f"matomo-archive-exporter: --database.{name}: takes ")
        assert finds(done.err) == []


@pytest.mark.parametrize("name", ["host", "username", "dbname"])
def test_a_secret_misplaced_in_a_file_or_config_ini_php_is_not_repeated(
    tmp_path: Path, name: str
) -> None:
    login = f"reader:{MARK}@db"
    (tmp_path / "file").write_text(f"{login}\n")
    variables = {
        "MATOMO_DATABASE_USERNAME": "reader",
        f"MATOMO_DATABASE_{name.upper()}_FILE": str(tmp_path / "file"),
    }
    if name == "username":
        del variables["MATOMO_DATABASE_USERNAME"]
    for command in ("once", "check"):
        done = run(command, "--log.level=debug", variables=variables)
        assert done.status == 1
        assert f"database.{name}-file: {tmp_path}/file: takes " in done.out + done.err
        assert finds(done.out, done.err) == []
    ini = config_ini(tmp_path, f'{name} = "{login}"')
    done = run("once", f"--config-ini={ini}")
    assert done.status == 2
    assert finds(done.err) == []


@pytest.mark.parametrize("option", ["forecast --queue", "once --output"])
def test_a_login_in_the_place_of_a_file_is_not_repeated(option: str) -> None:
    command, flag = option.split()
    done = run(command, f"{flag}=mysql://reader:{MARK}@db/x", "--database.username=u")
    assert done.status == 2
    assert flag in done.err
    assert finds(done.err) == []


def test_a_login_in_an_address_to_listen_on_is_not_repeated() -> None:
    for login in (f"{MARK}@localhost:1", f"reader:{MARK}@localhost:1"):
        done = run("serve", "--database.username=u", f"--web.listen-address={login}")
        assert done.status == 2
        assert finds(done.err) == []
