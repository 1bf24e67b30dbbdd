"""The facts of a target after a reading, as the situation behind the advice."""

from matomo_archive_exporter.collecting.target import Target
from matomo_archive_exporter.matomo import version
from matomo_archive_exporter.matomo.advice.situation import Situation
from matomo_archive_exporter.readings.simulation.archiver_config import archiver_config


def situation_of(target: Target) -> Situation | None:
    """The situation from readings that are young enough; None without one of the queue."""
    settings, queue = target.settings, target.fresh_value(target.queue)
    if queue is None:
        return None
    runs, reading = target.fresh_value(target.runs), target.fresh_value(target.expensive.forecast)
    overlaps = target.fresh_value(target.expensive.overlaps)
    matomo_version = runs.matomo_version if runs else ""
    owners = queue.owners
    return Situation(
        matomo_version=matomo_version,
        prefix=settings.database.tables_prefix,
        now=queue.server.unix_now,
        queue=queue.facts,
        config=reading.config if reading else archiver_config(settings),
        behaviour=version.behaviour_if_known(matomo_version, settings.database.adapter),
        forecast=reading.forecast if reading else None,
        why_no_forecast=reading.reason if reading else target.expensive.forecast.message,
        sites=reading.sites if reading else None,
        sites_with_segment=reading.sites_with_segment if reading else None,
        most_daily_rows=reading.most_daily_rows if reading else None,
        rearchivings=runs.rearchivings if runs else None,
        duplicates=overlaps.duplicates if overlaps else None,
        orphans=overlaps.orphans if overlaps else None,
        blocked=overlaps.blocked if overlaps else None,
        held_back=overlaps.held_back if overlaps else None,
        owners_gone=owners.owners_gone if owners else frozenset(),
        owners_alive=owners.alive if owners else frozenset(),
        sites_left=runs.sites_remaining or None if runs else None,
        expansion=reading.expansion if reading else None,
        current=target.fresh_value(target.current_run),
        not_read=target.not_read,
    )
