"""One site's turn, as a line of text."""

from collections.abc import Sequence

from matomo_archive_exporter.matomo.simulation.invalidation import Invalidation
from matomo_archive_exporter.matomo.simulation.site_run import Batch, run_site
from tests.support.invalidations import ordinal
from tests.support.plans import ruled, run_plan


def verdicts_of(
    rows: Sequence[Invalidation],
    concurrency: int = 3,
    today: str | None = None,
    *,
    finds_reports: bool = False,
) -> str:
    """The verdicts of a turn; rows are numbered from 0 in their order, new ones are `new`."""
    known = {id(row): str(place) for place, row in enumerate(rows)}
    reported: list[str] = []

    def watch(verdict: str, row: Invalidation | None) -> None:
        reported.append(verdict if row is None else f"{verdict} {known.get(id(row), 'new')}")

    day = None if today is None else ordinal(today)
    plan = ruled(run_plan(concurrent_requests=concurrency), finds_usable_reports=finds_reports)
    assert [*run_site(rows, plan, day, watch)][-1].archived == 0
    return ", ".join(reported)


def batches(rows: Sequence[Invalidation], concurrency: int = 3) -> list[Batch]:
    """All of its batches, the empty one at its end too."""
    return [*run_site(rows, run_plan(concurrent_requests=concurrency))]
