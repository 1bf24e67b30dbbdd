"""A MariaDB of our own: throw-away data folder, loopback only, gone when we are gone."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

import mysql.connector

from matomo_archive_exporter.demo import launch
from matomo_archive_exporter.demo.data_folder import DataFolder
from matomo_archive_exporter.demo.programs import find_programs
from matomo_archive_exporter.demo.server_command import Flavour, MariaDB
from matomo_archive_exporter.readings.database.driver import DriverConnection
from matomo_archive_exporter.readings.database.login import LoginPolicy

START_TIMEOUT = 60.0  # seconds
STOP_TIMEOUT = 20.0  # seconds
# Below the range that Linux uses for outgoing connections: a client that keeps knocking at the
# port of a stopped server could else be given that very port and talk to itself.
PORTS = range(15000, 32000)


class ServerFailed(Exception):  # noqa: N818 - a state, as ServerMissing is
    """The private MariaDB did not start; the text is one line that ends with its last words."""


class PrivateServer:
    """A MariaDB server that this process owns, as a context manager.

    `options` are appended to the server's command line (`--default-time-zone=+10:00`),
    `environment` is added to its environment (`{"TZ": "Europe/Berlin"}` gives it that zone). The
    port is chosen once and kept over restarts. Any other server than the machine's MariaDB is a
    `flavour`.

    Needs no root; run as root, the server runs as `nobody`. Its account root has no password and
    exists on the socket only, which no other user can reach. It dies with the *thread* that
    started it, kill -9 included (Linux takes the parent by thread).

    Raises ServerMissing when created, ServerFailed when started.
    """

    def __init__(
        self,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        flavour: Flavour | None = None,
    ) -> None:
        self.port = free_port()
        self._flavour = flavour or MariaDB(find_programs())
        self._options = tuple(options)
        self._environment = dict(environment or {})
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

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("the private MariaDB server is not running")
        return self._process.pid

    def start(self) -> None:
        """Start on a new data folder, or on the one that stop() or kill() left; wait for it."""
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

    def stop(self) -> None:
        """Shut down in order; the data stays for the next start()."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Crash (SIGKILL); the data stays for the next start()."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Stop answering without closing anything (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """End the server at once and remove its data folder. May be called twice."""
        self._end(signal.SIGKILL)
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

    def _started_folder(self) -> DataFolder:
        if self._folder is None:
            raise ServerFailed("the private MariaDB server was not started")
        return self._folder

    def _install(self) -> None:
        process = self._launch(self._flavour.install_command(self.data_folder, self._options))
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
        init_file.write_text(self._flavour.init_statements)
        init_file.chmod(0o644)
        command = self._flavour.server_command(
            self.data_folder, init_file, self.port, self._options
        )
        return self._launch(command)

    def _launch(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._started_folder().path / "log").open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - paths found on this machine
                [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), *command],
                cwd=self.data_folder,
                env=os.environ | self._environment,
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
            f"private MariaDB server: {what}; it said: {errors[0] if errors else output[-1]}"
        )

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        self._process.send_signal(signal.SIGCONT)  # it may be frozen
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
