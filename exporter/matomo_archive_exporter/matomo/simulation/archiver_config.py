"""The options and configuration of core:archive."""

import math
from dataclasses import dataclass

from matomo_archive_exporter.matomo.version import Behaviour

_DAY, _HOUR = 86400.0, 3600.0


@dataclass(frozen=True, slots=True)
class ArchiverConfig:
    """The options and configuration of core:archive, in bytes and seconds; None is no limit."""

    adapter: str
    concurrent_requests: int = 3
    archive_limit: int = 0
    """--max-archives-to-process; 0 is none"""
    memory_limit: int | None = None
    is_limit_assumed: bool = False
    """the memory limit is not set; a default is assumed"""
    archives_per_hour: float | None = None
    """None where unknown; then a run counts as one window of its connection"""
    stop_after: float = _DAY
    """after which a run ends (5.3.0 and later); 0 is never"""
    recovery_timeout: float = _DAY
    rearchive_last_n_months: int = 6
    rearchive_exclude_segments: bool = False
    most_rows: int = 500_000
    """of a queue that is simulated whole"""

    def seconds_for(self, archives: int) -> float | None:
        """Seconds to build so many archives; None where the rate is unknown."""
        rate = self.archives_per_hour
        return archives * _HOUR / rate if rate else None

    def ends_after(self, behaviour: Behaviour) -> int:
        """Archives after which a run ends: its limit or, at a known rate, that of time.

        0 where it has neither.
        """
        limits = [self.archive_limit]
        if behaviour.stops_after_a_time and self.archives_per_hour is not None:
            limits.append(math.ceil(self.archives_per_hour * self.stop_after / _HOUR))
        return min((limit for limit in limits if limit), default=0)

    def recovers_after(self, behaviour: Behaviour) -> float:
        """Seconds after which a row in progress is queued again; before 5.2.0 a day, always."""
        return self.recovery_timeout if behaviour.recovery_is_configurable else _DAY
