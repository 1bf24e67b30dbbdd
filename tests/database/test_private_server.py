"""The private server: only its owner can reach it, and it leaves no files."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import mysql.connector
import pytest

from matomo_archive_exporter.demo import private_server
from matomo_archive_exporter.demo.server_command import ServerFailed, find_programs
from tests.support import private_server as controlled
from tests.support.folders import public_folder
from tests.support.private_server import PrivateServer
from tests.support.process import wait_until

OWNER = """\
import signal, sys, time
from tests.support.private_server import PrivateServer
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
with PrivateServer() as server:
    print(server.pid, server.data_folder.parent, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[PrivateServer]:
    with PrivateServer() as server:
        yield server


def value(server: PrivateServer, expression: str) -> object:
    with closing(server.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(f"SELECT {expression}")
        ((found,),) = cursor.fetchall()
        return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False


def test_root_comes_in_over_the_socket_only(server: PrivateServer) -> None:
    assert value(server, "CURRENT_USER()") == "root@localhost"
    with pytest.raises(mysql.connector.Error, match="not allowed to connect"):
        mysql.connector.connect(host="127.0.0.1", port=server.port, user="root")


def test_it_listens_on_loopback_only(server: PrivateServer) -> None:
    assert value(server, "@@bind_address") == "127.0.0.1"


def test_no_other_user_can_enter_its_data_folder(server: PrivateServer) -> None:
    assert server.data_folder.stat().st_mode & 0o077 == 0


def test_it_never_runs_as_root(server: PrivateServer) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_closing_leaves_no_process_and_no_folder() -> None:
    with PrivateServer() as server:
        pid, folder = server.pid, server.data_folder.parent
    server.close()
    assert not runs(pid)
    assert not folder.exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_every_end_of_its_owner_leaves_no_process_and_no_folder(how: signal.Signals) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        assert runs(int(pid))
        owner.send_signal(how)
    wait_until(lambda: not runs(int(pid)) and not Path(folder).exists(), "nothing is left")


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder in which data folders are made."""
    with public_folder() as parent:
        monkeypatch.setattr(tempfile, "tempdir", str(parent))
        yield parent


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--no-such-option", r"did not start.*no-such-option"),
        ("--innodb-no-such-option", r"data folder could not be made.*innodb-no-such-option"),
    ],
)
def test_a_server_that_does_not_start_says_why_in_one_line_and_leaves_no_folder(
    option: str, message: str, temporary: Path
) -> None:
    with pytest.raises(ServerFailed, match=message) as failure:
        PrivateServer([option]).start()
    assert "\n" not in str(failure.value)
    assert list(temporary.iterdir()) == []


def test_a_server_that_takes_too_long_to_install_is_given_up(
    monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr(private_server, "START_TIMEOUT", 0.05)
    with pytest.raises(ServerFailed, match="data folder could not be made"):
        PrivateServer().start()
    assert list(temporary.iterdir()) == []


def test_a_server_that_takes_too_long_to_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controlled, "STOP_TIMEOUT", 0.0)
    with PrivateServer() as server:
        pid = server.pid
        server.stop()
        assert not runs(pid)


def test_a_server_that_was_not_started_has_no_process_and_no_folder() -> None:
    server = PrivateServer()
    with pytest.raises(ServerFailed, match="is not running"):
        _ = server.pid
    with pytest.raises(ServerFailed, match="was not started"):
        _ = server.data_folder


def test_a_port_in_use_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        taken, free = busy.getsockname()[1], private_server.free_port()
        monkeypatch.setattr(private_server, "PORTS", [taken] * 9 + [free])
        assert private_server.free_port() == free


def test_a_missing_mariadb_is_one_line_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServerFailed, match="apt-get install mariadb-server-core") as missing:
        find_programs(folders=())
    assert "\n" not in str(missing.value)
