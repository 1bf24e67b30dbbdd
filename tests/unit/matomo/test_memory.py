"""Bytes that a run of core:archive costs its main process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo import memory
from matomo_archive_exporter.matomo.memory import Growth

MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    ("size", "taken"),
    [
        (0, 8),
        (1, 8),
        (8, 8),
        (56, 56),
        (57, 64),
        (244, 256),
        (257, 320),
        (2561, 3072),
        (3072, 3072),
        (3073, 4096),
        (4096, 4096),
        (4097, 8192),
        (2 * MEGABYTE, 2 * MEGABYTE),
        (2 * MEGABYTE + 1, 4 * MEGABYTE),
        (5 * MEGABYTE, 6 * MEGABYTE),
    ],
)
def test_phps_allocator_rounds_up(size: int, taken: int) -> None:
    assert memory.allocated(size) == taken


@given(st.integers(0, 10 * MEGABYTE), st.integers(0, 10 * MEGABYTE))
def test_more_never_takes_less(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert small <= memory.allocated(small) <= memory.allocated(large)


@pytest.mark.parametrize(
    ("limit", "usable"),
    [(128 * MEGABYTE, 128), (27 * MEGABYTE, 26), (2 * MEGABYTE - 1, 2), (3_000_000, 2)],
)
def test_only_whole_chunks_of_a_limit_can_be_used(limit: int, usable: int) -> None:
    assert memory.usable(limit) == usable * MEGABYTE


def test_a_process_that_did_nothing_needs_more_where_there_are_segments() -> None:
    assert memory.base(0) == 18_300_000
    assert memory.base(1) == 22_430_000
    assert memory.base(40) == 23_600_000


def test_the_beginning_without_segments_is_always_the_same() -> None:
    assert memory.beginning(0, 1, 0) == memory.beginning(0, 300, 7) == 18_500_000


@pytest.mark.parametrize(
    ("segments", "sites", "measured"), [(5, 1, 0.76), (2, 3, 1.06), (2, 5, 1.46)]
)
def test_expanding_seven_months_costs_each_segment_what_was_measured(
    segments: int, sites: int, measured: float
) -> None:
    more = memory.beginning(segments, sites, 7) - memory.beginning(segments, sites, 0)
    assert more / segments == pytest.approx(measured * 1e6, rel=0.09)
    assert memory.beginning(segments, sites, 0) == 22_700_000


def test_a_text_costs_a_statement_and_three_copies() -> None:
    growth = Growth(keeps_statements=True)
    growth.add_texts([244])
    assert growth.bytes == 19_400 + 3 * 256
    growth.add_texts([8_200])
    assert growth.bytes == 2 * 19_400 + 3 * (256 + 12_288)


@pytest.mark.parametrize(
    ("length", "measured"),
    [(197, 19.8), (1_000, 22.5), (8_200, 51.9), (40_000, 142), (160_000, 511)],
)
def test_a_text_costs_about_what_was_measured_by_itself(length: int, measured: float) -> None:
    growth = Growth(keeps_statements=True)
    growth.add_texts([length])
    assert growth.bytes == pytest.approx(measured * 1000, rel=0.15)


def test_rows_and_sites_cost_something_while_statements_are_kept() -> None:
    growth = Growth(keeps_statements=True)
    growth.add_rows(started=3, deleted=2)
    assert growth.bytes == 3 * 6_300 + 2 * 1_000
    growth.add_site(segments=2)
    assert growth.bytes == 3 * 6_300 + 2 * 1_000 + 3 * 133_000


def test_a_dropped_connection_gives_all_back_but_what_started_rows_left() -> None:
    growth = Growth(keeps_statements=True)
    growth.add_texts([244])
    growth.add_rows(started=3, deleted=2)
    growth.add_site(segments=2)
    growth.reconnect()
    assert growth.bytes == 3 * 4_600


def test_without_kept_statements_only_started_rows_cost() -> None:
    growth = Growth(keeps_statements=False)
    growth.add_texts([100_000])
    growth.add_rows(started=0, deleted=9)
    growth.add_site(segments=2)
    assert growth.bytes == 0
    growth.add_rows(started=2, deleted=0)
    growth.reconnect()
    assert growth.bytes == 2 * 4_500


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.integers(0, 100_000), st.just(0)),
        st.tuples(st.just("rows"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("site"), st.integers(0, 9), st.just(0)),
    )
)


@given(STEPS, st.booleans())
def test_nothing_but_a_dropped_connection_gives_memory_back(
    steps: list[tuple[str, int, int]], keeps_statements: bool
) -> None:
    growth, before = Growth(keeps_statements), 0
    for step, number, other in steps:
        if step == "text":
            growth.add_texts([number])
        elif step == "rows":
            growth.add_rows(number, other)
        else:
            growth.add_site(number)
        assert growth.bytes >= before
        before = growth.bytes
    growth.reconnect()
    assert growth.bytes <= before
