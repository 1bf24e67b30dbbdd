"""MariaDB's programs on this machine, and their command lines: fast, small, out of reach."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin")
SERVER_NAMES = ("mariadbd", "mysqld")
INSTALLER_NAMES = ("mariadb-install-db", "mysql_install_db")

# The data may be lost, so nothing waits for the disk. The data folder is made with these too.
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


class ServerFailed(Exception):  # noqa: N818 - a state, as FileNotFound is
    """MariaDB is missing or did not start. The text is one line: the package to install, or the end
    of its log.
    """


@dataclass(frozen=True, slots=True)
class Programs:
    """Absolute paths of the server and of the script that makes an empty data folder."""

    server: Path
    installer: Path


def find_programs(folders: tuple[str, ...] = FOLDERS) -> Programs:
    """Look in PATH, then in `folders`: Debian keeps the server out of a plain user's PATH."""
    places = os.pathsep.join([os.environ.get("PATH", ""), *folders])
    return Programs(_find(SERVER_NAMES, places), _find(INSTALLER_NAMES, places))


def _find(names: tuple[str, ...], places: str) -> Path:
    for name in names:
        if found := shutil.which(name, path=places):
            return Path(found).absolute()
    raise ServerFailed(
        f"{names[0]} not found: install MariaDB's server, on Debian and Ubuntu with "
        "'apt-get install mariadb-server-core mariadb-client-core'"
    )


def install_command(programs: Programs, data: Path) -> list[str]:
    """Fill the empty folder `data`."""
    return [
        *(str(programs.installer), "--no-defaults"),
        *(f"--datadir={data}", f"--tmpdir={data}"),
        *INSTALLER_OPTIONS,
        *STORAGE_OPTIONS,
    ]


def server_command(programs: Programs, data: Path, init_file: Path, port: int) -> list[str]:
    """Serve the folder `data` on 127.0.0.1:`port` and on the socket `data`/socket."""
    return [
        *(str(programs.server), "--no-defaults"),
        *place_options(data, init_file, port),
        *STORAGE_OPTIONS,
        *SERVER_OPTIONS,
    ]


def place_options(data: Path, init_file: Path, port: int) -> tuple[str, ...]:
    """Options of every server: its files and its addresses."""
    return (
        *(f"--datadir={data}", f"--tmpdir={data}", f"--pid-file={data / 'pid'}"),
        *(f"--socket={data / 'socket'}", f"--port={port}", f"--init-file={init_file}"),
    )
