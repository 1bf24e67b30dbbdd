"""The plan of a run of core:archive, apart from its rows."""

from dataclasses import dataclass

from matomo_archive_exporter.matomo.simulation import memory
from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.matomo.version import Behaviour

_SELECTS_A_ROW = 4
"""Skips may be many more than rows; a run with so many SELECTs is not followed to its end."""
USUAL_PREFIX = len("matomo_")


@dataclass(frozen=True, slots=True)
class Start:
    """The state of a run from which on it is simulated.

    `excluded` are the bytes of all ids that it has handled, `peak` the most bytes that it had.
    """

    held: memory.Held
    excluded: int = 0
    peak: int = 0
    archives_since_drop: int = 0
    """since its connection was last dropped"""
    has_all_lists: bool = False
    """whether it has asked for the segments of all sites, to expand re-archivings"""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The inputs of a run besides its rows. `new_digits` is the length of new rows' ids."""

    config: ArchiverConfig
    behaviour: Behaviour
    new_digits: int = 1
    knows_visits: bool = True
    """whether it is known which rows have visits; if not, all rows are taken to have some, and in
    another run none"""
    expanding: memory.Expanding | None = None
    """scheduled re-archivings, which are expanded before any site is worked"""
    prefix: int = USUAL_PREFIX
    """length of the tables' prefix"""
    is_followed_whole: bool = False
    """whether to simulate it beyond its memory limit"""
    start: Start | None = None
    """the state of a run that is going on; then only the rest counts"""

    @property
    def archive_limit(self) -> int:
        """After so many archives it ends, for whichever reason; 0 is never."""
        return self.config.ends_after(self.behaviour)

    @property
    def most_selects(self) -> int:
        """After so many the run is cut off."""
        return self.config.most_rows * _SELECTS_A_ROW
