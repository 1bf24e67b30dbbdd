"""Find MariaDB's programs on this machine."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("/usr/sbin", "/usr/bin", "/usr/libexec", "/usr/local/sbin", "/usr/local/bin")
SERVER_NAMES = ("mariadbd", "mysqld")
INSTALLER_NAMES = ("mariadb-install-db", "mysql_install_db")


class ServerMissing(Exception):  # noqa: N818 - a state, as FileNotFound is
    """No MariaDB is installed; the text is one line that says what to install."""


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
    raise ServerMissing(
        f"{names[0]} not found: install MariaDB's server, on Debian and Ubuntu with "
        "'apt-get install mariadb-server-core mariadb-client-core'"
    )
