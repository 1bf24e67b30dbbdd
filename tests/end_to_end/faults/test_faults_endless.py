"""A database server, or an impostor, whose answers have no end."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matomo_archive_exporter.readings.database.connection import connect
from matomo_archive_exporter.readings.database.errors import ReadingError
from matomo_archive_exporter.settings.options import DatabaseSettings
from tests.support.endless_server import endless, endless_packets, endless_rows, trickle
from tests.support.memory_limits import UNITS, allowed
from tests.support.process import Exporter

Response = Callable[[], Iterator[bytes]]


def peak(pid: int) -> int:
    """KiB of memory that a process has had at most."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


@pytest.mark.parametrize("answer", [endless_rows, endless_packets])
def test_an_answer_without_end_is_given_up_before_it_fills_the_memory(answer: Response) -> None:
    with endless(answer) as port:
        flags = ("--database.username=u", f"--database.port={port}", "--collect.interval=1s")
        with Exporter(*flags, "--database.ssl-mode=disabled") as running:
            page = running.wait_for(lambda page: page.up == 0)
            time.sleep(3)
            assert peak(running.process.pid) < 1024 * min(map(allowed, UNITS))
        errors = page.value(
            "matomo_archive_exporter_collector_errors_total", collector="queue", reason="bad_data"
        )
        assert errors


def test_an_answer_that_trickles_in_for_ever_is_given_up_in_time() -> None:
    with endless(trickle) as port:
        settings = DatabaseSettings(
            port=port, username="u", statement_timeout=1, ssl_mode="disabled"
        )
        begun = time.monotonic()
        with pytest.raises(ReadingError) as raised, connect(settings) as connection:
            connection.rows("SELECT 1")
    assert raised.value.reason == "timeout"
    assert time.monotonic() - begun < 20
