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

    def may_select(self, *tables: str) -> None:
        """Grant SELECT on tables of the database, "*" for all of them."""
        for table in tables:
            where = f"`{self.database.name}`.{'*' if table == '*' else f'`{table}`'}"
            self.database.run(f"GRANT SELECT ON {where} TO `{self.name}`@`127.0.0.1`")


@contextmanager
def account(database: Database, name: str, password: str = _PASSWORD) -> Iterator[Account]:
    """A user who is gone again at the end."""
    with database.connection.cursor() as cursor:
        cursor.execute(f"CREATE USER `{name}`@`127.0.0.1` IDENTIFIED BY %s", (password,))
        try:
            yield Account(database, name, password)
        finally:
            cursor.execute(f"DROP USER `{name}`@`127.0.0.1`")
