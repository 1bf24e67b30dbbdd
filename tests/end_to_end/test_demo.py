"""`demo`: what a newcomer runs first."""

from pathlib import Path

from tests.support.process import Exporter, wait_until

_ROOM = 60.0  # seconds that a newcomer waits
_REMOVED = "matomo_archive_removed_invalidations_total"


def children(pid: int) -> set[int]:
    """Processes that this one started, by the task files of Linux."""
    task = Path(f"/proc/{pid}/task/{pid}/children")
    return {int(child) for child in task.read_text().split()}


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_a_demo_shows_a_backfill_that_is_worked_off_and_leaves_nothing() -> None:
    with Exporter("--collect.interval=1s", waits=False, command="demo") as demo:
        wait_until(lambda: "listening" in demo.output, "it serves", _ROOM)
        page = demo.wait_for(lambda page: page.up, _ROOM)
        assert page.value("matomo_archive_queue_sites") == 700
        assert (page.value("matomo_archive_hits_backfill_invalidations") or 0) > 100_000
        demo.wait_for(lambda page: page.value(_REMOVED))
        assert f"http://127.0.0.1:{demo.port}/metrics" in demo.output
        servers = children(demo.process.pid)
        status, _ = demo.stop()
        wait_until(lambda: not any(map(lives, servers)), "its MariaDB is gone")
    assert status == 0
    assert servers
