"""A site's rows as one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.simulation.packed_rows import codes, earliest, unpack
from matomo_archive_exporter.matomo.simulation.planned_rows import State
from tests.support.invalidations import A, ordinal

NAMES = {"aa": ("done", ""), "bb": (f"done{A}.Actions", "Actions_hits")}
DAY = ordinal("2025-03-13")
TO_DAYS = 739_688
"""TO_DAYS('2025-03-13')"""


def test_no_text_is_no_rows() -> None:
    assert unpack("", NAMES) == []
    assert codes("") == set()


def test_a_row_is_read_as_it_was_packed() -> None:
    (found,) = unpack(f"{TO_DAYS} 0 1 7 aa ", NAMES)
    assert found.state is State.QUEUED
    row = found.row
    assert (row.name, row.report, row.segment, row.plugin) == ("done", "", "", "")
    assert (row.period, row.date1, row.date2, row.digits) == (1, DAY, DAY, 7)


def test_rows_keep_their_order() -> None:
    text = f"{TO_DAYS} 0 1 7 aa ;{TO_DAYS - 3} 6 2 6 bb ;{TO_DAYS - 40} 400 5 5 aa "
    found = [t.row for t in unpack(text, NAMES)]
    assert [(r.period, r.date1, r.date2, r.digits) for r in found] == [
        (1, DAY, DAY, 7),
        (2, DAY - 3, DAY + 3, 6),
        (5, DAY - 40, DAY + 360, 5),
    ]
    assert (found[1].segment, found[1].plugin, found[1].report) == (A, "Actions", "Actions_hits")


@pytest.mark.parametrize("state", State)
def test_a_row_has_one_of_the_states(state: State) -> None:
    assert [t.state for t in unpack(f"{TO_DAYS} 0 1 7 aa {state.value}", NAMES)] == [state]


@pytest.mark.parametrize(
    "odd",
    [
        "0 0 1 7 aa ",  # 0000-00-00
        f"{TO_DAYS} -1 1 7 aa ",  # ends before it begins
        f"{TO_DAYS} 0 0 7 aa ",
        f"{TO_DAYS} 0 6 7 aa ",
        f"{TO_DAYS} 0 1 7 cc ",  # gone before its name was asked for
    ],
)
def test_odd_rows_are_left_out_and_others_stay(odd: str) -> None:
    usual = f"{TO_DAYS} 0 1 7 aa "
    assert len(unpack(f"{usual};{odd};{usual}", NAMES)) == 2


def test_codes_are_those_of_all_rows() -> None:
    assert codes(f"{TO_DAYS} 0 1 7 aa ;0 -1 9 7 bb u;{TO_DAYS} 0 1 7 aa s") == {"aa", "bb"}


def test_the_earliest_day_is_that_of_the_last_row() -> None:
    assert earliest(f"{TO_DAYS} 0 1 7 aa ;{TO_DAYS - 9} 0 1 7 aa ") == DAY - 9
    assert earliest(f"{TO_DAYS} 0 1 7 aa ") == DAY


def test_without_rows_every_day_is_before_the_earliest() -> None:
    assert earliest("") > ordinal("9999-12-31")


ENTRIES = st.tuples(
    st.integers(400, 3_000_000),
    st.integers(0, 400),
    st.integers(1, 5),
    st.integers(1, 20),
    st.sampled_from(["aa", "bb"]),
    st.sampled_from([state.value for state in State]),
)


@given(st.lists(ENTRIES))
def test_every_row_that_matomo_could_have_written_comes_out(
    entries: list[tuple[int, int, int, int, str, str]],
) -> None:
    found = unpack(";".join(" ".join(map(str, entry)) for entry in entries), NAMES)
    assert [
        (t.row.date1 + 365, t.row.date2 - t.row.date1, t.row.period, t.row.digits) for t in found
    ] == [entry[:4] for entry in entries]
    assert [t.state.value for t in found] == [entry[5] for entry in entries]
    assert [(t.row.name, t.row.report) for t in found] == [NAMES[entry[4]] for entry in entries]
