"""`serve` stops soon and in order, and leaves no statement on the database server."""

import signal
import time
from contextlib import closing

import pytest

from tests.conftest import Database
from tests.support import hostile
from tests.support.hostile import Victim
from tests.support.process import SOON, Exporter, wait_until
from tests.support.raw_http import responses
from tests.support.running import EVERY_50_MS, EVERY_HOUR, PASSWORD_VARIABLE, locked, sessions

SIGNALS = [signal.SIGTERM, signal.SIGINT]
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


def exporter_of(database: Database, *options: str, waits: bool = True) -> Exporter:
    return Exporter(*database.flags, *options, variables=PASSWORD_VARIABLE, waits=waits)


def waits_for_a_lock(database: Database) -> bool:
    return any("lock" in state for state in sessions(database))


def gone(database: Database) -> bool:
    return not sessions(database)


@pytest.mark.parametrize("how", SIGNALS)
def test_a_signal_ends_it_with_status_0_soon(matomo: Database, how: signal.Signals) -> None:
    with exporter_of(matomo, *EVERY_50_MS) as running:
        running.wait_for(lambda page: page.up)
        status, seconds = running.stop(how)
        wait_until(lambda: gone(matomo), "no connection is left", SOON)
        assert running.output.splitlines()[-1].endswith("msg=stopped")
    assert status == 0
    assert seconds < SOON


@pytest.mark.parametrize("how", SIGNALS)
def test_a_statement_that_runs_is_ended_on_the_server(
    matomo: Database, how: signal.Signals
) -> None:
    with locked(matomo, "matomo_option"), exporter_of(matomo, EVERY_HOUR) as running:
        wait_until(lambda: waits_for_a_lock(matomo), "a statement waits")
        status, seconds = running.stop(how)
        wait_until(lambda: gone(matomo), "no connection is left", SOON)
    assert status == 0
    assert seconds < SOON


@pytest.mark.parametrize("how", SIGNALS)
def test_a_signal_in_the_first_moments_ends_it_in_order_too(
    matomo: Database, how: signal.Signals
) -> None:
    with exporter_of(matomo, EVERY_HOUR, waits=False) as starting:
        wait_until(lambda: "msg=listening" in starting.output, "it listens")
        status, _ = starting.stop(how)
        wait_until(lambda: gone(matomo), "no connection is left", SOON)
        assert "Traceback" not in starting.output
    assert status == 0


def test_a_killed_exporter_leaves_no_connection_after_two_seconds(matomo: Database) -> None:
    with locked(matomo, "matomo_option"), exporter_of(matomo, EVERY_HOUR) as running:
        wait_until(lambda: waits_for_a_lock(matomo), "a statement waits")
        running.stop(signal.SIGKILL)
        wait_until(lambda: gone(matomo), "no connection is left", seconds=2)


def test_the_requests_in_flight_are_answered_whole(matomo: Database) -> None:
    """Their answers are more than the buffers hold, so most are not sent when the signal comes."""
    with exporter_of(matomo, EVERY_HOUR) as running:
        running.wait_for(lambda page: page.up)
        with closing(hostile.hungry(Victim(running.port))) as client:
            received = client.recv(1)
            running.process.send_signal(signal.SIGTERM)
            while part := client.recv(4096):
                received += part
                time.sleep(0.002)  # the exporter looks for signals ten times a second
    assert {response.status for response in responses(received)} == {200}
