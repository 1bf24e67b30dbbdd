"""Bytes that a run of core:archive costs its main process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.memory import Expanding, Growth
from matomo_archive_exporter.matomo.version import Behaviour, behaviour
from tests.support.plans import MYSQLI, PDO

MEGABYTE = 1 << 20
KEEPS, BEFORE, NEW = behaviour("5.2.2", PDO), behaviour("5.2.2", MYSQLI), behaviour("5.8.0", PDO)


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


@pytest.mark.parametrize(
    ("limit", "share"), [(27, 0.963), (50, 0.98), (64, 0.98), (128, 0.98), (4096, 0.98)]
)
def test_php_gives_up_at_98_percent_and_never_with_less_than_a_megabyte_free(
    limit: int, share: float
) -> None:
    usable = memory.usable(limit * MEGABYTE)
    gives_up = memory.exhausted(limit * MEGABYTE)
    assert gives_up == pytest.approx(share * usable, rel=0.001)
    assert usable - gives_up >= 1_000_000


def test_costs_are_those_of_5_2_1_before_5_4_and_those_of_5_8_from_then_on() -> None:
    expected = {
        "4.0.0": memory.UNTIL_5_3,
        "5.2.2": memory.UNTIL_5_3,
        "5.3.2": memory.UNTIL_5_3,
        "5.4.0": memory.SINCE_5_4,
        "5.8.0": memory.SINCE_5_4,
    }
    assert {v: memory.costs_of(behaviour(v, "MYSQLI")) for v in expected} == expected


@pytest.mark.parametrize("version", [BEFORE, NEW])
def test_the_first_list_of_segments_costs_more_than_each_further_one(version: Behaviour) -> None:
    growth, costs = Growth(version), memory.costs_of(version)
    assert growth.bytes == costs.base
    growth.add_lists(0)
    assert growth.bytes == costs.base
    growth.add_lists(1)
    assert growth.bytes == costs.base + costs.segments + costs.list_of_segments
    growth.add_lists(99)
    growth.reconnect()
    assert growth.bytes == costs.base + costs.segments + 100 * costs.list_of_segments
    assert growth.lists == 100


@pytest.mark.parametrize(
    ("version", "sites", "measured"),
    [
        (NEW, 100, 64.87),
        (NEW, 300, 149.59),
        (NEW, 700, 318.76),
        (BEFORE, 100, 55.7),
        (BEFORE, 300, 123.1),
    ],
)
def test_an_expansion_costs_what_was_measured(
    version: Behaviour, sites: int, measured: float
) -> None:
    found = memory.expanding(version, Expanding(sites, sites, 1, 1))
    assert found == pytest.approx(measured * 1e6, rel=0.01)


def test_an_expansion_without_segments_costs_little() -> None:
    found = memory.expanding(NEW, Expanding(300, 0, 0, 7))
    assert found == pytest.approx(20.28e6, rel=0.01)


def test_sites_without_a_segment_cost_the_same_beside_one_that_has_one() -> None:
    def held(sites: int, lists: int) -> int:
        return memory.expanding(NEW, Expanding(sites, lists))

    assert held(700, 1) - held(1, 1) == held(699, 0) - held(0, 0)


@pytest.mark.parametrize(
    ("segments", "sites", "measured"), [(5, 1, 3.8), (2, 3, 2.12), (2, 5, 2.92)]
)
def test_expanding_seven_months_costs_what_was_measured_where_statements_are_kept(
    segments: int, sites: int, measured: float
) -> None:
    """Measured on 5.2.0 beside 22.7 MB, in which there is one site's list."""
    what = Expanding(sites, sites, segments, months=7)
    found = memory.expanding(KEEPS, what)
    assert found == pytest.approx(22.7e6 + measured * 1e6, rel=0.01)


def test_a_run_without_statements_ends_with_its_lists_and_its_urls() -> None:
    for version in (BEFORE, NEW):
        growth, costs = Growth(version), memory.costs_of(version)
        growth.add_lists(7)
        growth.add_rows(archived=9, of_plugins=4, empty=0, deleted=4)
        found = memory.without_statements(costs, lists=7, archives=9, of_plugins=4)
        assert found == growth.bytes
        none = memory.without_statements(costs, lists=0, archives=0, of_plugins=0)
        assert none == costs.base


def grown(**rows: int) -> int:
    """What statements cost of so many rows."""
    growth = Growth(KEEPS)
    growth.add_rows(**{"archived": 0, "of_plugins": 0, "empty": 0, "deleted": 0, **rows})
    return growth.bytes - memory.UNTIL_5_3.base


def text(*lengths: int) -> int:
    """What texts of these lengths cost."""
    growth = Growth(KEEPS)
    growth.add_texts(list(lengths))
    return growth.bytes - memory.UNTIL_5_3.base


def test_a_text_costs_a_statement_and_three_copies() -> None:
    assert text(244) == 19_400 + 3 * 256
    assert text(244, 8_200) == 2 * 19_400 + 3 * (256 + 12_288)


@pytest.mark.parametrize(
    ("length", "measured"),
    [(197, 19.8), (1_000, 22.5), (8_200, 51.9), (40_000, 142), (160_000, 511)],
)
def test_a_text_costs_about_what_was_measured_by_itself(length: int, measured: float) -> None:
    assert text(length) == pytest.approx(measured * 1000, rel=0.15)


def test_archives_of_plugins_have_longer_urls() -> None:
    assert grown(archived=3) == 3 * (3_550 + 1_200)
    assert grown(archived=3, of_plugins=2) == 3 * (3_550 + 1_200) + 2 * (650 + 600)
    assert grown(deleted=2) == 2_000


def test_a_dropped_connection_gives_all_back_but_urls_and_lists() -> None:
    growth = Growth(KEEPS)
    growth.add_texts([244])
    growth.add_rows(archived=3, of_plugins=1, empty=0, deleted=2)
    growth.add_daily_rows(8)
    growth.reconnect()
    assert growth.bytes == memory.UNTIL_5_3.base + 3 * 3_550 + 650


def test_without_kept_statements_only_archives_and_days_without_visits_cost() -> None:
    growth = Growth(NEW)
    growth.add_texts([100_000])
    growth.add_daily_rows(8)
    growth.add_rows(archived=0, of_plugins=0, empty=0, deleted=9)
    assert growth.bytes == memory.SINCE_5_4.base
    growth.add_rows(archived=2, of_plugins=0, empty=5, deleted=0)
    growth.reconnect()
    assert growth.bytes == memory.SINCE_5_4.base + 2 * 3_200 + 5 * 700


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.integers(0, 100_000), st.just(0)),
        st.tuples(st.just("rows"), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("site"), st.integers(0, 9), st.just(0)),
    )
)


@given(STEPS, st.sampled_from([KEEPS, BEFORE, NEW]))
def test_nothing_but_a_dropped_connection_gives_memory_back(
    steps: list[tuple[str, int, int]], version: Behaviour
) -> None:
    growth = Growth(version)
    before = growth.bytes
    for step, number, other in steps:
        if step == "text":
            growth.add_texts([number])
        elif step == "rows":
            growth.add_rows(number, number // 2, other, other)
        else:
            growth.add_lists(number)
        assert growth.bytes >= before
        before = growth.bytes
    growth.reconnect()
    assert growth.bytes <= before
