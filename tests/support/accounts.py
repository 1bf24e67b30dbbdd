"""Database users that are made for a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from matomo_archive_exporter.settings.options import DatabaseSettings
from tests.conftest import Database

_PASSWORD = "p"


@dataclass(frozen=True, slots=True)
class Account:
    """A user of one database who may do nothing yet."""

    database: Database
    name: str
    password: str

    @property
    def settings(self) -> DatabaseSettings:
        """How the exporter connects as this user."""
        login = {"username": self.name, "password": SecretStr(self.password)}
        return self.database.settings.model_copy(update=login)

    def may_select(self, *tables: str, columns: str = "") -> None:
        """Grant SELECT on tables of the database, "*" for all of them, or on columns of them."""
        what = f"SELECT ({columns})" if columns else "SELECT"
        for table in tables:
            where = f"`{self.database.name}`.{'*' if table == '*' else f'`{table}`'}"
            self.database.run(f"GRANT {what} ON {where} TO `{self.name}`@`127.0.0.1`")


@contextmanager
def account(
    database: Database, name: str, password: str = _PASSWORD, plugin: str | None = None
) -> Iterator[Account]:
    """Make a user until the end of the block. `plugin` checks the password, else the default."""
    how = _identified(database, plugin)
    with database.connection.cursor() as cursor:
        cursor.execute(f"CREATE USER `{name}`@`127.0.0.1` IDENTIFIED {how}", (password,))
        try:
            yield Account(database, name, password)
        finally:
            cursor.execute(f"DROP USER `{name}`@`127.0.0.1`")


def _identified(database: Database, plugin: str | None) -> str:
    if plugin is None:
        return "BY %s"
    is_mariadb = "MariaDB" in str(database.run("SELECT VERSION()")[0][0])
    return f"VIA {plugin} USING PASSWORD(%s)" if is_mariadb else f"WITH {plugin} BY %s"
