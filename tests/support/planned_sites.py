"""Plans of sites with two segments: A for all, B for site 2. Site 3 is far east, site 4 is new."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from matomo_archive_exporter.matomo.instance import Instance, Segment, Site
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.forecast import SiteInput
from matomo_archive_exporter.matomo.simulation.rearchiving import Expansion
from matomo_archive_exporter.matomo.simulation.run_inputs import Clock, RunInputs
from matomo_archive_exporter.matomo.simulation.site_planner import SitePlanner
from matomo_archive_exporter.matomo.simulation.site_state import SiteVisits
from matomo_archive_exporter.matomo.version import behaviour
from tests.support.invalidations import A, B, ordinal
from tests.support.plans import PDO

NOW = datetime.fromisoformat("2025-03-13 11:30:00")
TODAY = date(2025, 3, 13)
NAMES = {"all": ("done", ""), "goals": ("done.Goals", ""), "a": (f"done{A}", "")}
NO_VISITS_NOW = SiteVisits()
VISITED = SiteVisits(datetime.fromisoformat("2020-01-01 00:00:00"))

SITES = {
    1: Site(1, None, "UTC"),
    2: Site(2, None, "UTC"),
    3: Site(3, None, "Pacific/Auckland"),
    4: Site(4, datetime.fromisoformat("2025-03-04 00:00:01"), "UTC"),
}
INSTANCE = Instance(SITES, (Segment(A, "a==1", None), Segment(B, "b==1", 2)))


def inputs(version: str = "5.2.2", **changes: Any) -> RunInputs:
    """Sites that had visits, but none of late, and no archives."""
    rules, visited = behaviour(version, PDO), dict.fromkeys(SITES, VISITED)
    usual = RunInputs(ArchiverConfig(PDO), rules, INSTANCE, Clock(NOW), visits=visited)
    return replace(usual, **changes)


def packed(*rows: tuple[str, str]) -> str:
    """Days under codes, the newest first."""
    return ";".join(f"{ordinal(day) + 365} 0 1 4 {code} " for code, day in rows)


QUEUE = packed(("all", "2025-03-05"), ("goals", "2025-03-04"), ("a", "2025-03-03"))


def plan(
    idsite: int,
    text: str = QUEUE,
    at: RunInputs | None = None,
    expansions: Sequence[Expansion] = (),
    digits: int = 1,
) -> SiteInput:
    """Of a site whose rows are packed in the text."""
    return SitePlanner(at or inputs(), expansions, digits).plan(idsite, text, NAMES)


def fates(found: SiteInput) -> list[str]:
    """Of its rows, in order."""
    return [row.fate.name for row in found.work.rows]


def met(found: SiteInput) -> list[tuple[str, int, str]]:
    """Name, period and first day of its rows, in order."""
    rows = found.work.rows
    return [(r.name, r.period, date.fromordinal(r.date1).isoformat()) for r in rows]


def visits(first: str | None, days: SiteVisits = NO_VISITS_NOW) -> Mapping[int, SiteVisits]:
    """The same of all sites."""
    moment = None if first is None else datetime.fromisoformat(first)
    return dict.fromkeys(SITES, replace(days, first=moment))
