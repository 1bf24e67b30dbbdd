"""How core:archive is run and configured, from the exporter's own settings."""

from dataclasses import dataclass

from matomo_archive_exporter.settings.settings import Settings

DAY = 86400.0
"""seconds"""


@dataclass(frozen=True, slots=True)
class Archiver:
    """How core:archive is run and configured. Sizes in bytes, None for no limit."""

    adapter: str
    concurrent_requests: int = 3
    archive_limit: int = 0
    memory_limit: int | None = None
    is_limit_assumed: bool = False
    """nothing said what the memory limit is"""
    archives_per_hour: float | None = None
    stop_after: float = DAY
    """seconds after which a run ends (5.3.0 and later); 0 is never"""
    recovery_timeout: float = DAY
    rearchive_last_n_months: int = 6
    rearchive_exclude_segments: bool = False
    most_rows: int = 500_000


def archiver_of(settings: Settings, observed_per_hour: float | None = None) -> Archiver:
    """As configured; `observed_per_hour` stands in where no rate is given."""
    archiver = settings.archiver
    return Archiver(
        adapter=settings.database.adapter,
        concurrent_requests=archiver.concurrent_requests,
        archive_limit=archiver.max_archives_to_process,
        memory_limit=archiver.memory_limit,
        is_limit_assumed="memory_limit" not in archiver.model_fields_set,
        archives_per_hour=archiver.archives_per_hour or observed_per_hour,
        stop_after=archiver.stop_processing_after,
        recovery_timeout=archiver.failure_recovery_timeout,
        rearchive_last_n_months=archiver.rearchive_last_n_months,
        rearchive_exclude_segments=archiver.rearchive_exclude_segments,
        most_rows=settings.collect.forecast_max_rows,
    )
