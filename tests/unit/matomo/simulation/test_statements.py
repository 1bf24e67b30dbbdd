"""Which SELECTs for the next row have a text that was not asked before, and how long it is."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation.site_run import run_site
from matomo_archive_exporter.matomo.simulation.statements import DistinctStatements, length, total
from tests.support.invalidations import Queued, queues, sites
from tests.support.naive_archiver import NaiveArchiver
from tests.support.plans import run_plan

BARE = 244


@pytest.mark.parametrize("ids", [[7], [7, 8], [95, 100], [*range(1, 1200)]])
def test_a_text_is_as_long_as_one_that_is_written_in_full(ids: list[int]) -> None:
    exclusions = f" AND idinvalidation NOT IN ({','.join(map(str, ids))})"
    assert length(sum(len(str(number)) + 1 for number in ids)) == BARE + len(exclusions)


def test_a_text_without_exclusions_says_nothing_of_them() -> None:
    assert length(0) == BARE


def test_the_first_text_of_a_turn_is_the_last_one_of_the_turn_before() -> None:
    assert DistinctStatements().select() is None


def test_a_text_is_new_once() -> None:
    texts = DistinctStatements()
    texts.handle(1, 3)
    assert [texts.select(), texts.select()] == [4, None]
    texts.skip(2, 5)
    assert [texts.select(), texts.select()] == [10, None]


def test_a_text_comes_again_once_the_batchs_skips_are_forgotten() -> None:
    texts = DistinctStatements()
    texts.handle(1, 3)
    texts.select()
    texts.skip(2, 3)
    texts.select()
    assert texts.end_batch() == 4
    assert texts.select() is None


def test_a_row_that_was_skipped_before_it_was_handled_makes_the_same_text() -> None:
    texts = DistinctStatements()
    texts.handle(1, 3)
    texts.skip(2, 3)
    assert texts.select() == 8
    texts.end_batch()
    texts.handle(2, 3)
    assert texts.select() is None


def test_the_order_of_ids_makes_another_text() -> None:
    texts = DistinctStatements()
    texts.skip(1, 3)
    texts.skip(2, 3)
    assert texts.select() == 8
    texts.end_batch()
    texts.skip(2, 3)
    texts.skip(1, 3)
    assert texts.select() == 8


def test_handled_and_skipped_rows_are_counted_together() -> None:
    texts = DistinctStatements()
    texts.handle(1, 1)
    texts.skip(2, 2)
    texts.skip(2, 2)
    assert texts.select() == 2 + 3 + 3
    assert texts.end_batch() == 2


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["handle", "skip"]), st.integers(1, 12)),
        st.tuples(st.sampled_from(["select", "end"]), st.just(0)),
    ),
    max_size=60,
)


@given(STEPS)
def test_texts_are_new_when_those_written_in_full_are(steps: Sequence[tuple[str, int]]) -> None:
    texts, seen = DistinctStatements(), {""}
    handled: list[int] = []
    skipped: list[int] = []
    for step, number in steps:
        if step == "handle":
            handled.append(number)
            texts.handle(number, len(str(number)))
        elif step == "skip":
            skipped.append(number)
            texts.skip(number, len(str(number)))
        elif step == "end":
            skipped.clear()
            assert texts.end_batch() == sum(len(str(n)) + 1 for n in handled)
        else:
            text = ",".join(map(str, [*handled, *skipped]))
            assert texts.select() == (None if text in seen else len(text) + 1)
            seen.add(text)


@given(st.lists(queues(15), min_size=1, max_size=4).map(sites), st.sampled_from([1, 2, 3, 10]))
def test_a_runs_distinct_texts_are_those_of_a_naive_archiver(
    every: list[list[Queued]], concurrency: int
) -> None:
    naive, plan = NaiveArchiver(concurrency), run_plan(concurrent_requests=concurrency)
    before, lengths = 0, [BARE]
    for queue in every:
        naive.run_site(queue)
        for batch in run_site([q.row for q in queue], plan):
            lengths += [length(before + ids) for ids in batch.texts]
            handled = batch.handled
        before += handled
    assert sorted(lengths) == sorted(map(len, set(naive.statements)))


@given(st.lists(st.integers(0, 9_999)), st.integers(0, 9_999))
def test_several_texts_are_as_long_as_each_of_them(texts: list[int], excluded: int) -> None:
    assert total(texts, excluded) == sum(length(excluded + ids) for ids in texts)
