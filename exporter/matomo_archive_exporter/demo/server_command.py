"""The command lines of a private server: fast, small and out of everybody's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from matomo_archive_exporter.demo.programs import Programs

# Nobody will miss the data: nothing waits for the disk. The data folder is made with these too.
STORAGE_OPTIONS = (
    "--innodb-log-file-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=0",
)
SERVER_OPTIONS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",  # also keeps root@localhost to the socket, out of reach of TCP
    "--skip-log-bin",
    "--character-set-server=utf8mb4",
    "--innodb-buffer-pool-size=96M",
    "--innodb-fast-shutdown=2",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--key-buffer-size=1M",
    "--aria-pagecache-buffer-size=8M",
)
INSTALLER_OPTIONS = ("--force", "--skip-test-db", "--auth-root-authentication-method=normal")
# The installer also makes root accounts without password for TCP. Runs before the port opens.
INIT_STATEMENTS = """\
DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';
FLUSH PRIVILEGES;
"""


class Flavour(Protocol):
    """Which server it is: what makes a data folder of it, and what serves the folder."""

    @property
    def init_statements(self) -> str:
        """What the server runs at each start, before the port opens; "" for nothing."""

    def install_command(self, data: Path, options: Sequence[str]) -> list[str]:
        """Fill the empty folder `data`."""

    def server_command(
        self, data: Path, init_file: Path, port: int, options: Sequence[str]
    ) -> list[str]:
        """Serve the folder `data` on 127.0.0.1:`port` and on the socket `data`/socket."""


@dataclass(frozen=True, slots=True)
class MariaDB:
    """The MariaDB that is installed on this machine."""

    programs: Programs
    init_statements: str = INIT_STATEMENTS

    def install_command(self, data: Path, options: Sequence[str]) -> list[str]:
        """Of `options` only InnoDB's count here: they shape its files."""
        return [
            *(str(self.programs.installer), "--no-defaults"),
            *(f"--datadir={data}", f"--tmpdir={data}"),
            *INSTALLER_OPTIONS,
            *STORAGE_OPTIONS,
            *(option for option in options if option.startswith("--innodb")),
        ]

    def server_command(
        self, data: Path, init_file: Path, port: int, options: Sequence[str]
    ) -> list[str]:
        return [
            *(str(self.programs.server), "--no-defaults"),
            *place_options(data, init_file, port),
            *STORAGE_OPTIONS,
            *SERVER_OPTIONS,
            *options,
        ]


def place_options(data: Path, init_file: Path, port: int) -> tuple[str, ...]:
    """Where a server of any flavour keeps its files and can be reached."""
    return (
        *(f"--datadir={data}", f"--tmpdir={data}", f"--pid-file={data / 'pid'}"),
        *(f"--socket={data / 'socket'}", f"--port={port}", f"--init-file={init_file}"),
    )
