"""The servers that the exporter is tested on: MariaDB and MySQL, from the oldest to the newest."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pytest

from matomo_archive_exporter.demo.server_command import (
    INIT_STATEMENTS,
    SERVER_OPTIONS,
    STORAGE_OPTIONS,
)
from tests.support.private_server import Copied, PrivateServer
from tests.support.process import REPOSITORY

_INSTALLER = REPOSITORY / "scripts" / "database-servers"
_SERVERS = REPOSITORY / ".tools" / "servers"

# As the demo's MariaDB: no wait for the disk, no connection from outside.
_MYSQL_OPTIONS = (
    *("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"),
    *("--innodb-doublewrite=0", "--innodb-buffer-pool-size=96M", "--innodb-fast-shutdown=2"),
    *("--innodb-buffer-pool-dump-at-shutdown=0", "--innodb-buffer-pool-load-at-startup=0"),
    *("--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--key-buffer-size=1M"),
    "--character-set-server=utf8mb4",
    "--secure-file-priv=NULL",
)


@dataclass(frozen=True, slots=True)
class ServerKind:
    """A server by its name, and what it does differently."""

    name: str
    family: Literal["mariadb", "mysql"]
    version: str
    """how its version begins"""
    without_tls: str = "--skip-ssl"
    """the option that keeps it from offering TLS"""
    quick: tuple[str, ...] = ("--skip-ssl",)
    """options that spare the driver TLS, which takes it 50 ms a connection, where the server can"""
    plugins: tuple[str, ...] = ("mysql_native_password",)
    """the ways it knows to check a password, of those that the exporter may meet"""
    own_options: tuple[str, ...] = ()

    def private(
        self, options: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> PrivateServer:
        """One that is yet to start. Raises CalledProcessError where it cannot be installed."""
        if self.name == MACHINES_OWN:
            return PrivateServer(options, environment)
        subprocess.run([_INSTALLER, self.name], check=True)  # quick when it is there
        return PrivateServer(options, environment, self._copied())

    def _copied(self) -> Copied:
        folder = (_SERVERS / self.name).resolve()  # a link where others may not come in here
        if self.family == "mariadb":
            options = (*STORAGE_OPTIONS, *SERVER_OPTIONS, *self.own_options)
            return Copied(folder, options, INIT_STATEMENTS)
        return Copied(folder, (*_MYSQL_OPTIONS, *self.own_options), "")


MACHINES_OWN = "mariadb"
_BOTH = ("mysql_native_password", "caching_sha2_password")
_SKIP_SSL, _NO_X = "--skip-ssl", ("--mysqlx=0",)
_QUICK_8 = (_SKIP_SSL, "--default-authentication-plugin=mysql_native_password")
KINDS: Mapping[str, ServerKind] = {
    kind.name: kind
    for kind in (
        ServerKind(MACHINES_OWN, "mariadb", "1"),
        ServerKind("mysql-8.0", "mysql", "8.0.", _SKIP_SSL, _QUICK_8, _BOTH, _NO_X),
        ServerKind("mariadb-11.4", "mariadb", "11.4."),
        ServerKind("mariadb-11.8", "mariadb", "11.8."),
        ServerKind("mysql-5.7", "mysql", "5.7.", own_options=("--max-allowed-packet=16M",)),
        ServerKind("mysql-9", "mysql", "9.", "--tls-version=", (), _BOTH[1:], _NO_X),
    )
}
USUAL = (MACHINES_OWN, "mysql-8.0")


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Run a test that needs a server once on each of --servers, with each `auth_plugin`."""
    if "server_kind" not in metafunc.fixturenames:
        return
    names = chosen(metafunc.config)
    if "auth_plugin" in metafunc.fixturenames:
        pairs = [(name, plugin) for name in names for plugin in KINDS[name].plugins]
        metafunc.parametrize(
            ("server_kind", "auth_plugin"), pairs, indirect=["server_kind"], scope="session"
        )
    else:
        metafunc.parametrize("server_kind", names, indirect=True, scope="session")


def chosen(config: pytest.Config) -> list[str]:
    """The names that --servers gives."""
    given = str(config.getoption("--servers"))
    names = list(KINDS) if given == "all" else given.split(",")
    if unknown := set(names) - set(KINDS):
        raise pytest.UsageError(f"--servers: no {unknown.pop()}; there are {', '.join(KINDS)}")
    return names
