"""A server's own errors differ from faults of the exporter."""

import pytest

from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from tests.conftest import PASSWORD, USER, Database
from tests.support.figures import read, target_of


def test_an_error_of_the_server_is_a_database_error(matomo: Database) -> None:
    """A view of a table that is gone: only the server knows what became of it."""
    matomo.run("CREATE TABLE behind LIKE matomo_option")
    matomo.run("DROP TABLE matomo_option")
    matomo.run("CREATE VIEW matomo_option AS SELECT * FROM behind")
    matomo.run("DROP TABLE behind")
    figures = read(target_of(matomo.settings))
    assert figures.errors("runs") == {"database_error": 1}
    assert figures.success("queue")


def test_a_query_that_names_a_missing_index_is_about_the_table(matomo: Database) -> None:
    with connect(matomo.settings) as connection, pytest.raises(ReadingError) as raised:
        connection.rows("SELECT 1 FROM matomo_option FORCE INDEX (gone)")
    assert raised.value.reason == "missing_table"


@pytest.mark.only_on("mysql-8.0", reason="MariaDB 10.11 has another variable, and says 1045")
def test_a_server_that_demands_tls_denies_access_without(matomo: Database) -> None:
    settings = matomo.settings.model_copy(update={"ssl_mode": "disabled"})
    matomo.run("SET GLOBAL require_secure_transport = ON")
    try:
        with pytest.raises(ReadingError) as raised, connect(settings):
            pass
    finally:
        matomo.run("SET GLOBAL require_secure_transport = OFF")
    assert raised.value.reason == "access_denied"


def test_a_password_that_has_expired_is_access_denied(matomo: Database) -> None:
    matomo.run(f"ALTER USER {USER}@'127.0.0.1' PASSWORD EXPIRE")
    try:
        with pytest.raises(ReadingError) as raised, connect(matomo.settings):
            pass
    finally:
        matomo.run(f"ALTER USER {USER}@'127.0.0.1' PASSWORD EXPIRE NEVER")
        with matomo.connection.cursor() as cursor:
            cursor.execute(f"ALTER USER {USER}@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
    assert raised.value.reason == "access_denied"
