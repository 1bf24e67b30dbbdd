"""Runs that the log covers from their beginning."""

from matomo_archive_exporter.matomo.archiver.log_runs import LogRun, LogRuns
from matomo_archive_exporter.matomo.archiver.log_state import LogState, step
from tests.support import midrun
from tests.support.archiver_logs import archiver_death, stamped

START = b"Starting Matomo reports archiving..."
DONE = b"Archived website id 1, period = day, date = 2026-11-23, segment = '', 1 visits found. Time elapsed: 1.763s"  # noqa: E501
OF_PLUGIN = DONE.replace(b"segment = '', ", b"segment = '', plugin = Goals, ")
EMPTY = b"Found no visits for site ID = 1, day (2026-11-28,2026-11-28), site is using the tracker"
SITE = b"Start processing archives for site 1."
SKIP = b"Found archive with intersecting period with others in concurrent batch, skipping"


def reported(text: bytes) -> tuple[LogRun, ...]:
    runs, state = LogRuns(), LogState()
    for line in text.split(b"\n"):
        state, events = step(state, line)
        runs.add(events)
    return runs.all()


def test_a_run_is_counted_from_its_start() -> None:
    lines = [stamped(message) for message in (START, SITE, DONE, OF_PLUGIN, EMPTY)]
    (run,) = reported(b"".join([*lines, stamped(SKIP, level=b"DEBUG")]))
    assert (run.archives, run.of_plugins, run.empty, run.skips, run.sites) == (2, 1, 1, 1, 1)
    assert (run.rows, run.ended) == (3, None)


def test_the_last_sites_that_it_has_begun_are_remembered() -> None:
    sites = (stamped(b"Start processing archives for site %d." % n) for n in range(1, 31))
    (run,) = reported(stamped(START) + b"".join(sites))
    assert (run.sites, run.last_sites) == (30, tuple(range(11, 31)))


def test_a_run_without_its_start_is_not_counted() -> None:
    assert reported(stamped(SITE) + stamped(DONE)) == ()


def test_two_archivers_in_one_log_are_counted_separately() -> None:
    first, second = reported(
        stamped(START, pid=1) + stamped(START, pid=2) + stamped(DONE, pid=2) + stamped(SITE, pid=1)
    )
    assert (first.pid, first.archives, first.sites) == (b"1", 0, 1)
    assert (second.pid, second.archives, second.sites) == (b"2", 1, 0)


def test_the_end_of_a_run_is_recorded() -> None:
    (done,) = reported(stamped(START) + stamped(b"Done archiving!"))
    assert done.ended == "completed"
    (dead,) = reported(stamped(START) + archiver_death())
    assert dead.ended == "exhausted"
    limit = stamped(b"Maximum time limit per execution has been reached.")
    (stopped,) = reported(stamped(START) + limit + stamped(b"Done archiving!"))
    assert stopped.ended == "stopped"


def test_a_returned_run_does_not_change_when_the_log_goes_on() -> None:
    runs, state = LogRuns(), LogState()
    for line in (stamped(START), stamped(DONE)):
        state, events = step(state, line)
        runs.add(events)
    (before,) = runs.all()
    runs.add(step(state, stamped(b"Done archiving!"))[1])
    assert (before.ended, runs.all()[0].ended) == (None, "completed")


def test_the_same_process_id_may_start_again() -> None:
    (run,) = reported(stamped(START) + stamped(DONE) + stamped(START, time=b"08:00:00"))
    assert run.archives == 0


def test_no_more_runs_are_remembered_than_can_be_of_use() -> None:
    assert len(reported(b"".join(stamped(START, pid=pid) for pid in range(100)))) == 16


def test_recorded_logs_tell_as_many_rows_as_were_deleted() -> None:
    for name in (midrun.DIES, midrun.SURVIVES):
        run = midrun.load(name)
        for point in run.points:
            lines = run.logs[0][: point["archivers"][0]["lines"]]
            (log,) = reported("\n".join(lines).encode())
            assert (log.rows, log.sites) == (point["deleted"], point["archivers"][0]["sites"])


def test_the_whole_log_of_the_run_that_died_tells_its_death_and_its_skips() -> None:
    run = midrun.load(midrun.DIES)
    (log,) = reported("\n".join(run.logs[0]).encode())
    totals = run.totals["archivers"][0]
    assert (log.ended, log.skips) == ("exhausted", totals["overlap_skips"])
    assert log.archives == totals["archived"]
