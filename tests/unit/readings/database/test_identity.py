"""Where to connect and as whom."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.database import socket_file
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.readings.database.identity import identity
from matomo_archive_exporter.settings.options import DatabaseSettings


@pytest.fixture
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The usual socket, in a folder that only we may write to."""
    path = tmp_path / "mysqld.sock"
    monkeypatch.setattr(socket_file, "USUAL", ("/nowhere/mysqld.sock", str(path)))
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
        yield path


def at(**given: object) -> str:
    return identity(DatabaseSettings.model_validate({"username": "u"} | given)).place


@pytest.mark.parametrize("host", ["localhost", "LocalHost"])
def test_localhost_is_the_usual_socket(usual: Path, host: str) -> None:
    assert at(host=host) == f"socket {usual}"


def test_a_port_means_tcp(usual: Path) -> None:
    assert at(host="localhost", port=3306) == "localhost:3306"


@pytest.mark.parametrize("host", ["127.0.0.1", "db", "localhost.localdomain"])
def test_no_other_host_is_a_socket(usual: Path, host: str) -> None:
    assert at(host=host) == f"{host}:3306"


def test_a_socket_that_others_can_replace_is_not_taken(usual: Path) -> None:
    usual.parent.chmod(0o777)
    assert at(host="localhost") == "localhost:3306"


def test_without_a_usual_socket_localhost_is_tcp(usual: Path) -> None:
    usual.unlink()
    assert at(host="localhost") == "localhost:3306"


def test_the_socket_is_looked_for_at_each_reading(usual: Path) -> None:
    settings = DatabaseSettings(host="localhost", username="u")
    assert identity(settings).socket == usual
    usual.unlink()
    assert identity(settings).socket is None


def test_a_given_socket_is_the_one(usual: Path) -> None:
    assert at(unix_socket="/run/other.sock") == "socket /run/other.sock"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("db\n", "db:3306"),
        ("db:3307\n", "db:3307"),
        ("[::1]:3307", "[::1]:3307"),
        ("localhost:3307", "localhost:3307"),
        ("/run/x.sock\n", "socket /run/x.sock"),
        ("localhost:/run/x.sock", "socket /run/x.sock"),
    ],
)
def test_a_file_holds_a_host_as_an_option_does(tmp_path: Path, content: str, place: str) -> None:
    (tmp_path / "host").write_text(content)
    assert at(host_file=str(tmp_path / "host")) == place


def test_a_file_with_localhost_means_the_socket_too(usual: Path, tmp_path: Path) -> None:
    (tmp_path / "host").write_text("localhost\n")
    assert at(host_file=str(tmp_path / "host")) == f"socket {usual}"


@pytest.mark.parametrize("field", ["host_file", "username_file", "password_file", "dbname_file"])
def test_a_pipe_is_no_file_with_a_secret(tmp_path: Path, field: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    given = {"username": "u"} if field != "username_file" else {}
    settings = DatabaseSettings.model_validate(given | {field: str(tmp_path / "fifo")})
    name = field.removesuffix("_file")
    with pytest.raises(ReadingError, match=rf"database\.{name}-file: .*/fifo: not a regular file"):
        identity(settings)


def test_a_secret_of_any_length_fills_no_memory(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(300 * 1024**2)
    settings = DatabaseSettings(username="u", password_file=tmp_path / "long")
    with pytest.raises(ReadingError, match=r"/long: longer than 64 KiB"):
        identity(settings)
