"""When the process that works on rows in progress is proven to be gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.queue.owner import (
    OwnedRows,
    Owner,
    Owners,
    Sighting,
    Sightings,
    Watch,
    prove,
)

NOW = 1_795_500_000
LIVE, DEAD = Owner("web-1", "100"), Owner("web-1", "200")
AT_WORK, LOST = OwnedRows(NOW - 60, LIVE, 2), OwnedRows(NOW - 3600, DEAD, 3)
ARCHIVER = Sighting(is_archiver=True, age=90.0)
PROVEN = Watch(frozenset({"web-1"}))


def readings(*looks: Sightings, rows: tuple[OwnedRows, ...] = (AT_WORK, LOST)) -> Owners | None:
    """The proof after several readings in a row that find the same rows."""
    watch, found = Watch(), None
    for seen in looks:
        found, watch = prove(rows, NOW, seen, watch)
    return found


def rows_gone(*looks: Sightings, rows: tuple[OwnedRows, ...] = (AT_WORK, LOST)) -> int | None:
    found = readings(*looks, rows=rows)
    return None if found is None else found.rows_gone


# The proof


def test_rows_count_when_their_process_is_missing_in_two_readings_in_a_row() -> None:
    seen = {100: ARCHIVER, 200: None}
    assert rows_gone(seen) == 0
    assert rows_gone(seen, seen) == 3


def test_a_process_that_is_there_again_was_not_gone() -> None:
    lost, back = {100: ARCHIVER, 200: None}, {100: ARCHIVER, 200: Sighting(True, 4000.0)}
    assert rows_gone(lost, back) == 0
    assert rows_gone(lost, back, lost) == 0
    assert rows_gone(lost, back, lost, lost) == 3


def test_another_process_that_began_later_under_the_same_id_is_not_the_owner() -> None:
    other = {100: ARCHIVER, 200: Sighting(is_archiver=False, age=3000.0)}
    assert rows_gone(other, other) == 3


@pytest.mark.parametrize("age", [3600.0, 3596.0, 90_000.0, None])
def test_a_process_that_began_before_the_rows_or_may_have_is_not_gone(age: float | None) -> None:
    there = {100: ARCHIVER, 200: Sighting(is_archiver=False, age=age)}
    assert rows_gone(there, there) == 0


def test_an_owner_that_was_not_looked_for_is_not_gone() -> None:
    assert rows_gone({100: ARCHIVER}, {100: ARCHIVER}) == 0


@pytest.mark.parametrize("process", ["", "0", "-7", "0200", "200 ", "²", "x"])
def test_an_owner_with_a_bad_process_id_is_never_gone(process: str) -> None:
    rows = (AT_WORK, OwnedRows(NOW - 3600, Owner("web-1", process), 3))
    seen = {100: ARCHIVER, 200: None, 0: None, 2: None}
    assert rows_gone(seen, seen, rows=rows) == 0


# The same namespace


def test_nothing_is_said_before_this_proc_has_shown_an_archiver_that_owns_a_row() -> None:
    assert readings({100: None, 200: None}, {100: None, 200: None}) is None


@pytest.mark.parametrize(
    "sighting",
    [
        Sighting(is_archiver=False, age=90.0),
        Sighting(is_archiver=True, age=10.0),
        Sighting(is_archiver=True, age=None),
    ],
    ids=["not an archiver", "began after the rows", "of unknown age"],
)
def test_another_process_under_that_id_is_no_proof(sighting: Sighting) -> None:
    seen = {100: sighting, 200: None}
    assert readings(seen, seen) is None


def test_a_host_proven_once_is_proven_until_the_exporter_stops() -> None:
    gone = {100: None, 200: None}
    assert rows_gone({100: ARCHIVER, 200: None}, gone, gone) == 5


def test_rows_of_another_host_are_never_gone() -> None:
    elsewhere = OwnedRows(NOW - 3600, Owner("web-2", "200"), 3)
    seen = {100: ARCHIVER, 200: None}
    assert rows_gone(seen, seen, rows=(AT_WORK, elsewhere)) == 0


def test_of_one_process_id_old_rows_are_gone_while_new_ones_are_worked_on() -> None:
    before_the_reuse = OwnedRows(NOW - 7200, LIVE, 4)
    seen = {100: ARCHIVER}
    found = readings(seen, seen, rows=(AT_WORK, before_the_reuse))
    assert found == Owners(frozenset({before_the_reuse}), frozenset({LIVE}))


def test_an_owner_at_work_is_known_at_once() -> None:
    found = readings({100: ARCHIVER, 200: None})
    assert found is not None
    assert found.alive == {LIVE}


def test_a_proof_that_is_complete_counts_the_rows_that_are_left() -> None:
    seen = {100: ARCHIVER, 200: None}
    _, watch = prove((AT_WORK, LOST), NOW, seen, PROVEN)
    found, _ = prove((OwnedRows(LOST.started, DEAD, 1),), NOW, seen, watch)
    assert found is not None
    assert found.rows_gone == 1


# Any reading

sightings = st.none() | st.builds(Sighting, st.booleans(), st.none() | st.floats(0, 1e6))
owned = st.builds(
    OwnedRows,
    st.integers(NOW - 90_000, NOW),
    st.builds(Owner, st.sampled_from(["web-1", "web-2"]), st.sampled_from(["100", "200", "x"])),
    st.integers(1, 5),
)
looks = st.tuples(
    st.lists(owned, max_size=5), st.fixed_dictionaries({100: sightings, 200: sightings})
)


@given(st.lists(looks, min_size=1, max_size=5))
def test_gone_rows_are_rows_of_both_readings_and_of_a_host_that_was_shown(
    found: list[tuple[list[OwnedRows], dict[int, Sighting | None]]],
) -> None:
    watch = Watch()
    starts_before: set[tuple[Owner, int]] = set()
    for rows, seen in found:
        owners, watch = prove(rows, NOW, seen, watch)
        starts = {(r.owner, r.started) for r in rows}
        if owners is not None:
            assert {(r.owner, r.started) for r in owners.gone} <= starts & starts_before
            assert {r.owner.host for r in owners.gone} <= watch.hosts
        starts_before = starts
