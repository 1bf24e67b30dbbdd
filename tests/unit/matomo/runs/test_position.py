"""The position of a process: by the costs of its work so far, corrected by its memory."""

import csv
from collections.abc import Sequence
from dataclasses import replace

import pytest

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.archiver.log_runs import LogRun
from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.runs.followed_run import FollowedRun, Following
from matomo_archive_exporter.matomo.runs.position import Ground, past_of, position
from matomo_archive_exporter.matomo.runs.process_memory import ByteRange, DataSize
from matomo_archive_exporter.matomo.runs.shared_list import Sites, sites_of
from matomo_archive_exporter.matomo.runs.signs import ArchiverProcess, Signs
from matomo_archive_exporter.matomo.simulation.archiving_run import Totals
from matomo_archive_exporter.matomo.simulation.starting_state import Past, Process, Share
from tests.support.recordings import RECORDINGS

BEGAN, HOUR = 1_000_000, 3600
SITES = frozenset(range(1, 11))
INSTANCE = Instance({n: Site(n, None, "UTC") for n in SITES}, (Segment("a" * 32, "a==1", None),))
LEAKS, SINCE = version.behaviour("5.2.0", "PDO\\MYSQL"), version.behaviour("5.8.0", "MYSQLI")
OFFSET, BUILD = 10_309_632, ByteRange(10_250_000, 10_370_000)
# 100 rows at each site, each an archive and a text of its own.
EACH = Share.of(Totals(archives=1000, texts=1000, sites=10, lists=10, excluded=6000))
assert EACH is not None
SHARE: Share = EACH


def signs(seconds: int, **changes: object) -> Signs:
    usual: dict[str, object] = {"removed": 0, "rows": 1000, "started": BEGAN, "list_began": BEGAN}
    return Signs(BEGAN + seconds, **(usual | {"newest_started": BEGAN + seconds} | changes))  # type: ignore[arg-type]


def run_of(readings: Sequence[Signs]) -> FollowedRun:
    following = Following()
    for reading in readings:
        following = following.on(reading)
    assert following.run is not None
    return following.run


def ground(behaviour: version.Behaviour, share: Share | None = SHARE) -> Ground:
    return Ground(INSTANCE, Process(behaviour), share, None)


def process(held: int) -> tuple[ArchiverProcess, ...]:
    data = held + OFFSET
    return (ArchiverProcess(7, BEGAN, DataSize(data, data)),)


def test_sites_that_are_not_in_the_list_any_more_were_begun() -> None:
    run = run_of([signs(60, sites_left=frozenset({8, 9, 10, 999}))])
    assert sites_of(run, INSTANCE) == Sites(7, 7, (8, 9, 10))


def test_of_a_list_that_another_run_left_it_is_not_known_how_many() -> None:
    run = run_of([signs(60, sites_left=frozenset({8, 9}), list_began=BEGAN - HOUR)])
    assert sites_of(run, INSTANCE).begun is None


def test_a_run_that_was_followed_took_what_the_list_had_when_it_began() -> None:
    before = signs(-60, started=None, newest_started=None, sites_left=frozenset({6, 7, 8, 9}))
    run = run_of([before, signs(60, sites_left=frozenset({8, 9}), list_began=BEGAN - HOUR)])
    assert sites_of(run, INSTANCE) == Sites(2, 2, (8, 9))


def test_one_that_expanded_re_archivings_has_asked_all_sites_for_their_segments() -> None:
    before = signs(-60, started=None, newest_started=None, is_expanding=True)
    found = sites_of(run_of([before, signs(60, sites_left=frozenset({9, 10}))]), INSTANCE)
    assert (found.listed, found.has_all_lists) == (10, True)


def test_sites_that_were_not_counted_are_taken_to_be_like_those_left() -> None:
    run = run_of([signs(60, sites_left=frozenset({9, 10}))])
    assert past_of(run, Sites(8, 8, (9, 10)), SHARE, ground(SINCE)) == Past(750, 8, 8)


def test_before_5_4_only_sites_with_something_to_do_have_asked_for_their_segments() -> None:
    idle = replace(SHARE, lists=0.25)
    run = run_of([signs(60, sites_left=frozenset({9, 10}))])
    assert past_of(run, Sites(8, 8, (9, 10)), idle, ground(LEAKS)).lists == 2
    assert past_of(run, Sites(8, 8, (9, 10)), idle, ground(SINCE)).lists == 8


def test_a_process_that_holds_the_lists_of_all_sites_has_expanded_re_archivings() -> None:
    many = {n: Site(n, None, "UTC") for n in range(1, 201)}
    wide = replace(ground(SINCE), instance=Instance(many, INSTANCE.segments))
    left = frozenset(range(11, 201))
    for held, has_all_lists in ((32_000_000, False), (116_000_000, True)):
        run = run_of([signs(60, sites_left=left, processes=process(held))])
        found = wide.position_of(run, BUILD)
        assert found is not None
        assert found.start.has_all_lists is has_all_lists


def test_a_run_that_expands_re_archivings_has_no_position() -> None:
    run = run_of([signs(60, is_expanding=True, newest_started=None)])
    assert ground(SINCE).position_of(run, BUILD) is None
    assert ground(SINCE, None).position_of(run_of([signs(60)]), BUILD) is None


@pytest.mark.parametrize("behaviour", [LEAKS, SINCE])
def test_rows_are_found_for_what_a_process_holds(behaviour: version.Behaviour) -> None:
    made = Process(behaviour)
    past = Past(640, 8, 8)
    held = made.bytes(made.start(past, SHARE))
    assert made.rows_for(held, Past(0, 8, 8), SHARE) == pytest.approx(640, abs=2)


def test_the_model_is_kept_where_the_ranges_overlap() -> None:
    made, past = Process(SINCE), Past(640, 8, 8)
    model = made.bytes(made.start(past, SHARE))
    run = run_of([signs(60, processes=process(model + 2_000_000))])
    found = position(run, past, made, SHARE, BUILD)
    assert found.model == model
    assert found.chunks is not None
    assert found.chunks.lowest <= model + 2_000_000 <= found.chunks.highest


def test_a_process_that_holds_more_than_can_be_corrects_it_upwards() -> None:
    made, past = Process(SINCE), Past(640, 8, 8)
    run = run_of([signs(60, processes=process(60_000_000))])
    found = position(run, past, made, SHARE, BUILD)
    assert found.model == pytest.approx(57_900_000, abs=100_000)
    assert made.bytes(found.start) == found.model


@pytest.mark.parametrize("held", [20_971_520, 60_817_408])
def test_rows_that_were_not_counted_are_those_that_the_process_holds_the_memory_of(
    held: int,
) -> None:
    """Where each costs much: by the usual build of PHP, if the size fits it."""
    run = run_of([signs(60, processes=process(held))])
    found = position(run, Past(640, 8, 8), Process(LEAKS), SHARE, None)
    assert found.model == pytest.approx(held - 2_100_000, abs=70_000)
    assert found.chunks is not None
    assert found.chunks.spread > 6_000_000


def test_of_another_build_the_whole_range_is_left_open() -> None:
    made, past = Process(LEAKS), Past(640, 8, 8)
    chunks = (made.bytes(made.start(past, SHARE)) + 7_300_000) // 2**21
    data = chunks * 2**21 + 1_000_000  # with the usual offset that were no whole chunks
    run = run_of([signs(60, processes=(ArchiverProcess(7, BEGAN, DataSize(data, data)),))])
    assert position(run, past, made, SHARE, None).start.held.more == 0


def test_rows_that_the_log_tells_are_all_but_those_deleted() -> None:
    log = LogRun(b"7", BEGAN, archives=400, sites=8, seen=BEGAN + 60)
    run = run_of([signs(60, sites_left=frozenset({9, 10}), log=(log,))])
    share = replace(SHARE, archives=0.8, deleted=0.2)
    assert past_of(run, Sites(8, 8, (9, 10)), share, ground(SINCE)).rows == 500


def test_rows_that_come_and_go_between_readings_count_for_its_rate() -> None:
    """Four sites with 100 rows each were done meanwhile, and 40 of these rows were seen to go."""
    first = signs(60, sites_left=frozenset(range(5, 11)))
    run = run_of([first, signs(3660, removed=40, sites_left=frozenset({9, 10}))])
    found = ground(SINCE).position_of(run, BUILD)
    assert found is not None
    assert run.per_hour_each == pytest.approx(40)
    assert found.per_hour(run) == pytest.approx(400)


def test_nothing_in_use_is_more_than_the_chunks() -> None:
    made, past = Process(SINCE), Past(640, 8, 8)
    run = run_of([signs(60, processes=process(20_971_520))])
    assert position(run, past, made, SHARE, BUILD).model <= 20_971_520


def test_statements_are_kept_since_the_connection_was_last_dropped() -> None:
    """Matomo 5.2.0 over ten hours, every two hours of it a window of its own.

    A row came to 1.2 texts there. Chunks that were freed prove nothing: usage fell from 106 to
    39 MB while PHP held 126.
    """
    with (RECORDINGS / "reconnects-5.2.0.csv").open(encoding="utf-8") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    share = Share.of(Totals(archives=1000, texts=1200, sites=1, excluded=5000))
    assert share is not None
    before = signs(-60, started=None, newest_started=None)
    following = Following().on(before)
    errors = []
    for point in (row for row in rows if row["mem_usage"]):
        held = process(int(point["mem_real"]))
        now = signs(int(point["t_s"]), removed=int(point["rows_started"]), processes=held)
        following = following.on(now)
        run = following.run
        assert run is not None
        past = past_of(run, Sites(1, 0, ()), share, ground(LEAKS))
        found = position(run, past, Process(LEAKS), share, BUILD)
        errors.append(found.model / point["mem_usage"] - 1)
    # In the minutes around a drop it is not known whether it has been yet.
    assert sum(abs(error) < 0.15 for error in errors) > 0.9 * len(errors)
