"""The archiver's configuration from the exporter's settings."""

from matomo_archive_exporter.matomo.simulation.archiver_config import ArchiverConfig
from matomo_archive_exporter.settings.settings import Settings


def archiver_config(settings: Settings, observed_per_hour: float | None = None) -> ArchiverConfig:
    """The configuration; `observed_per_hour` counts where no rate is set."""
    archiver = settings.archiver
    return ArchiverConfig(
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
