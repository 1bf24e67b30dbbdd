"""The demo's server, as tests need it: with options, of other kinds, and stopped in every way."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matomo_archive_exporter.demo import private_server
from matomo_archive_exporter.demo.server_command import ServerFailed, place_options

STOP_TIMEOUT = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Copied:
    """A server in a folder, whose data folder is a copy of the one that came with it."""

    folder: Path
    own_options: tuple[str, ...]
    init_statements: str


class PrivateServer(private_server.PrivateServer):
    """A server that this process owns, as a context manager.

    `options` are appended to the server's command line (`--default-time-zone=+10:00`),
    `environment` is added to its environment (`{"TZ": "Europe/Berlin"}` gives it that zone). The
    port is kept over restarts. Any other server than the machine's MariaDB is `copied`.
    """

    def __init__(
        self,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        copied: Copied | None = None,
    ) -> None:
        super().__init__()
        self.environment = dict(environment or {})
        self._options, self._copied = tuple(options), copied
        if copied is not None:
            self.init_statements = copied.init_statements

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed("the private MariaDB server is not running")
        return self._process.pid

    def stop(self) -> None:
        """Shut down in order; the data stays for the next start()."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.send_signal(signal.SIGCONT)  # it may be frozen
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Stop answering without closing anything (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def install_command(self) -> list[str]:
        """Of the options only InnoDB's count here: they shape its files."""
        if self._copied is not None:
            template = self._copied.folder / "template"
            return ["/bin/cp", "-r", "--reflink=auto", f"{template}/.", str(self.data_folder)]
        innodb = (option for option in self._options if option.startswith("--innodb"))
        return [*super().install_command(), *innodb]

    def server_command(self, init_file: Path) -> list[str]:
        if self._copied is None:
            return [*super().server_command(init_file), *self._options]
        return [
            *(str(self._copied.folder / "server"), "--no-defaults"),
            f"--lc-messages-dir={self._copied.folder / 'messages'}",
            *place_options(self.data_folder, init_file, self.port),
            *self._copied.own_options,
            *self._options,
        ]
