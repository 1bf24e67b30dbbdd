"""The facts behind an advice, and its first verdict: whether the next run survives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.calendar import PeriodLabel
from matomo_archive_exporter.matomo.overlaps.held_back import HeldBack
from matomo_archive_exporter.matomo.overlaps.orphans import Reason
from matomo_archive_exporter.matomo.queue.owner import Owner
from matomo_archive_exporter.matomo.queue.queue import QueueFacts
from matomo_archive_exporter.matomo.rules_basis import RulesBasis, rules_basis_if_known
from matomo_archive_exporter.matomo.runs.current_run import CurrentRun
from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.simulation.expansion_choices import ExpansionChoices
from matomo_archive_exporter.matomo.simulation.forecast import Forecast
from matomo_archive_exporter.matomo.simulation.rearchive_list import ReArchiving
from matomo_archive_exporter.matomo.version import Behaviour

Verdict = Literal["dies", "may_die", "unknown", "tight", "unlimited", "fits"]

_PHP_DEFAULT = 128 * 2**20
"""PHP's own memory_limit where no php.ini says another"""


@dataclass(frozen=True, slots=True)
class Situation:
    """One Matomo at one moment. None is unknown; `now` is in Unix seconds."""

    matomo_version: str
    prefix: str
    now: int
    queue: QueueFacts
    config: ArchiverConfig
    behaviour: Behaviour | None
    forecast: Forecast | None
    why_no_forecast: str = ""
    sites: int | None = None
    """how many the instance has"""
    sites_with_segment: int | None = None
    """those with a segment that is archived for them"""
    most_daily_rows: int | None = None
    """rows that the turns of all sites queue where no archive will do"""
    rearchivings: tuple[ReArchiving, ...] | None = None
    duplicates: int | None = None
    orphans: Mapping[Reason, int] | None = None
    """queued rows that go without being archived, by reason"""
    blocked: Mapping[PeriodLabel, int] | None = None
    """queued rows that overlap an unfinished one, by period"""
    sites_left: int | None = None
    """sites in the list that runs share; None where there is none"""
    expansion: ExpansionChoices | None = None
    """what the expansion of scheduled re-archivings needs, where the run dies of it"""
    held_back: tuple[HeldBack, ...] | None = None
    """queued rows that wait for rows in progress, by process, who started first in front"""
    owners_gone: frozenset[Owner] = frozenset()
    owners_alive: frozenset[Owner] = frozenset()
    """processes that a /proc proves to be gone, and to be at work"""
    current: CurrentRun | None = None
    """the run that is going on; None where that is not looked at"""
    not_read: tuple[str, ...] = ()
    """sources that could not be read, with the reason"""

    @property
    def utc_now(self) -> str:
        """Its moment as text."""
        return f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%d %H:%M:%S}"

    @property
    def rules(self) -> RulesBasis | None:
        """The rules of the forecast; None without a forecast."""
        return rules_basis_if_known(self.matomo_version) if self.forecast else None

    @property
    def queued(self) -> int:
        """Rows of the queue that are not in progress."""
        return sum(rows.get("queued", 0) for rows in self.queue.reports.values())

    @property
    def in_progress(self) -> int:
        return sum(rows.get("in_progress", 0) for rows in self.queue.reports.values())

    @property
    def stuck(self) -> int:
        """Rows in progress that no process works on any more."""
        return self.queue.never_started + self.queue.past_recovery

    @property
    def verdict(self) -> Verdict:
        """How the next run ends; `fits` only where that is known."""
        if self.forecast is None:
            return "unknown"
        if self.config.memory_limit is None:
            return "unlimited"
        if self.forecast.configured.death is not None:
            is_sure = self.forecast.knows_visits or self.forecast.lowest_peak >= self.usable
            return "dies" if is_sure else "may_die"
        if not self.is_complete:
            return "unknown"
        peak = self.forecast.configured.totals.peak
        is_safe = peak < memory.usable(self.config.memory_limit) * memory.SAFE
        return "fits" if is_safe else "tight"

    @property
    def usable(self) -> float:
        """Bytes at which PHP gives up."""
        return memory.exhausted(self.config.memory_limit or 0)

    @property
    def dies_in_expansion(self) -> bool:
        """Whether the run dies before it works on any site, as each run after it will."""
        return self.forecast is not None and self.forecast.configured.dies_in == "expansion"

    @property
    def is_complete(self) -> bool:
        """Whether the run as configured was simulated to its end."""
        if self.forecast is None:
            return False
        return self.forecast.is_exact or self.forecast.configured.is_ended

    @property
    def whole(self) -> Forecast | None:
        """The run to its end, as if it could not die; None where it was not simulated so far."""
        return self.forecast if self.is_complete else None

    @property
    def all_sites(self) -> int | None:
        """The number of sites of a run without an archive limit."""
        if self.sites is None and self.whole is not None and not self.is_limited:
            return self.whole.configured.totals.sites
        return self.sites

    @property
    def is_limited(self) -> bool:
        """Whether a limit of archives or of time may end the run before its queue does."""
        ends_early = self.forecast is not None and self.forecast.configured.is_limited
        return ends_early or self.config.archive_limit > 0

    @property
    def is_heavy(self) -> bool:
        """Whether the run needs more memory than is safe.

        Where there is no limit: more than PHP allows by default.
        """
        if self.verdict == "unlimited" and self.forecast is not None:
            return self.forecast.configured.totals.peak >= memory.exhausted(_PHP_DEFAULT)
        return self.forecast is not None and self.verdict != "fits"

    @property
    def work(self) -> tuple[int, bool]:
        """Archives that the whole queue asks for, and whether it may be fewer."""
        if self.forecast is None:
            return self.queued, True
        if self.whole is not None and not self.is_limited:
            return self.whole.configured.totals.archives, not self.forecast.knows_visits
        return self.queued + self.forecast.rearchived + self.forecast.daily, True

    def is_since(self, *numbers: int) -> bool:
        """Whether this Matomo is that version or a later one; no where it is not known."""
        try:
            return version.parse(self.matomo_version)[0] >= numbers
        except version.UnknownMatomoError:
            return False
