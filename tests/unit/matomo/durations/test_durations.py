"""How long archives took: histograms, and the newest of each kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_archive_exporter.matomo.calendar import LABELS
from matomo_archive_exporter.matomo.done_flag import SCOPES
from matomo_archive_exporter.matomo.durations.durations import (
    BOUNDS,
    FinishedArchive,
    Histogram,
    part,
    with_newer,
    with_parts,
)

archives = st.builds(
    FinishedArchive,
    st.sampled_from(list(LABELS.values())),
    st.sampled_from(SCOPES),
    st.integers(0, 10_000_000).map(lambda milliseconds: milliseconds / 1000),
    st.integers(0, 100),
)


@pytest.mark.parametrize(
    ("seconds", "number"), [(0, 0), (0.2, 0), (1, 0), (1.001, 1), (5, 1), (3600, 6), (3600.001, 7)]
)
def test_a_bucket_includes_its_upper_end(seconds: float, number: int) -> None:
    assert part(FinishedArchive("day", "all_visits", seconds, 0)).bucket == number


@given(st.lists(archives), st.lists(archives))
def test_a_histogram_counts_every_archive_once_in_its_bucket(
    before: list[FinishedArchive], later: list[FinishedArchive]
) -> None:
    found = with_parts(with_parts({}, map(part, before)), map(part, later))
    for label in LABELS.values():
        all_seconds = [a.seconds for a in (*before, *later) if a.period == label]
        histogram = found.get(label, Histogram())
        assert histogram.seconds == pytest.approx(sum(all_seconds))
        assert sum(histogram.counts) == len(all_seconds)
        for number, bound in enumerate(BOUNDS, 1):
            assert sum(histogram.counts[:number]) == sum(s <= bound for s in all_seconds)


@given(st.lists(archives))
def test_counts_only_grow(some: list[FinishedArchive]) -> None:
    histogram = Histogram()
    for archive in some:
        grown = histogram.plus(part(archive))
        assert all(a >= b for a, b in zip(grown.counts, histogram.counts, strict=True))
        assert grown.seconds >= histogram.seconds
        histogram = grown


@given(st.lists(archives), st.lists(archives))
def test_the_newest_of_each_period_and_scope_stays(
    before: list[FinishedArchive], later: list[FinishedArchive]
) -> None:
    found = with_newer(with_newer({}, before), later)
    kinds = {(archive.period, archive.scope) for archive in (*before, *later)}
    assert set(found) == kinds
    for kind in kinds:
        alike = [a for a in (*before, *later) if (a.period, a.scope) == kind]
        newest = max(a.at for a in alike)
        assert found[kind] == [a for a in alike if a.at == newest][-1]
