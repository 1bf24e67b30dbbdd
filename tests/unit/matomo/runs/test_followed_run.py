"""A run from the reading that first saw it to the last."""

from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo.archiver.command_line import Limits
from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.runs.followed_run import AtWork, FollowedRun, Following
from matomo_archive_exporter.matomo.runs.process_memory import DataSize
from matomo_archive_exporter.matomo.runs.signs import ArchiverProcess, Signs
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig

BEGAN = 1_000_000
MINUTE, HOUR = 60, 3600
MB = 2**20
CONFIG = ArchiverConfig("PDO_MYSQL", archive_limit=300, memory_limit=128 * MB)
BEFORE = Signs(BEGAN - MINUTE, 0, 1000, started=BEGAN - HOUR, completed=BEGAN - HOUR // 2)


def at(minutes: int, removed: int, **changes: object) -> Signs:
    """A reading so many minutes after the run began."""
    now = BEGAN + minutes * MINUTE
    signs = replace(
        BEFORE, now=now, removed=removed, rows=1000 - removed, started=BEGAN, newest_started=now
    )
    return replace(signs, **changes)  # type: ignore[arg-type]


def followed(*readings: Signs) -> Following:
    following = Following()
    for signs in readings:
        following = following.on(signs)
    return following


def run_of(*readings: Signs) -> FollowedRun:
    run = followed(*readings).run
    assert run is not None
    return run


def process(data: int, pid: int = 7) -> ArchiverProcess:
    return ArchiverProcess(pid, BEGAN, DataSize(data, data))


def test_a_run_that_began_between_two_readings_is_followed_and_all_its_rows_are_counted() -> None:
    run = run_of(BEFORE, at(1, 30), at(2, 70))
    assert (run.is_followed, run.handled, run.started) == (True, 70, BEGAN)


def test_an_exporter_that_comes_later_counts_what_goes_from_then_on() -> None:
    run = run_of(at(10, 0), at(11, 40))
    assert (run.is_followed, run.handled, run.started) == (False, 40, BEGAN)


def test_a_run_that_follows_rows_left_by_a_dead_one_is_followed_too() -> None:
    """Whether one was going on could not be told; the options have changed since."""
    dead = replace(
        BEFORE, started=BEGAN - 2 * HOUR, completed=None, newest_started=BEGAN - 90 * MINUTE
    )
    assert followed(dead).count is None
    assert run_of(dead, at(1, 5)).is_followed


def test_one_that_shows_only_between_its_batches_at_first_was_not_seen_from_its_beginning() -> None:
    """An exporter that starts then finds no row in progress, and an option that is hours old."""
    between = at(180, 0, newest_started=None)
    assert followed(between).count is None
    assert followed(between, replace(between, now=between.now + 10 * MINUTE)).count == 0
    run = run_of(between, at(181, 20))
    assert (run.is_followed, run.started) == (False, BEGAN)


def test_one_that_goes_on_after_a_long_silence_was_not_seen_from_its_beginning() -> None:
    silent = at(20, 100, newest_started=None)
    assert followed(BEFORE, at(5, 100), silent).count == 0
    assert not run_of(BEFORE, at(5, 100), silent, at(21, 110)).is_followed


def test_a_process_that_was_not_there_before_is_followed_before_it_writes_its_option() -> None:
    just_before = replace(BEFORE, now=BEGAN - 30, removed=1, processes=())
    new = replace(just_before, now=BEGAN, processes=(process(2 * 10**7),))
    assert run_of(BEFORE, just_before, new).is_followed


def test_a_dead_run_is_over_in_time_although_its_clock_was_an_hour_ahead() -> None:
    ahead = replace(BEFORE, started=BEFORE.now + HOUR)
    assert followed(ahead, replace(ahead, now=ahead.now + 9 * MINUTE)).count == 1
    assert followed(ahead, replace(ahead, now=ahead.now + 10 * MINUTE)).count == 0


def test_a_run_with_rows_in_progress_expands_nothing_any_more() -> None:
    """Re-archivings that are scheduled meanwhile are for the next one."""
    idle = at(10, 0, is_expanding=True, newest_started=None)
    assert run_of(BEFORE, at(1, 0, is_expanding=True, newest_started=None)).is_expanding
    assert run_of(replace(idle, newest_started=BEGAN - HOUR, processes=(process(1),))).is_expanding
    assert not run_of(replace(idle, newest_started=BEGAN + MINUTE)).is_expanding


def test_the_next_run_is_another() -> None:
    first = at(5, 100)
    ended = at(6, 200, completed=BEGAN + 6 * MINUTE, newest_started=None)
    again = at(61, 250, started=BEGAN + HOUR, completed=BEGAN + 6 * MINUTE)
    assert followed(BEFORE, first, ended).run is None
    run = run_of(BEFORE, first, ended, again)
    assert (run.handled, run.started) == (50, BEGAN + HOUR)


def test_a_run_that_began_right_after_another_ended_is_another() -> None:
    again = at(60, 250, started=BEGAN + 59 * MINUTE, completed=BEGAN + 58 * MINUTE)
    assert run_of(BEFORE, at(1, 100), again).started == BEGAN + 59 * MINUTE


def test_after_a_silence_a_run_that_begins_is_another_for_the_one_before_has_died() -> None:
    silent = at(20, 100, newest_started=BEGAN + 5 * MINUTE)
    again = at(21, 120, started=BEGAN + 20 * MINUTE)
    run = run_of(BEFORE, at(5, 100), silent, again)
    assert (run.handled, run.is_joined, run.is_followed) == (20, False, True)


def test_another_archiver_that_begins_meanwhile_joins_it() -> None:
    assert not run_of(BEFORE, at(1, 5), at(2, 9)).is_joined
    assert run_of(BEFORE, at(1, 5), at(2, 9, started=BEGAN + 90)).is_joined
    one, two = (process(3 * 10**7),), (process(3 * 10**7), process(2 * 10**7, 8))
    assert run_of(BEFORE, at(1, 5, processes=one), at(2, 9, processes=two)).is_joined


def test_the_log_counts_rows_where_it_tells_the_run_from_its_beginning() -> None:
    log = LogRun(b"7", BEGAN - 1, archives=50, empty=3, seen=BEGAN + HOUR)
    run = run_of(at(60, 0, log=(log,)))
    assert (run.is_followed, run.handled, run.started) == (True, 53, BEGAN - 1)


def test_a_run_that_was_killed_before_does_not_hide_the_one_that_writes_now() -> None:
    killed = LogRun(b"6", BEGAN - HOUR, archives=9, seen=BEGAN - 50 * MINUTE)
    log = LogRun(b"7", BEGAN, archives=50, seen=BEGAN + HOUR)
    assert run_of(at(60, 0, log=(killed, log))).handled == 50


def test_the_process_with_most_memory_is_the_one_that_counts() -> None:
    run = run_of(at(1, 0, processes=(process(3 * 10**7), process(4 * 10**7, 8))))
    assert run.count == 2
    assert run.fullest is not None
    assert run.fullest.pid == 8


def working(minutes: int, sites: int, *owners: str) -> AtWork:
    return AtWork(BEGAN + minutes * MINUTE, sites, frozenset(owners))


def test_its_process_says_after_how_many_archives_it_ends() -> None:
    limited = replace(process(3 * 10**7), limits=Limits(500))
    assert run_of(at(1, 5, processes=(limited,))).config(CONFIG).archive_limit == 500
    assert run_of(at(1, 5, processes=(process(3 * 10**7),))).config(CONFIG).archive_limit == 0
    assert run_of(at(1, 5)).config(CONFIG) == CONFIG


@pytest.mark.parametrize(
    ("configured", "assumed", "own", "limit"),
    [
        (128, True, "", 128),
        (128, True, "4G", 4096),
        (128, True, "-1", None),
        (256, False, "", 256),
        (256, False, "4G", 4096),
        (256, False, "${LIMIT}", 256),
        (256, False, "-1", 256),
        (256, False, "128M", 128),
        (None, False, "4G", 4096),
        (None, False, "-1", None),
    ],
)
def test_its_process_says_its_memory_limit_but_its_container_may_allow_less(
    configured: int | None, assumed: bool, own: str, limit: int | None
) -> None:
    config = replace(CONFIG, memory_limit=configured and configured * MB, is_limit_assumed=assumed)
    seen = replace(process(3 * 10**7), limits=Limits(memory=own))
    found = run_of(at(1, 5, processes=(seen,))).config(config)
    assert found.memory_limit == (limit and limit * MB)


def test_sites_at_work_tell_how_many_where_no_process_is_seen() -> None:
    following = followed(BEFORE, at(1, 5)).at_work(working(1, 2))
    assert following.count == 2
    later = following.on(at(5, 9)).at_work(working(5, 1))
    assert later.count == 2
    assert later.on(at(25, 20)).at_work(working(25, 1)).count == 1


def test_owners_of_rows_tell_how_many_although_each_shows_rows_now_and_then() -> None:
    """Matomo 5.3.0 and later: between two batches an archiver has no row in progress."""
    following = followed(BEFORE, at(1, 5)).at_work(working(1, 1, "web 7"))
    assert following.count == 1
    assert following.on(at(2, 9)).at_work(working(2, 1, "web 8")).count == 2


def test_where_processes_are_seen_they_alone_count() -> None:
    seen = followed(at(1, 0, processes=(process(3 * 10**7),)))
    assert seen.at_work(working(1, 3)).count == 1


def test_a_run_beside_another_was_joined_although_that_ends_before() -> None:
    """So its forecast, which was for one, is not scored."""
    following = followed(BEFORE, at(1, 5)).at_work(working(1, 2))
    run = following.on(at(30, 9)).at_work(working(30, 1)).run
    assert run is not None
    assert (run.count, run.is_joined) == (1, True)
    both = (process(3 * 10**7), process(2 * 10**7, 8))
    assert run_of(BEFORE, at(1, 5, processes=both), at(9, 9, processes=both[:1])).is_joined


def test_the_log_of_one_of_two_tells_of_that_one_only() -> None:
    log = LogRun(b"7", BEGAN, archives=50, sites=5, seen=BEGAN + HOUR)
    run = followed(at(60, 0, log=(log,))).at_work(working(60, 2)).run
    assert run is not None
    assert (run.own, run.is_followed, run.is_counted, run.handled) == (log, False, True, 50)
    assert run.per_hour_each == 50


def test_of_several_in_the_log_the_one_that_has_done_most_counts() -> None:
    logs = tuple(
        LogRun(pid, BEGAN, archives=rows, seen=BEGAN + HOUR)
        for pid, rows in ((b"7", 50), (b"8", 60))
    )
    run = followed(at(60, 0, log=logs)).at_work(working(60, 2)).run
    assert run is not None
    assert run.own is logs[1]
    assert (run.is_followed, run.handled) == (True, 110)


def test_where_processes_are_seen_the_log_of_the_fullest_counts() -> None:
    log = LogRun(b"7", BEGAN, archives=50, seen=BEGAN + HOUR)
    mine, other = process(5 * 10**7, 7), process(4 * 10**7, 8)
    assert run_of(at(60, 0, log=(log,), processes=(mine, other))).own is log
    larger = replace(other, data=DataSize(6 * 10**7, 6 * 10**7))
    assert run_of(at(60, 0, log=(log,), processes=(mine, larger))).own is None


def test_a_killed_run_in_the_log_is_none_of_two_once_it_was_silent_for_an_hour() -> None:
    killed = LogRun(b"6", BEGAN - 3 * HOUR, archives=999, seen=BEGAN - 2 * HOUR)
    log = LogRun(b"7", BEGAN, archives=50, seen=BEGAN + HOUR)
    run = followed(at(60, 0, log=(killed, log))).at_work(working(60, 2)).run
    assert run is not None
    assert run.own is log


def test_its_rate_is_that_of_its_last_hour() -> None:
    assert run_of(BEFORE, at(0, 0), at(60, 600), at(120, 700)).per_hour == 100


def test_a_log_that_was_read_at_once_rates_it_by_its_own_times() -> None:
    log = LogRun(b"7", BEGAN, archives=600, seen=BEGAN + HOUR)
    assert run_of(at(60, 0, log=(log,))).per_hour == 600


def test_its_connection_is_dropped_every_two_hours() -> None:
    assert run_of(BEFORE, at(0, 1), at(124, 500)).last_drop is None
    run = run_of(BEFORE, at(0, 1), at(120, 500), at(180, 600))
    assert (run.last_drop, run.dropped) == (BEGAN + 2 * HOUR, 500 / 600)


def test_after_that_its_process_proves_nothing_until_it_passes_its_old_high() -> None:
    low, high = process(10**8), process(11 * 10**7)
    early, late = at(100, 400, processes=(low,)), at(140, 600, processes=(low,))
    first = at(0, 1, processes=(low,))
    assert run_of(BEFORE, first, early).has_outgrown_drop
    assert not run_of(BEFORE, first, early, late).has_outgrown_drop
    assert not run_of(late).has_outgrown_drop
    grown = at(150, 700, processes=(high,))
    assert run_of(BEFORE, first, early, late, grown).has_outgrown_drop


def test_nothing_is_remembered_of_a_run_once_it_is_over() -> None:
    over = at(6, 200, completed=BEGAN + 6 * MINUTE, newest_started=None)
    following = followed(BEFORE, at(1, 30), over)
    assert (following.count, following.run) == (0, None)
