"""A private MariaDB: a throw-away data folder, loopback only, and it ends with this process."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Self

import mysql.connector

from matomo_archive_exporter.demo import launch, server_command
from matomo_archive_exporter.demo.data_folder import DataFolder
from matomo_archive_exporter.demo.server_command import ServerFailed
from matomo_archive_exporter.readings.database.driver import DriverConnection
from matomo_archive_exporter.readings.database.login import LoginPolicy

START_TIMEOUT = 60.0  # seconds
# Below the range that Linux uses for outgoing connections: a client that keeps knocking at the
# port of a stopped server could else be given that very port and talk to itself.
PORTS = range(15000, 32000)


class PrivateServer:
    """A MariaDB server that this process owns, as a context manager.

    Needs no root; run as root, the server runs as `nobody`. Its account root has no password and
    exists on the socket only, which no other user can reach. It dies with the *thread* that
    started it, kill -9 included (Linux takes the parent by thread).

    Raises ServerFailed when created without MariaDB, or started in vain.
    """

    init_statements = server_command.INIT_STATEMENTS
    environment: Mapping[str, str] = MappingProxyType({})
    """what the server's has besides this process's own"""

    def __init__(self) -> None:
        self.port = free_port()
        self.programs = server_command.find_programs()
        self._folder: DataFolder | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def data_folder(self) -> Path:
        return self._started_folder().data

    @property
    def socket(self) -> str:
        """Path of the Unix socket."""
        return str(self.data_folder / "socket")

    def start(self) -> None:
        """Start on a new data folder, or on the one that is there; wait for it."""
        if self._process is not None:
            return
        try:
            if self._folder is None:
                self._folder = DataFolder()
                self._install()
            self._process = self._serve()
            self._wait_until_ready(self._process)
        except BaseException:
            self.close()
            raise

    def kill(self) -> None:
        """Crash (SIGKILL); the data stays for the next start()."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def close(self) -> None:
        """End the server at once and remove its data folder. May be called twice."""
        self.kill()
        if self._folder is not None:
            self._folder.remove()
        self._folder = None

    def connect(self, database: str | None = None) -> DriverConnection:
        """A new connection as root over the socket, autocommit, with the pure Python driver."""
        return DriverConnection(
            LoginPolicy(is_trusted_socket=True),
            unix_socket=self.socket,
            user="root",
            database=database,
            autocommit=True,
            collation="utf8mb4_general_ci",
            ssl_disabled=True,
        )

    def install_command(self) -> list[str]:
        """Fill the empty data folder."""
        return server_command.install_command(self.programs, self.data_folder)

    def server_command(self, init_file: Path) -> list[str]:
        """Serve the data folder on the port of 127.0.0.1 and on the socket."""
        return server_command.server_command(self.programs, self.data_folder, init_file, self.port)

    def _started_folder(self) -> DataFolder:
        if self._folder is None:
            raise ServerFailed("the private MariaDB server was not started")
        return self._folder

    def _install(self) -> None:
        process = self._launch(self.install_command())
        try:
            with suppress(subprocess.TimeoutExpired):
                if process.wait(START_TIMEOUT) == 0:
                    return
            raise self._failure("its data folder could not be made")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # a script and its own server
                process.wait()

    def _serve(self) -> subprocess.Popen[bytes]:
        init_file = self._started_folder().path / "init.sql"
        init_file.write_text(self.init_statements)
        init_file.chmod(0o644)
        return self._launch(self.server_command(init_file))

    def _launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._started_folder().path / "log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - paths found on this machine
                [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), *command],
                cwd=self.data_folder,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal is for us to handle
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with closing(self.connect()):
                    return
            except mysql.connector.Error:
                time.sleep(0.02)
        raise self._failure("it did not start")

    def _failure(self, what: str) -> ServerFailed:
        lines = (self._started_folder().path / "log").read_text(errors="replace").split("\n")
        output = [line.strip() for line in lines if line.strip()] or ["nothing"]
        errors = [line for line in output if "ERROR" in line.upper()]
        return ServerFailed(
            f"private MariaDB server: {what}; its log says: {errors[0] if errors else output[-1]}"
        )


def free_port() -> int:
    """A free TCP port of 127.0.0.1."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
