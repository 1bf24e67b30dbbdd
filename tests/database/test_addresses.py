"""Addresses of a real server as config.ini.php and variables have them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.check.examine import examine
from matomo_archive_exporter.readings.database import socket_file
from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.settings.settings import Settings
from tests.conftest import Database
from tests.support.settings import Load, load_settings


@pytest.fixture
def ini(tmp_path: Path, matomo: Database) -> Callable[..., str]:
    """Writes a config.ini.php that names a host, and gives the flag that names the file."""

    def write(*lines: str) -> str:
        login = ("username = socketed", "password = p", f"dbname = {matomo.name}")
        text = "\n".join(("[database]", *lines, *login, "tables_prefix = matomo_"))
        (tmp_path / "config.ini.php").write_text(text, encoding="utf-8")
        return f"--config-ini={tmp_path}/config.ini.php"

    return write


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Load:
    def loaded(*arguments: str, **environ: str) -> Settings:
        return load_settings(monkeypatch, *arguments, **environ).settings

    return loaded


@pytest.fixture
def socket(matomo: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The server's socket as the usual one, and a user who may come by it only."""
    path = Path(str(matomo.run("SELECT @@socket")[0][0]))
    monkeypatch.setattr(socket_file, "USUAL", (str(path),))
    matomo.run("CREATE USER socketed@localhost IDENTIFIED BY 'p'")
    matomo.run(f"GRANT SELECT ON `{matomo.name}`.* TO socketed@localhost")
    yield path
    matomo.run("DROP USER socketed@localhost")


def account_of(settings: Settings) -> str:
    with connect(settings.database) as connection:
        return str(connection.row("SELECT CURRENT_USER()")[0])


def test_localhost_in_config_ini_connects_by_the_socket(
    socket: Path, ini: Callable[..., str], settings: Load
) -> None:
    """And a port beside it does not count, as for PHP."""
    loaded = settings(ini("host = localhost", "port = 1"))
    assert account_of(loaded) == "socketed@localhost"
    notes = [finding.text for finding in examine(loaded).results]
    assert "localhost is reached by the server's socket" in notes
    assert any("the port is ignored" in note for note in notes)
    assert any(note.startswith(f"socket {socket}, database ") for note in notes)


def test_a_host_that_is_a_socket_connects(
    socket: Path, ini: Callable[..., str], settings: Load
) -> None:
    for host in (str(socket), f"localhost:{socket}"):
        assert account_of(settings(ini("host = x"), MATOMO_DATABASE_HOST=host))


def test_without_a_usual_socket_check_says_that_localhost_is_tcp(
    socket: Path, ini: Callable[..., str], settings: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_file, "USUAL", ("/nowhere.sock",))
    notes = [finding.text for finding in examine(settings(ini("host = localhost"))).results]
    assert "localhost is reached by TCP: no usual socket of it was found" in notes


def test_a_host_with_its_port_connects(matomo: Database, settings: Load) -> None:
    own = matomo.settings
    password = own.password.get_secret_value() if own.password else ""
    loaded = settings(
        f"--database.username={own.username}",
        f"--database.dbname={matomo.name}",
        MATOMO_DATABASE_HOST=f"{own.host}:{own.port}",
        MATOMO_DATABASE_PASSWORD=password,
    )
    assert account_of(loaded).startswith(str(own.username))
