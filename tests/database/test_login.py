"""Logins with passwords and password files, and on read-only servers."""

from pathlib import Path

import pytest

from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.identity import identity
from matomo_archive_exporter.settings.options import DatabaseSettings
from tests.conftest import Database
from tests.support.accounts import Account, account
from tests.support.figures import read, target_of

NASTY = {
    "empty": "",
    "punctuation": "'\"\\%?@#$`",
    "formats": "%s%(x)s{0}${HOME}$(id)",
    "entities": "&amp;&quot;<>",
    "blanks": " a b\t ",
    "unicode": "Pässwörd-пароль-密码-😀",
    "long": "0123456789" * 8,
    "URL": "a:b@c/d?e=f&g#h",
}


def with_file(user: Account, path: Path) -> DatabaseSettings:
    changes = {"password": None, "password_file": path}
    return user.settings.model_copy(update=changes)


def who(settings: DatabaseSettings) -> str:
    with connect(settings) as connection:
        return str(connection.row("SELECT CURRENT_USER()")[0])


@pytest.mark.parametrize("password", NASTY.values(), ids=NASTY)
def test_any_password_logs_in(matomo: Database, tmp_path: Path, password: str) -> None:
    with account(matomo, "nasty", password) as user:
        user.may_select("*")
        assert who(user.settings) == "nasty@127.0.0.1"
        path = tmp_path / "password"
        path.write_text(password, encoding="utf-8")
        assert who(with_file(user, path)) == "nasty@127.0.0.1"


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_line_break_at_the_end_of_a_password_file_is_not_part_of_it(
    matomo: Database, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / "password"
    path.write_bytes(f"secret {ending}".encode())
    with account(matomo, "by_file", "secret ") as user:
        user.may_select("*")
        assert who(with_file(user, path)) == "by_file@127.0.0.1"


def test_a_password_file_that_is_gone_is_named_and_everything_fails(
    matomo: Database, tmp_path: Path
) -> None:
    path = tmp_path / "gone"
    with account(matomo, "lost") as user:
        settings = with_file(user, path)
    with pytest.raises(ReadingError, match=r"password-file: .*/gone: No such file") as raised:
        who(settings)
    assert raised.value.reason == "access_denied"
    figures = read(target_of(settings))
    for collector in ("queue", "runs", "archives"):
        assert figures.errors(collector) == {"access_denied": 1}


def test_an_empty_file_is_no_name_but_may_be_a_password(matomo: Database, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for field in ("host_file", "username_file", "dbname_file"):
        with pytest.raises(ReadingError, match="is empty"):
            identity(matomo.settings.model_copy(update={field: empty}))
    assert identity(matomo.settings.model_copy(update={"password_file": empty})).password == ""


def test_a_refused_password_is_in_no_message(matomo: Database) -> None:
    with account(matomo, "somebody", "right") as user:
        settings = user.settings.model_validate(
            user.settings.model_dump() | {"password": "s3cret-typo"}
        )
        with pytest.raises(ReadingError) as raised:
            who(settings)
    assert raised.value.reason == "access_denied"
    assert "somebody" in str(raised.value)
    assert "s3cret-typo" not in str(raised.value)


def test_a_socket_file_is_a_way_in_without_a_port(matomo: Database) -> None:
    with account(matomo, "local") as user:
        user.may_select("*")
        matomo.run("RENAME USER local@127.0.0.1 TO local@localhost")
        settings = user.settings.model_copy(
            update={"unix_socket": Path(matomo.server.socket), "port": 1}
        )
        try:
            assert who(settings) == "local@localhost"
        finally:
            matomo.run("RENAME USER local@localhost TO local@127.0.0.1")


def test_a_read_only_replica_is_read_like_any_other(matomo: Database) -> None:
    matomo.run("SET GLOBAL read_only = ON")
    try:
        figures = read(target_of(matomo.settings))
    finally:
        matomo.run("SET GLOBAL read_only = OFF")
    assert figures.one("matomo_up") == 1
    assert figures.success("queue")
    assert figures.success("runs")
