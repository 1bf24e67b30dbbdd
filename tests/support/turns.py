"""One site's turn, told in a line."""

from collections.abc import Sequence

from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation
from matomo_archive_exporter.matomo.simulation.site_run import Batch, turn
from tests.support.invalidations import ordinal
from tests.support.plans import ruled, run_plan


def story(
    rows: Sequence[Invalidation],
    concurrency: int = 3,
    today: str | None = None,
    *,
    finds_reports: bool = False,
) -> str:
    """The verdicts of a turn; rows are numbered from 0 in their order, new ones are `new`."""
    known = {id(row): str(place) for place, row in enumerate(rows)}
    told: list[str] = []

    def watch(verdict: str, row: Invalidation | None) -> None:
        told.append(verdict if row is None else f"{verdict} {known.get(id(row), 'new')}")

    day = None if today is None else ordinal(today)
    plan = ruled(run_plan(concurrent_requests=concurrency), finds_usable_reports=finds_reports)
    assert [*turn(rows, plan, day, watch)][-1].archived == 0
    return ", ".join(told)


def batches(rows: Sequence[Invalidation], concurrency: int = 3) -> list[Batch]:
    """All of its batches, the empty one at its end too."""
    return [*turn(rows, run_plan(concurrent_requests=concurrency))]
