"""What goes wrong at a database that is there: each fault has its word, and ends when it ends."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from matomo_archive_exporter.demo.private_server import PrivateServer
from tests.conftest import PASSWORD, USER, Database
from tests.support.process import Exporter, wait_until
from tests.support.running import EVERY_50_MS, PASSWORD_VARIABLE, locked, matomo_on, sessions
from tests.support.scrape import Page

COLLECTORS = ("queue", "runs", "archives")
REMOVED = "matomo_archive_removed_invalidations_total"
ACCOUNT = f"{USER}@'127.0.0.1'"


@pytest.fixture
def matomo(server: PrivateServer) -> Iterator[Database]:
    """A database to be spoiled, in which all is well."""
    with matomo_on(server) as database:
        database.run("DELETE FROM matomo_archive_invalidations WHERE period = 9")
        yield database


def exporter_of(database: Database, *options: str) -> Exporter:
    options = (*EVERY_50_MS, "--collect.max-age=1m", *options)
    return Exporter(*database.flags, *options, variables=PASSWORD_VARIABLE)


def works(page: Page) -> dict[str, float | None]:
    """What each collector's last reading came to."""
    return {name: page.success(name) for name in COLLECTORS}


def all_work(page: Page) -> bool:
    return page.up == 1 and works(page) == {"queue": 1, "runs": 1, "archives": 1}


def none_works(page: Page) -> bool:
    return page.up == 0 and works(page) == {"queue": 0, "runs": 0, "archives": 0}


def test_a_table_that_is_locked_in_the_middle_of_a_reading_costs_one_collector(
    matomo: Database,
) -> None:
    with exporter_of(matomo, "--database.statement-timeout=500ms") as running:
        running.wait_for(all_work)
        with locked(matomo, "matomo_option"):
            page = running.wait_for(lambda page: page.success("runs") == 0)
            assert page.up == 1
            assert works(page) == {"queue": 1, "runs": 0, "archives": 1}
            assert page.errors("runs") == {"timeout": 1}
            assert page.value("matomo_archive_sites_remaining") == 3  # as it was last seen
        running.wait_for(all_work)


def test_a_table_that_is_gone_and_comes_back(matomo: Database) -> None:
    with exporter_of(matomo) as running:
        running.wait_for(all_work)
        matomo.run("RENAME TABLE matomo_archive_invalidations TO gone")
        page = running.wait_for(lambda page: page.up == 0)
        assert works(page) == {"queue": 0, "runs": 1, "archives": 1}
        assert set(page.errors("queue")) == {"missing_table"}
        matomo.run("RENAME TABLE gone TO matomo_archive_invalidations")
        page = running.wait_for(all_work)
        assert sum(page.values("matomo_archive_invalidations")) == 20


def test_a_connection_that_is_killed_in_the_middle_of_a_reading(matomo: Database) -> None:
    """The collector that had it fails; the next ones get another connection."""
    with locked(matomo, "matomo_archive_invalidations"), exporter_of(matomo) as running:
        wait_until(lambda: any("lock" in state for state in sessions(matomo)), "it waits")
        ((number,),) = matomo.run(
            f"SELECT id FROM information_schema.processlist WHERE db = '{matomo.name}'"
            f" AND user = '{USER}'"
        )
        matomo.run(f"KILL CONNECTION {number}")
        page = running.wait_for(lambda page: page.success("queue") == 0)
        assert page.errors("queue") == {"lost_connection": 1}
        assert works(page) == {"queue": 0, "runs": 1, "archives": 1}


def test_a_server_without_a_connection_to_spare(matomo: Database) -> None:
    with ExitStack() as crowd, exporter_of(matomo) as running:
        running.wait_for(all_work)
        for _ in range(12):
            crowd.enter_context(closing(matomo.server.connect()))
        ((before,),) = matomo.run("SELECT @@GLOBAL.max_connections")
        matomo.run("SET GLOBAL max_connections = 10")
        try:
            page = running.wait_for(none_works)
            assert set(page.errors("queue")) == {"unreachable"}
            assert "Too many connections" in running.said
            assert running.get("/-/healthy").status == 200
        finally:
            matomo.run(f"SET GLOBAL max_connections = {before}")
        running.wait_for(all_work)


def test_a_password_that_is_changed_needs_a_new_file_and_no_restart(
    matomo: Database, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    with Exporter(*matomo.flags, *EVERY_50_MS, f"--database.password-file={file}") as running:
        running.wait_for(all_work)
        matomo.run(f"ALTER USER {ACCOUNT} IDENTIFIED BY 'another one'")
        try:
            page = running.wait_for(none_works)
            assert set(page.errors("queue")) == {"access_denied"}
            file.write_text("another one\n", encoding="utf-8")
            running.wait_for(all_work)
        finally:
            with matomo.connection.cursor() as cursor:
                cursor.execute(f"ALTER USER {ACCOUNT} IDENTIFIED BY %s", (PASSWORD,))


def test_a_user_who_may_read_the_queue_only(matomo: Database) -> None:
    matomo.run(f"REVOKE SELECT ON {matomo.name}.* FROM {ACCOUNT}")
    matomo.run(f"GRANT SELECT ON {matomo.name}.matomo_archive_invalidations TO {ACCOUNT}")
    with exporter_of(matomo) as running:
        page = running.wait_for(lambda page: page.up == 1)
        assert works(page) == {"queue": 1, "runs": 0, "archives": 0}
        assert set(page.errors("runs")) == {"missing_privilege"}
        assert set(page.errors("archives")) == {"missing_privilege"}
        matomo.run(f"GRANT SELECT ON {matomo.name}.* TO {ACCOUNT}")
        running.wait_for(all_work)


def test_two_exporters_on_one_database_see_the_same(matomo: Database) -> None:
    with exporter_of(matomo) as first, exporter_of(matomo) as second:
        for running in (first, second):
            page = running.wait_for(all_work)
            assert sum(page.values("matomo_archive_invalidations")) == 20
        matomo.run("DELETE FROM matomo_archive_invalidations LIMIT 5")
        for running in (first, second):
            page = running.wait_for(lambda page: page.value(REMOVED) == 5)
            assert sum(page.values("matomo_archive_invalidations")) == 15


def test_it_never_has_more_than_one_connection(matomo: Database) -> None:
    """The server would refuse a second one."""
    matomo.run(f"ALTER USER {ACCOUNT} WITH MAX_USER_CONNECTIONS 1")
    try:
        with exporter_of(matomo) as running:
            first = running.wait_for(all_work)
            age = "matomo_archive_exporter_collector_last_success_timestamp_seconds"
            begun = first.values(age, collector="queue")[0]
            page = running.wait_for(lambda page: page.values(age, collector="queue")[0] > begun + 1)
            assert all_work(page)
            assert not any(page.errors(name) for name in COLLECTORS)
    finally:
        matomo.run(f"ALTER USER {ACCOUNT} WITH MAX_USER_CONNECTIONS 0")
