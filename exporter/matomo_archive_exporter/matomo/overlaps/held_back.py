"""Queued rows that rows in progress hold back, by the process that works on those.

A row in progress keeps the archiver from overlapping rows of the same and larger periods of its
site until it is finished, recovered or reset (Matomo 5.3.0 and later).
"""

from dataclasses import dataclass

from matomo_archive_exporter.matomo.queue.owner import Owner


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The rows that one process holds back. Times are Unix seconds.

    `owner` is empty where its rows name none: they were started before the update to 5.3.0.
    """

    owner: Owner
    rows: int
    """its rows in progress that hold back others"""
    started: int
    """when the first of these started"""
    waiting: int
    """queued rows that overlap these"""
    reset_before: str
    """the second after the last of these started, as text of column `ts_started`"""
    reset: int
    """rows in progress of any process of its host that started before that"""

    @property
    def is_named(self) -> bool:
        """Whether the rows name the process."""
        return bool(self.owner.host and self.owner.process)
