"""The set-up of the database, run on a MariaDB of the series that compose.yaml names."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import mysql.connector
import pytest
from mysql.connector.connection import MySQLConnection

from tests.support import everything, process
from tests.support.compose import usual
from tests.support.private_server import PrivateServer
from tests.support.process import REPOSITORY, Finished, wait_until
from tests.support.servers import KINDS

SERIES = KINDS["mariadb-11.8"]
STATEMENTS = REPOSITORY / "compose" / "database.sql"
WHERE = "/run/secrets/exporter/password"
PASSWORD = "0123456789abcdef"
# After the wizard. Neither `user` nor what else log_visit holds is for the exporter.
NEW_TABLES = (
    "matomo_user (login INT)",
    "matomo_archive_blob_2026_11 (value INT)",
    "matomo_archive_numeric_2026_11_old (value INT)",
    "xmatomo_option (option_name INT)",
    "matomo_archiving_metrics (archive_name INT, metadataid INT, period INT, total_time INT,"
    " ts_finished INT)",
    "matomo_log_visit (idsite INT, visit_last_action_time DATETIME, location_ip INT,"
    " KEY index_idsite_datetime (idsite, visit_last_action_time))",
)
MONTH = "matomo_archive_numeric_2031_02"


@dataclass(frozen=True, slots=True)
class Instance:
    """A server as MariaDB's image leaves it; `root` came in before its password was gone."""

    server: PrivateServer
    root: MySQLConnection
    password_file: Path

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.root.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []  # type: ignore[arg-type]

    def run_file(self) -> subprocess.CompletedProcess[str]:
        """As the image does: everything into the client, the database chosen."""
        text = STATEMENTS.read_text(encoding="utf-8")
        assert text.count(WHERE) == 1
        return subprocess.run(
            ["mariadb", "--user=root", f"--socket={self.server.socket}", "--database=matomo"],
            input=text.replace(WHERE, str(self.password_file)),
            capture_output=True,
            text=True,
            check=False,
        )

    def grants(self) -> set[str]:
        """What the exporter may do, beside logging in."""
        listed = [str(row[0]) for row in self.rows("SHOW GRANTS FOR exporter@'%'")]
        return {
            line.removeprefix("GRANT SELECT ").replace("`", "").removesuffix(" TO exporter@%")
            for line in listed
            if not line.startswith("GRANT USAGE ")
        }

    def connect(self, user: str, password: str) -> MySQLConnection:
        return MySQLConnection(
            host="127.0.0.1", port=self.server.port, user=user, password=password, use_pure=True
        )

    def exporter(self, command: str) -> Finished:
        """A command as the exporter of compose.yaml would run it, but for the address."""
        moved = {
            "MATOMO_DATABASE_HOST": "127.0.0.1",
            "MATOMO_DATABASE_PORT": str(self.server.port),
            "MATOMO_DATABASE_PASSWORD_FILE": str(self.password_file),
        }
        given = usual().environment("exporter")
        del given["MATOMO_ARCHIVER_LOG_FILE"]
        return process.run(command, variables=given | moved)


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    options = usual().services["database"]["command"]
    with SERIES.private([*options, *SERIES.quick]) as server, closing(server.connect()) as root:
        made = Instance(server, root, server.data_folder / "password")
        user = usual().environment("database")["MARIADB_USER"]
        made.rows("CREATE DATABASE matomo")
        made.rows(f"CREATE USER {user}@'%' IDENTIFIED BY '{PASSWORD}'")
        made.rows(f"GRANT ALL ON matomo.* TO {user}@'%'")
        yield made


def test_the_image_is_of_this_series() -> None:
    image = usual().services["database"]["image"]
    assert image.partition(":")[2].startswith(SERIES.version)


def test_without_a_password_there_is_no_account(instance: Instance) -> None:
    failed = instance.run_file()
    assert failed.returncode == 1
    assert instance.rows("SELECT 1 FROM mysql.user WHERE user = 'exporter'") == []
    instance.rows("ALTER USER root@localhost IDENTIFIED BY ''")


def test_the_statements_run(instance: Instance) -> None:
    instance.password_file.write_text(PASSWORD, encoding="ascii")
    instance.password_file.chmod(0o444)
    done = instance.run_file()
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert instance.rows("SHOW EVENTS FROM exporter")[0][2:7] == (
        *("granter@localhost", "SYSTEM", "RECURRING", None, "1"),
    )
    # Every second instead of every minute, by the same account.
    instance.rows(
        "ALTER DEFINER = granter@localhost EVENT exporter.grants ON SCHEDULE EVERY 1 SECOND"
    )


def ran_again(instance: Instance) -> None:
    """Wait until the event has run twice: the first time may have begun before."""
    for _ in range(2):
        before = last_run(instance)
        wait_until(partial(has_run_since, instance, before), "the event runs")


def last_run(instance: Instance) -> list[tuple[object, ...]]:
    return instance.rows(
        "SELECT last_executed FROM information_schema.events WHERE event_name = 'grants'"
    )


def has_run_since(instance: Instance, before: list[tuple[object, ...]]) -> bool:
    return last_run(instance) != before


def test_root_comes_in_by_the_socket_alone(instance: Instance) -> None:
    ((account,),) = instance.rows("SHOW CREATE USER root@localhost")
    assert str(account).endswith("IDENTIFIED VIA unix_socket")


def test_before_the_wizard_the_exporter_may_log_in_and_read_nothing(instance: Instance) -> None:
    ran_again(instance)
    assert instance.grants() == set()
    page = instance.exporter("once")
    assert page.status == 1
    assert "\nmatomo_up 0.0\n" in page.out
    assert "cannot read the queue: " in page.err
    assert "none of its tables is open to this user" in instance.exporter("check").out


def test_no_other_user_can_log_in_as_root_or_as_the_account_of_the_event(
    instance: Instance,
) -> None:
    for user in ("granter", "root"):
        with pytest.raises(mysql.connector.Error, match="denied"):
            instance.connect(user, "")
    with pytest.raises(mysql.connector.Error, match="account is locked"):
        MySQLConnection(unix_socket=instance.server.socket, user="granter", use_pure=True)


def test_matomos_account_cannot_change_the_event(instance: Instance) -> None:
    with closing(instance.connect("matomo", PASSWORD)) as matomo:
        for statement in ("DROP EVENT exporter.grants", "ALTER EVENT exporter.grants DISABLE"):
            with pytest.raises(mysql.connector.Error, match="denied"):
                matomo.cmd_query(statement)


def test_after_the_wizard_the_grants_are_there_and_no_others(instance: Instance) -> None:
    present = f"matomo_archive_numeric_{datetime.now(UTC):%Y_%m}"
    with closing(instance.server.connect("matomo")) as matomo:
        everything.load(matomo)
        for table in (*NEW_TABLES, f"{present} LIKE matomo_archive_numeric_2024_12"):
            matomo.cmd_query(f"CREATE TABLE {table}")
    ran_again(instance)
    (visits,) = {each for each in instance.grants() if "log_visit" in each}
    assert set(visits.partition(" ON ")[0].strip("()").split(", ")) == {
        *("idsite", "visit_last_action_time"),
    }
    assert instance.grants() - {visits} == {
        "ON matomo.matomo_archive_invalidations",
        "ON matomo.matomo_option",
        "ON matomo.matomo_site",
        "ON matomo.matomo_segment",
        "ON matomo.matomo_archiving_metrics",
        "ON matomo.matomo_archive_numeric_2024_12",
        f"ON matomo.{present}",
    }


def test_then_check_is_content(instance: Instance) -> None:
    found = instance.exporter("check")
    assert found.status == 0, found.out
    assert "MISSING" not in found.out
    assert "GRANT" not in found.out


def test_the_tables_of_a_new_month_are_granted_too(instance: Instance) -> None:
    instance.rows(f"CREATE TABLE matomo.{MONTH} LIKE matomo.matomo_archive_numeric_2024_12")
    ran_again(instance)
    assert f"ON matomo.{MONTH}" in instance.grants()


def test_the_event_never_failed(instance: Instance) -> None:
    log = (instance.server.data_folder.parent / "log").read_text(errors="replace")
    assert [line for line in log.splitlines() if "ERROR" in line] == []
