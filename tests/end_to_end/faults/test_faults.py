"""Faults of a reachable database: each has its reason, and the failure ends with the fault."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

from mysql.connector import Error as DriverError
from mysql.connector.connection import MySQLConnection

from tests.conftest import PASSWORD, USER, Database
from tests.support.invariants import (
    Watch,
    all_work,
    exporter_of,
    failing,
    none_works,
)
from tests.support.process import wait_until
from tests.support.running import locked, locked_between_readings, sessions

REMOVED = "matomo_archive_removed_invalidations_total"
LAST_SUCCESS = "matomo_archive_exporter_collector_last_success_timestamp_seconds"
ACCOUNT = f"{USER}@'127.0.0.1'"


def waits_for_a_lock(database: Database) -> bool:
    return any("lock" in state for state in sessions(database))


def read_again(watch: Watch) -> None:
    """Wait for a reading that begins from now on."""
    (before,) = watch.look().values(LAST_SUCCESS, collector="queue")
    watch.wait_for(lambda page: page.values(LAST_SUCCESS, collector="queue")[0] > before)


def test_a_table_that_is_locked_in_the_middle_of_a_reading_costs_one_collector(
    watch: Watch, matomo: Database
) -> None:
    remaining = "matomo_archive_sites_remaining"
    with locked(matomo, "matomo_option"):
        page = watch.wait_for(lambda page: "forecast" in failing(page))
        assert failing(page) == {"runs", "overlaps", "forecast", "current_run"}
        assert watch.reasons(page, "runs") == {"timeout"}
        assert page.value(remaining) == 3  # as it was last seen
        page = watch.wait_for(lambda page: page.value(remaining) is None)
        assert page.up == 1


def test_a_writer_holds_up_nothing_and_what_it_has_not_committed_is_not_seen(
    watch: Watch, matomo: Database
) -> None:
    with closing(matomo.server.connect(matomo.name)) as writer:
        writer.cmd_query("START TRANSACTION")
        writer.cmd_query("UPDATE matomo_archive_invalidations SET status = 1")
        read_again(watch)
        assert all_work(watch.look())


def test_a_connection_that_is_killed_in_the_middle_of_a_reading(
    watch: Watch, matomo: Database
) -> None:
    """The collector that had it fails; the next ones get another connection."""
    with locked_between_readings(matomo, "matomo_archive_invalidations"):
        wait_until(lambda: waits_for_a_lock(matomo), "a statement waits")
        ((number,),) = matomo.run(
            f"SELECT id FROM information_schema.processlist WHERE db = '{matomo.name}'"
            f" AND user = '{USER}'"
        )
        matomo.run(f"KILL CONNECTION {number}")
        page = watch.wait_for(lambda page: "lost_connection" in watch.reasons(page))
    assert failing(page) >= {"queue", "overlaps", "forecast"}
    assert watch.reasons(page, "runs") == set()


def test_a_server_without_a_connection_to_spare(watch: Watch, matomo: Database) -> None:
    ((before,),) = matomo.run("SELECT @@GLOBAL.max_connections")
    with ExitStack() as crowd:
        for _ in range(12):
            crowd.enter_context(closing(matomo.server.connect()))
        matomo.run("SET GLOBAL max_connections = 10")
        try:
            page = watch.wait_for(none_works)
            assert watch.reasons(page) == {"unreachable"}
            assert "Too many connections" in watch.exporter.output
            assert watch.exporter.get("/-/healthy").status == 200
        finally:
            matomo.run(f"SET GLOBAL max_connections = {before}")


def test_a_user_who_has_as_many_connections_as_are_allowed(watch: Watch, matomo: Database) -> None:
    """Somebody else who logs in with the exporter's account takes them away."""
    matomo.run(f"ALTER USER {ACCOUNT} WITH MAX_USER_CONNECTIONS 1")
    try:
        with other_client(matomo):
            page = watch.wait_for(none_works)
            assert watch.reasons(page) == {"unreachable"}
            assert "max_user_connections" in watch.exporter.output
        watch.wait_for(all_work)
        read_again(watch)  # with the only connection there may be
        assert all_work(watch.look())
    finally:
        matomo.run(f"ALTER USER {ACCOUNT} WITH MAX_USER_CONNECTIONS 0")


@contextmanager
def other_client(database: Database) -> Iterator[None]:
    """Holds the account's only connection, once there is a moment to get it."""
    login = {"host": "127.0.0.1", "port": database.server.port, "user": USER, "password": PASSWORD}
    held: list[MySQLConnection] = []

    def has_got_in() -> bool:
        with suppress(DriverError):
            held.append(MySQLConnection(**login))
        return bool(held)

    wait_until(has_got_in, "the exporter is between two readings")
    with closing(held[0]):
        yield


def test_a_user_who_may_read_the_queue_only(watch: Watch, matomo: Database) -> None:
    matomo.run(f"REVOKE SELECT ON {matomo.name}.* FROM {ACCOUNT}")
    matomo.run(f"GRANT SELECT ON {matomo.name}.matomo_archive_invalidations TO {ACCOUNT}")
    page = watch.wait_for(lambda page: "archives" in failing(page))
    assert page.up == 1
    assert "queue" not in failing(page)
    assert watch.reasons(page, "runs") == {"missing_privilege"}
    assert watch.reasons(page, "archives") == {"missing_privilege"}
    matomo.run(f"GRANT SELECT ON {matomo.name}.* TO {ACCOUNT}")


def test_two_exporters_on_one_database_see_the_same(watch: Watch, matomo: Database) -> None:
    with exporter_of(matomo) as second:
        for running in (watch.exporter, second):
            page = running.wait_for(all_work)
            assert sum(page.values("matomo_archive_invalidations")) == 20
        gone = "idinvalidation IN (1, 2, 3, 4, 5)"
        watch.run(f"DELETE FROM matomo_archive_invalidations WHERE {gone}")
        for running in (watch.exporter, second):
            page = running.wait_for(lambda page: page.value(REMOVED) == 5)
            assert sum(page.values("matomo_archive_invalidations")) == 15


def test_it_never_has_more_than_one_connection(watch: Watch, matomo: Database) -> None:
    """The server would refuse a second one."""
    matomo.run(f"ALTER USER {ACCOUNT} WITH MAX_USER_CONNECTIONS 1")
    try:
        for _ in range(10):
            read_again(watch)
        assert watch.reasons(watch.look()) == set()
        assert all_work(watch.look())
    finally:
        matomo.run(f"ALTER USER {ACCOUNT} WITH MAX_USER_CONNECTIONS 0")
